from odoo import fields, models


class ComplaintKeep(models.TransientModel):
    """Ask a manager when a commitment was kept, and how it is known."""

    _name = "complaint.keep"
    _description = "Mark a Commitment as Kept"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    status_id = fields.Many2one(
        "complaint.sla.status",
        required=True,
        domain="[('complaint_id', '=', complaint_id),"
        " '|', ('date_met', '=', False), ('state', '=', 'late')]",
    )
    commitment = fields.Selection(related="status_id.commitment", related_sudo=False)
    deadline = fields.Datetime(related="status_id.deadline", related_sudo=False)
    date_kept = fields.Datetime(
        string="Kept On", required=True, default=fields.Datetime.now
    )
    reason = fields.Text(required=True)

    def action_keep(self):
        self.ensure_one()
        return self.complaint_id.keep_commitment(
            self.status_id.commitment, self.reason, self.date_kept
        )
