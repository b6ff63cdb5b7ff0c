from odoo import fields, models


class ComplaintExtend(models.TransientModel):
    """Ask for the later deadline that was agreed with the customer, and why."""

    _name = "complaint.extend"
    _description = "Extend a Commitment"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    status_id = fields.Many2one(
        "complaint.sla.status",
        required=True,
        domain="[('complaint_id', '=', complaint_id), ('date_met', '=', False)]",
    )
    commitment = fields.Selection(related="status_id.commitment", related_sudo=False)
    deadline = fields.Datetime(
        string="Deadline So Far", related="status_id.deadline", related_sudo=False
    )
    new_deadline = fields.Datetime(required=True)
    reason = fields.Text(required=True)

    def action_extend(self):
        self.ensure_one()
        return self.complaint_id.extend(
            self.status_id.commitment, self.new_deadline, self.reason
        )
