from odoo import models

# What was said there, by customers and third parties and to them, is on record.
KEPT_MODELS = (
    "complaint.complaint",
    "complaint.feedback",
    "complaint.investigation",
    "complaint.investigation.question",
    "complaint.corrective.action",
)


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _filter_complaint_correspondence(self):
        """Return the messages to or from outside: what nobody changes any more.

        Mails of either direction, whatever they are filed as; comments that customers
        may read; and notes that were sent to somebody who is not of the staff, such as
        the questions to third parties. Notes among the staff and the lines that the
        system writes are not.
        """
        return self.filtered(
            lambda message: (
                message.model in KEPT_MODELS and message._is_complaint_correspondence()
            )
        )

    def _is_complaint_correspondence(self):
        # sudo: what kind of message it is holds for everybody, whoever may read it.
        message = self.sudo()
        if message.message_type == "notification":
            return False
        if message.outgoing_email_to or message._has_outside_recipient():
            return True
        if message.message_type == "user_notification":
            return False
        return message.message_type != "comment" or not (
            message.is_internal or message.subtype_id.internal
        )

    def _has_outside_recipient(self):
        """Whether it was sent to somebody who neither is of the staff nor was."""
        for partner in self.partner_ids.filtered("partner_share"):
            # For Odoo, a colleague who has left is an outsider.
            users = partner.with_context(active_test=False).user_ids
            if not any(not user.active and not user.share for user in users):
                return True
        return False

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
