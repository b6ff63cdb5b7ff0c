from odoo import fields, models

from .complaint_complaint import INTERNAL


class ResCompany(models.Model):
    _inherit = "res.company"

    complaint_investigation_review = fields.Selection(
        [
            ("never", "Never"),
            ("full", "Full Investigations"),
            ("always", "All Investigations"),
        ],
        string="Review of Investigations",
        required=True,
        default="never",
        groups=INTERNAL,
        help="Which signed investigations another person reviews before the case goes "
        "on to its resolution.",
    )
    complaint_similar_days = fields.Integer(
        string="Look for Similar Cases Within (days)",
        default=365,
        groups=INTERNAL,
        help="How far back an investigation looks for similar cases.",
    )

    _complaint_similar_days_positive = models.Constraint(
        "CHECK (complaint_similar_days > 0)",
        "The number of days to look for similar cases must be at least one.",
    )
