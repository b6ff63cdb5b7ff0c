from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.locking import wait_for_others
from .complaint_complaint import INTERNAL

REMEDY_KINDS = ("refund", "replacement", "credit")


class ComplaintComplaint(models.Model):
    """Credit notes and orders that carry out a resolution, made from the case.

    They are made with the user's own rights in those apps, and stay drafts until
    somebody confirms them there.
    """

    _inherit = "complaint.complaint"

    refund_ids = fields.One2many(
        "account.move",
        "complaint_id",
        string="Credit Notes",
        copy=False,
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    replacement_ids = fields.One2many(
        "sale.order",
        "complaint_id",
        string="Replacements",
        copy=False,
        groups="sales_team.group_sale_salesman,"
        "complaint_management.group_complaint_user",
    )
    refund_count = fields.Integer(
        string="Credit Notes Made", compute="_compute_remedy_counts", groups=INTERNAL
    )
    replacement_count = fields.Integer(
        string="Replacements Made", compute="_compute_remedy_counts", groups=INTERNAL
    )
    redress_documented = fields.Monetary(
        string="Redress by Documents",
        compute="_compute_redress_amount",
        store=True,
        groups=INTERNAL,
        help="Posted credit notes, and the value of confirmed orders at no charge.",
        system=True,
    )
    redress_amount = fields.Monetary(
        compute="_compute_redress_amount",
        store=True,
        readonly=False,
        sealed=True,
    )

    def _compute_remedy_counts(self):
        # sudo: only the numbers, of a case that may be read.
        for name, model in (
            ("refund_count", "account.move"),
            ("replacement_count", "sale.order"),
        ):
            records = self.env[model].sudo()
            counts = dict(
                records._read_group(
                    [("complaint_id", "in", self.ids)], ["complaint_id"], ["__count"]
                )
            )
            for complaint in self:
                complaint[name] = counts.get(complaint, 0)

    @api.depends(
        "refund_ids.state",
        "refund_ids.amount_total_signed",
        "refund_ids.reversal_move_ids.state",
        "replacement_ids.state",
        "replacement_ids.complaint_value",
    )
    def _compute_redress_amount(self):
        """Sum the documents; an amount that a person entered stays."""
        for complaint in self:
            before = complaint.redress_documented
            documented = complaint._get_documented_amount()
            by_hand = complaint.redress_amount not in (0, before)
            complaint.redress_documented = documented
            complaint.redress_amount = (
                complaint.redress_amount if by_hand else documented
            )

    def _get_documented_amount(self):
        """Return what the customer was given: all documents that are no drafts.

        Other apps add theirs.
        """
        self.ensure_one()
        refunds = self.refund_ids.filtered(lambda move: move.state == "posted")
        orders = self.replacement_ids.filtered(
            lambda order: order.state in ("sale", "cancel")
        )
        return refunds._get_given_amount() + sum(map(self._get_value, orders))

    def _get_given(self):
        """Return ``{document: amount}`` of all that the case gives, drafts included.

        Amounts are in the company's currency. Other apps add their documents.
        """
        self.ensure_one()
        return {
            **{refund: refund._get_given_amount() for refund in self.refund_ids},
            **{order: self._get_value(order) for order in self.replacement_ids},
        }

    def _get_given_amount(self):
        """Return what all documents of the case give, drafts included."""
        return sum(self._get_given().values())

    def _get_value(self, order):
        """Return the list value of an order's goods, in the company's currency."""
        return order.currency_id._convert(
            order.complaint_value,
            self.currency_id,
            self.company_id,
            order.date_order or fields.Date.today(),
        )

    # Making the documents

    def action_open_remedy(self):
        """Open the dialog that asks what is given back, replaced or credited."""
        self.ensure_one()
        kind = self.resolution_kind
        return {
            **self._open_wizard("complaint.remedy"),
            "context": {
                "default_complaint_id": self.id,
                "default_kind": kind if kind in REMEDY_KINDS else "refund",
            },
        }

    def _check_remedy(self, amount):
        """Refuse a document for a case that may not promise so much yet.

        :param amount: what the customer is given, in the company's currency
        """
        self.ensure_one()
        self.check_access("write")
        if self.phase == "cancelled":
            raise UserError(
                self.env._(
                    "%(case)s was cancelled: there is nothing to give.",
                    case=self.display_name,
                )
            )
        # sudo: approval is internal, and decides for whoever works the case.
        case = self.sudo()
        settled = case.approval_state == "approved" or case.approval_settled
        if not settled and case._needs_approval():
            raise UserError(
                self.env._(
                    "%(case)s: the resolution needs an approval. Ask for it first.",
                    case=self.display_name,
                )
            )
        self._check_remedy_amount(amount)

    def _check_remedy_amount(self, amount=0):
        """Refuse what would be more, in all, than was approved or needs no approval.

        :param amount: what one more document gives, in the company's currency
        :raises UserError: naming what was approved, what there is already, by which
            document, and what to do
        """
        wait_for_others(self)
        for case in self.sudo():  # sudo: approval and documents count for everybody
            given = case._get_given()
            total = sum(given.values()) + amount
            limit = max(case.approved_amount, case.company_id.complaint_approval_amount)
            if case.currency_id.compare_amounts(total, limit) <= 0:
                continue
            money = case.currency_id.format
            raise UserError(
                self.env._(
                    "%(case)s may give the customer %(limit)s without another approval, "
                    "and its documents would give %(total)s, drafts included: "
                    "%(documents)s. Cancel what is not needed, or enter the redress "
                    "with the resolution and ask for approval.",
                    case=case.display_name,
                    limit=money(limit),
                    total=money(total),
                    documents=", ".join(
                        [
                            *(
                                f"{document.display_name} {money(value)}"
                                for document, value in given.items()
                                if value
                            ),
                            *(
                                [self.env._("this one %s", money(amount))]
                                * bool(amount)
                            ),
                        ]
                    ),
                )
            )

    def _make_refund(self, invoice, quantities):
        """Draft a credit note of chosen lines by Odoo's own wizard.

        :param invoice: a posted customer invoice
        :param quantities: ``{invoice line: quantity}``; the other lines are left out
        """
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"reason": self.display_name, "journal_id": invoice.journal_id.id})
        )
        wizard.refund_moves()
        refund = wizard.new_move_ids
        commands = []
        for copied in refund._get_product_lines():
            quantity = quantities.get(copied.complaint_credited_line_id, 0)
            if not quantity:
                commands.append(Command.delete(copied.id))
            elif quantity != copied.quantity:
                commands.append(Command.update(copied.id, {"quantity": quantity}))
        refund.write({"invoice_line_ids": commands})
        refund._link_complaint(self)
        return refund

    def _make_replacement(self, quantities):
        """Draft an order at no charge.

        :param quantities: ``{order line: quantity}``
        """
        order = self.env["sale.order"].create(
            {
                "partner_id": self.sale_order_id.partner_id.id,
                "company_id": self.company_id.id,
                "origin": self.reference,
                "client_order_ref": self.reference,
                "order_line": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "product_uom_id": line.product_uom_id.id,
                            "product_uom_qty": quantity,
                            "price_unit": line.price_unit,
                            "discount": 100.0,
                        }
                    )
                    for line, quantity in quantities.items()
                    if quantity
                ],
            }
        )
        order._link_complaint(self)
        return order

    def _make_credit(self, amount, label):
        """Draft a credit note of one line, as a discount or out of goodwill."""
        credit = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "company_id": self.company_id.id,
                "currency_id": self.currency_id.id,
                "partner_id": (self.invoice_id.partner_id or self.partner_id).id,
                "invoice_origin": self.reference,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": label,
                            "quantity": 1,
                            "price_unit": amount,
                            # A gross amount; whoever posts it decides on taxes.
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        credit._link_complaint(self)
        return credit

    def action_view_refunds(self):
        self.ensure_one()
        return self._view_remedies("account.action_move_out_refund_type")

    def action_view_replacements(self):
        self.ensure_one()
        return self._view_remedies("sale.action_orders")

    def _view_remedies(self, xmlid):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("complaint_id", "in", self.ids)]
        action["context"] = {"create": False}
        return action
