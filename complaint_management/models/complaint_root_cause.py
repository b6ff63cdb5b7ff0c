from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ComplaintRootCause(models.Model):
    """Why it happened, as a tree, so that causes can be counted and compared."""

    _name = "complaint.root.cause"
    _description = "Root Cause"
    _inherit = ["complaint.protected.mixin"]
    _parent_name = "parent_id"
    _parent_store = True
    _rec_name = "complete_name"
    _order = "complete_name, id"

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        compute="_compute_complete_name",
        recursive=True,
        store=True,
        system=True,
    )
    parent_id = fields.Many2one(
        "complaint.root.cause", string="Parent Cause", index=True, ondelete="restrict"
    )
    parent_path = fields.Char(index=True)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for cause in self:
            parent = cause.parent_id.complete_name
            cause.complete_name = f"{parent} / {cause.name}" if parent else cause.name

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A cause cannot be its own parent. Choose another parent.")
            )
