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

    def write(self, vals):
        if "feedback_ids" not in vals:
            return super().write(vals)
        # sudo: feedback is compared, also what the user may not see.
        before = self.sudo().feedback_ids
        res = super().write(vals)
        # Its decision was to improve something: without an action nothing would.
        (before - self.sudo().feedback_ids)._check_improvement_stays()  # sudo: as above
        return res
