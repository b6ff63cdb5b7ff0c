from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from .common import ComplaintCommon
from .promise import promise

APPROVAL = "complaint_management.mail_activity_type_approval"


@tagged("post_install", "-at_install")
class TestApproval(ComplaintCommon, TransactionCase):
    """A resolution above the amount, or of a critical case, is decided by another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_2 = cls._create_user("manager_2", "Milo Manager", "manager")
        cls.company.complaint_executive_amount = 1000

    def _resolved(self, amount=500, **vals):
        case = self.work_to(
            self.create_case(user_id=self.agent.id, **vals),
            "resolution",
            date_communicated=False,
        )
        case.redress_amount = amount
        return case.with_user(self.agent)

    def _asked(self, **vals):
        case = self._resolved(**vals)
        case.action_request_approval()
        return case

    # When

    def test_needed(self):
        for amount, severity, needed in [
            (100, "minor", False),
            (100.01, "minor", True),
            (0, "critical", True),
            (0, "major", False),
        ]:
            with self.subTest(amount=amount, severity=severity):
                case = self._resolved(amount)
                case.reclassify({"severity": severity}, "As the test wants it")
                self.assertEqual(case.approval_needed, needed)

    def test_needed_by_cost(self):
        case = self._resolved(0)
        case.resolution_cost = 101
        self.assertTrue(case.approval_needed)

    def test_settings(self):
        case = self._resolved(0)
        self.company.complaint_approval_always = True
        self.assertTrue(case.approval_needed)
        self.company.complaint_approval_always = False
        case.reclassify({"severity": "critical"}, "A child was hurt")
        self.company.complaint_approval_critical = False
        self.assertFalse(case.approval_needed)

    def test_nothing_goes_on_without(self):
        case = self._resolved()
        with self.assertRefused("Approval"):
            case.action_next_stage()
        with self.assertRefused("Approval"):
            case.action_communicated()
        self.assertIn("Approval", case.missing_text)
        self.assertEqual(case.phase, "resolution")

    def test_inquiry_needs_it_for_what_it_costs_only(self):
        case = self._resolved(100)
        self.company.complaint_approval_always = True
        case.reclassify({"kind": "inquiry"}, "It was a question")
        self.assertFalse(case.approval_needed)
        case.redress_amount = 9000
        with self.assertRefused("Approval"):
            case.action_communicated()

    def test_who_wrote_it_does_not_approve_it(self):
        """Nor by having somebody else ask for it."""
        case = self._asked()
        case.with_user(self.manager).resolution_cost = 1
        case.action_request_approval()
        self.assertNotEqual(case.approver_id, self.manager)
        with self.assertRaisesRegex(UserError, "who wrote it"):
            case.with_user(self.manager).action_approve()
        case.with_user(self.manager_2).action_approve()
        self.assertEqual(case.approval_state, "approved")

    @promise(
        "Who wrote what is to be approved does not approve it, from the creation on",
        "11.1.5",
    )
    def test_the_author_is_known_from_the_creation_on(self):
        case = self.create_case(
            user_id=self.agent.id,
            resolution="<p>All your money back</p>",
            redress_amount=500,
        )
        self.assertFalse(case._get_authors(), "What the system enters has no author")
        case = (
            self.env["complaint.complaint"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Lid",
                    "partner_id": self.partner.id,
                    "team_id": self.team.id,
                    "resolution": "<p>All your money back</p>",
                    "redress_amount": 500,
                }
            )
        )
        self.assertEqual(case._get_authors(), self.manager)
        self.assertIn(self.manager, case._get_barred_users())

    @promise(
        "Writing the same value again makes nobody its author",
        "11.1.5",
    )
    def test_the_same_value_makes_nobody_its_author(self):
        """Neither by a colleague who writes it again, nor beside another value."""
        case = self._resolved()
        case.with_user(self.manager).write({"redress_amount": 700})
        case.with_user(self.manager_2).write(
            {"redress_amount": 700, "resolution_kind": case.resolution_kind}
        )
        self.assertEqual(case._get_authors(), self.manager)
        case.with_user(self.agent).resolution = "<p>Please take it</p>"
        self.assertEqual(case._get_authors(), self.manager | self.agent)
        case.action_request_approval()
        with self.assertRefused("who wrote it"):
            case.with_user(self.manager).action_approve()

    def test_escalation_cannot_be_written_away(self):
        case = self._resolved(5)
        case.escalate("manager", "He is angry")
        self.assertTrue(case.approval_needed)
        with self.assertRefused("kept by the system"):
            case.escalation_level = False
        with self.assertRefused("Approval"):
            case.action_communicated()

    def test_why_it_is_to_approve(self):
        case = self._resolved(500)
        case.reclassify({"severity": "critical"}, "A child was hurt")
        self.assertIn("Amount, Critical", case.approval_reason)

    def test_older_register_is_history(self):
        case = self.create_case(
            **self.worked_values(severity="critical"),
            stage_id=self.stage("closed").id,
        )
        self.assertEqual(case.phase, "closed")
        with self.assertRaisesRegex(UserError, "Approval"):
            self.create_case(
                **self.worked_values(severity="critical"),
                stage_id=self.stage("follow_up").id,
            )

    def test_escalated_after_it_was_told(self):
        case = self._resolved(0)
        case.action_communicated()
        self.work_to(case.sudo(), "follow_up")
        case.escalate("manager", "The customer called again")
        case.confirmation = "confirmed"
        self.assertEqual(case.phase, "follow_up")
        with self.assertRaisesRegex(UserError, "Approval"):
            case.redress_amount = 5000

    # Asking

    def test_ask(self):
        case = self._asked()
        self.assertEqual(case.approval_state, "requested")
        self.assertIn(case.approver_id, self.manager | self.manager_2)
        activity = case.activity_ids
        self.assertEqual(activity.user_id, case.approver_id)
        self.assertEqual(activity.activity_type_id, self.env.ref(APPROVAL))
        with self.assertRaisesRegex(UserError, "already"):
            case.action_request_approval()

    def test_ask_for_nothing(self):
        case = self.create_case(user_id=self.agent.id).with_user(self.agent)
        with self.assertRaisesRegex(UserError, "Resolution"):
            case.action_request_approval()

    def test_absent_approver_is_passed_over(self):
        self.manager.complaint_away_until = fields.Date.today() + timedelta(days=3)
        self.assertNotEqual(self._asked().approver_id, self.manager)

    def test_level_by_amount(self):
        case = self._asked(amount=1000.01)
        self.assertEqual(case.approver_id, self.executive)
        with self.assertRaisesRegex(UserError, "senior management"):
            case.with_user(self.manager).action_approve()
        case.with_user(self.executive).action_approve()
        self.assertEqual(case.approval_state, "approved")

    def test_manager_asks_another(self):
        case = self._resolved().with_user(self.manager)
        case.action_request_approval()
        self.assertTrue(case.approver_id)
        self.assertNotEqual(case.approver_id, self.manager)

    def test_confidential_approver_may_read(self):
        case = self._resolved(amount=2000)
        case.confidential = True
        case.action_request_approval()
        case.with_user(self.executive).action_approve()
        self.assertEqual(case.approval_state, "approved")

    def test_nobody_left(self):
        (self.manager_2 | self.administrator).active = False
        case = self._resolved().with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Nobody may approve"):
            case.action_request_approval()
        self.assertEqual(case.approval_state, "none")

    # Deciding

    def test_approve(self):
        case = self._asked()
        with self.mock_mail_gateway():
            case.with_user(self.manager).action_approve()
        self.assertEqual(case.approval_state, "approved")
        self.assertEqual(case.approval_decided_by_id, self.manager)
        self.assertFalse(case.activity_ids)
        self.assertEqual(case.decision_ids[0].type, "approval")
        self.assertEqual(case.decision_ids[0].user_id, self.manager)
        case.action_next_stage()
        self.assertEqual(case.phase, "implementation")

    def test_refuse_needs_a_reason(self):
        case = self._asked().with_user(self.manager)
        action = case.action_refuse()
        self.assertEqual(case.approval_state, "requested")
        form = Form(
            self.env["complaint.approval.refuse"]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        form.reason = "Offer half of it"
        form.save().action_refuse()
        self.assertEqual(case.approval_state, "refused")
        self.assertEqual(case.approval_note, "Offer half of it")
        self.assertEqual(case.decision_ids[0].reason, "Offer half of it")
        with self.assertRaisesRegex(UserError, "Approval"):
            case.with_user(self.agent).action_next_stage()
        case.with_user(self.agent).action_request_approval()
        self.assertEqual(case.approval_state, "requested")

    def test_who_may_not_decide(self):
        case = self._asked()
        case.sudo().complained_user_id = self.manager_2
        for user in [self.agent, self.executive, self.manager_2]:
            with self.subTest(user=user.login), self.assertRaises(UserError):
                case.with_user(user).action_approve()
        for user in [self.employee, self.agent_other, self.manager_b, self.customer]:
            # An access error is a user error.
            with self.subTest(user=user.login), self.assertRaises(UserError):
                case.with_user(user).action_approve()
        self.assertEqual(case.approval_state, "requested")

    def test_never_by_the_requester(self):
        case = self._resolved().with_user(self.manager)
        case.action_request_approval()
        with self.assertRaisesRegex(UserError, "Somebody else"):
            case.action_approve()
        with self.assertRaisesRegex(UserError, "Somebody else"):
            case.action_refuse("no")

    def test_person_complained_about_is_never_asked(self):
        case = self._resolved()
        case.complained_user_id = self.manager
        case.action_request_approval()
        self.assertTrue(case.approver_id)
        self.assertNotEqual(case.approver_id, self.manager)

    def test_fields_cannot_be_written(self):
        case = self._asked()
        for user in [self.agent, self.manager, self.administrator]:
            with self.subTest(user=user.login), self.assertRaises(UserError):
                case.with_user(user).write({"approval_state": "approved"})
        created = (
            self.env["complaint.complaint"]
            .with_user(self.manager)
            .create({"name": "Smuggled", "approval_state": "approved"})
        )
        self.assertEqual(created.approval_state, "none")

    def test_many_at_once(self):
        cases = self._asked() | self._asked() | self._asked()
        cases.with_user(self.manager).action_approve()
        self.assertEqual(set(cases.mapped("approval_state")), {"approved"})

    def test_many_all_or_none(self):
        cases = self._asked() | self._resolved()
        with self.assertRaisesRegex(UserError, "no approval is asked for"):
            cases.with_user(self.manager).action_approve()
        self.assertEqual(cases.mapped("approval_state"), ["requested", "none"])

    def test_done_activity_does_not_decide(self):
        case = self._asked()
        case.activity_ids.with_user(case.approver_id).action_done()
        self.assertEqual(case.approval_state, "requested")
        self.assertTrue(case.with_user(case.approver_id).may_decide)

    def test_decided_once(self):
        case = self._asked()
        case.with_user(self.manager).action_approve()
        with self.assertRaisesRegex(UserError, "no approval is asked for"):
            case.with_user(self.manager_2).action_refuse("Too late")
        self.assertEqual(case.approval_state, "approved")

    def test_delegate(self):
        case = self._asked()
        other = (self.manager | self.manager_2) - case.approver_id
        with self.assertRaises(AccessError):
            case.delegate_approval(other, "Away")
        case.with_user(case.approver_id).delegate_approval(other.id, "Away")
        self.assertEqual(case.approver_id, other)
        self.assertEqual(case.activity_ids.user_id, other)
        with self.assertRaises(UserError):
            case.with_user(other).delegate_approval(self.agent, "Away")
        self.assertEqual(case.approver_id, other)

    def test_delegate_after_the_task_was_marked_as_done(self):
        case = self._asked()
        approver = case.approver_id
        other = (self.manager | self.manager_2) - approver
        case.activity_ids.with_user(approver).action_done()
        with self.assertRaisesRegex(UserError, "Say why"):
            case.with_user(approver).delegate_approval(other, " ")
        case.with_user(approver).delegate_approval(other, "Away")
        self.assertEqual(case.activity_ids.user_id, other)

    def test_who_is_away_later_is_passed_over(self):
        """An approver on leave, or gone, is followed by another, once, on record."""
        cases = self._asked() | self._asked()
        approver = cases.approver_id

        def passed_on():
            with self.enter_registry_test_mode():
                self.env.ref(
                    "complaint_management.ir_cron_complaint_approvals"
                ).method_direct_trigger()
            self.env.invalidate_all()
            return cases.decision_ids.filtered(lambda d: d.type == "delegation")

        self.assertFalse(passed_on())
        approver.sudo().complaint_away_until = fields.Date.today() + timedelta(days=3)
        self.assertEqual(len(passed_on()), 2)
        self.assertEqual(len(cases.approver_id), 1)
        self.assertNotEqual(cases.approver_id, approver)
        self.assertTrue(cases[0].with_user(cases.approver_id).may_decide)
        self.assertEqual(cases.activity_ids.user_id, cases.approver_id)
        self.assertEqual(len(passed_on()), 2)

    def test_delegate_by_the_dialog(self):
        case = self._asked()
        approver = case.approver_id
        other = (self.manager | self.manager_2) - approver
        action = case.with_user(approver).action_delegate_approval()
        dialog = Form.from_action(self.env(user=approver), action)
        dialog.user_id = other
        dialog.reason = "Away until Monday"
        dialog.save().action_delegate()
        self.assertEqual(case.activity_ids.user_id, other)
        line = case.decision_ids.filtered(lambda line: line.type == "delegation")
        self.assertEqual(line.user_id, approver)
        self.assertEqual(line.new_value, other.name)
        self.assertEqual(line.reason, "Away until Monday")
        case.with_user(other).action_approve()
        self.assertEqual(case.approval_state, "approved")

    def test_delegate_to_whom_it_must_not_go(self):
        case = self._asked()
        approver = case.approver_id
        other = (self.manager | self.manager_2) - approver
        case.sudo().complained_user_id = other
        for user in (self.agent, other):
            with self.subTest(user=user.name), self.assertRefused(user.name):
                case.with_user(approver).delegate_approval(user, "Away")
        self.assertEqual(case.approver_id, approver)

    def test_delegate_a_confidential_case(self):
        case = self._asked(amount=2000)
        case.sudo().confidential = True
        other = self._create_user("executive_2", "Ewa Executive", "executive")
        self.assertFalse(case.with_user(other).has_access("read"))
        case.with_user(self.executive).sudo(False).delegate_approval(other, "Away")
        self.assertTrue(case.with_user(other).has_access("read"))

    # Keeping

    def test_changed_resolution_loses_it(self):
        for name, value in [
            ("resolution_kind", "refund"),
            ("resolution", "<p>Something else</p>"),
            ("redress_amount", 501),
            ("resolution_cost", 1),
        ]:
            with self.subTest(field=name):
                case = self._asked()
                case.with_user(self.manager).action_approve()
                case.write({name: value})
                self.assertEqual(case.approval_state, "none")

    def test_same_resolution_keeps_it(self):
        case = self._asked()
        case.with_user(self.manager).action_approve()
        case.write({"redress_amount": 500, "name": "A better subject"})
        self.assertEqual(case.approval_state, "approved")

    def test_changed_request_withdraws_the_activity(self):
        case = self._asked()
        case.redress_amount = 700
        self.assertFalse(case.activity_ids)

    def test_told_resolution_stays(self):
        case = self._asked()
        case.with_user(self.manager).action_approve()
        case.action_communicated()
        with self.assertRaisesRegex(UserError, "Approval"):
            case.redress_amount = 700
            case.flush_recordset()
