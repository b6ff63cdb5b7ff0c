from odoo import api, fields, models

# What a part gives, and what the customer pays for it, depends on these.
PART_FIELDS = {
    "product_id",
    "product_uom",
    "product_uom_qty",
    "quantity",
    "repair_id",
    "repair_line_type",
}
CHARGED_FIELDS = {"discount", "price_unit", "product_uom_qty", "product_id", "tax_ids"}


class RepairOrder(models.Model):
    _name = "repair.order"
    _inherit = ["repair.order", "complaint.document.mixin"]

    complaint_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        system=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The case for which the product is repaired.",
    )

    def write(self, vals):
        """Hold parts and work against the approval once the repair is confirmed."""
        res = super().write(vals)
        if not {"state", "sale_order_id"}.isdisjoint(vals):
            self._check_complaint_amount()
        return res

    def _is_binding(self):
        return self.state not in ("draft", "cancel")

    def _check_complaint_amount(self):
        # sudo: approval is internal, and decides for whoever repairs.
        binding = self.sudo().filtered(
            lambda repair: repair.complaint_id and repair._is_binding()
        )
        binding.complaint_id._check_remedy_amount()

    def _get_given_amount(self):
        """Return what parts and work cost at list price, less what the customer pays.

        In the company's currency. Work stands as services on the order of the repair.
        """
        self.ensure_one()
        if self.state == "cancel":
            return 0
        parts = self.move_ids.filtered(
            lambda move: move.state != "cancel" and move.repair_line_type == "add"
        )
        return sum(part._get_part_value() for part in parts) + sum(
            line._get_repair_value() for line in self._get_work()
        )

    def _get_work(self):
        """Return the services that were put on the order since the repair was made."""
        # An order that replaces goods for the case counts as such.
        return self.sale_order_id.order_line.filtered(
            lambda line: (
                line.product_id.type == "service"
                and not line.order_id.complaint_id
                and line.create_date >= self.create_date
            )
        )

    def action_view_complaint(self):
        self.ensure_one()
        return self.complaint_id._get_records_action()


class StockMove(models.Model):
    _inherit = "stock.move"

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.repair_id._check_complaint_amount()
        return moves

    def write(self, vals):
        res = super().write(vals)
        if not PART_FIELDS.isdisjoint(vals):
            self.repair_id._check_complaint_amount()
        return res

    def _get_part_value(self):
        """Return what a part costs at list price, less what the customer pays for it."""
        company = self.repair_id.company_id
        price = self.product_id._get_complaint_price(
            self.product_uom, company.currency_id, company
        )
        value = price * max(self.product_uom_qty, self.quantity)
        return max(value - self.sale_line_id._get_charged(), 0)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # sudo: repairs are Inventory's, and no matter of a salesperson's rights.
        lines.order_id.sudo().repair_order_ids._check_complaint_amount()
        return lines

    def write(self, vals):
        res = super().write(vals)
        if not CHARGED_FIELDS.isdisjoint(vals):
            # sudo: as above.
            self.order_id.sudo().repair_order_ids._check_complaint_amount()
        return res

    def _get_charged(self):
        """Return what the customer pays for the lines, in the company's currency."""
        return sum(
            line.currency_id._convert(
                line.price_subtotal,
                line.company_id.currency_id,
                line.company_id,
                line.order_id.date_order or fields.Date.today(),
            )
            for line in self
            if line.state == "sale"
        )

    def _get_repair_value(self):
        """Return what a service costs at list price, less what the customer pays."""
        order = self.order_id
        value = order.currency_id._convert(
            self._get_list_value(),
            order.company_id.currency_id,
            order.company_id,
            order.date_order or fields.Date.today(),
        )
        return max(value - self._get_charged(), 0)
