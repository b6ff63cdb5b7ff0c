from odoo import fields, models
from odoo.exceptions import UserError


class ComplaintApprovalDelegate(models.TransientModel):
    """Ask who decides on an approval instead, for one record or many."""

    _name = "complaint.approval.delegate"
    _description = "Pass On"
    _inherit = ["complaint.protected.mixin"]

    res_model = fields.Char(required=True)
    res_ids = fields.Json(required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Decides Instead",
        required=True,
        domain=lambda self: [
            ("share", "=", False),
            ("id", "!=", self.env.uid),
            (
                "all_group_ids",
                "in",
                [
                    self.env.ref("complaint_management.group_complaint_manager").id,
                    self.env.ref("complaint_management.group_complaint_executive").id,
                ],
            ),
        ],
    )
    reason = fields.Text(required=True)

    def action_delegate(self):
        self.ensure_one()
        model = self.env.get(self.res_model)
        if model is None or not hasattr(model, "_get_decision_obstacle"):
            raise UserError(self.env._("There is nothing to approve here."))
        model.browse(self.res_ids).delegate_approval(self.user_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
