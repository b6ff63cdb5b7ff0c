from odoo import models

CASE = "complaint.complaint"


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Tell cases which of their messages did not reach the customer."""
        # sudo: the queue may run as anybody; only the kind of message is looked at.
        messages = self.sudo().mail_message_id.filtered(
            lambda m: m.model == CASE and m.message_type != "user_notification"
        )
        res = super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
        if messages and failure_type:
            self.env[CASE]._on_mails_failed(messages)
        elif messages:
            self.env[CASE]._on_mails_sent(messages)
        return res
