from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _action_send_mail_comment(self, res_ids):
        """Do with a case what the message to its customer says."""
        purpose = self.sudo().template_id.complaint_purpose  # sudo: its kind only
        if (
            self.model != "complaint.complaint"
            or not purpose
            or self.subtype_is_log
            # Code that sends a template has done what it says.
            or "complaint_purpose" in self.env.context
        ):
            return super()._action_send_mail_comment(res_ids)
        for complaint in self.env[self.model].browse(res_ids):
            complaint._do_as_written(purpose)
        return super(
            MailComposeMessage, self.with_context(complaint_purpose=purpose)
        )._action_send_mail_comment(res_ids)
