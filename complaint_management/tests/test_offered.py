from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

from .common import ComplaintCommon, FormCase

FORM = "complaint_management.complaint_complaint_view_form"
POLICY = "complaint_management.res_company_view_form_complaint_policy"


@tagged("post_install", "-at_install")
class TestOffered(ComplaintCommon, TransactionCase):
    """The screens offer what will work, and say where to go for the rest."""

    def test_what_was_judged_is_not_edited_in_the_form(self):
        case = self.create_case(severity="critical", safety=True)
        with Form(case.with_user(self.agent)) as form:
            for name, value in (
                ("severity", "minor"),
                ("safety", False),
                ("kind", "inquiry"),
            ):
                with self.subTest(name=name), self.assertRaises(AssertionError):
                    form[name] = value
            form.category_id = self.env["complaint.category"].create(
                {"name": "Still free before the assessment"}
            )
        self.work_to(case, "investigation")
        with Form(case.with_user(self.agent)) as form:
            for name in ("category_id", "severity", "kind"):
                with self.subTest(name=name), self.assertRaises(AssertionError):
                    form[name] = form[name]

    def test_a_choice_is_free_until_it_is_saved(self):
        """A category proposes the severity; the agent judges graver without a reason."""
        case = self.create_case(severity="minor", kind="inquiry")
        with Form(case.with_user(self.agent)) as form:
            form.severity = "critical"
            form.severity = "major"
            form.kind = "complaint"
            form.kind = "inquiry"
        self.assertEqual(case.severity, "major")

    def test_whom_it_is_about_stays_after_the_assessment(self):
        case = self.create_case()
        with Form(case.with_user(self.manager)) as form:
            form.complained_user_id = self.employee
        self.work_to(case, "investigation")
        with (
            Form(case.with_user(self.manager)) as form,
            self.assertRaises(AssertionError),
        ):
            form.complained_user_id = self.agent_2

    def test_the_refusal_names_the_place(self):
        case = self.create_case(severity="major")
        with self.assertRaisesRegex(UserError, "“Reclassify”, next to the category"):
            case.with_user(self.agent).severity = "minor"

    def _is_offered(self, button, case):
        arch = self.env["complaint.complaint"].get_view(self.env.ref(FORM).id)["arch"]
        names = self.env["complaint.complaint"]._fields
        values = {name: case[name] for name in names if name in arch}
        [node] = etree.fromstring(arch).xpath(f"//button[@name='{button}']")
        return not safe_eval(node.get("invisible"), values)

    def test_communicated_after_the_approval_only(self):
        case = self.create_case(user_id=self.agent.id)
        self.work_to(case, "resolution", date_communicated=False)
        self.assertTrue(self._is_offered("action_communicated", case))
        case.redress_amount = 500
        self.assertTrue(case.approval_needed)
        self.assertFalse(self._is_offered("action_communicated", case))
        with self.assertRaises(UserError):
            case.with_user(self.agent).action_communicated()
        case.with_user(self.agent).action_request_approval()
        self.assertFalse(self._is_offered("action_communicated", case))
        case.with_user(self.manager).action_approve()
        self.assertTrue(self._is_offered("action_communicated", case))
        case.with_user(self.agent).action_communicated()

    # Messages name what people see

    def test_refused_values_are_named_by_their_labels(self):
        for values in ({"approval_state": "approved"}, {"consent_state": "accepted"}):
            [name] = values
            label = self.env["complaint.complaint"]._fields[name].string
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(ValidationError, label) as refusal,
            ):
                self.team.alias_id.alias_defaults = str(values)
            self.assertNotIn(name, str(refusal.exception))
            self.assertIn("Category (category_id)", str(refusal.exception))
        with self.assertRaisesRegex(ValidationError, "no_such_field"):
            self.team.alias_id.alias_defaults = "{'no_such_field': 1}"

    def test_names_of_the_alias_are_labels(self):
        with self.assertRaisesRegex(AccessError, "Model") as refusal:
            self.team.with_user(self.manager).write(
                {"alias_model_id": self.env["ir.model"]._get_id("res.partner")}
            )
        self.assertNotIn("alias_model_id", str(refusal.exception))

    def test_reclassify_names_labels(self):
        case = self.create_case()
        with self.assertRaisesRegex(UserError, "Findings") as refusal:
            case.with_user(self.agent).reclassify({"findings": "x"}, "Because")
        self.assertNotIn("findings", str(refusal.exception))

    def test_nobody_is_sent_where_they_cannot_go(self):
        """Settings are the system administrator's; others are told whom to ask."""
        administrator = self._create_user("admin_c", "Ada", "administrator")
        system = self._create_user("system_c", "Sid", "base.group_system")
        view = self.env.ref(POLICY)
        for user, leads in (
            (administrator, False),
            (self.agent, False),
            (system, True),
        ):
            with self.subTest(user=user.name):
                arch = self.env["res.company"].with_user(user).get_view(view.id)["arch"]
                self.assertEqual("Configuration, Settings" in arch, leads)
                self.assertEqual("ask them" in arch, not leads)


@tagged("post_install", "-at_install")
class TestChatterOffers(FormCase, HttpCase):
    """The chatter knows who may write to the customer before anything is written."""

    def _is_notes_only(self, user, record):
        user.password = user.login
        self.login(user)
        answer = self.call_route(
            "/mail/data",
            {
                "fetch_params": [
                    [
                        "mail.thread",
                        {
                            "thread_model": record._name,
                            "thread_id": record.id,
                            "request_list": [],
                        },
                    ]
                ]
            },
        )
        self.assertIn("complaint_notes_only", answer)
        return '"complaint_notes_only": true' in answer

    def test_who_may_send(self):
        case = self.create_case(user_id=self.agent.id)
        feedback = self.env["complaint.feedback"].create(
            {"name": "Cord", "type": "comment", "partner_id": self.partner.id}
        )
        for user, notes_only in (
            (self.agent, False),
            (self.manager, False),
            (self.quality, True),
            (self.executive, True),
        ):
            for record in (case, feedback):
                with self.subTest(user=user.name, model=record._name):
                    self.assertEqual(self._is_notes_only(user, record), notes_only)

    def test_whom_it_is_about(self):
        case = self.create_case(complained_user_id=self.manager.id)
        self.assertTrue(self._is_notes_only(self.manager, case))

    def test_buttons(self):
        case = self.create_case(user_id=self.agent.id)
        self.start_tour(
            f"/odoo/complaints/{case.id}",
            "complaint_notes_only_tour",
            login=self.quality.login,
        )
        self.start_tour(
            f"/odoo/complaints/{case.id}",
            "complaint_open_case_tour",
            login=self.manager.login,
        )
        self.work_to(case, "closed")
        self.start_tour(
            f"/odoo/complaints/{case.id}",
            "complaint_ended_case_tour",
            login=self.manager.login,
        )
