from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .common import ComplaintCommon
from .promise import promise


class TestBetweenTwoRules(ComplaintCommon):
    """What one rule allows is no way around another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_2 = cls._create_user("manager_2", "Milo Manager", "manager")
        cls.company.complaint_approval_amount = 100
        cls.case = cls.create_case(user_id=cls.agent.id)

    @promise("Reopening a case is no way to rewrite it in the same step", "4.1.2")
    def test_leaving_the_end_changes_nothing_else(self):
        case = self.work_to(self.case, "closed").with_user(self.manager)
        case = case.with_context(complaint_reason="They wrote again")
        for phase in "cancelled", "assessment":
            for name, value in (
                ("resolution", "<p>Rewritten</p>"),
                ("description", "<p>Rewritten</p>"),
                ("date_received", "2024-01-01 10:00:00"),
                ("redress_amount", 7),
            ):
                with (
                    self.subTest(phase=phase, field=name),
                    self.assertRefused("is closed"),
                ):
                    case.write(
                        {
                            "stage_id": self.stage(phase).id,
                            "cancel_reason": "withdrawn",
                            "cancel_note": "Never mind",
                            name: value,
                        }
                    )

    def test_from_one_end_to_another_is_logged_with_both_reasons(self):
        case = self.work_to(self.case, "closed").with_user(self.manager)
        case = case.with_context(complaint_reason="Closed by mistake")
        case.cancel("invalid", "Sent to the wrong company")
        [line] = case.decision_ids.filtered(lambda d: d.type == "cancellation")
        self.assertIn("Closed by mistake", line.reason)
        self.assertIn("Sent to the wrong company", line.reason)

    def test_nothing_waits_after_the_end(self):
        case = self.work_to(self.case, "closed").with_user(self.manager)
        with self.assertRefused("has ended"):
            case.waiting_customer = True

    @promise(
        "Who is complained about works nothing on the case, by any method", "11.1.5"
    )
    def test_who_is_complained_about(self):
        case = self.work_to(self.case, "resolution", date_communicated=False)
        case.complained_user_id = self.manager
        names = [
            "confirmation",
            "consent_state",
            "date_communicated",
            "phase",
            "user_id",
        ]
        before = case.read(names)
        mine = case.with_user(self.manager)
        dialogs = self.env["complaint.call"].with_user(self.manager)
        for attack in (
            lambda: mine.record_consent(True, "Clara", "Fine", "phone"),
            lambda: mine.record_rating(5),
            lambda: mine.escalate("manager", "Look"),
            lambda: mine.propose_resolution(),
            lambda: mine.extend("resolve", "2030-01-01 10:00:00", "Later"),
            lambda: mine.keep_commitment("acknowledge", "By letter"),
            lambda: mine.message_unsubscribe(self.partner.ids),
            lambda: mine.cancel("invalid", "Not ours"),
            lambda: mine.action_request_approval(),
            lambda: dialogs.create(
                {"complaint_id": case.id, "note": "All is well"}
            ).action_log(),
        ):
            with self.subTest(), self.assertRaises(UserError), self.env.cr.savepoint():
                attack()
        case.invalidate_recordset()
        self.assertEqual(case.read(names), before)
        self.assertIn(self.partner, case.message_partner_ids)

    @promise("An approval of whom the case turns out to be about is lost", "11.1.5")
    def test_approval_of_who_is_complained_about_later(self):
        case = self.work_to(self.case, "resolution", date_communicated=False)
        case.redress_amount = 500
        case.with_user(self.agent).action_request_approval()
        approver = case.approver_id
        case.with_user(approver).action_approve()
        case.with_user(self.agent).complained_user_id = approver
        self.assertEqual(case.approval_state, "none")
        self.assertFalse(case.approved_amount)
        case.with_user(self.agent).action_request_approval()
        asked = case.approver_id
        self.assertNotEqual(asked, approver)
        case.with_user(self.agent).reclassify(
            {"complained_user_id": asked.id}, "It was somebody else"
        )
        self.assertEqual(case.approval_state, "none")

    @promise("Whom a case is about changes with a reason in the log", "7.1.3")
    def test_whom_it_is_about_is_not_taken_away_in_silence(self):
        case = self.create_case(complained_user_id=self.agent_2.id)
        case = case.with_user(self.agent)
        with self.assertRefused("only with a reason"):
            case.complained_user_id = False
        case.reclassify({"complained_user_id": False}, "It was the carrier")
        [line] = case.decision_ids
        self.assertEqual(line.old_value, self.agent_2.name)
        self.assertEqual(line.reason, "It was the carrier")

    def test_settled_actions_are_taken_up_before_they_change(self):
        action = self.env["complaint.corrective.action"].create(
            {
                "name": "Weigh",
                "complaint_ids": [Command.set(self.case.ids)],
                "evidence": "<p>Weighed</p>",
            }
        )
        action.action_done()
        with self.assertRefused("Plan Again"):
            action.with_user(self.manager).write(
                {"state": "in_progress", "plan": "<p>Another</p>"}
            )

    @promise("A text message or a letter needs the same permission as a mail", "4.1.3")
    def test_other_ways_to_a_customer(self):
        for user in self.quality, self.executive:
            for way in "sms", "snailmail":
                with (
                    self.subTest(user=user.name, way=way),
                    self.assertRaises(AccessError),
                ):
                    self.case.with_user(user).message_post(body="Hi", message_type=way)
