from odoo import fields, models


class ComplaintReopen(models.TransientModel):
    """Ask a manager why an ended case is opened again."""

    _name = "complaint.reopen"
    _description = "Reopen Case"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    reason = fields.Text(required=True)

    def action_reopen(self):
        self.ensure_one()
        return self.complaint_id.reopen(self.reason)
