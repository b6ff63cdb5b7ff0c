from odoo import models
from odoo.exceptions import AccessError, UserError


class IrRule(models.Model):
    """Refusals of the product's rules in words that say why."""

    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        if operation == "write" and records._name == "complaint.complaint":
            try:
                records._check_actor_impartial()
            except UserError as refusal:
                return AccessError(refusal.args[0])
        return super()._make_access_error(operation, records)
