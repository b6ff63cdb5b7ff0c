from odoo import api, models

from .mail_message import KEPT_MODELS, WITH_ITS_RECORD

# Odoo keeps the name of a field there when the field goes with its app.
FREE_FIELDS = {"field_id", "field_info"}


class MailTrackingValue(models.Model):
    """What changed on a case, from what to what, is on record as the messages are."""

    _inherit = "mail.tracking.value"

    @api.model_create_multi
    def create(self, vals_list):
        values = super().create(vals_list)
        if not self.env.su:
            values._check_complaint_said()
        return values

    def write(self, vals):
        if not FREE_FIELDS.issuperset(vals):
            self._check_complaint_said()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_complaint_said(self):
        if self.env.context.get("complaint_deleting") is not WITH_ITS_RECORD:
            self._check_complaint_said()

    def _check_complaint_said(self):
        # sudo: the rule is the same for everybody, the administrator included.
        messages = self.sudo().mail_message_id
        for message in messages.filtered(lambda m: m.model in KEPT_MODELS):
            message._raise_said()
