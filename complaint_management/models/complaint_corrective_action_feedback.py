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

    def _check_improvements_stay(self, change):
        """What feedback was to improve has an action as long as it says so."""
        if change.touches("feedback_ids"):
            feedback = self.env["complaint.feedback"].union(
                *(change.old(action, "feedback_ids") for action in self)
            )
            # sudo: feedback is compared, also what the user may not see.
            (feedback.sudo() - self.sudo().feedback_ids)._check_improvement_stays()
