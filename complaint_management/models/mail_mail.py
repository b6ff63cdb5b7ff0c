from odoo import api, models
from odoo.tools import html2plaintext

from .mail_message import KEPT_MODELS, MAILED

CASE = "complaint.complaint"


class MailMail(models.Model):
    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        mails = (
            super(MailMail, self.with_context(complaint_mailing=MAILED))
            .create(vals_list)
            .with_context(complaint_mailing=None)
        )
        # Else Odoo deletes what was said together with the mail that brought it.
        kept = mails.filtered(
            lambda mail: mail.model in KEPT_MODELS and not mail.is_notification
        )
        if kept:
            kept.is_notification = True
        return mails

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

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Give the customer the secret link of the page, and nobody else."""
        outgoing = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        # sudo: the queue may run as anybody.
        record = self.sudo().mail_message_id._get_record()
        if isinstance(record, self.env.registry["complaint.page.mixin"]):
            for mail in outgoing:
                body = record._open_links(mail["body"], mail["email_to_normalized"])
                if body != mail["body"]:
                    mail.update(body=body, body_alternative=html2plaintext(body))
        return outgoing
