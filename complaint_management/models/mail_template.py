from odoo import fields, models


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
        help="What sending it from a case means: a proposal is proposed, a final "
        "response is the decision, a request for information waits for the answer.",
    )
