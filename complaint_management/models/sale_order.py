from odoo import api, fields, models

# What a line gives depends on these.
VALUED_FIELDS = {
    "order_id",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "qty_delivered",
    "price_unit",
}


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "complaint.document.mixin"]

    complaint_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        system=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The case for which this order is delivered at no charge.",
    )
    complaint_value = fields.Monetary(
        compute="_compute_complaint_value",
        store=True,
        system=True,
        groups="base.group_user",
        help="What the goods of a replacement cost at list price, whatever the order "
        "charges: those ordered, or delivered if that is more. After the order was "
        "cancelled, those that were delivered.",
    )
    complaint_count = fields.Integer(
        string="Complaints",
        compute="_compute_complaint_count",
        groups="complaint_management.group_complaint_user,"
        "complaint_management.group_complaint_quality,"
        "complaint_management.group_complaint_executive",
    )

    @api.depends(
        "complaint_id",
        "state",
        "currency_id",
        "order_line.product_id",
        "order_line.product_uom_id",
        "order_line.product_uom_qty",
        "order_line.qty_delivered",
        "order_line.price_unit",
    )
    def _compute_complaint_value(self):
        for order in self:
            order.complaint_value = (
                sum(line._get_list_value() for line in order.order_line)
                if order.complaint_id
                else 0
            )

    def _compute_complaint_count(self):
        counts = dict(
            self.env["complaint.complaint"]._read_group(
                [("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"]
            )
        )
        for order in self:
            order.complaint_count = counts.get(order, 0) + bool(order.complaint_id)

    def _action_confirm(self):
        res = super()._action_confirm()
        self._check_complaint_amount()
        return res

    def _is_binding(self):
        return self.state == "sale" or any(
            line.qty_delivered for line in self.order_line
        )

    def _check_complaint_amount(self):
        """Hold what the case gives against what was approved, once it is given.

        A quantity may have been changed in the draft, or after it was confirmed.
        """
        # sudo: approval is internal, and decides for whoever sells.
        given = self.sudo().filtered(
            lambda order: order.complaint_id and order.state in ("sale", "cancel")
        )
        given.complaint_id._check_remedy_amount()

    def action_view_complaints(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action_all"
        )
        action["domain"] = [
            "|",
            ("sale_order_id", "=", self.id),
            ("id", "=", self.complaint_id.id),
        ]
        action["context"] = {
            "default_sale_order_id": self.id,
            "default_partner_id": self.partner_id.id,
        }
        return action

    def action_new_complaint(self):
        """Open the quick entry with the order's customer and order filled in."""
        self.ensure_one()
        return self.env["complaint.quick.entry"]._open(
            partner_id=self.partner_id.id,
            sale_order_id=self.id,
            company_id=self.company_id.id,
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._check_complaint_amount()
        return lines

    def write(self, vals):
        res = super().write(vals)
        if not VALUED_FIELDS.isdisjoint(vals):
            self.order_id._check_complaint_amount()
        return res

    def _get_list_value(self):
        """Return what the goods cost at list price, in the order's currency."""
        self.ensure_one()
        if self.display_type:
            return 0
        return self._get_given_quantity() * self._get_list_price()

    def _get_given_quantity(self):
        """Return how much of it the customer has, or is going to have.

        Inventory knows what came back.
        """
        ordered = 0 if self.state == "cancel" else self.product_uom_qty
        return max(ordered, self.qty_delivered, 0)

    def _get_list_price(self):
        """Return what one unit of the line costs those who pay for it.

        A price on the line may raise it, but not lower it.
        """
        order = self.order_id
        price = self.product_id._get_complaint_price(
            self.product_uom_id, order.currency_id, order.company_id, order.date_order
        )
        return max(price, self.price_unit)

    def action_new_complaint(self):
        """Open the quick entry with the line's order, product and customer filled in."""
        self.ensure_one()
        return self.env["complaint.quick.entry"]._open(
            partner_id=self.order_id.partner_id.id,
            sale_order_id=self.order_id.id,
            sale_order_line_id=self.id,
            product_id=self.product_id.id,
            company_id=self.company_id.id,
        )
