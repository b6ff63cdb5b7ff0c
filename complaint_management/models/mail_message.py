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
