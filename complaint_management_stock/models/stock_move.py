from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Refuse to send more for a case than may be given."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._get_outgoing().sale_line_id._check_moved()
        return moves

    def _get_outgoing(self):
        return self.filtered(lambda move: move.location_dest_id._is_outgoing())


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def write(self, vals):
        """Ask again when the quantity is corrected after the goods have left."""
        res = super().write(vals)
        if not {"quantity", "product_uom_id"}.isdisjoint(vals):
            done = self.move_id.filtered(lambda move: move.state == "done")
            done._get_outgoing().sale_line_id._check_moved()
        return res
