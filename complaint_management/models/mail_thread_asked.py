from odoo import api, models


class MailThread(models.AbstractModel):
    """Methods of Odoo that anybody may call on a record, and that ask for no right."""

    _inherit = "mail.thread"

    def message_get_followers(self, *args, **kwargs):
        # Names and addresses of the followers are read as the superuser.
        self.env["complaint.access"]._check_asked(self._name, self.ids)
        return super().message_get_followers(*args, **kwargs)

    def message_notify(self, *, model=False, res_id=False, **kwargs):
        # The mail names the record, and hands its text to whoever is to get it.
        if not self:
            self.env["complaint.access"]._check_asked(model, [res_id])
        return super().message_notify(model=model, res_id=res_id, **kwargs)


class ComplaintOutsideMixin(models.AbstractModel):
    _inherit = "complaint.outside.mixin"

    @api.private
    def message_notify(self, **kwargs):
        # Odoo and the product tell people in Python, also of what these then may read.
        return super().message_notify(**kwargs)
