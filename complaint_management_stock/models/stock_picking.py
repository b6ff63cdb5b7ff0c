from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    complaint_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The case for which these goods come back.",
    )

    complaint_exchange_value = fields.Float(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="What is sent again for the goods that come back costs on the order, in "
        "the company's currency.",
    )

    def _create_backorder_picking(self):
        """Keep the case with what is still to come back."""
        backorder = super()._create_backorder_picking()
        backorder.complaint_id = self.complaint_id
        return backorder

    def action_view_complaint(self):
        self.ensure_one()
        return self.complaint_id._get_records_action()
