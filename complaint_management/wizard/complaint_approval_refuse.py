from odoo import fields, models
from odoo.exceptions import UserError


class ComplaintApprovalRefuse(models.TransientModel):
    """Ask why an approval is refused, for one record or many."""

    _name = "complaint.approval.refuse"
    _description = "Refuse"
    _inherit = ["complaint.protected.mixin"]

    res_model = fields.Char(required=True)
    res_ids = fields.Json(required=True)
    reason = fields.Text(required=True)

    def action_refuse(self):
        self.ensure_one()
        model = self.env.get(self.res_model)
        if model is None or not hasattr(model, "_get_decision_obstacle"):
            raise UserError(self.env._("There is nothing to approve here."))
        return model.browse(self.res_ids).action_refuse(self.reason)
