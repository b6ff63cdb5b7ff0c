from odoo import models

from .complaint_outside_mixin import BY_PERSON


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Ask before a message of one of the product's records reaches somebody outside.

        Chatter, dialog, template, notification: all of them pass here, and know here
        whom they write to.
        """
        recipients = super()._notify_get_recipients(
            message, msg_vals=msg_vals, **kwargs
        )
        if any(recipient["type"] != "user" for recipient in recipients):
            # Who notifies on no record may name one.
            record = self or message.with_env(self.env)._get_record()
            if isinstance(record, self.env.registry["complaint.outside.mixin"]):
                record._check_may_write_to_customer()
            elif record is not None and (
                not record.env.su or record.env.context.get(BY_PERSON)
            ):
                # Teams, reviews and the like: whoever may change them.
                access = self.env["complaint.access"].sudo(False)
                access._check_asked(record._name, record.ids, "write")
        return recipients
