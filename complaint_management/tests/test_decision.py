from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import ComplaintCommon


class DecisionCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls.work_to(cls.case, "resolution", date_communicated=False)
        case = cls.case.with_user(cls.agent)
        case.reclassify({"severity": "critical"}, "Somebody was hurt")
        case.extend(
            "resolve",
            fields.Datetime.now() + timedelta(days=30),
            "The maker is on holiday",
        )
        case.escalate("manager", "She asks for the manager")
        case.action_request_approval()
        cls.case.with_user(cls.manager).action_approve()
        cls.duplicate = cls.create_case(name="The lid is still missing")
        cls.duplicate.merge_into(cls.case, "Told twice")
        cls.log = cls.case.decision_ids


class TestDecisionList(DecisionCase):
    """All that was decided on a case stands in one list, on the form and on paper."""

    def test_one_list(self):
        wanted = {"reclassification", "extension", "escalation", "approval", "merge"}
        self.assertLessEqual(wanted, set(self.log.mapped("type")))
        with Form(self.case.with_user(self.manager)) as form:
            self.assertEqual(len(form.decision_ids), len(self.log))

    def test_printed_with_the_case(self):
        report = self.env["ir.actions.report"].with_user(self.quality)
        page = report._render_qweb_html(
            "complaint_management.report_complaint_decisions", self.case.ids
        )[0].decode()
        for text in "Somebody was hurt", "holiday", "Told twice", "Mara Manager":
            self.assertIn(text, page)

    def test_never_in_the_customers_copy(self):
        for user in self.agent, self.customer:
            page = (
                self.env["ir.actions.report"]
                .with_user(user)
                ._render_qweb_html(
                    "complaint_management.report_complaint_form", self.case.ids
                )[0]
                .decode()
            )
            self.assertNotIn("asks for the manager", page)
            self.assertNotIn("Told twice", page)

    def test_customers_and_employees_cannot_print_it(self):
        self.case.registered_by_id = self.employee
        for user in self.customer, self.colleague, self.stranger, self.employee:
            report = self.env["ir.actions.report"].with_user(user)
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                report._render_qweb_html(
                    "complaint_management.report_complaint_decisions", self.case.ids
                )


class TestDecisionIsKept(DecisionCase):
    """Nobody changes or deletes a line: by no way, the administrator included."""

    def setUp(self):
        super().setUp()
        self.before = self.log.read(["type", "reason", "user_id", "complaint_id"])

    def tearDown(self):
        self.env.invalidate_all()
        after = self.log.read(["type", "reason", "user_id", "complaint_id"])
        self.assertEqual(after, self.before)
        super().tearDown()

    def _everybody(self):
        # The system itself, with all rights, is the last one.
        superuser = self.env["res.users"].browse(SUPERUSER_ID)
        return [
            self.agent,
            self.manager,
            self.quality,
            self.executive,
            self.administrator,
            self.env.ref("base.user_admin"),
            superuser,
        ]

    def test_writing_and_deleting(self):
        for user in self._everybody():
            log = self.log.with_user(user)
            for name, call in (
                ("write", lambda log=log: log.write({"reason": "Never said"})),
                ("assign", lambda log=log: setattr(log[0], "reason", "Never said")),
                ("unlink", log.unlink),
                ("sudo", lambda log=log: log.sudo().write({"complaint_id": False})),
                ("sudo unlink", log.sudo().unlink),
                (
                    "archive",
                    lambda log=log: log.write({"active": False}),
                ),
                (
                    "copied user",
                    lambda log=log: log.write({"user_id": self.agent_2.id}),
                ),
            ):
                with (
                    self.subTest(user=user.name, way=name),
                    self.assertRaises(UserError),
                ):
                    call()

    def test_import(self):
        """Odoo's import changes lines by their id or external id."""
        line = self.log[0]
        self.env["ir.model.data"].create(
            {
                "module": "__export__",
                "name": "complaint_decision_test",
                "model": line._name,
                "res_id": line.id,
            }
        )
        for user in self._everybody():
            for column, key in (
                (".id", str(line.id)),
                ("id", "__export__.complaint_decision_test"),
            ):
                with self.subTest(user=user.name, column=column):
                    result = line.with_user(user).load(
                        [column, "reason"], [[key, "Never said"]]
                    )
                    self.assertTrue(result["messages"])
                    self.assertFalse(result["ids"])

    def test_import_adds_nothing(self):
        for user in self._everybody()[:-2]:
            model = self.env["complaint.decision"].with_user(user)
            with self.subTest(user=user.name):
                result = model.load(
                    ["complaint_id/.id", "type", "reason"],
                    [[str(self.case.id), "Closing", "Invented"]],
                )
                self.assertFalse(result["ids"])

    def test_through_the_case(self):
        rows = [[str(self.case.id), str(self.log[0].id), "Never said"]]
        result = self.case.load(
            [".id", "decision_ids/.id", "decision_ids/reason"], rows
        )
        self.assertTrue(result["messages"])

    def test_the_case_and_the_user_stay(self):
        """What the lines are about and who decided cannot be deleted below them."""
        with self.assertRaises(UserError):
            self.case.sudo().unlink()
        for user in self.manager, self.agent:
            with (
                self.subTest(user=user.name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                user.sudo().unlink()
                self.env.flush_all()

    def test_merge_of_contacts(self):
        """Two contacts of one customer become one; who decided what stays said."""
        twin = self.env["res.partner"].create(
            {"name": "Clara Buyer", "email": self.partner.email}
        )
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.partner | twin).ids, self.partner)
        self.assertFalse(twin.exists())
        self.assertEqual(self.case.partner_id, self.partner)

    def test_merge_of_cases(self):
        other = self.create_case(name="And again")
        self.case.merge_into(other, "The other way round")
        self.assertLessEqual(self.log, self.case.decision_ids)


@tagged("post_install", "-at_install")
class TestDecisionHttp(DecisionCase, HttpCase):
    def test_the_customer_gets_no_paper(self):
        self.customer.password = self.customer.login
        self.authenticate(self.customer.login, self.customer.login)
        for kind in "html", "pdf", "text":
            page = self.url_open(
                f"/report/{kind}/complaint_management.report_complaint_decisions/"
                f"{self.case.id}"
            )
            self.assertNotIn("Told twice", page.text)
        page = self.url_open(
            f"/my/complaints/{self.case.id}?report_type=pdf&report_ref=x"
        )
        self.assertNotIn(b"Told twice", page.content)

    def test_portal_user_reads_no_line(self):
        with self.assertRaises(AccessError):
            self.log.with_user(self.customer).read(["reason"])
