from odoo import fields, models


class ComplaintCorrectiveActionCancel(models.TransientModel):
    """Ask why actions are given up."""

    _name = "complaint.corrective.action.cancel"
    _description = "Cancel Actions"
    _inherit = ["complaint.protected.mixin"]

    action_ids = fields.Many2many(
        "complaint.corrective.action",
        "complaint_corrective_action_cancel_rel",
        required=True,
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Cancel the actions, with the reason."""
        self.ensure_one()
        return self.action_ids.action_cancel(self.reason)
