from odoo import fields, models

from ..models.complaint_escalation import GIVEN_OUTCOMES


class ComplaintEscalateOutcome(models.TransientModel):
    """Ask the addressee what came of an escalation."""

    _name = "complaint.escalate.outcome"
    _description = "Outcome of the Escalation"
    _inherit = ["complaint.protected.mixin"]

    escalation_id = fields.Many2one("complaint.escalation", required=True)
    # Only who may read the escalation reads it here.
    reason_note = fields.Text(
        related="escalation_id.note", related_sudo=False, string="Explanation"
    )
    outcome = fields.Selection(GIVEN_OUTCOMES, required=True, default="handled")
    note = fields.Text(string="Decision", required=True)

    def action_give_outcome(self):
        self.ensure_one()
        return self.escalation_id.give_outcome(self.outcome, self.note)
