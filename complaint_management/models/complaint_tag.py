from random import randint

from odoo import fields, models


class ComplaintTag(models.Model):
    """A free label that lists and reports can group by."""

    _name = "complaint.tag"
    _description = "Complaint Tag"
    _inherit = ["complaint.protected.mixin"]
    _order = "name"

    def _get_default_color(self):
        return randint(1, 11)

    name = fields.Char(required=True, translate=True)
    color = fields.Integer(default=lambda self: self._get_default_color())
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("unique (name)", "A tag with this name exists.")
