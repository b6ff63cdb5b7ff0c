from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.complaint_corrective_action_effectiveness import RESULTS


class ComplaintEffectiveness(models.TransientModel):
    """Ask the reviewer whether an action worked; the action decides on the rules."""

    _name = "complaint.effectiveness"
    _description = "Effectiveness Review"
    _inherit = ["complaint.protected.mixin"]

    action_id = fields.Many2one("complaint.corrective.action", required=True)
    # Only who may read the action reads it here.
    criterion = fields.Text(
        related="action_id.effectiveness_criterion", related_sudo=False
    )
    recurrence_count = fields.Integer(
        related="action_id.recurrence_count", related_sudo=False
    )
    result = fields.Selection(RESULTS, required=True, default="effective")
    note = fields.Text(string="Finding", required=True)
    follow_up = fields.Selection(
        [("reopen", "Take this action up again"), ("new", "Open a new action")],
        string="What Now",
        default="new",
    )
    date_due = fields.Date(string="Until")

    @api.onchange("result")
    def _onchange_result(self):
        if self.result == "effective":
            self.date_due = False

    def action_review(self):
        """Keep the finding; show the action that goes on, where one does."""
        self.ensure_one()
        if self.result == "not_effective" and not self.date_due:
            raise UserError(self.env._("Say until when it is to be done."))
        action = self.action_id.review_effectiveness(
            self.result, self.note, self.follow_up, self.date_due
        )
        if not action or not action.has_access("read"):
            return {"type": "ir.actions.act_window_close"}
        return action._get_records_action()
