from odoo import fields
from odoo.tests import HttpCase

from .common import ComplaintCommon


class TestTour(ComplaintCommon, HttpCase):
    """What an agent does all day, in a real browser."""

    # Wide enough to show the kanban's last column.
    browser_size = "3000x1000"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category.name = "Kettle Trouble"
        cls.known = cls.create_case(name="My kettle leaks")

    def test_from_call_to_closing(self):
        self.start_tour(
            "/odoo/complaints", "complaint_agent_tour", login=self.agent.login
        )
        case = self.env["complaint.complaint"].search(
            [("name", "=", "The kettle leaks"), ("company_id", "=", self.company.id)]
        )
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.partner.id,
                    "category_id": self.category.id,
                    "severity": "minor",
                    "user_id": self.agent.id,
                    "registered_by_id": self.agent.id,
                    "resolution_kind": "replacement",
                    "outcome": "upheld",
                    "confirmation": "confirmed",
                    "phase": "closed",
                }
            ],
        )
        self.assertIn("seal is too short", case.findings)
        self.assertIn("new kettle", case.resolution)
        self.assertTrue(case.date_communicated)
        self.assertEqual(case.decision_ids.type, "closing")

    def test_drag_into_closed_is_refused(self):
        self.start_tour(
            "/odoo/complaints", "complaint_drag_tour", login=self.agent.login
        )
        self.assertEqual(self.known.phase, "received")
        self.assertFalse(self.known.decision_ids)


class ApprovalTour(ComplaintCommon, HttpCase):
    """Two resolutions that wait for the manager's decision."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asked = cls.env["complaint.complaint"]
        for name in ("Kettle on fire", "Lid lost"):
            case = cls.create_case(name=name, user_id=cls.agent.id)
            cls.work_to(case, "resolution", date_communicated=False)
            case.redress_amount = 500
            case.with_user(cls.agent).action_request_approval()
            cls.asked |= case

    def check_tour(self, tour):
        self.assertEqual(self.asked.approver_id, self.manager)
        self.start_tour("/odoo/complaints", tour, login=self.manager.login)
        self.assertEqual(self.asked.mapped("approval_state"), ["approved", "refused"])
        self.assertEqual(self.asked.approval_decided_by_id, self.manager)
        self.assertEqual(self.asked[1].approval_note, "Ask the laboratory first")


class TestApprovalTour(ApprovalTour):
    """The manager decides at the desk."""

    browser_size = "1400x900"

    def test_decide_from_the_activity_menu(self):
        self.check_tour("complaint_approval_tour")

    def test_the_menu_leads_to_who_is_asked(self):
        def lines(user):
            groups = self.env["res.users"].with_user(user)._get_activity_groups()
            return [g["name"] for g in groups if g["type"] == "complaint_approval"]

        self.assertEqual(lines(self.manager), ["Resolutions to approve: 2"])
        self.assertFalse(lines(self.executive))
        self.assertFalse(lines(self.agent))
        total = sum(
            group["total_count"]
            for group in self.env["res.users"]
            .with_user(self.manager)
            ._get_activity_groups()
        )
        self.assertLessEqual(total, 2, "Nothing is counted twice")


class TestApprovalPhoneTour(ApprovalTour):
    """The manager decides on the phone."""

    browser_size = "360x740"
    touch_enabled = True

    def test_decide_on_the_phone(self):
        self.check_tour("complaint_approval_phone_tour")


class TestChainTour(ComplaintCommon, HttpCase):
    """From the complaint to an action that did not work, each role at its own screen."""

    browser_size = "1900x1100"

    def test_whole_chain(self):
        self.category.name = "Kettle Trouble"
        self.team.user_id = self.manager
        self.company.write(
            {"complaint_approval_critical": True, "complaint_action_approval": "cures"}
        )
        cases = self.env["complaint.complaint"]

        def walk(tour, user, record=None):
            self.env.flush_all()
            url = f"/odoo/{record._name}/{record.id}" if record else "/odoo/complaints"
            self.start_tour(url, f"complaint_chain_{tour}", login=user.login)
            self.env.invalidate_all()

        walk("plan", self.agent)
        case = cases.search([("name", "=", "The kettle caught fire")])
        self.assertEqual(case.investigation_scope, "full")
        actions = case.corrective_action_ids.sorted("id")
        self.assertEqual(actions.mapped("kind"), ["containment", "corrective"])
        containment, cure = actions
        walk("contain", self.agent, containment)
        self.assertEqual(containment.state, "done")

        investigation = case.investigation_ids
        investigation.reviewer_id = self.quality
        walk("investigate", self.agent, investigation)
        self.assertEqual(case.root_cause_id, self.root_cause)
        walk("review", self.quality, investigation)
        self.assertEqual(investigation.state, "reviewed")

        walk("ask", self.agent, cure)
        walk("approve", self.manager, cure)
        walk("resolve", self.agent, case)
        walk("approve", self.manager, case)
        self.assertEqual([cure.approval_state, case.approval_state], ["approved"] * 2)

        # The day of the review is agreed on in advance; here, it has come.
        cure.write(
            {"effectiveness_date": fields.Date.today(), "reviewer_id": self.quality.id}
        )
        walk("cure", self.agent, cure)
        walk("close", self.agent, case)
        self.assertEqual(case.phase, "closed")
        walk("judge", self.quality, cure)
        self.assertRecordValues(
            cure, [{"state": "in_progress", "ineffective_count": 1}]
        )
        walk("reopen", self.manager, case)
        self.assertNotIn(case.phase, ("closed", "cancelled"))
        told = case.decision_ids.mapped("type")
        for kind in (
            "escalation",
            "signing",
            "review",
            "approval",
            "closing",
            "effectiveness",
            "reopening",
        ):
            self.assertIn(kind, told)
