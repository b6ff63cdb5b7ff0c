from odoo import fields, models


class ComplaintCorrectiveAction(models.Model):
    """The feedback that led to the action."""

    _inherit = "complaint.corrective.action"

    feedback_ids = fields.Many2many(
        "complaint.feedback",
        "complaint_feedback_corrective_action_rel",
        "action_id",
        "feedback_id",
        check_company=True,
        copy=False,
    )
