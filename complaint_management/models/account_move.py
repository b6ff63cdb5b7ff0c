from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare
from odoo.tools.misc import formatLang

from odoo.addons.account.models.account_move import TYPE_REVERSE_MAP

from ..tools.inside import Inside, get_inside
from ..tools.locking import wait_for_others


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "complaint.document.mixin"]

    complaint_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        system=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The case that this credit note makes good.",
    )
    complaint_count = fields.Integer(
        string="Complaints",
        compute="_compute_complaint_count",
        groups="complaint_management.group_complaint_user,"
        "complaint_management.group_complaint_quality,"
        "complaint_management.group_complaint_executive",
    )

    def _compute_complaint_count(self):
        counts = dict(
            self.env["complaint.complaint"]._read_group(
                [("invoice_id", "in", self.ids)], ["invoice_id"], ["__count"]
            )
        )
        for move in self:
            move.complaint_count = counts.get(move, 0) + bool(move.complaint_id)

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        if not get_inside(self.env, "complaint_reversing"):
            # sudo: the documents of cases are looked at, whoever may read these.
            reversing = moves.sudo().filtered("reversed_entry_id.complaint_id")
            reversing._refuse_reversal(reversing.reversed_entry_id)
        return moves

    def _reverse_moves(self, *args, **kwargs):
        # No person can send this: so only what Odoo reverses counts as reversal.
        reversing = self.with_context(complaint_reversing=Inside())
        moves = super(AccountMove, reversing)._reverse_moves(*args, **kwargs)
        return moves.with_env(self.env)

    def write(self, vals):
        if "reversed_entry_id" in vals:
            self._check_reversed_stays(vals["reversed_entry_id"])
        return super().write(vals)

    def _check_reversed_stays(self, move_id):
        """Refuse to say otherwise what reverses a case's credit note, or its invoice.

        Odoo says it as it makes the reversal; what was written by hand would let a
        case give more than was approved, or credit more than was bought.

        :raises UserError: naming the document, and what to do instead
        """
        # sudo: the documents of cases are looked at, whoever may read these.
        moves = self.sudo().filtered(
            lambda move: move.reversed_entry_id.id != (move_id or False)
        )
        old = moves.reversed_entry_id
        touched = (old | moves.browse(move_id or ())).filtered("complaint_id")
        touched |= old._get_credits().filtered("move_id.complaint_id").move_id
        moves._refuse_reversal(touched)

    def _refuse_reversal(self, documents):
        """Raise an error where there are documents of cases that forbid the link."""
        if documents:
            raise UserError(
                self.env._(
                    "%(moves)s: what it reverses stays as Odoo made it, because of "
                    "%(documents)s. Reverse the document by its own button.",
                    moves=self._get_complaint_names(),
                    documents=documents._get_complaint_names(),
                )
            )

    def _is_binding(self):
        return self.state == "posted"

    def _post(self, soft=True):
        posted = super()._post(soft)
        # An amount or a quantity may have been changed in the draft.
        posted._check_complaint_amount()
        posted._check_credited_quantities()
        return posted

    def button_draft(self):
        res = super().button_draft()
        self._check_reversals()
        return res

    def button_cancel(self):
        res = super().button_cancel()
        self._check_reversals()
        return res

    def _check_complaint_amount(self):
        # sudo: approval is internal, and decides for whoever posts.
        self.sudo().complaint_id._check_remedy_amount()

    def _check_reversals(self):
        """Look again at the case of a credit note that is reversed no more."""
        # sudo: as above.
        self.sudo().reversed_entry_id.complaint_id._check_remedy_amount()

    def _get_given_amount(self):
        """Return what credit notes give, in the company's currency.

        What was reversed is not given.
        """
        moves = self.filtered(lambda move: move.state != "cancel")
        return sum(
            max(
                abs(move.amount_total_signed) - max(move._get_taken_back(), 0),
                0,
            )
            for move in moves
        )

    def _get_taken_back(self):
        """Return what the customer owes again by real reversals of this credit note.

        No other kind of document takes it back, and none that somebody else owes.
        """
        self.ensure_one()
        reversals = self.reversal_move_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == TYPE_REVERSE_MAP[self.move_type]
                and move.company_id == self.company_id
            )
        )
        owed = reversals.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and line.partner_id.commercial_partner_id == self.commercial_partner_id
            )
        )
        return sum(owed.mapped("balance"))

    # What of an invoice is credited already

    def _get_product_lines(self):
        return self.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )

    def _get_credits(self):
        """Return the lines of all credit notes of these invoices, but cancelled ones."""
        return self.env["account.move.line"].search(
            [
                ("move_type", "=", "out_refund"),
                ("parent_state", "in", ("draft", "posted")),
                ("display_type", "=", "product"),
                "|",
                ("move_id.reversed_entry_id", "in", self.ids),
                ("complaint_credited_line_id", "in", self.invoice_line_ids.ids),
            ]
        )

    def _get_creditable(self, credit_lines):
        """Return ``{line: quantity}``: what is left of the invoice to be credited.

        A line that somebody put on a credit note by hand counts for the product.
        """
        self.ensure_one()
        left = {line: line.quantity for line in self._get_product_lines()}
        for credit in credit_lines:
            origin = credit.complaint_credited_line_id
            if origin in left:
                lines = [origin]
            elif credit.move_id.reversed_entry_id == self and credit.product_id:
                lines = [line for line in left if line.product_id == credit.product_id]
            else:
                continue
            quantity = sum(
                credit._get_quantity_in(line.product_uom_id) for line in lines[:1]
            )
            for line in lines[:-1]:
                taken = min(quantity, max(left[line], 0))
                left[line] -= taken
                quantity -= taken
            for line in lines[-1:]:
                left[line] -= quantity
        return left

    def _check_credited_quantities(self):
        """Refuse to credit more of an invoice than was bought, where a case credits it.

        :raises UserError: naming the line, the credit notes, and what to do
        """
        # sudo: what others have credited counts for everybody.
        refunds = self.sudo().filtered(lambda move: move.move_type == "out_refund")
        if not refunds:
            return
        origins = refunds.invoice_line_ids.complaint_credited_line_id.move_id
        credit_lines = (origins | refunds.reversed_entry_id)._get_credits()
        of_cases = credit_lines.filtered(lambda line: line.move_id.complaint_id)
        invoices = of_cases._get_credited_invoices()
        wait_for_others(invoices)
        posted = credit_lines.filtered(lambda line: line.parent_state == "posted")
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        for invoice in invoices:
            for line, left in invoice._get_creditable(posted).items():
                if float_compare(left, 0, precision_digits=digits) >= 0:
                    continue
                refunds = posted.filtered(
                    lambda credit, invoice=invoice: (
                        credit._get_credited_invoices() == invoice
                    )
                ).move_id
                raise UserError(
                    self.env._(
                        "“%(line)s”: %(bought)s were bought on %(invoice)s, and "
                        "%(documents)s would credit %(credited)s. Credit less, or "
                        "cancel the credit note that is not needed.",
                        line=line.name or line.product_id.display_name,
                        invoice=invoice.name,
                        bought=formatLang(self.env, line.quantity, digits),
                        credited=formatLang(self.env, line.quantity - left, digits),
                        documents=refunds._get_complaint_names(),
                    )
                )

    def _get_complaint_names(self):
        """Return the numbers of credit notes, each with its case, as one text."""
        return ", ".join(
            f"{move.display_name} ({move.complaint_id.reference})"
            if move.complaint_id
            else move.display_name
            for move in self
        )

    def action_view_complaints(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action_all"
        )
        action["domain"] = [
            "|",
            ("invoice_id", "=", self.id),
            ("id", "=", self.complaint_id.id),
        ]
        action["context"] = {
            "default_invoice_id": self.id,
            "default_partner_id": self.partner_id.id,
        }
        return action

    def action_new_complaint(self):
        """Open the quick entry with the invoice, its customer and order filled in.

        The order and its line are filled when the invoice leaves no choice.
        """
        self.ensure_one()
        lines = self.invoice_line_ids.sale_line_ids
        values = {
            "partner_id": self.partner_id.id,
            "invoice_id": self.id,
            "company_id": self.company_id.id,
        }
        if len(lines.order_id) == 1:
            values["sale_order_id"] = lines.order_id.id
        if len(lines) == 1:
            values["sale_order_line_id"] = lines.id
            values["product_id"] = lines.product_id.id
        return self.env["complaint.quick.entry"]._open(**values)


class AccountMoveLine(models.Model):
    _name = "account.move.line"
    _inherit = ["account.move.line", "complaint.protected.mixin"]

    complaint_credited_line_id = fields.Many2one(
        "account.move.line",
        string="Credited Line",
        readonly=True,
        # Odoo gives it to the lines of a reversal with the rights of whoever reverses.
        system="entry",
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="The line of the invoice that this line of a credit note credits.",
    )

    def _copy_data_extend_business_fields(self, values):
        """Let the line of a credit note know which line it credits, made by whatever way."""
        res = super()._copy_data_extend_business_fields(values)
        if self.move_id.move_type == "out_invoice":
            values["complaint_credited_line_id"] = self.id
        return res

    def _get_credited_invoices(self):
        """Return the invoices that these lines of credit notes credit."""
        return self.complaint_credited_line_id.move_id | self.move_id.reversed_entry_id

    def _get_quantity_in(self, uom):
        """Return the quantity in another unit, where both are units of one kind."""
        if not uom or not self.product_uom_id:
            return self.quantity
        return self.product_uom_id._compute_quantity(
            self.quantity, uom, round=False, raise_if_failure=False
        )
