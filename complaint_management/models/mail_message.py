from odoo import models

# What customers wrote there, and what they were told, is on record.
KEPT_MODELS = ("complaint.complaint", "complaint.feedback")


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _get_forbidden_access(self, operation):
        """Keep what is internal on a case from customers, and the rest as it was written.

        Odoo hides internal comments from them; mails of the staff and notes of the
        system could still be read by who guesses their number.
        """
        forbidden = super()._get_forbidden_access(operation)
        if self.env.user._is_internal():
            return forbidden
        # sudo: whether they are internal is looked at, nothing of them is shown.
        kept = (
            (self - forbidden)
            .sudo()
            .filtered(
                lambda message: (
                    message.model in KEPT_MODELS
                    and (
                        operation in ("write", "unlink")
                        or message.is_internal
                        or message.subtype_id.internal
                    )
                )
            )
        )
        return forbidden | kept.sudo(False)

    def _portal_message_format(self, properties_names, options=None):
        """Name the company where the system wrote, and who wrote without a contact."""
        vals_list = super()._portal_message_format(properties_names, options)
        root_id = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        for message, values in zip(self, vals_list, strict=True):
            author_id = values["author_id"]["id"]
            if message.model not in KEPT_MODELS or author_id not in (root_id, False):
                continue
            # sudo: only the name, for whoever may read the message.
            record = self.env[message.model].sudo().browse(message.res_id)
            values["author_id"]["name"] = (
                record.company_id.name if author_id else record.partner_name
            )
        return vals_list
