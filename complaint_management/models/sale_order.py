from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    complaint_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The case for which this order is delivered at no charge.",
    )
    complaint_value = fields.Monetary(
        compute="_compute_complaint_value",
        store=True,
        groups="base.group_user",
        help="What the goods of a replacement would cost.",
    )
    complaint_count = fields.Integer(
        string="Complaints",
        compute="_compute_complaint_count",
        groups="complaint_management.group_complaint_user,"
        "complaint_management.group_complaint_quality,"
        "complaint_management.group_complaint_executive",
    )

    @api.depends("complaint_id", "order_line.price_unit", "order_line.product_uom_qty")
    def _compute_complaint_value(self):
        for order in self:
            order.complaint_value = (
                sum(
                    line.price_unit * line.product_uom_qty
                    for line in order.order_line
                    if not line.display_type
                )
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

    def _check_complaint_amount(self):
        """Hold what the case gives against what was approved, once it is given.

        A quantity may have been changed in the draft, or after it was confirmed.
        """
        # sudo: approval is internal, and decides for whoever sells.
        given = self.sudo().filtered(
            lambda order: order.complaint_id and order.state == "sale"
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
        if not {"product_uom_qty", "price_unit"}.isdisjoint(vals):
            self.order_id._check_complaint_amount()
        return res

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
