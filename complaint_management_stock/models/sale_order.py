from odoo import api, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.depends("order_line.move_ids.state", "order_line.move_ids.quantity")
    def _compute_complaint_value(self):
        return super()._compute_complaint_value()


class SaleOrderLine(models.Model):
    """What the customer has of a line is what left, without what came back."""

    _inherit = "sale.order.line"

    def _get_moved(self):
        """Return how much has left, is going to leave, and has come back."""
        out = coming = back = 0
        for move in self.move_ids:
            if move.state == "cancel" or move.product_id != self.product_id:
                continue
            done = move.state == "done"
            quantity = move.product_uom._compute_quantity(
                move.quantity if done else move.product_uom_qty,
                self.product_uom_id,
                round=False,
            )
            if move.location_dest_id._is_outgoing():
                out += quantity if done else 0
                coming += 0 if done else quantity
            elif done and move.location_id._is_outgoing():
                back += quantity
        return out, coming, back

    def _get_given_quantity(self):
        if not self.move_ids:
            return super()._get_given_quantity()
        out, __, back = self._get_moved()
        ordered = 0 if self.state == "cancel" else self.product_uom_qty
        return max(ordered - back, out - back, 0)

    def _get_exchanged_value(self, coming=False):
        """Return what left beyond what was sold costs, in the company's currency.

        :param coming: count what is going to leave as well
        """
        order = self.order_id
        out, pending, __ = self._get_moved()
        extra = out + (pending if coming else 0) - self.product_uom_qty
        return order.currency_id._convert(
            max(extra, 0) * self._get_list_price(),
            order.company_id.currency_id,
            order.company_id,
            order.date_order,
        )

    def _check_moved(self):
        """Hold against the approvals what has left for cases, beyond what was agreed.

        :raises UserError: when more would have left than was approved
        """
        # sudo: approval is internal, and decides for whoever sends the goods.
        lines = self.sudo()
        cases = lines.order_id.complaint_id
        cases |= lines.move_ids.picking_id.filtered(
            "complaint_exchange_value"
        ).complaint_id
        cases._check_remedy_amount()
