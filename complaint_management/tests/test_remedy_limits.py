from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .promise import promise
from .test_remedy import RemedyCase


class TestRemedyLimits(RemedyCase):
    """No more leaves the house than was approved, and no more than was bought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.product | cls.product_2).list_price = 10
        cls.company.complaint_approval_amount = 30

    def replace(self):
        return self.make(self.dialog("replacement"))

    def refund(self, quantity=None):
        form = self.dialog("refund")
        if quantity is not None:
            with form.line_ids.edit(0) as line:
                line.quantity = quantity
        return self.make(form)

    def reverse(self, user=None):
        """Credit the invoice by Odoo's own dialog, beside the case."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(user or self.env.user)
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id})
        )
        wizard.refund_moves()
        return wizard.new_move_ids

    # What goods are worth

    def test_price_on_the_order_lowers_nothing(self):
        for values in (
            {"price_unit": 0, "product_uom_qty": 500},
            {"price_unit": 0, "discount": 0, "product_uom_qty": 4},
            {"price_unit": -10, "product_uom_qty": 4},
        ):
            order = self.replace()
            order.order_line.with_user(self.clerk).write(values)
            with self.subTest(values=values):
                with self.assertRefused("another approval"):
                    order.with_user(self.clerk).action_confirm()
                self.env.invalidate_all()
                order.action_cancel()

    def test_confirmed_order_grows_no_more(self):
        order = self.replace()
        order.action_confirm()
        self.assertEqual(self.case.redress_documented, 30)
        order.order_line.with_user(self.clerk).price_unit = 0
        self.assertEqual(self.case.redress_documented, 30)
        dozen = self.env.ref("uom.product_uom_dozen")
        for values in (
            {"product_uom_qty": 4},
            {"product_uom_id": dozen.id},
            {"qty_delivered": 4},
        ):
            with self.subTest(values=values), self.assertRefused("another approval"):
                order.order_line.with_user(self.clerk).write(values)
            self.env.invalidate_all()
        with self.assertRefused("another approval"):
            order.with_user(self.clerk).write(
                {
                    "order_line": [
                        Command.create(
                            {"product_id": self.product_2.id, "price_unit": 0}
                        )
                    ]
                }
            )

    def test_value_in_units_and_currencies(self):
        order = self.replace()
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        self.assertEqual(order.complaint_value, 360)
        self.product.list_price = 0
        order.order_line.write({"price_unit": 0, "product_uom_qty": 1})
        self.product.with_company(self.company).standard_price = 2
        order.order_line.product_uom_qty = 2
        # Without a list price: what it costs.
        self.assertEqual(order.complaint_value, 48)

    def test_cancelled_order_releases_what_has_not_left(self):
        order = self.replace()
        order.action_confirm()
        with self.assertRefused("another approval"):
            self.replace()
        order.action_cancel()
        self.assertEqual(self.case.redress_documented, 0)
        other = self.replace()
        other.action_confirm()
        other.order_line.qty_delivered = 2
        other.action_cancel()
        # Two have left for good.
        self.assertEqual(self.case.redress_documented, 20)
        with self.assertRefused("another approval"):
            self.replace()

    def test_the_error_says_what_is_given_already(self):
        order = self.replace()
        with self.assertRaises(UserError) as caught:
            self.make(self.dialog("credit", amount=5))
        for words in (order.name, "30.00", "35.00", "this one", "5.00", "Cancel"):
            self.assertIn(words, str(caught.exception))

    def test_reversed_credit_note_gives_nothing(self):
        refund = self.refund()
        refund.action_post()
        reversal = refund._reverse_moves()
        reversal.invoice_date = refund.invoice_date
        reversal.action_post()
        self.assertEqual(self.case.redress_documented, 0)
        credit = self.make(self.dialog("credit", amount=30))
        credit.action_post()
        # What was reversed cannot be given again beside it.
        with self.assertRefused("another approval"):
            reversal.button_draft()

    # What was bought

    @promise(
        "A line of an invoice is credited once",
        "11.1.5",
    )
    def test_line_is_refunded_once(self):
        self.company.complaint_approval_amount = 1000
        first = self.refund(2)
        form = self.dialog("refund")
        self.assertEqual(form.line_ids.edit(0).quantity, 1)
        with form.line_ids.edit(0) as line:
            line.quantity = 2
        with self.assertRefused("2.0 of them back already.*from 0 to 1"):
            self.make(form)
        first.action_post()
        with self.assertRefused("from 0 to 1"):
            self.refund(2)
        second = self.refund(1)
        second.action_post()
        with self.assertRefused("from 0 to 0"):
            self.refund(1)
        self.assertEqual(self.case.redress_documented, 30)

    @promise(
        "Credit notes made beside the case count",
        "11.1.5",
    )
    def test_credit_notes_beside_the_case_count(self):
        self.company.complaint_approval_amount = 1000
        beside = self.reverse()
        with self.assertRefused("from 0 to 0"):
            self.refund(3)
        beside.button_cancel()
        mine = self.refund(2)
        mine.action_post()
        beside = self.reverse()
        with self.assertRefused(f"{mine.name}.*would credit 5"):
            beside.action_post()
        beside.invoice_line_ids[0].quantity = 1
        beside.action_post()

    def test_drafts_of_two_at_once(self):
        self.company.complaint_approval_amount = 1000
        mine = self.refund(1)
        beside = self.reverse()
        beside.action_post()
        with self.assertRefused("would credit 4"):
            mine.action_post()

    def test_line_by_hand_counts_for_its_product(self):
        self.company.complaint_approval_amount = 1000
        self.refund(3).action_post()
        other = self.reverse()
        other.invoice_line_ids.filtered(
            lambda line: line.product_id == self.product
        ).unlink()
        other.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "quantity": 1,
                            "price_unit": 10,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ]
            }
        )
        with self.assertRefused("would credit 4"):
            other.action_post()

    def test_more_in_the_draft_than_was_bought(self):
        self.company.complaint_approval_amount = 1000
        refund = self.refund(3)
        refund.invoice_line_ids.quantity = 5
        with self.assertRefused("3.00 were bought"):
            refund.action_post()

    def test_credit_notes_without_a_case_are_odoos_matter(self):
        refunds = [self.reverse() for __ in range(2)]
        for refund in refunds:
            refund.action_post()
            self.assertEqual(refund.state, "posted")

    # Whose document it is

    @promise(
        "A confirmed document is never taken from its case",
    )
    def test_confirmed_document_stays_with_its_case(self):
        order = self.replace()
        order.action_confirm()
        other = self.create_case()
        for target in (False, other.id):
            with self.subTest(target=target), self.assertRefused("stays with the case"):
                order.sudo().complaint_id = target
        order.action_cancel()
        refund = self.refund()
        refund.action_post()
        with self.assertRefused("stays with the case"):
            refund.sudo().complaint_id = False

    def test_nobody_links_by_hand(self):
        order = self.replace()
        plain = self._create_order(self.partner, self.product)
        for record, target in ((order, False), (plain, self.case.id)):
            with self.subTest(record=record.name), self.assertRaises(UserError):
                record.with_user(self.clerk).complaint_id = target
        orders = self.env["sale.order"].with_user(self.clerk)
        values = {"partner_id": self.partner.id, "company_id": self.company.id}
        made = orders.create({**values, "complaint_id": self.case.id})
        made |= orders.with_context(default_complaint_id=self.case.id).create(values)
        made |= order.with_user(self.clerk).copy()
        self.assertFalse(made.sudo().complaint_id)
        with self.assertRaises(UserError):
            order.with_user(self.clerk).complaint_value = 0

    @promise(
        "Only the dialogs of a case link documents to it",
        "4.2.1",
    )
    def test_nobody_links_an_invoice_by_hand(self):
        refund = self.refund(1)
        for record, target in ((refund, False), (self.invoice, self.case.id)):
            with self.subTest(record=record.name), self.assertRaises(UserError):
                record.with_user(self.clerk).complaint_id = target
        moves = self.env["account.move"].with_user(self.clerk)
        values = {
            "move_type": "out_refund",
            "partner_id": self.partner.id,
            "journal_id": self.invoice.journal_id.id,
        }
        made = moves.create({**values, "complaint_id": self.case.id})
        made |= moves.with_context(default_complaint_id=self.case.id).create(values)
        made |= refund.with_user(self.clerk).copy()
        self.assertFalse(made.sudo().complaint_id)
        result = moves.load(
            ["id", "complaint_id/.id"], [[str(made[0].id), self.case.id]]
        )
        self.assertFalse(result["ids"])
        self.assertFalse(made.sudo().complaint_id)

    def test_document_of_another_customer_or_company(self):
        foreign, own = self.order_other, self.order
        self.case.write(
            {
                "sale_order_id": foreign.id,
                "sale_order_line_id": foreign.order_line[0].id,
            }
        )
        form = self.dialog("replacement")
        with form.line_ids.edit(0) as line:
            line.quantity = 1
        with self.assertRefused("for its customer, Alba Retail"):
            self.make(form)
        self.case.write(
            {"sale_order_id": own.id, "sale_order_line_id": own.order_line[0].id}
        )
        order = self.replace()
        with self.assertRefused("for its customer, Alba Retail"):
            order.with_user(self.clerk).partner_id = self.partner_stranger
        order_b = self._create_order(self.partner, self.product, company=self.company_b)
        with self.assertRefused("company"):
            order_b.sudo().complaint_id = self.case.id

    def test_who_may_not_work_the_case_makes_nothing(self):
        seller = self._create_user(
            "seller",
            "Sam Seller",
            "account.group_account_invoice",
        )
        seller.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        dialog = self.env["complaint.remedy"].create(
            {"complaint_id": self.case.id, "kind": "credit", "amount": 5}
        )
        with self.assertRaises(AccessError):
            dialog.with_user(seller).action_make()
        self.assertFalse(self.case.refund_count)

    def test_dialog_tells_nothing_of_a_hidden_invoice(self):
        """Its lines and quantities are looked at only when it is the customer's."""
        foreign = self.invoice.copy({"partner_id": self.partner_stranger.id})
        foreign.action_post()
        dialog = self.env["complaint.remedy"].create(
            {
                "complaint_id": self.case.id,
                "kind": "refund",
                "invoice_id": foreign.id,
            }
        )
        with self.assertRefused("Choose a posted invoice"):
            dialog.with_user(self.clerk).action_make()
