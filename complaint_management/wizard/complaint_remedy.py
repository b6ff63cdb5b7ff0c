from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.locking import wait_for_others


class ComplaintRemedy(models.TransientModel):
    """Ask what a case gives the customer; the document is a draft of the other app."""

    _name = "complaint.remedy"
    _description = "Remedy of a Case"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    company_id = fields.Many2one(related="complaint_id.company_id", related_sudo=False)
    currency_id = fields.Many2one(related="company_id.currency_id", related_sudo=False)
    kind = fields.Selection(
        [
            ("refund", "Refund"),
            ("replacement", "Replacement at No Charge"),
            ("credit", "Discount or Goodwill Credit"),
        ],
        required=True,
        default="refund",
    )
    invoice_id = fields.Many2one(
        "account.move",
        compute="_compute_invoice_id",
        store=True,
        readonly=False,
        domain="[('move_type', '=', 'out_invoice'), ('state', '=', 'posted'),"
        " ('company_id', '=', company_id)]",
    )
    line_ids = fields.One2many(
        "complaint.remedy.line",
        "remedy_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    amount = fields.Monetary(help="What the customer is credited.")
    label = fields.Char(
        string="Text on the Credit Note",
        compute="_compute_label",
        store=True,
        readonly=False,
    )

    @api.depends("complaint_id")
    def _compute_invoice_id(self):
        for wizard in self:
            # Stored values are computed as the superuser, with what that has in memory:
            # the user must not see by this dialog what the case would not show.
            complaint = wizard.complaint_id.sudo(False)._filtered_access("read")
            invoice = complaint.invoice_id
            wizard.invoice_id = invoice.id if invoice.has_access("read") else False

    @api.depends("complaint_id")
    def _compute_label(self):
        for wizard in self:
            complaint = wizard.complaint_id.sudo(False)._filtered_access(
                "read"
            )  # as above
            # The customer reads it on the credit note.
            wizard.label = complaint and complaint._with_customer_lang().env._(
                "Credit for %s", complaint.reference
            )

    @api.depends("kind", "invoice_id", "complaint_id")
    def _compute_line_ids(self):
        """Offer the lines of the invoice or order, those of the case chosen."""
        for wizard in self:
            complaint = wizard.complaint_id.sudo(False)._filtered_access(
                "read"
            )  # as above
            commands = [Command.clear()]
            if wizard.kind == "refund" and wizard.invoice_id:
                invoice = wizard.invoice_id.sudo(False)
                lines = invoice.invoice_line_ids.filtered(
                    lambda line: line.display_type == "product"
                )
                chosen = lines.filtered(
                    lambda line, case=complaint: (
                        case.sale_order_line_id in line.sale_line_ids
                    )
                )
                left = wizard._get_creditable(invoice)
                commands += [
                    Command.create(
                        {
                            "invoice_line_id": line.id,
                            "name": line.name or line.product_id.display_name,
                            "available": left[line],
                            "quantity": left[line]
                            if not chosen or line in chosen
                            else 0,
                        }
                    )
                    for line in lines
                ]
            elif wizard.kind == "replacement":
                lines = complaint.sale_order_id.order_line.filtered(
                    lambda line: not line.display_type
                )
                chosen = complaint.sale_order_line_id
                commands += [
                    Command.create(
                        {
                            "order_line_id": line.id,
                            "name": line.name,
                            "available": line.product_uom_qty,
                            "quantity": line.product_uom_qty
                            if not chosen or line == chosen
                            else 0,
                        }
                    )
                    for line in lines
                ]
            wizard.line_ids = commands

    def action_make(self):
        """Draft the document with the user's own rights, and show it."""
        self.ensure_one()
        complaint = self.complaint_id
        complaint.check_access("write")
        complaint._check_remedy(self._get_amount())
        if self.kind == "credit":
            document = complaint._make_credit(self.amount, self.label)
        else:
            if not any(self.line_ids.mapped("quantity")):
                raise UserError(
                    self.env._("Choose at least one line, and how much of it.")
                )
            if self.kind == "refund":
                quantities = {
                    line.invoice_line_id: line.quantity for line in self.line_ids
                }
                document = complaint._make_refund(self.invoice_id, quantities)
            else:
                quantities = {
                    line.order_line_id: line.quantity for line in self.line_ids
                }
                document = complaint._make_replacement(quantities)
        complaint.message_post(
            body=self.env._("Made from the case: %s", document._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )
        return document._get_records_action()

    def _check_invoice(self):
        """Refuse an invoice of another customer, company or state, whatever the way."""
        invoice, complaint = self.invoice_id, self.complaint_id
        invoice.check_access("read")
        if (
            invoice.move_type != "out_invoice"
            or invoice.state != "posted"
            or invoice.company_id != complaint.company_id
            or invoice.commercial_partner_id != complaint.commercial_partner_id
        ):
            raise UserError(
                self.env._(
                    "Choose a posted invoice of the customer of %(case)s.",
                    case=complaint.display_name,
                )
            )

    def _get_amount(self):
        """Return what the customer is given, and check what was entered."""
        if self.kind == "credit":
            if self.amount <= 0:
                raise UserError(self.env._("Enter how much is credited."))
            return self.amount
        if self.kind == "refund":
            return self._get_refund_amount()
        return self._get_replacement_amount()

    @api.model
    def _get_creditable(self, invoice):
        """Return what is left of each line, drafts counted as well."""
        # sudo: what others have credited counts for everybody.
        invoice = invoice.sudo()
        left = invoice._get_creditable(invoice._get_credits())
        return {line: max(quantity, 0) for line, quantity in left.items()}

    def _get_refund_amount(self):
        self._check_invoice()
        invoice = self.invoice_id
        # Two at once: the second waits here, and then sees what the first has drafted.
        wait_for_others(invoice)
        left = self._get_creditable(invoice)
        total = 0
        for line in self.line_ids:
            source = line.invoice_line_id
            self._check_line(line, source, source.move_id == invoice)
            if not 0 <= line.quantity <= left.get(source, 0):
                self._refuse_quantity(line, source.quantity, left.get(source, 0))
            if source.quantity:
                total += abs(source.price_total) * line.quantity / source.quantity
        return invoice.currency_id._convert(
            total, self.currency_id, self.company_id, invoice.invoice_date
        )

    def _get_replacement_amount(self):
        """Return what the goods cost at list price, as they count once they are given."""
        order = self.complaint_id.sale_order_id
        total = 0
        for line in self.line_ids:
            source = line.order_line_id
            self._check_line(line, source, source.order_id == order)
            if not 0 <= line.quantity <= source.product_uom_qty:
                self._refuse_quantity(
                    line, source.product_uom_qty, source.product_uom_qty
                )
            # sudo: the price of what is on the order, which the user reads.
            total += source.sudo()._get_list_price() * line.quantity
        return order.currency_id._convert(
            total, self.currency_id, self.company_id, order.date_order
        )

    def _check_line(self, line, source, is_own):
        if not source or not is_own:
            raise UserError(
                self.env._("The line “%s” is not of this document.", line.name)
            )

    def _refuse_quantity(self, line, bought, available):
        if available != bought:
            raise UserError(
                self.env._(
                    "“%(line)s”: %(bought)s were bought, and credit notes give "
                    "%(credited)s of them back already, drafts included. Enter a "
                    "quantity from 0 to %(available)s, or cancel a credit note that is "
                    "not needed.",
                    line=line.name,
                    bought=bought,
                    credited=bought - available,
                    available=available,
                )
            )
        raise UserError(
            self.env._(
                "“%(line)s”: enter a quantity from 0 to %(available)s.",
                line=line.name,
                available=available,
            )
        )


class ComplaintRemedyLine(models.TransientModel):
    """How much of a line of the invoice or order is given back or replaced."""

    _name = "complaint.remedy.line"
    _description = "Line of a Remedy"
    _inherit = ["complaint.protected.mixin"]

    remedy_id = fields.Many2one("complaint.remedy", required=True, ondelete="cascade")
    invoice_line_id = fields.Many2one("account.move.line")
    order_line_id = fields.Many2one("sale.order.line")
    name = fields.Char(string="What", readonly=True)
    available = fields.Float(readonly=True, digits="Product Unit")
    quantity = fields.Float(digits="Product Unit")
