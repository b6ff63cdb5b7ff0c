from markupsafe import Markup

from odoo import fields, models
from odoo.tools import is_html_empty

from .complaint_complaint import INTERNAL


class ResCompany(models.Model):
    """What a company chooses for agreeing and talking with its customers."""

    _inherit = "res.company"

    complaint_acknowledge_mail = fields.Boolean(
        string="Acknowledge Mails",
        default=True,
        groups=INTERNAL,
        help="Who writes a mail gets the case's number, how it goes on and the promised "
        "dates, within minutes. Cases from the portal are always acknowledged.",
    )
    complaint_proposal_days = fields.Integer(
        string="Remind of a Proposal After (days)",
        default=5,
        groups=INTERNAL,
        help="A customer who has not answered a proposed resolution is reminded once.",
    )
    complaint_proposal_wait_days = fields.Integer(
        string="Wait After the Reminder (days)",
        default=5,
        groups=INTERNAL,
        help="How long to wait for an answer to the reminder.",
    )
    complaint_proposal_no_answer = fields.Selection(
        [
            ("keep", "Keep waiting, and tell the owner"),
            ("accept", "Take the proposal as accepted"),
            ("close", "Close the case as not answered"),
        ],
        string="Without an Answer",
        required=True,
        default="keep",
        groups=INTERNAL,
    )
    complaint_rating = fields.Boolean(
        string="Ask for a Rating",
        default=True,
        groups=INTERNAL,
        help="The customer is asked by mail how satisfied they are, once the case is in "
        "the follow-up or closed.",
    )
    complaint_rating_days = fields.Integer(
        string="Ask After (days)",
        default=1,
        groups=INTERNAL,
        help="How many days after the resolution the customer is asked.",
    )
    complaint_rating_reminder_days = fields.Integer(
        string="Remind of the Rating After (days)",
        default=7,
        groups=INTERNAL,
        help="How many days later a customer who has not answered is reminded, once.",
    )
    complaint_further_rights = fields.Html(
        string="Further Rights",
        translate=True,
        groups=INTERNAL,
        help="What a customer may do who does not agree with the final response, such "
        "as turning to an ombudsman. Named in final responses and response letters; "
        "without a text of yours they say it in general.",
    )
    complaint_communication_policy = fields.Html(
        string="Customer Communication Policy",
        translate=True,
        groups=INTERNAL,
        help="How staff speak and write to customers. Everybody can read it from a case.",
    )

    _complaint_proposal_days_positive = models.Constraint(
        "CHECK (complaint_proposal_days > 0 AND complaint_proposal_wait_days > 0)",
        "A customer needs at least one day to answer a proposal.",
    )
    _complaint_rating_days_positive = models.Constraint(
        "CHECK (complaint_rating_days >= 0 AND complaint_rating_reminder_days > 0)",
        "A rating is asked for after the resolution, and reminded of a day later at the "
        "earliest.",
    )

    def _get_complaint_further_rights(self):
        """Return what a customer who does not agree may do (ISO 10002, 7.9), as HTML."""
        self.ensure_one()
        # sudo: written for customers.
        text = self.sudo().complaint_further_rights
        if not is_html_empty(text):
            return text
        return Markup("<p>%s</p>") % self.env._(
            "You may ask a consumer arbitration board, an ombudsman or a court to look at "
            "your case. If you want to, we tell you which of them is in charge of it."
        )
