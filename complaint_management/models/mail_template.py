from odoo import fields, models

from .complaint_complaint import INTERNAL


class MailTemplate(models.Model):
    _inherit = "mail.template"

    complaint_purpose = fields.Selection(
        [
            ("acknowledgement", "Acknowledgement"),
            ("request_information", "Request for Information"),
            ("update", "Progress Update"),
            ("proposal", "Proposal"),
            ("final_response", "Final Response"),
            ("follow_up", "Follow-up"),
            ("closing", "Closing"),
            ("reopening", "Reopening"),
            ("withdrawal", "Withdrawal"),
            ("rating", "Request for a Rating"),
        ],
        string="Used in Complaints As",
        groups=INTERNAL,
        help="What sending it from a case means: a proposal is proposed, a final "
        "response is the decision, a request for information waits for the answer.",
    )

    def _send_check_access(self, res_ids):
        """Send a template from a case only for those who may write to its customer."""
        res = super()._send_check_access(res_ids)
        records = self.env[self.model].browse(res_ids)
        if isinstance(records, self.env.registry["complaint.outside.mixin"]):
            records._check_may_write_to_customer()
        return res

    def _generate_template(self, res_ids, *args, **kwargs):
        # Before recipients and attachments, which are not rendered from a text.
        self.env["complaint.access"]._check_asked(self.model, res_ids)
        return super()._generate_template(res_ids, *args, **kwargs)
