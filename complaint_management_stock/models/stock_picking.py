from odoo import fields, models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "complaint.document.mixin"]

    complaint_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        system=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The case for which these goods come back.",
    )

    complaint_exchange_value = fields.Float(
        readonly=True,
        system=True,
        copy=False,
        groups="base.group_user",
        help="What is sent again for the goods that come back costs at list price, in "
        "the company's currency.",
    )

    def _create_backorder_picking(self):
        """Keep the case with what is still to come back."""
        backorder = super()._create_backorder_picking()
        backorder._link_complaint(self.complaint_id)
        return backorder

    def _is_binding(self):
        return self.state == "done"

    def _get_complaint_partner(self):
        # Goods may come back from, or go to, another address than the customer's.
        partner = self.sale_id.partner_id or self.partner_id
        return partner.commercial_partner_id

    def _get_exchange_value(self):
        """Return what is sent again for these returns costs, in the company's currency.

        As long as the return is to come, what was asked for counts; and in any case what
        has left, which may be more.
        """
        exchanges = self.filtered("complaint_exchange_value")
        asked = exchanges.filtered(lambda picking: picking.state != "cancel")
        lines = exchanges.move_ids.sale_line_id
        return max(
            sum(asked.mapped("complaint_exchange_value")),
            sum(line._get_exchanged_value(coming=bool(asked)) for line in lines),
        )

    def action_view_complaint(self):
        self.ensure_one()
        return self.complaint_id._get_records_action()
