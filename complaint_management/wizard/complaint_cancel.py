from odoo import fields, models
from odoo.exceptions import UserError


class ComplaintCancel(models.TransientModel):
    """Ask why a case is cancelled."""

    _name = "complaint.cancel"
    _description = "Cancel Case"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    cancel_reason = fields.Selection(
        [
            ("withdrawn", "Withdrawn by the Customer"),
            ("invalid", "Invalid"),
            ("out_of_scope", "Out of Scope"),
            ("duplicate", "Duplicate"),
        ],
        string="Reason",
        required=True,
    )
    target_id = fields.Many2one(
        "complaint.complaint",
        string="Duplicate Of",
        domain="[('id', '!=', complaint_id),"
        " ('phase', 'not in', ('closed', 'cancelled'))]",
    )
    note = fields.Text(string="Explanation", required=True)

    def action_cancel_case(self):
        self.ensure_one()
        if self.cancel_reason != "duplicate":
            return self.complaint_id.cancel(self.cancel_reason, self.note)
        if not self.target_id:
            raise UserError(self.env._("Say which case goes on as “Duplicate Of”."))
        return self.complaint_id.merge_into(self.target_id, self.note) and True
