from odoo.tests import Form, warmup

from .common import ComplaintCommon


class PartnerOrderCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._create_invoice(cls.partner, cls.order_line)
        cls.of_person = cls.create_case(
            sale_order_id=cls.order.id, invoice_id=cls.invoice.id
        )
        cls.of_colleague = cls.create_case(
            partner_id=cls.partner_colleague.id, sale_order_id=cls.order.id
        )
        cls.of_company = cls.create_case(partner_id=cls.partner_company.id)
        cls.of_stranger = cls.create_case(partner_id=cls.partner_stranger.id)


class TestCounts(PartnerOrderCase):
    def test_contact_counts_its_whole_company(self):
        partners = self.partner | self.partner_colleague | self.partner_company
        partners = partners.with_user(self.agent)
        self.assertEqual(partners.mapped("complaint_count"), [3, 3, 3])
        stranger = self.partner_stranger.with_user(self.agent)
        self.assertEqual(stranger.complaint_count, 1)
        action = partners[0].action_view_complaints()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]),
            self.of_person | self.of_colleague | self.of_company,
        )
        self.assertEqual(action["context"]["default_partner_id"], self.partner.id)

    def test_order_and_invoice(self):
        order, invoice = (
            self.order.with_user(self.agent),
            self.invoice.with_user(self.env.user),
        )
        self.assertEqual(order.complaint_count, 2)
        self.assertEqual(self.order_other.with_user(self.agent).complaint_count, 0)
        self.assertEqual(invoice.complaint_count, 1)
        action = order.action_view_complaints()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]),
            self.of_person | self.of_colleague,
        )
        action = invoice.action_view_complaints()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), self.of_person
        )

    def test_hidden_cases_do_not_count(self):
        self.of_company.confidential = True
        self.of_stranger.team_id = self.team_other
        self.env.flush_all()
        partner = self.partner.with_user(self.agent)
        for user, count in [(self.agent, 2), (self.manager, 3), (self.manager_b, 0)]:
            partner.invalidate_recordset(["complaint_count"])
            self.assertEqual(partner.with_user(user).complaint_count, count)

    @warmup
    def test_one_query_for_a_list(self):
        contacts = self.env["res.partner"].create(
            [{"name": f"Contact {n}"} for n in range(40)]
        )
        contacts |= self.partner | self.partner_stranger
        orders = (self.order | self.order_other).with_user(self.agent)
        invoices = self.invoice
        contacts = contacts.with_user(self.agent)
        self.env.flush_all()
        self.env.invalidate_all()
        contacts.fetch(["commercial_partner_id"])
        with self.assertQueryCount(1):
            self.assertEqual(sum(contacts.mapped("complaint_count")), 4)
        orders.fetch(["name", "complaint_id"])
        with self.assertQueryCount(1):
            self.assertEqual(orders.mapped("complaint_count"), [2, 0])
        invoices.fetch(["name", "complaint_id"])
        with self.assertQueryCount(1):
            self.assertEqual(invoices.mapped("complaint_count"), [1])

    def test_buttons_are_for_those_who_see_cases(self):
        for model, view in [
            ("res.partner", "base.view_partner_form"),
            ("sale.order", "sale.view_order_form"),
            ("account.move", "account.view_move_form"),
        ]:
            view_id = self.env.ref(view).id
            records = self.env[model]
            arch = records.with_user(self.env.ref("base.user_admin")).get_view(view_id)
            self.assertIn("action_view_complaints", arch["arch"])
        arch = (
            self.env["res.partner"]
            .with_user(self.employee)
            .get_view(self.env.ref("base.view_partner_form").id)["arch"]
        )
        self.assertNotIn("complaint", arch)


class TestNewComplaint(PartnerOrderCase):
    """“New complaint” fills in what the document knows."""

    def _register(self, action):
        """Finish the dialog that ``action`` opens, as the agent does."""
        self.assertEqual(action["res_model"], "complaint.quick.entry")
        self.assertEqual(action["target"], "new")
        entries = self.env["complaint.quick.entry"].with_user(self.agent)
        form = Form(entries.with_context(**action["context"]))
        form.name = "It does not whistle"
        registered = form.save().action_register()
        return self.env["complaint.complaint"].browse(registered["res_id"])

    def test_from_a_contact(self):
        case = self._register(self.partner.with_user(self.agent).action_new_complaint())
        self.assertEqual(case.partner_id, self.partner)
        self.assertEqual(case.partner_email, self.partner.email)

    def test_from_the_menu_of_a_contact(self):
        server_action = self.env.ref(
            "complaint_management.res_partner_action_new_complaint"
        )
        action = (
            server_action.with_user(self.agent)
            .with_context(
                active_model="res.partner",
                active_id=self.partner.id,
                active_ids=self.partner.ids,
            )
            .run()
        )
        self.assertEqual(self._register(action).partner_id, self.partner)

    def test_from_an_order(self):
        case = self._register(self.order.with_user(self.agent).action_new_complaint())
        self.assertEqual(case.partner_id, self.partner)
        self.assertEqual(case.sale_order_id, self.order)
        self.assertEqual(case.company_id, self.company)

    def test_from_an_order_line(self):
        line = self.order.order_line[1]
        case = self._register(line.with_user(self.agent).action_new_complaint())
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.partner.id,
                    "sale_order_id": self.order.id,
                    "sale_order_line_id": line.id,
                    "product_id": self.product_2.id,
                }
            ],
        )

    def test_from_an_invoice(self):
        case = self._register(self.invoice.action_new_complaint())
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.partner.id,
                    "invoice_id": self.invoice.id,
                    "sale_order_id": self.order.id,
                    "sale_order_line_id": self.order_line.id,
                    "product_id": self.product.id,
                }
            ],
        )

    def test_from_an_order_of_another_company(self):
        order = self._create_order(self.partner, self.product, company=self.company_b)
        action = order.with_user(self.agent_b).action_new_complaint()
        entries = self.env["complaint.quick.entry"].with_user(self.agent_b)
        form = Form(entries.with_context(**action["context"]))
        form.name = "Wrong pot"
        case = self.env["complaint.complaint"].browse(
            form.save().action_register()["res_id"]
        )
        self.assertEqual(case.company_id, self.company_b)
        self.assertEqual(case.team_id, self.team_b)
