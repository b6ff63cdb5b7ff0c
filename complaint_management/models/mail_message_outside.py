from odoo import api, models

from .mail_message import KEPT_MODELS

# What decides whether a customer reads a message on the page.
VISIBILITY = {"is_internal", "message_type", "model", "res_id", "subtype_id"}
# As in the list of the page: the rest is the system's.
SHOWN_TYPES = ("comment", "email", "email_outgoing", "auto_comment")


class MailMessage(models.Model):
    """What a customer reads on the page is for those to write who work the record."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages._check_may_show_to_customer()
        return messages

    def write(self, vals):
        res = super().write(vals)
        if not VISIBILITY.isdisjoint(vals):
            self._check_may_show_to_customer()
        return res

    def _check_may_show_to_customer(self):
        """Refuse a message on the customer's page by who may not write to them."""
        # sudo: which record and which kind of message, to ask whether the user may.
        for model, messages in self.sudo().grouped("model").items():
            if model in KEPT_MODELS:
                shown = messages.filtered(lambda m: m._is_shown_to_customer())
                records = self.env[model].browse(shown.mapped("res_id"))
                records._check_may_write_to_customer()

    def _is_shown_to_customer(self):
        comment_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        return (
            self.subtype_id.id == comment_id
            and not self.is_internal
            and self.message_type in SHOWN_TYPES
        )

    def _get_record(self):
        """Return the record that the message is about, or None."""
        if not self.model or not self.res_id or self.model not in self.env:
            return None
        return self.env[self.model].browse(self.res_id)
