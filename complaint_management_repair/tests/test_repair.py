from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form

from odoo.addons.complaint_management.tests.common import ComplaintCommon


class TestRepair(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(
            user_id=cls.agent.id,
            sale_order_id=cls.order.id,
            sale_order_line_id=cls.order_line.id,
        )
        cls.clerk = cls._create_user("clerk", "Carl Clerk", "user")
        cls.clerk.group_ids |= cls.env.ref("stock.group_stock_user")
        cls.storeman = cls._create_user("storeman", "Sten", "stock.group_stock_user")
        cls.team.member_ids |= cls.clerk

    def make(self, user=None):
        action = self.case.with_user(user or self.clerk).action_make_repair()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_repair_knows_the_case(self):
        repair = self.make()
        self.assertEqual(repair.state, "draft")
        self.assertEqual(repair.company_id, self.company)
        self.assertEqual(repair.partner_id, self.partner)
        self.assertEqual(repair.product_id, self.product)
        self.assertEqual(repair.sale_order_id, self.order)
        self.assertTrue(repair.under_warranty)
        self.assertIn(self.case.reference, repair.internal_notes)
        self.assertEqual(repair.complaint_id, self.case)
        case = self.case.with_user(self.clerk)
        self.assertEqual((case.repair_ids, case.repair_count), (repair, 1))
        self.assertIn(repair, repair.search(case.action_view_repairs()["domain"]))
        self.assertEqual(repair.action_view_complaint()["res_id"], case.id)
        self.assertIn(repair.name, self.case.message_ids[0].body)
        self.assertEqual(self.case.redress_amount, 0)

    def test_service_is_not_repaired(self):
        self.product.type = "service"
        self.assertFalse(self.make().product_id)

    def test_confidential_case_tells_its_number_only(self):
        self.case.write({"confidential": True, "user_id": self.clerk.id})
        notes = self.make().internal_notes
        self.assertIn(self.case.reference, notes)
        self.assertNotIn(self.case.name, notes)

    def test_rights_are_those_of_repairs_and_of_the_case(self):
        for user in (self.agent, self.storeman):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.make(user)
        self.assertFalse(self.case.repair_count)

    def test_no_repair_before_the_approval(self):
        self.company.complaint_approval_always = True
        with self.assertRefused("needs an approval"):
            self.make()
        self.case.sudo().write({"approval_state": "approved"})
        self.assertTrue(self.make())

    def test_no_repair_for_a_cancelled_case(self):
        self.work_to(self.case, "cancelled")
        with self.assertRefused("was cancelled"):
            self.make()

    def test_screens(self):
        repair = self.make()
        for record in (self.case, repair):
            with self.subTest(record=record):
                form = Form(record.with_user(self.clerk))
                self.assertEqual(form.id, record.id)
        self.assertEqual(Form(repair.with_user(self.storeman)).id, repair.id)
        self.assertEqual(Form(self.case.with_user(self.agent)).id, self.case.id)

    # Parts and work count

    def add_part(self, repair, quantity):
        return self.env["stock.move"].create(
            {
                "repair_id": repair.id,
                "repair_line_type": "add",
                "product_id": self.product_2.id,
                "product_uom_qty": quantity,
            }
        )

    def test_parts_count_at_list_price(self):
        self.product_2.list_price = 10
        self.company.complaint_approval_amount = 30
        repair = self.make()
        part = self.add_part(repair, 4)
        # A draft takes no part yet.
        self.assertEqual(self.case._get_given_amount(), 40)
        with self.assertRefused("without another approval"):
            repair.with_user(self.clerk)._action_repair_confirm()
        self.env.invalidate_all()
        part.unlink()
        part = self.add_part(repair, 3)
        repair._action_repair_confirm()
        with self.assertRefused("without another approval"):
            part.with_user(self.clerk).quantity = 4
        self.env.invalidate_all()
        with self.assertRefused("without another approval"):
            self.add_part(repair.with_user(self.clerk), 1)
        self.env.invalidate_all()
        with self.assertRefused(repair.name):
            self.case._check_remedy(1)
        repair.action_repair_cancel()
        self.assertEqual(self.case._get_given_amount(), 0)

    def test_parts_that_the_customer_pays(self):
        self.product_2.list_price = 10
        self.company.complaint_approval_amount = 5
        repair = self.make()
        repair.under_warranty = False
        part = self.add_part(repair, 2)
        part.sale_line_id.write({"price_unit": 10, "tax_ids": [Command.clear()]})
        repair._action_repair_confirm()
        self.assertEqual(self.case._get_given_amount(), 0)
        for values in ({"price_unit": 0}, {"discount": 100}):
            with self.subTest(values=values), self.assertRefused("another approval"):
                part.sale_line_id.write(values)
            self.env.invalidate_all()

    def test_work_counts(self):
        self.company.complaint_approval_amount = 30
        hour = self.env["product.product"].create(
            {"name": "An Hour", "type": "service", "list_price": 20}
        )
        repair = self.make()
        repair._action_repair_confirm()
        lines = self.env["sale.order.line"]
        free = {"order_id": self.order.id, "product_id": hour.id, "price_unit": 0}
        lines.create(free)
        self.assertEqual(self.case._get_given_amount(), 20)
        with self.assertRefused("without another approval"):
            lines.create(free)
        self.env.invalidate_all()
        paid = lines.create({**free, "price_unit": 20, "tax_ids": [Command.clear()]})
        with self.assertRefused("without another approval"):
            paid.discount = 100

    def test_done_repair_is_redress(self):
        self.product_2.list_price = 10
        self.company.complaint_approval_amount = 30
        repair = self.make()
        self.add_part(repair, 2)
        repair.state = "done"
        self.assertEqual(self.case.redress_documented, 20)

    def test_nobody_links_by_hand(self):
        repair = self.make()
        with self.assertRaises(UserError):
            repair.with_user(self.storeman).complaint_id = False
        repairs = self.env["repair.order"].with_user(self.storeman)
        made = repairs.with_context(default_complaint_id=self.case.id).create({})
        made |= repairs.create({"complaint_id": self.case.id})
        made |= repair.with_user(self.storeman).copy()
        self.assertFalse(made.sudo().complaint_id)

    def test_repair_is_for_the_customer_of_the_case(self):
        repair = self.make()
        with self.assertRefused("for its customer"):
            repair.with_user(self.clerk).partner_id = self.partner_stranger
        repair.action_validate()
        with self.assertRefused("stays with the case"):
            repair.sudo().complaint_id = False
