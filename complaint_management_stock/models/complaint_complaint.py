from odoo import api, fields, models
from odoo.exceptions import UserError

STOCK_USER = "stock.group_stock_user"


class ComplaintComplaint(models.Model):
    """Returns of goods that a case is about, with the user's rights in Inventory."""

    _inherit = "complaint.complaint"

    return_ids = fields.One2many(
        "stock.picking",
        "complaint_id",
        string="Returns",
        copy=False,
        groups=STOCK_USER,
    )
    return_count = fields.Integer(
        string="Returns Made", compute="_compute_return_count", groups=STOCK_USER
    )
    can_return = fields.Boolean(
        string="Goods Can Be Returned",
        compute="_compute_can_return",
        groups=STOCK_USER,
        help="Something of the order was delivered.",
    )

    def _compute_return_count(self):
        counts = dict(
            self.env["stock.picking"]._read_group(
                [("complaint_id", "in", self.ids)], ["complaint_id"], ["__count"]
            )
        )
        for complaint in self:
            complaint.return_count = counts.get(complaint, 0)

    @api.depends("sale_order_id")
    def _compute_can_return(self):
        groups = self.env["stock.picking"]._read_group(
            self._get_delivery_domain(), ["sale_id"]
        )
        delivered = {order.id for (order,) in groups}
        for complaint in self:
            complaint.can_return = complaint.sale_order_id.id in delivered

    def _get_delivery_domain(self):
        """Return the domain of the done deliveries of the orders of these cases."""
        return [
            ("sale_id", "in", self.sale_order_id.ids),
            ("state", "=", "done"),
            ("location_dest_id.usage", "=", "customer"),
        ]

    @api.depends("return_ids.state", "sale_order_id.order_line.move_ids.state")
    def _compute_redress_amount(self):
        return super()._compute_redress_amount()

    def _get_documented_amount(self):
        """Count the goods that were sent in exchange as well."""
        lines = self.return_ids.filtered(
            "complaint_exchange_value"
        ).move_ids.sale_line_id
        return super()._get_documented_amount() + sum(
            line._get_exchanged_value() for line in lines
        )

    def _get_given(self):
        """Count the goods that are sent again in exchange as well."""
        exchanges = self.return_ids.filtered("complaint_exchange_value")
        value = exchanges._get_exchange_value()
        return {**super()._get_given(), **({exchanges[0]: value} if value else {})}

    def _is_returned(self, move):
        """Tell whether the complaint is about what ``move`` delivered."""
        self.ensure_one()
        if self.sale_order_line_id:
            return move.sale_line_id == self.sale_order_line_id
        return bool(self.product_id) and move.product_id == self.product_id

    # Making the returns

    def action_return(self):
        """Open Inventory's own return for the last delivery of what the case is about.

        :raise UserError: when the case was cancelled, or nothing was delivered
        :raise AccessError: without the rights to the case, or to returns in Inventory
        """
        self.ensure_one()
        self._check_return()
        deliveries = self.env["stock.picking"].search(
            self._get_delivery_domain(), order="date_done desc, id desc"
        )
        if not deliveries:
            raise UserError(
                self.env._(
                    "%(case)s: nothing was delivered that could come back. Choose an "
                    "order with a done delivery on the case.",
                    case=self.display_name,
                )
            )
        about = deliveries.filtered(
            lambda picking: any(self._is_returned(move) for move in picking.move_ids)
        )
        # Made here, not by defaults in the context: those would go on to whatever is
        # created from the screen of the return.
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": (about or deliveries)[0].id, "complaint_id": self.id}
        )
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "stock.act_stock_return_picking"
            ),
            "res_id": wizard.id,
            "context": {},
        }

    def _check_return(self):
        """Refuse goods to be taken back for a case that may not be worked."""
        self.ensure_one()
        self.check_access("write")
        if self.phase == "cancelled":
            raise UserError(
                self.env._(
                    "%(case)s was cancelled: there is nothing to take back.",
                    case=self.display_name,
                )
            )
        # sudo: compared only.
        customer = self.sudo().sale_order_id.partner_id.commercial_partner_id
        if self.commercial_partner_id and customer not in (
            customer.browse(),
            self.commercial_partner_id,
        ):
            raise UserError(
                self.env._(
                    "%(case)s: the order is not of this customer. Choose one of theirs.",
                    case=self.display_name,
                )
            )

    def action_view_returns(self):
        self.ensure_one()
        return self._view_remedies("stock.action_picking_tree_all")
