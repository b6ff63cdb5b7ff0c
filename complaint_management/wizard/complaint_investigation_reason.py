from odoo import fields, models


class ComplaintInvestigationReason(models.TransientModel):
    """Ask why a signed investigation is opened again."""

    _name = "complaint.investigation.reason"
    _description = "Reopen Investigation"
    _inherit = ["complaint.protected.mixin"]

    investigation_id = fields.Many2one("complaint.investigation", required=True)
    kind = fields.Selection(
        [("reopen", "Reopen"), ("send_back", "Send Back")],
        required=True,
        default="reopen",
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Reopen the investigation, or send it back, with the reason."""
        self.ensure_one()
        if self.kind == "send_back":
            return self.investigation_id.send_back(self.reason)
        return self.investigation_id.reopen(self.reason)
