from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form

from .common import GROUP, ComplaintCommon


class RemedyCase(ComplaintCommon):
    """A case about the first of two lines of an order, which is invoiced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order.order_line.product_uom_qty = 3
        cls.invoice = cls._create_invoice(cls.partner, cls.order.order_line)
        cls.invoice.button_draft()
        cls.invoice.invoice_line_ids.quantity = 3
        cls.invoice.action_post()
        cls.case = cls.create_case(
            user_id=cls.agent.id,
            sale_order_id=cls.order.id,
            sale_order_line_id=cls.order_line.id,
            invoice_id=cls.invoice.id,
        )
        groups = ",".join(
            [
                GROUP % "user",
                "account.group_account_invoice",
                "sales_team.group_sale_salesman_all_leads",
            ]
        )
        cls.clerk = cls._create_user("clerk", "Carl Clerk", groups)
        cls.team.member_ids |= cls.clerk

    @classmethod
    def _create_user(cls, login, name, group="base.group_user", **vals):
        if "," not in group:
            return super()._create_user(login, name, group, **vals)
        user = super()._create_user(login, name, "user", **vals)
        user.group_ids |= cls.env["res.groups"].union(
            *[cls.env.ref(xmlid) for xmlid in group.split(",")]
        )
        return user

    def dialog(self, kind, user=None, **values):
        dialogs = self.env["complaint.remedy"].with_user(user or self.clerk)
        form = Form(
            dialogs.with_context(default_complaint_id=self.case.id, default_kind=kind)
        )
        for name, value in values.items():
            setattr(form, name, value)
        return form

    def make(self, form):
        action = form.save().action_make()
        return self.env[action["res_model"]].browse(action["res_id"])


class TestRemedy(RemedyCase):
    def test_refund_of_chosen_lines(self):
        form = self.dialog("refund")
        self.assertEqual(form.invoice_id, self.invoice)
        self.assertEqual([form.line_ids.edit(n).quantity for n in range(2)], [3, 0])
        with form.line_ids.edit(0) as line:
            line.quantity = 2
        refund = self.make(form)
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(refund.state, "draft")
        self.assertEqual(refund.reversed_entry_id, self.invoice)
        self.assertEqual(refund.invoice_line_ids.mapped("quantity"), [2])
        self.assertEqual(refund.amount_total, 20)
        self.assertEqual(refund.complaint_id, self.case)
        self.assertEqual(self.case.refund_count, 1)
        self.assertEqual(refund.with_user(self.clerk).complaint_count, 1)
        self.assertIn(
            self.case, self.case.search(refund.action_view_complaints()["domain"])
        )
        # A draft promises nothing yet; once posted it is the redress.
        self.assertEqual(self.case.redress_amount, 0)
        refund.action_post()
        self.assertEqual(self.case.redress_amount, 20)

    def test_replacement_at_no_charge(self):
        order = self.make(self.dialog("replacement"))
        self.assertEqual(order.origin, self.case.reference)
        self.assertEqual(order.partner_id, self.partner)
        [line] = order.order_line
        self.assertEqual((line.product_id, line.product_uom_qty), (self.product, 3))
        self.assertEqual((line.discount, order.amount_total), (100, 0))
        self.assertEqual(self.case.replacement_count, 1)
        self.assertEqual(self.case.redress_amount, 0)
        order.action_confirm()
        self.assertEqual(self.case.redress_amount, 30)

    def test_goodwill_credit(self):
        credit = self.make(self.dialog("credit", amount=15))
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual((credit.state, credit.amount_total), ("draft", 15))
        self.assertIn(self.case.reference, credit.invoice_line_ids.name)
        with self.assertRefused("how much"):
            self.dialog("credit", amount=-5).save().action_make()

    def test_amount_by_hand_stays(self):
        self.case.redress_amount = 50
        refund = self.make(self.dialog("refund"))
        refund.action_post()
        self.assertEqual(self.case.redress_documented, 30)
        self.assertEqual(self.case.redress_amount, 50)

    def test_rights_are_those_of_the_other_app(self):
        for kind, values in (("credit", {"amount": 5}), ("replacement", {})):
            with self.subTest(kind=kind), self.assertRaises(AccessError):
                self.make(self.dialog(kind, user=self.agent, **values))
        self.assertFalse(self.case.refund_count + self.case.replacement_count)

    def test_quantities_are_checked_whatever_the_way(self):
        for quantity in (4, -1):
            form = self.dialog("replacement")
            with form.line_ids.edit(0) as line:
                line.quantity = quantity
            with self.subTest(quantity=quantity), self.assertRefused("from 0 to 3"):
                form.save().action_make()
        form = self.dialog("replacement")
        with form.line_ids.edit(0) as line:
            line.quantity = 0
        with self.assertRefused("at least one line"):
            form.save().action_make()
        dialogs = self.env["complaint.remedy"].with_user(self.clerk)
        foreign = dialogs.create(
            {
                "complaint_id": self.case.id,
                "kind": "replacement",
                "line_ids": [
                    Command.create(
                        {
                            "order_line_id": self.order_other.order_line[0].id,
                            "quantity": 1,
                        }
                    )
                ],
            }
        )
        with self.assertRefused("not of this document"):
            foreign.action_make()

    def approve(self, amount):
        self.case.write(
            {
                "resolution_kind": "refund",
                "resolution": "<p>Your money back.</p>",
                "redress_amount": amount,
            }
        )
        self.case.with_user(self.agent).action_request_approval()
        self.case.with_user(self.manager).action_approve()

    def test_no_more_than_is_approved(self):
        self.company.complaint_approval_amount = 20
        with self.assertRefused("20.00"):
            self.make(self.dialog("refund"))
        self.assertEqual(self.case.refund_count, 0)
        self.approve(30)
        self.assertEqual(self.case.approved_amount, 30)
        refund = self.make(self.dialog("refund"))
        # All documents together, drafts included.
        for kind, values in (("replacement", {}), ("credit", {"amount": 0.01})):
            with self.subTest(kind=kind), self.assertRefused("30.00"):
                self.make(self.dialog(kind, **values))
        # More than the draft said.
        refund.invoice_line_ids[0].price_unit += 1
        with self.assertRefused("33.00"):
            refund.action_post()
        refund.button_cancel()
        order = self.make(self.dialog("replacement"))
        order.order_line.price_unit = 20
        with self.assertRefused("60.00"):
            order.action_confirm()
        order.order_line.price_unit = 10
        order.action_confirm()
        for values in ({"product_uom_qty": 400}, {"price_unit": 20}):
            with self.subTest(values=values), self.assertRefused("another approval"):
                order.order_line.write(values)
        # Another amount is another approval.
        self.case.redress_amount = 60
        self.assertFalse(self.case.approved_amount)

    def test_small_documents_add_up(self):
        self.company.complaint_approval_amount = 20
        self.make(self.dialog("credit", amount=15))
        with self.assertRefused("21.00"):
            self.make(self.dialog("credit", amount=6))
        self.make(self.dialog("credit", amount=5))

    def test_other_currencies(self):
        """What is approved is an amount in the company's currency."""
        euro = self.env.ref("base.EUR")
        other = self.env.ref("base.USD") if self.company.currency_id == euro else euro
        other.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": other.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 0.5,
            }
        )
        self.invoice.button_draft()
        self.invoice.currency_id = other
        self.invoice.invoice_line_ids.price_unit = 10
        self.invoice.action_post()
        self.company.complaint_approval_amount = 59
        # Three times 10, at two for one.
        with self.assertRefused("60.00"):
            self.make(self.dialog("refund"))
        self.company.complaint_approval_amount = 60
        refund = self.make(self.dialog("refund"))
        refund.action_post()
        self.assertEqual(self.case.redress_amount, 60)
