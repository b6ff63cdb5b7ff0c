from odoo import fields, models
from odoo.exceptions import UserError


class ComplaintFeedbackReview(models.TransientModel):
    """Review and decide one or many entries of the feedback register at once."""

    _name = "complaint.feedback.review"
    _description = "Review Feedback"
    _inherit = ["complaint.protected.mixin"]

    feedback_ids = fields.Many2many("complaint.feedback", required=True)
    review = fields.Html(help="Empty: what was noted on each stays.")
    decision = fields.Selection(
        lambda self: self.env["complaint.feedback"]._fields["decision"].selection,
        required=True,
        default="share",
    )
    reason = fields.Text(string="Why")
    action_name = fields.Char(
        string="Improvement", help="One action for all that were chosen."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner of the Improvement",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )

    def action_decide(self):
        """Write review and decision on all, or on none when one of them refuses."""
        self.ensure_one()
        if not self.feedback_ids:
            raise UserError(self.env._("Choose the feedback to review first."))
        feedback = self.feedback_ids
        if self.review:
            feedback.write({"review": self.review})
        if self.decision == "complaint":
            feedback.make_complaints(self.reason)
        elif self.decision == "improvement":
            feedback.plan_improvement(self.action_name, self.user_id, self.reason)
        else:
            feedback.write(
                {
                    "decision": self.decision,
                    "decision_reason": self.reason,
                    "state": "decided",
                }
            )
        return {"type": "ir.actions.act_window_close"}
