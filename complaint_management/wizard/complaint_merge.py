from odoo import api, fields, models


class ComplaintMerge(models.TransientModel):
    """Choose which cases are merged, and which of them goes on."""

    _name = "complaint.merge"
    _description = "Merge Cases"
    _inherit = ["complaint.protected.mixin"]

    complaint_ids = fields.Many2many(
        "complaint.complaint",
        string="Cases",
        required=True,
        domain="[('phase', 'not in', ('closed', 'cancelled'))]",
    )
    target_id = fields.Many2one(
        "complaint.complaint",
        string="Goes On",
        required=True,
        domain="[('id', 'in', complaint_ids)]",
    )
    note = fields.Text(string="Reason")
    several_customers = fields.Boolean(compute="_compute_several_customers")

    @api.depends("complaint_ids", "target_id")
    def _compute_several_customers(self):
        for wizard in self:
            target = wizard.target_id
            wizard.several_customers = bool(target) and any(
                not case._origin._is_same_customer(target)
                for case in wizard.complaint_ids - target
            )

    def action_merge(self):
        self.ensure_one()
        target = (self.complaint_ids - self.target_id).merge_into(
            self.target_id, self.note or ""
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "complaint.complaint",
            "view_mode": "form",
            "res_id": target.id,
        }
