from odoo.exceptions import AccessError
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
                Form(record.with_user(self.clerk))
        Form(repair.with_user(self.storeman))
        Form(self.case.with_user(self.agent))
