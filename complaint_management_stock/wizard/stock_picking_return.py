from odoo import api, fields, models
from odoo.exceptions import UserError


class StockReturnPicking(models.TransientModel):
    """Odoo's return; opened from a case, it offers the deliveries of the case's order."""

    _inherit = "stock.return.picking"

    complaint_id = fields.Many2one("complaint.complaint", readonly=True)
    complaint_delivery_ids = fields.Many2many(
        "stock.picking", compute="_compute_complaint_delivery_ids"
    )
    # The lines say how much of what the case is about can still come back.
    product_return_moves = fields.One2many(
        compute="_compute_moves_locations", precompute=True, store=True, readonly=False
    )

    @api.depends("complaint_id")
    def _compute_complaint_delivery_ids(self):
        for wizard in self:
            complaint = wizard.complaint_id
            wizard.complaint_delivery_ids = complaint and self.env[
                "stock.picking"
            ].search(complaint._get_delivery_domain())

    @api.depends("complaint_id")
    def _compute_moves_locations(self):
        return super()._compute_moves_locations()

    @api.model
    def _prepare_stock_return_picking_line_vals_from_move(self, stock_move):
        vals = super()._prepare_stock_return_picking_line_vals_from_move(stock_move)
        # Stored values are computed as the superuser: read the case as the user.
        complaint = self.complaint_id.sudo(False)
        if complaint and complaint._is_returned(stock_move):
            back = stock_move.returned_move_ids.filtered(lambda m: m.state != "cancel")
            returned = sum(
                move.product_uom._compute_quantity(
                    move.quantity if move.state == "done" else move.product_uom_qty,
                    stock_move.product_uom,
                )
                for move in back
            )
            vals["quantity"] = max(stock_move.quantity - returned, 0)
        return vals

    def _create_return(self):
        complaint = self.complaint_id
        if complaint:
            complaint._check_return()
            if self.picking_id not in self.complaint_delivery_ids:
                raise UserError(
                    self.env._(
                        "Choose a done delivery of the order of %(case)s.",
                        case=complaint.display_name,
                    )
                )
        picking = super()._create_return()
        if complaint:
            picking._link_complaint(complaint)
            complaint.message_post(
                body=self.env._("Made from the case: %s", picking._get_html_link()),
                subtype_xmlid="mail.mt_note",
            )
        return picking

    def action_create_exchanges(self):
        """Send the same again only where the case may promise so much.

        :raise UserError: when the value of the goods needs an approval first
        """
        if not self.complaint_id:
            return super().action_create_exchanges()
        value = self._get_exchange_value()
        self.complaint_id._check_remedy(value)
        action = super().action_create_exchanges()
        picking = self.env["stock.picking"].browse(action["res_id"])
        # sudo: only the system says what an exchange is worth.
        picking.sudo().complaint_exchange_value = value
        return action

    def _get_exchange_value(self):
        """Return what the goods cost at list price, in the company's currency."""
        value = 0
        for line in self.product_return_moves:
            # sudo: the price of what the order of the case holds.
            sold = line.move_id.sale_line_id.sudo()
            if sold:
                quantity = line.uom_id._compute_quantity(
                    line.quantity, sold.product_uom_id
                )
                value += sold.currency_id._convert(
                    sold._get_list_price() * quantity,
                    self.company_id.currency_id,
                    self.company_id,
                    sold.order_id.date_order,
                )
        return value
