from contextlib import contextmanager
from datetime import date, datetime, timedelta

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, freeze_time, tagged, warmup
from odoo.tools.mail import formataddr
from odoo.tools.safe_eval import safe_eval

from .common import ComplaintCommon

# A Monday; the calendar of the tests works from 8 to 12 and from 13 to 17, in UTC.
MONDAY = datetime(2024, 3, 4, 10, 0)


class SlaCommon(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "UTC",
                "company_id": cls.company.id,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Work",
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                            "day_period": period,
                        }
                    )
                    for day in range(5)
                    for start, end, period in (
                        (8, 12, "morning"),
                        (13, 17, "afternoon"),
                    )
                ],
            }
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.standard = cls.env.ref("complaint_management.complaint_sla_policy_standard")
        cls.critical = cls.env.ref("complaint_management.complaint_sla_policy_critical")

    @contextmanager
    def at(self, moment):
        """Let the clock show ``moment``, and write to the database as a request does."""
        with freeze_time(moment):
            yield
            self.env.flush_all()

    def create_at(self, moment, **vals):
        with self.at(moment):
            return self.create_case(
                **{"date_received": moment, "severity": "minor", **vals}
            )

    def status(self, case, commitment):
        """Return the newest row of a commitment."""
        rows = case.sla_status_ids._of(commitment)
        return rows.sorted(lambda row: (row.date_start, row.id))[-1:]

    def tell(self, case, **vals):
        """Let the agent write to the customer."""
        return case.with_user(self.agent).message_post(
            **{
                "body": "We look into it.",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                **vals,
            }
        )


@tagged("post_install", "-at_install")
class TestSlaPolicy(SlaCommon, TransactionCase):
    @classmethod
    def _create_policy(cls, name, **vals):
        line = {"commitment": "resolve", "target": 1, "unit": "working_days"}
        return cls.env["complaint.sla.policy"].create(
            {"name": name, "line_ids": [Command.create(line)], **vals}
        )

    def test_shipped_promises(self):
        case = self.create_at(MONDAY)
        promised = {
            row.commitment: (row.deadline, row.pauses) for row in case.sla_status_ids
        }
        self.assertEqual(
            promised,
            {
                "acknowledge": (datetime(2024, 3, 5, 10), False),
                "assign": (datetime(2024, 3, 5, 10), False),
                "update": (datetime(2024, 3, 6, 10), True),
                "resolve": (datetime(2024, 3, 11, 10), True),
            },
        )
        self.assertEqual(set(case.sla_status_ids.mapped("state")), {"running"})
        with self.at(MONDAY + timedelta(hours=1)):
            case.write({"resolution_kind": "refund", "resolution": "<p>Paid.</p>"})
            case.date_communicated = datetime.now()
        follow_up = self.status(case, "follow_up")
        self.assertEqual(follow_up.deadline, datetime(2024, 3, 7, 11))

    def test_shipped_promises_of_critical_cases_are_half(self):
        case = self.create_at(MONDAY, severity="critical")
        self.assertEqual(case.sla_policy_id, self.critical)
        promised = {row.commitment: row.deadline for row in case.sla_status_ids}
        self.assertEqual(
            promised,
            {
                "acknowledge": datetime(2024, 3, 4, 22),
                "assign": datetime(2024, 3, 4, 15),
                "update": datetime(2024, 3, 5, 10),
                "resolve": datetime(2024, 3, 6, 15),
            },
        )

    def test_most_specific_wins_and_says_why(self):
        tag = self.env["res.partner.category"].create({"name": "Key Account"})
        child = self.category_leak
        by_kind = self._create_policy("By Kind", kind="complaint")
        by_tag = self._create_policy("By Tag", kind="complaint", partner_tag_id=tag.id)
        by_all = self._create_policy(
            "By All",
            kind="complaint",
            partner_id=self.partner_company.id,
            channel="letter",
        )
        case = self.create_case(severity="minor")
        self.assertEqual(case.sla_policy_id, by_kind)
        self.assertEqual(case.sla_policy_reason, "Kind: Complaint")
        self.partner_company.category_id = tag
        case = self.create_case(severity="minor")
        self.assertEqual(case.sla_policy_id, by_tag)
        self.assertEqual(
            case.sla_policy_reason, "Kind: Complaint, Customer Tag: Key Account"
        )
        case = self.create_case(severity="minor", channel="letter")
        self.assertEqual(case.sla_policy_id, by_all)
        self.assertIn("Customer: Alba Retail", case.sla_policy_reason)
        inquiry = self.create_case(severity="minor", kind="inquiry")
        self.assertEqual(inquiry.sla_policy_id, self.standard)
        self.assertEqual(inquiry.sla_policy_reason, "no more specific policy fits")
        upper = self._create_policy("Category", category_id=self.category.id)
        lower = self._create_policy("Below", category_id=child.id, sequence=90)
        case = self.create_case(severity="minor", kind="inquiry", category_id=child.id)
        self.assertEqual(case.sla_policy_id, lower)
        lower.active = False
        case = self.create_case(severity="minor", kind="inquiry", category_id=child.id)
        self.assertEqual(case.sla_policy_id, upper)

    def test_equally_specific_by_sequence(self):
        second = self._create_policy("Second", kind="complaint", sequence=2)
        first = self._create_policy("First", channel="phone", sequence=1)
        self.assertEqual(self.create_case(severity="minor").sla_policy_id, first)
        second.sequence = 0
        self.assertEqual(self.create_case(severity="minor").sla_policy_id, second)

    def test_other_companys_policy_does_not_count(self):
        policy = self._create_policy(
            "Theirs", company_id=self.company_b.id, kind="complaint"
        )
        self.assertNotEqual(self.create_case().sla_policy_id, policy)
        mine = self._create_policy(
            "Ours", company_id=self.company.id, team_id=self.team.id
        )
        self.assertEqual(self.create_case(severity="minor").sla_policy_id, mine)

    def test_no_policy_promises_nothing(self):
        self.env["complaint.sla.policy"].search([]).active = False
        case = self.create_case()
        self.assertFalse(case.sla_status_ids)
        self.assertFalse(case.sla_time_left)
        self.tell(case)
        case.waiting_customer = True
        case.waiting_customer = False
        self.assertFalse(case.sla_status_ids)

    def test_targets_are_checked(self):
        line = self.standard.line_ids[0]
        for vals in ({"target": 0}, {"target": -1}):
            with self.subTest(vals), self.assertRaises(ValidationError):
                line.write(vals)
        with self.assertRaises(ValidationError):
            line.write({"unit": "working_days", "target": 1.5})

    def test_an_edited_policy_changes_open_cases_when_told_to(self):
        case = self.create_at(MONDAY)
        closed = self.create_at(MONDAY)
        with self.at(MONDAY + timedelta(hours=2)):
            self.work_to(closed, "closed")
        kept = {
            row: row.read(["deadline", "state", "target"])[0]
            for row in closed.sla_status_ids
        }
        line = self.standard.line_ids.filtered(lambda r: r.commitment == "resolve")
        line.target = 10
        resolve = self.status(case, "resolve")
        with self.at(datetime(2024, 3, 5, 10)):
            case.waiting_customer = True
        with self.at(datetime(2024, 3, 5, 11)):
            case.waiting_customer = False
        self.assertEqual(resolve.deadline, datetime(2024, 3, 11, 11))
        with self.at(datetime(2024, 3, 5, 12)):
            self.standard.with_user(self.administrator).action_apply()
        self.assertEqual(resolve.deadline, datetime(2024, 3, 18, 11))
        for row, values in kept.items():
            self.assertEqual(row.read(["deadline", "state", "target"])[0], values)

    def test_only_administrators_apply(self):
        with self.assertRaises(AccessError):
            self.standard.with_user(self.manager).action_apply()


@tagged("post_install", "-at_install")
class TestSlaEvents(SlaCommon, TransactionCase):
    # Received

    def test_received_before_the_entry(self):
        with self.at(datetime(2024, 3, 8, 9)):
            case = self.create_case(date_received=MONDAY, severity="minor")
        states = {row.commitment: row.state for row in case.sla_status_ids}
        self.assertEqual(
            states,
            {
                "acknowledge": "late",
                "assign": "late",
                "update": "late",
                "resolve": "running",
            },
        )
        self.assertEqual(case.sla_deadline, datetime(2024, 3, 5, 10))
        with self.at(datetime(2024, 3, 8, 9)):
            owned = self.create_case(
                date_received=MONDAY, severity="minor", user_id=self.agent.id
            )
        self.assertEqual(self.status(owned, "assign").state, "late")
        self.assertEqual(self.status(owned, "assign").date_met, datetime(2024, 3, 8, 9))

    def test_date_received_is_corrected(self):
        case = self.create_at(MONDAY)
        with self.at(MONDAY + timedelta(hours=1)):
            case.date_received = MONDAY - timedelta(days=3)
        # From Friday 10:00
        self.assertEqual(
            self.status(case, "resolve").deadline, datetime(2024, 3, 8, 10)
        )
        self.assertEqual(self.status(case, "acknowledge").state, "late")

    def test_older_register(self):
        """Ended cases that are entered have nothing promised any more."""
        closed = self.create_case(
            **self.worked_values(), stage_id=self.stage("closed").id
        )
        self.assertFalse(closed.sla_status_ids)
        with self.at(datetime(2024, 3, 8, 9)):
            case = self.create_case(
                date_received=MONDAY,
                severity="minor",
                date_communicated=datetime(2024, 3, 7, 9),
            )
        self.assertEqual(self.status(case, "resolve").state, "met")
        self.assertFalse(case.sla_status_ids._of("update"))
        self.assertEqual(
            self.status(case, "follow_up").deadline, datetime(2024, 3, 12, 9)
        )

    def test_a_typed_day_of_an_open_case_keeps_nothing(self):
        """Only managers bring what was told before it was entered."""
        for user, expected in [
            (self.agent, ("late", datetime(2024, 3, 14, 9))),
            (self.manager, ("met", datetime(2024, 3, 7, 9))),
        ]:
            with self.subTest(user.login), self.at(datetime(2024, 3, 14, 9)):
                case = (
                    self.env["complaint.complaint"]
                    .with_user(user)
                    .create(
                        {
                            "name": "Kettle",
                            "severity": "minor",
                            "team_id": self.team.id,
                            "partner_id": self.partner.id,
                            "date_received": MONDAY,
                            "date_communicated": datetime(2024, 3, 7, 9),
                        }
                    )
                )
                row = self.status(case.sudo(), "resolve")
                self.assertEqual((row.state, row.date_met), expected)

    # Acknowledged, and kept up to date

    def test_acknowledged_by_a_message(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 4, 12)):
            self.tell(case)
        row = self.status(case, "acknowledge")
        self.assertEqual((row.state, row.date_met), ("met", datetime(2024, 3, 4, 12)))
        self.assertEqual(case.date_acknowledged, datetime(2024, 3, 4, 12))

    def test_acknowledged_late(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 5, 10, 0, 1)):
            self.tell(case)
        self.assertEqual(self.status(case, "acknowledge").state, "late")

    def test_acknowledged_in_the_last_second(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 5, 10)):
            self.tell(case)
        self.assertEqual(self.status(case, "acknowledge").state, "met")

    def test_what_does_not_tell_the_customer(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        row = self.status(case, "acknowledge")
        self.tell(case, subtype_xmlid="mail.mt_note")
        self.assertFalse(row.date_met, "A note is for the staff")
        # sudo: their mail is taken in by the system.
        case.sudo().message_post(
            body="Mine",
            author_id=self.partner.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertFalse(row.date_met, "The customer's own word")
        case.message_unsubscribe(self.partner.ids)
        self.tell(case, partner_ids=self.agent_2.partner_id.ids)
        self.assertFalse(row.date_met, "A message to a colleague")
        self.tell(case, partner_ids=self.partner_stranger.ids)
        self.assertFalse(row.date_met, "A message to somebody else")
        case.with_user(self.agent)._tell_staff(self.agent_2, "Look at this")
        self.assertFalse(row.date_met, "A notification to the staff")
        self.tell(case, partner_ids=self.partner.ids)
        self.assertTrue(row.date_met)

    def test_nobody_is_told_without_an_address(self):
        partner = self.env["res.partner"].create({"name": "Pia Phone"})
        case = self.create_at(MONDAY, user_id=self.agent.id, partner_id=partner.id)
        self.tell(case, partner_ids=partner.ids)
        self.assertFalse(self.status(case, "acknowledge").date_met)

    def test_customer_without_contact_is_told_by_address(self):
        case = self.create_at(
            MONDAY,
            partner_id=False,
            partner_email="new@cumulus.example.com",
            user_id=self.agent.id,
        )
        with self.mock_mail_gateway():
            self.tell(case)
        self.assertTrue(self.status(case, "acknowledge").date_met)

    def test_recorded_call(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        todo = case.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.agent.id
        )
        call = case.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.agent.id
        )
        row = self.status(case, "acknowledge")
        with self.at(datetime(2024, 3, 4, 12)):
            todo.with_user(self.agent).action_feedback("Looked it up")
            self.assertFalse(row.date_met)
            call.with_user(self.agent).action_feedback("Told her what comes next")
        self.assertEqual((row.state, row.date_met), ("met", datetime(2024, 3, 4, 12)))

    def test_updates_go_round(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 4, 12)):
            self.tell(case)
        # What is heard on the day of receipt begins the first update anew.
        rows = case.sla_status_ids._of("update")
        self.assertEqual(rows.deadline, datetime(2024, 3, 6, 13))
        with self.at(datetime(2024, 3, 6, 9)):
            self.tell(case)
            self.tell(case)
        rows = case.sla_status_ids._of("update").sorted("date_start")
        self.assertEqual(rows.mapped("state"), ["met", "running"])
        self.assertEqual(rows[1].deadline, datetime(2024, 3, 8, 9))
        with self.at(datetime(2024, 3, 11, 9)):
            self.tell(case)
        rows = case.sla_status_ids._of("update").sorted("date_start")
        self.assertEqual(rows.mapped("state"), ["met", "late", "running"])
        with self.at(datetime(2024, 3, 12, 9)):
            case.write({"resolution_kind": "refund", "resolution": "<p>Paid.</p>"})
            case.action_communicated()
        rows = case.sla_status_ids._of("update").sorted("date_start")
        self.assertEqual(rows.mapped("state"), ["met", "late", "met"])

    def test_an_hour_late_on_the_same_day(self):
        line = self.standard.line_ids.filtered(lambda r: r.commitment == "update")
        line.write({"target": 1, "unit": "working_hours"})
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 4, 14)):
            self.tell(case)
        rows = case.sla_status_ids._of("update").sorted("date_start")
        self.assertEqual(rows.mapped("state"), ["late", "running"])

    # Assigned

    def test_assigned_by_an_owner(self):
        case = self.create_at(MONDAY)
        row = self.status(case, "assign")
        self.assertEqual(row.state, "running")
        with self.at(MONDAY + timedelta(hours=2)):
            case.user_id = self.agent
        self.assertEqual(
            (row.state, row.date_met), ("met", MONDAY + timedelta(hours=2))
        )
        with self.at(datetime(2024, 3, 8, 10)):
            case.user_id = False
            self.assertEqual(row.date_met, MONDAY + timedelta(hours=2))
            again = self.status(case, "assign")
            self.assertEqual(again.deadline, datetime(2024, 3, 11, 10))
        with self.at(datetime(2024, 3, 11, 11)):
            case.user_id = self.agent_2
        self.assertEqual(again.state, "late")
        self.assertEqual(row.state, "met")

    def test_taken_back_at_once(self):
        """An owner for a minute is none: the promise that still runs is open again."""
        case = self.create_at(MONDAY)
        with self.at(MONDAY + timedelta(hours=1)):
            case.user_id = self.agent
            case.user_id = False
        row = case.sla_status_ids._of("assign")
        self.assertEqual(len(row), 1)
        self.assertFalse(row.date_met)
        self.assertEqual(row.deadline, datetime(2024, 3, 5, 10))

    def test_assigned_on_entry(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        self.assertEqual(self.status(case, "assign").state, "met")

    # Resolved and followed up

    def _decide(self, case, moment, **vals):
        with self.at(moment):
            case.write(
                {
                    "resolution_kind": "replacement",
                    "resolution": "<p>A new one.</p>",
                    "date_communicated": moment,
                    **vals,
                }
            )

    def test_resolved_by_the_decision_that_the_customer_knows(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 6, 9)):
            case.write({"resolution_kind": "refund", "resolution": "<p>Paid.</p>"})
        self.assertFalse(self.status(case, "resolve").date_met)
        self._decide(case, datetime(2024, 3, 7, 9))
        for commitment, state in [
            ("resolve", "met"),
            ("acknowledge", "late"),
            ("update", "late"),
            ("follow_up", "running"),
        ]:
            with self.subTest(commitment):
                self.assertEqual(self.status(case, commitment).state, state)
        self.assertEqual(case.sla_commitment, "follow_up")
        with self.at(datetime(2024, 3, 8, 9)):
            case.confirmation = "confirmed"
        self.assertEqual(self.status(case, "follow_up").state, "met")
        self.assertFalse(case.sla_deadline)

    def test_not_asked_is_no_follow_up(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        self._decide(case, MONDAY + timedelta(hours=1))
        case.write({"confirmation": "not_asked", "confirmation_note": "No address"})
        self.assertFalse(self.status(case, "follow_up").date_met)
        case.confirmation = "no_answer"
        self.assertTrue(self.status(case, "follow_up").date_met)

    def test_an_earlier_date_typed_in_does_not_keep_a_commitment(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 14, 9)):
            case.date_communicated = datetime(2024, 3, 5, 9)
        row = self.status(case, "resolve")
        self.assertEqual((row.state, row.date_met), ("late", datetime(2024, 3, 14, 9)))

    def test_communicated_in_the_future(self):
        case = self.create_at(MONDAY)
        with freeze_time(MONDAY), self.assertRaisesRegex(ValidationError, "future"):
            case.date_communicated = MONDAY + timedelta(days=1)

    def test_a_decision_taken_back_was_not_communicated(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        self._decide(case, MONDAY + timedelta(hours=1))
        self.assertEqual(self.status(case, "resolve").state, "met")
        with self.at(datetime(2024, 3, 12, 9)):
            case.date_communicated = False
        row = self.status(case, "resolve")
        self.assertEqual((row.state, row.date_met), ("late", False))
        self.assertFalse(case.sla_status_ids._of("follow_up"))
        self.assertTrue(case.sla_status_ids._of("update")._open())

    def test_another_date_moves_the_follow_up(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        self._decide(case, datetime(2024, 3, 6, 9))
        with self.at(datetime(2024, 3, 6, 10)):
            case.date_communicated = datetime(2024, 3, 5, 16)
        self.assertEqual(
            self.status(case, "follow_up").deadline, datetime(2024, 3, 8, 16)
        )

    def test_inquiry_ends_with_its_answer(self):
        case = self.create_at(MONDAY, user_id=self.agent.id, kind="inquiry")
        self._decide(case, MONDAY + timedelta(hours=1))
        self.assertFalse(case.sla_status_ids._of("follow_up"))
        complaint = self.create_at(MONDAY, user_id=self.agent.id)
        self._decide(complaint, MONDAY + timedelta(hours=1))
        self.assertTrue(complaint.sla_status_ids._of("follow_up"))
        with self.at(MONDAY + timedelta(hours=2)):
            complaint.reclassify({"kind": "inquiry"}, "They only asked")
        self.assertFalse(complaint.sla_status_ids._of("follow_up"))

    # Waiting

    def test_pause_and_go_on(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 5, 9)):
            case.action_wait_customer()
        states = {row.commitment: row.state for row in case.sla_status_ids}
        self.assertEqual(
            states,
            {
                "acknowledge": "running",
                "assign": "met",
                "update": "paused",
                "resolve": "paused",
            },
        )
        with self.at(datetime(2024, 3, 5, 11)):
            # Said twice, it waits since the first time.
            case.action_wait_customer()
        with self.at(datetime(2024, 3, 6, 9)):
            case.action_stop_waiting()
        row = self.status(case, "resolve")
        self.assertEqual(
            (row.state, row.deadline, row.paused_hours),
            ("running", datetime(2024, 3, 12, 10), 8.0),
        )

    def test_the_customers_answer_ends_the_pause(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 5, 9)):
            case.action_wait_customer()
        with self.at(datetime(2024, 3, 5, 15)):
            case.message_post(
                body="Here is the picture.",
                author_id=self.partner.id,
                message_type="email",
                subtype_xmlid="mail.mt_comment",
            )
        self.assertFalse(case.waiting_customer)
        row = self.status(case, "resolve")
        self.assertEqual(
            (row.state, row.deadline), ("running", datetime(2024, 3, 11, 16))
        )

    def test_kept_during_a_pause(self):
        """A paused commitment is in time, however long the customer takes."""
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 5, 9)):
            case.action_wait_customer()
        self._decide(case, datetime(2024, 3, 28, 9))
        row = self.status(case, "resolve")
        self.assertEqual((row.state, row.date_met), ("met", datetime(2024, 3, 28, 9)))
        self.assertGreater(row.deadline, row.date_met)

    def test_late_is_not_paused(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 12, 9)):
            case.action_wait_customer()
        row = self.status(case, "resolve")
        self.assertEqual((row.state, row.deadline), ("late", datetime(2024, 3, 11, 10)))

    def test_message_while_waiting_begins_a_paused_update(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 5, 9)):
            case.action_wait_customer()
        with self.at(datetime(2024, 3, 7, 9)):
            self.tell(case)
        rows = case.sla_status_ids._of("update").sorted("date_start")
        self.assertEqual(rows.mapped("state"), ["met", "paused"])
        with self.at(datetime(2024, 3, 8, 9)):
            case.action_stop_waiting()
        self.assertEqual(rows[1].deadline, datetime(2024, 3, 12, 9))

    # The end

    def test_closing(self):
        case = self.create_at(MONDAY)
        with self.at(datetime(2024, 3, 5, 9)):
            self.work_to(case, "closed")
        states = {row.commitment: row.state for row in case.sla_status_ids}
        self.assertEqual(set(states.values()), {"met"})
        self.assertEqual(len(states), 5)
        self.assertFalse(case.sla_deadline)

    def test_closing_while_waiting(self):
        case = self.create_at(MONDAY)
        with self.at(datetime(2024, 3, 4, 11)):
            self.work_to(case, "resolution", date_communicated=False)
        with self.at(datetime(2024, 3, 5, 9)):
            case.action_wait_customer()
        with self.at(datetime(2024, 3, 20, 9)):
            case.write(
                {
                    "date_communicated": datetime(2024, 3, 20, 9),
                    "stage_id": self.stage("closed").id,
                }
            )
        self.assertFalse(case.waiting_customer)
        self.assertEqual(self.status(case, "resolve").state, "met")
        self.assertFalse(case.sla_status_ids._open())

    def test_cancelling_drops_what_is_not_late(self):
        case = self.create_at(MONDAY)
        with self.at(datetime(2024, 3, 6, 9)):
            case.cancel("invalid", "Not ours")
        states = {row.commitment: row.state for row in case.sla_status_ids}
        self.assertEqual(states, {"acknowledge": "late", "assign": "late"})
        self.assertFalse(case.sla_status_ids._open())

    def test_closed_cases_are_never_rewritten(self):
        case = self.create_at(MONDAY, severity="major")
        with self.at(datetime(2024, 3, 14, 9)):
            self.work_to(case, "closed", severity="major")
        fields_kept = ["deadline", "state", "date_met", "target", "policy_id"]
        before = case.sla_status_ids.read(fields_kept)
        self.assertIn("late", case.sla_status_ids.mapped("state"))
        self.standard.line_ids.target = 99
        with self.at(datetime(2024, 3, 15, 9)):
            case.team_id = self.team_other
            case._apply_sla_policy()
            case.sla_status_ids._count()
            self.tell(case)
        self.assertEqual(case.sla_status_ids.read(fields_kept), before)
        with self.at(datetime(2024, 3, 20, 9)):
            case.with_user(self.manager).reopen("The lid broke again")
        self.assertEqual(
            case.sla_status_ids.browse([row["id"] for row in before]).read(fields_kept),
            before,
        )

    def test_reopened_case_is_promised_anew(self):
        case = self.create_at(MONDAY)
        with self.at(datetime(2024, 3, 5, 9)):
            self.work_to(case, "closed")
        with self.at(datetime(2024, 6, 3, 9)):
            case.with_user(self.manager).reopen("The lid broke again")
        still_open = case.sla_status_ids._open()
        self.assertEqual(
            {row.commitment: row.deadline for row in still_open},
            {
                "resolve": datetime(2024, 6, 10, 9),
                "update": datetime(2024, 6, 5, 9),
            },
        )
        with self.at(datetime(2024, 6, 4, 9)):
            case.date_communicated = datetime(2024, 6, 4, 9)
        self.assertEqual(self.status(case, "resolve").state, "met")
        self.assertEqual(
            self.status(case, "follow_up").date_start, datetime(2024, 6, 4, 9)
        )

    def test_reopened_case_of_an_older_register(self):
        """Nothing was promised when it came in; it is promised from now on."""
        with self.at(MONDAY):
            case = self.create_case(
                **self.worked_values(),
                date_received=datetime(2023, 3, 6),
                stage_id=self.stage("closed").id,
            )
            case.with_user(self.manager).reopen("The lid broke again")
        self.assertEqual(
            {
                row.commitment: (row.date_start, row.state)
                for row in case.sla_status_ids
            },
            {
                "acknowledge": (MONDAY, "running"),
                "assign": (MONDAY, "met"),
                "update": (MONDAY, "running"),
                "resolve": (MONDAY, "running"),
            },
        )

    def test_policy_without_a_commitment_drops_it(self):
        self.critical.line_ids.filtered(lambda r: r.commitment != "resolve").unlink()
        case = self.create_at(MONDAY)
        with self.at(datetime(2024, 3, 5, 11)):
            case.severity = "critical"
        states = {row.commitment: row.state for row in case.sla_status_ids}
        self.assertEqual(
            states, {"acknowledge": "late", "assign": "late", "resolve": "running"}
        )
        with self.at(datetime(2024, 3, 5, 12)):
            case.reclassify({"severity": "minor"}, "Nobody was hurt")
        rows = case.sla_status_ids._of("acknowledge")
        self.assertEqual(rows.state, "late", "Late stays on record")
        self.assertTrue(case.sla_status_ids._of("update"))

    # By hand

    def test_nobody_writes_commitments(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        row = self.status(case, "resolve")
        for user in (self.agent, self.manager, self.administrator, self.executive):
            with self.subTest(user.name):
                with self.assertRaises(AccessError):
                    row.with_user(user).write({"state": "met"})
                with self.assertRaises(AccessError):
                    row.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    row.with_user(user).copy()
        for command in (
            Command.update(row.id, {"date_met": MONDAY}),
            Command.delete(row.id),
            Command.clear(),
            Command.create({"commitment": "resolve", "deadline": MONDAY}),
        ):
            with self.subTest(command), self.assertRaises(UserError):
                case.with_user(self.manager).write({"sla_status_ids": [command]})
                self.env.flush_all()
        self.assertEqual(row.state, "running")

    def test_nobody_writes_what_the_system_finds(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        for name, value in [
            ("sla_deadline", MONDAY + timedelta(days=99)),
            ("sla_policy_id", self.critical.id),
            ("date_acknowledged", MONDAY),
            ("date_informed", MONDAY),
            ("waiting_periods", [["2024-03-04 10:00:00", "2024-03-14 10:00:00"]]),
            ("statutory_deadline", "2030-01-01"),
            ("date_holding", MONDAY),
        ]:
            with self.subTest(name), self.assertRaises(UserError):
                case.with_user(self.manager).write({name: value})
        smuggled = {
            "date_acknowledged": MONDAY,
            "waiting_periods": [["2024-03-04 10:00:00", "2024-03-14 10:00:00"]],
        }
        case = (
            self.env["complaint.complaint"]
            .with_user(self.agent)
            .with_context(
                default_date_acknowledged=smuggled["date_acknowledged"],
                default_waiting_periods=smuggled["waiting_periods"],
            )
            .create({"name": "Smuggled", "partner_id": self.partner.id, **smuggled})
        )
        self.assertFalse(case.date_acknowledged)
        self.assertFalse(case.waiting_periods)

    def test_manager_marks_as_kept_with_a_reason(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        row = self.status(case, "acknowledge")
        with self.at(datetime(2024, 3, 6, 9)):
            as_manager = case.with_user(self.manager)
            for reason in ("", "  ", None):
                with self.assertRaisesRegex(UserError, "Say why"):
                    as_manager.keep_commitment("acknowledge", reason)
            with self.assertRaisesRegex(UserError, "Only a manager"):
                case.with_user(self.agent).keep_commitment("acknowledge", "By letter")
            for moment in (MONDAY - timedelta(minutes=1), datetime(2024, 3, 6, 10)):
                with self.assertRaisesRegex(UserError, "between"):
                    as_manager.keep_commitment("acknowledge", "By letter", moment)
            self.assertFalse(row.date_met)
            as_manager.keep_commitment(
                "acknowledge", "By letter, see the copy", "2024-03-04 16:00:00"
            )
        self.assertEqual((row.state, row.date_met), ("met", datetime(2024, 3, 4, 16)))
        decision = case.decision_ids[:1]
        self.assertEqual(
            (decision.type, decision.subject, decision.user_id, decision.reason),
            ("commitment", "Acknowledge", self.manager, "By letter, see the copy"),
        )
        self.assertIn("Met on", decision.new_value)

    def test_manager_corrects_what_was_entered_late(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 14, 9)):
            case.date_communicated = datetime(2024, 3, 5, 9)
        row = self.status(case, "resolve")
        self.assertEqual(row.state, "late")
        with self.at(datetime(2024, 3, 14, 10)):
            case.with_user(self.manager).keep_commitment(
                "resolve", "The letter is dated", datetime(2024, 3, 5, 9)
            )
        self.assertEqual((row.state, row.date_met), ("met", datetime(2024, 3, 5, 9)))

    def test_what_was_late_in_a_closed_case_stays(self):
        case = self.create_at(MONDAY)
        with self.at(datetime(2024, 3, 14, 9)):
            self.work_to(case, "closed")
            with self.assertRaisesRegex(UserError, "no open commitment"):
                case.with_user(self.manager).keep_commitment(
                    "resolve", "It was not", datetime(2024, 3, 5, 9)
                )
        self.assertEqual(self.status(case, "resolve").state, "late")

    def test_kept_dialog(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        row = self.status(case, "update")
        with self.at(MONDAY + timedelta(hours=1)):
            action = row.with_user(self.manager).action_keep()
            dialog = Form(
                self.env[action["res_model"]]
                .with_user(self.manager)
                .with_context(**action["context"])
            )
            dialog.reason = "Told at the counter"
            dialog.save().action_keep()
        self.assertEqual(row.state, "met")
        self.assertTrue(self.status(case, "update")._open())


@tagged("post_install", "-at_install")
class TestExtension(SlaCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.later = datetime(2024, 3, 20, 15)

    def _create(self, **vals):
        return self.create_at(MONDAY, **{"user_id": self.agent.id, **vals})

    def test_extended(self):
        case = self._create()
        row = self.status(case, "resolve")
        with self.at(datetime(2024, 3, 6, 9)), self.mock_mail_gateway():
            case.with_user(self.agent).extend(
                "resolve", "2024-03-20 15:00:00", "The maker needs longer"
            )
        self.assertEqual((row.deadline, row.state), (self.later, "running"))
        self.assertEqual(row.agreed_deadline, self.later)
        decision = case.decision_ids[:1]
        self.assertEqual(
            (decision.type, decision.subject, decision.user_id, decision.reason),
            ("extension", "Resolve", self.agent, "The maker needs longer"),
        )
        self.assertIn("3/11/24", decision.old_value.replace("03/11/2024", "3/11/24"))
        self.assertTrue(decision.new_value)
        with self.assertRaises(UserError):
            decision.reason = "Another"
        with self.assertRaises(UserError):
            decision.sudo().unlink()
        message = case.message_ids[:1]
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertFalse(message.is_internal)
        self.assertIn("The maker needs longer", message.body)
        self.assertIn(case.reference, message.body)
        # In the agent's name, from the address of the team.
        sender = formataddr((self.agent.name, self.team.alias_email))
        self.assertSentEmail(sender, [self.partner.email_formatted])
        self.assertFalse(case.activity_ids)

    def test_needs_a_reason_and_a_later_date(self):
        case = self._create()
        deadline = self.status(case, "resolve").deadline
        with self.at(datetime(2024, 3, 6, 9)):
            as_agent = case.with_user(self.agent)
            for reason in ("", " \n", None, False):
                with self.assertRaisesRegex(UserError, "Say why"):
                    as_agent.extend("resolve", self.later, reason)
            for moment in (False, deadline, deadline - timedelta(days=1)):
                with self.assertRaisesRegex(UserError, "later than the deadline"):
                    as_agent.extend("resolve", moment, "Parts are late")
            with self.assertRaisesRegex(UserError, "no open commitment"):
                as_agent.extend("follow_up", self.later, "Parts are late")
            with self.assertRaisesRegex(UserError, "no open commitment"):
                as_agent.extend("something", self.later, "Parts are late")
        past = self.assertRaisesRegex(UserError, "later than the deadline")
        with self.at(datetime(2024, 3, 18, 9)), past:
            # Later than the deadline, and past already
            case.extend("resolve", datetime(2024, 3, 15, 9), "Parts are late")
        self.assertEqual(self.status(case, "resolve").deadline, deadline)
        self.assertFalse(case.decision_ids)
        self.assertFalse(self.status(case, "resolve").agreed_deadline)

    def test_who_may_extend(self):
        case = self._create()
        for user in (self.agent_other, self.quality, self.executive, self.employee):
            refused = self.assertRaises(AccessError)
            with self.subTest(user.name), freeze_time(MONDAY), refused:
                case.with_user(user).extend("resolve", self.later, "Why not")
        with self.at(MONDAY):
            case.with_user(self.manager).extend("resolve", self.later, "I may")
        self.assertEqual(self.status(case, "resolve").deadline, self.later)

    def test_dialogs_show_nothing_of_hidden_cases(self):
        case = self._create(team_id=self.team_other.id, user_id=False)
        self.company.complaint_statutory = "weeks"
        row = self.status(case, "resolve")
        values = {"complaint_id": case.id, "reason": "Curious"}
        for model, user, vals, name in [
            (
                "complaint.extend",
                self.agent,
                {"status_id": row.id, "new_deadline": self.later},
                "deadline",
            ),
            (
                "complaint.keep",
                self.manager_b,
                {"status_id": row.id},
                "deadline",
            ),
            (
                "complaint.holding.letter",
                self.agent,
                {"until": "2024-06-01"},
                "statutory_deadline",
            ),
        ]:
            with self.subTest(model), self.assertRaises(AccessError):
                dialog = self.env[model].with_user(user).create({**values, **vals})
                self.env.flush_all()
                dialog.invalidate_recordset()
                dialog.read([name])

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref(
            "complaint_management.mail_template_complaint_extension"
        )
        template.with_context(lang="fr_FR").write(
            {
                "subject": "Il nous faut plus de temps",
                "body_html": "<p>Raison : <t t-out='object.sla_extended_id.agreed_reason'/>"
                " <t t-out=\"format_datetime(object.sla_extended_id.deadline, dt_format='d MMMM')\"/></p>",
            }
        )
        self.partner.lang = "fr_FR"
        case = self._create()
        with self.at(datetime(2024, 3, 6, 9)):
            case.with_user(self.agent).extend("resolve", self.later, "En attente")
        message = case.message_ids[:1]
        self.assertIn("Il nous faut plus de temps", message.subject)
        self.assertIn("Raison : En attente 20 mars", message.body)

    def test_customer_without_contact(self):
        case = self._create(partner_id=False, partner_email="new@cumulus.example.com")
        with self.at(datetime(2024, 3, 6, 9)), self.mock_mail_gateway():
            case.with_user(self.agent).extend("resolve", self.later, "Parts are late")
        sent_to = [mail["email_to"] for mail in self._mails]
        self.assertIn("new@cumulus.example.com", str(sent_to))
        self.assertFalse(case.activity_ids)

    def test_customer_without_address_is_called(self):
        case = self._create(partner_id=False, partner_name="Pia", partner_phone="555")
        with self.at(datetime(2024, 3, 6, 9)):
            case.with_user(self.agent).extend("resolve", self.later, "Parts are late")
        self.assertEqual(self.status(case, "resolve").deadline, self.later)
        call = case.activity_ids
        self.assertEqual(call.activity_type_id.category, "phonecall")
        self.assertEqual(call.user_id, self.agent)
        self.assertIn("Parts are late", call.note)

    def test_deleted_template_is_no_excuse(self):
        self.env.ref("complaint_management.mail_template_complaint_extension").unlink()
        case = self._create()
        with self.at(datetime(2024, 3, 6, 9)):
            case.with_user(self.agent).extend("resolve", self.later, "Parts are late")
        self.assertEqual(case.activity_ids.activity_type_id.category, "phonecall")
        self.assertIn("Parts are late", case.activity_ids.note)

    def test_recounting_keeps_the_extension(self):
        case = self._create()
        row = self.status(case, "resolve")
        with self.at(datetime(2024, 3, 6, 9)):
            case.extend("resolve", self.later, "Parts are late")
        with self.at(datetime(2024, 3, 7, 9)):
            case.severity = "critical"
            case.team_id = self.team_other
            case.date_received = MONDAY - timedelta(days=1)
            case._apply_sla_policy()
        self.assertEqual((row.deadline, row.target), (self.later, 20))

    def test_extending_the_update_is_not_the_update(self):
        case = self._create()
        with self.at(datetime(2024, 3, 5, 9)):
            case.extend("update", self.later, "The laboratory needs two weeks")
        row = self.status(case, "update")
        self.assertEqual((row.deadline, row.state), (self.later, "running"))
        self.assertTrue(case.date_acknowledged, "The customer heard from us, though")

    def test_closed_case_cannot_be_extended(self):
        case = self._create()
        with self.at(datetime(2024, 3, 5, 9)):
            self.work_to(case, "closed")
            with self.assertRaisesRegex(UserError, "no open commitment"):
                case.extend("resolve", self.later, "Too late")
        self.assertFalse(case.decision_ids.filtered(lambda d: d.type == "extension"))

    def test_extension_dialog(self):
        case = self._create()
        row = self.status(case, "resolve")
        with self.at(datetime(2024, 3, 5, 9)):
            action = row.with_user(self.agent).action_extend()
            dialog = Form(
                self.env[action["res_model"]]
                .with_user(self.agent)
                .with_context(**action["context"])
            )
            self.assertEqual(dialog.deadline, row.deadline)
            dialog.new_deadline = self.later
            dialog.reason = "Parts are late"
            dialog.save().action_extend()
        self.assertEqual(row.deadline, self.later)


@tagged("post_install", "-at_install")
class TestStatutory(SlaCommon, TransactionCase):
    def _create(self, moment=MONDAY, **vals):
        return self.create_at(moment, **{"user_id": self.agent.id, **vals})

    def test_shipped_switched_off(self):
        company = self.env["res.company"].create({"name": "New"})
        self.assertEqual(company.complaint_statutory, "off")
        case = self._create()
        self.assertFalse(case.statutory_deadline)
        self.assertFalse(case.statutory_summary_date)

    def test_dates(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": "2024-03-06 00:00:00",
                "date_to": "2024-03-06 23:59:59",
            }
        )
        friday, sunday = datetime(2024, 3, 1, 16), datetime(2024, 3, 3, 23, 59)
        for rule, received, summary, final in [
            # 5, 7, 8 March; eight weeks of the calendar
            ("weeks", MONDAY, date(2024, 3, 8), date(2024, 4, 29)),
            # 4, 5, 7 March
            ("weeks", friday, date(2024, 3, 7), date(2024, 4, 26)),
            ("weeks", sunday, date(2024, 3, 7), date(2024, 4, 28)),
            # Three weeks, and a day for the holiday
            ("days", MONDAY, False, date(2024, 3, 26)),
            ("days", sunday, False, date(2024, 3, 25)),
        ]:
            with self.subTest(rule=rule, received=received):
                self.company.complaint_statutory = rule
                case = self._create(received)
                self.assertEqual(case.statutory_summary_date, summary)
                self.assertEqual(case.statutory_deadline, final)

    def test_day_of_receipt_is_the_companys(self):
        self.company.complaint_statutory = "weeks"
        self.calendar.tz = "Asia/Tokyo"
        # Tuesday in Tokyo
        case = self._create(datetime(2024, 3, 4, 16))
        self.assertEqual(case.statutory_deadline, date(2024, 4, 30))

    def test_company_time_whatever_the_team_works(self):
        self.company.complaint_statutory = "days"
        self.team.resource_calendar_id = self.calendar.copy()
        self.team.resource_calendar_id.attendance_ids.filtered(
            lambda a: a.dayofweek != "0"
        ).unlink()
        case = self._create()
        self.assertEqual(case.statutory_deadline, date(2024, 3, 25))

    def test_never_paused_nor_extended(self):
        self.company.complaint_statutory = "weeks"
        case = self._create()
        with self.at(datetime(2024, 3, 5, 9)):
            case.extend("resolve", datetime(2024, 6, 1), "Parts are late")
            case.action_wait_customer()
        with self.at(datetime(2024, 4, 5, 9)):
            case.action_stop_waiting()
            case.severity = "critical"
            case.team_id = self.team_other
        self.assertEqual(case.statutory_deadline, date(2024, 4, 29))
        with self.at(datetime(2024, 4, 5, 10)):
            case.date_received = MONDAY - timedelta(days=7)
        self.assertEqual(case.statutory_deadline, date(2024, 4, 22))

    def test_inquiries_have_none(self):
        self.company.complaint_statutory = "weeks"
        case = self._create(kind="inquiry")
        self.assertFalse(case.statutory_deadline)
        case.kind = "complaint"
        self.assertTrue(case.statutory_deadline)

    def test_switching_on_counts_open_cases(self):
        case, closed = self._create(), self._create()
        with self.at(MONDAY):
            self.work_to(closed, "closed")
        self.company.complaint_statutory = "days"
        self.assertEqual(case.statutory_deadline, date(2024, 3, 25))
        self.assertFalse(closed.statutory_deadline)
        self.company.complaint_statutory = "off"
        self.assertFalse(case.statutory_deadline)

    def test_a_letter_after_the_deadline_mends_nothing(self):
        self.company.complaint_statutory = "days"
        case = self.create_at(MONDAY, user_id=self.agent.id)
        first = case.statutory_deadline
        with freeze_time(first + timedelta(days=2)):
            case.with_user(self.agent).send_holding_letter(
                "The maker is slow", str(first + timedelta(days=5))
            )
        self.assertEqual(case.statutory_deadline, first)
        case.cancel("invalid", "Sent to the wrong company")
        with self.assertRaisesRegex(UserError, "has ended"):
            case.send_holding_letter("Too late", "2030-01-31")

    def test_a_holding_letter_announces_a_day_to_come(self):
        self.company.complaint_statutory = "weeks"
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(MONDAY), self.assertRaisesRegex(UserError, "9999"):
            case.send_holding_letter("The laboratory is slow", "9999-12-31", False)
        self.assertFalse(case.holding_until)

    def test_lateness_is_not_moved_away(self):
        """Once something is late, a manager corrects the day of receipt, on record."""
        case = self.create_at(MONDAY, user_id=self.agent.id)
        now = datetime(2024, 3, 25, 10)
        with freeze_time(now):
            case.sla_status_ids._mark_late()
            later = now - timedelta(hours=1)
            with self.assertRaisesRegex(UserError, "Only a manager"):
                case.with_user(self.agent).date_received = later
            case.with_user(self.manager).date_received = later
        line = case.decision_ids.filtered(lambda d: d.user_id == self.manager)
        self.assertEqual(line.type, "reclassification")
        self.assertIn("2024", line.old_value)

    def test_dates_that_are_none(self):
        case = self.create_at(MONDAY, user_id=self.agent.id).with_user(self.agent)
        with freeze_time(MONDAY):
            for moment in "soon", "9999-12-31 00:00:00":
                with self.assertRaises(UserError):
                    case.extend("resolve", moment, "Agreed")

    def test_holding_letter(self):
        self.company.complaint_statutory = "days"
        case = self._create()
        with self.at(datetime(2024, 3, 21, 9)), self.mock_mail_gateway():
            as_agent = case.with_user(self.agent)
            with self.assertRaisesRegex(UserError, "Say why"):
                as_agent.send_holding_letter(" ", "2024-04-12")
            for until in (False, "2024-03-20"):
                with self.assertRaisesRegex(UserError, "which day"):
                    as_agent.send_holding_letter("The maker is slow", until)
            # 35 business days
            with self.assertRaisesRegex(UserError, "also with a holding letter"):
                as_agent.send_holding_letter("The maker is slow", "2024-04-23")
            as_agent.send_holding_letter("The maker is slow", "2024-04-22")
        self.assertEqual(case.statutory_deadline, date(2024, 4, 22))
        self.assertEqual(case.holding_until, date(2024, 4, 22))
        self.assertEqual(case.date_holding, datetime(2024, 3, 21, 9))
        decision = case.decision_ids[:1]
        self.assertEqual(
            (decision.type, decision.user_id, decision.reason),
            ("holding_letter", self.agent, "The maker is slow"),
        )
        self.assertIn("2024", decision.new_value)
        message = case.message_ids[:1]
        self.assertIn("The maker is slow", message.body)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(len(message.attachment_ids), 1, "The letter itself")
        # In the agent's name, from the address of the team.
        sender = formataddr((self.agent.name, self.team.alias_email))
        self.assertSentEmail(sender, [self.partner.email_formatted])

    def test_holding_letter_on_paper(self):
        self.company.complaint_statutory = "weeks"
        case = self._create()
        with self.at(datetime(2024, 4, 20, 9)):
            action = case.with_user(self.agent).action_open_holding_letter()
            dialog = Form(
                self.env[action["res_model"]]
                .with_user(self.agent)
                .with_context(**action["context"])
            )
            self.assertEqual(dialog.until, date(2024, 4, 29))
            dialog.reason = "We wait for the laboratory"
            printed = dialog.save().action_print()
        self.assertEqual(printed["type"], "ir.actions.report")
        self.assertEqual(case.holding_until, date(2024, 4, 29))
        self.assertEqual(case.decision_ids[:1].type, "holding_letter")
        self.assertEqual(case.date_informed, datetime(2024, 4, 20, 9))
        html = self.env["ir.actions.report"]._render_qweb_html(
            "complaint_management.complaint_holding_letter_action_report", case.ids
        )[0]
        text = " ".join(etree.HTML(html).itertext())
        for part in (case.reference, "We wait for the laboratory", "Clara Buyer"):
            self.assertIn(part, text)
        self.assertIn("04/29/2024", text)

    def test_letter_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner.lang = "fr_FR"
        self.company.complaint_statutory = "weeks"
        case = self._create()
        with self.at(datetime(2024, 4, 20, 9)):
            case.send_holding_letter("En attente", "2024-04-29", by_mail=False)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "complaint_management.complaint_holding_letter_action_report", case.ids
        )[0]
        self.assertIn("29/04/2024", html.decode())

    def test_who_may_send(self):
        case = self._create()
        for user in (self.agent_other, self.quality, self.executive, self.employee):
            with self.subTest(user.name), self.assertRaises(AccessError):
                case.with_user(user).send_holding_letter("Why not", "2099-01-01")


@tagged("post_install", "-at_install")
class TestSlaScreens(SlaCommon, TransactionCase):
    def test_time_left_in_words(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        # Only the resolution, until Monday 11 March 10:00
        case.sla_status_ids.filtered(lambda row: row.commitment != "resolve")._drop(
            datetime(2000, 1, 1)
        )
        for moment, text, alert in [
            ((2024, 3, 4, 10), "5 days left", "later"),
            ((2024, 3, 6, 10), "3 days left", "later"),
            ((2024, 3, 7, 16), "1 day left", "later"),
            ((2024, 3, 8, 11), "7 h left", "later"),
            ((2024, 3, 9, 15), "2 h left", "later"),
            ((2024, 3, 11, 7), "2 h left", "today"),
            ((2024, 3, 11, 9, 35), "25 min left", "today"),
            ((2024, 3, 11, 10), "due now", "today"),
            ((2024, 3, 11, 10, 20), "20 min late", "late"),
            ((2024, 3, 11, 14), "3 h late", "late"),
            ((2024, 3, 12, 10), "1 day late", "late"),
            ((2024, 3, 17, 10), "5 days late", "late"),
        ]:
            with self.subTest(moment=moment), freeze_time(datetime(*moment)):
                self.env.invalidate_all()
                row = self.status(case, "resolve")
                self.assertEqual(case.sla_time_left, text)
                self.assertEqual(case.sla_alert, alert)
                self.assertEqual(row.time_left, text)
                self.assertEqual(row.alert, alert)

    def test_clock_hours_are_told_by_the_clock(self):
        case = self.create_at(datetime(2024, 3, 8, 16))
        self.assertEqual(case.sla_commitment, "acknowledge")
        with freeze_time(datetime(2024, 3, 9, 10)):
            self.env.invalidate_all()
            self.assertEqual(case.sla_time_left, "6 h left")

    def test_paused(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(MONDAY):
            self.tell(case)
            case.action_wait_customer()
        self.assertTrue(case.sla_paused)
        self.assertFalse(case.sla_deadline)
        self.assertEqual((case.sla_time_left, case.sla_alert), ("Paused", "paused"))
        self.assertEqual(self.status(case, "resolve").time_left, "Paused")
        with self.at(MONDAY):
            case.action_stop_waiting()
        self.assertFalse(case.sla_paused)

    def test_words_are_translated(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        self.assertEqual(type(case.sla_time_left), str, "Text, not a lazy translation")

    def test_filters(self):
        view = self.env["complaint.complaint"].get_view(
            self.env.ref("complaint_management.complaint_complaint_view_search").id,
            "search",
        )
        arch = etree.fromstring(view["arch"])

        def search(name):
            (node,) = arch.xpath(f"//filter[@name='{name}']")
            domain = safe_eval(node.get("domain"), {"uid": self.env.uid})
            return self.env["complaint.complaint"].search(domain) & cases

        # Assigned and acknowledged: the update is next, two working days later.
        cases = self.env["complaint.complaint"]
        found = {}
        for name, received in [
            ("late", datetime(2024, 3, 7, 9)),  # until Monday 9:00
            ("today", datetime(2024, 3, 7, 15)),  # until Monday 15:00
            ("week", datetime(2024, 3, 11, 9)),  # until Wednesday 9:00
            ("next week", datetime(2024, 3, 11, 9)),
            ("paused", datetime(2024, 3, 7, 15)),
        ]:
            case = self.create_at(received, user_id=self.agent.id)
            with self.at(received):
                self.tell(case)
            found[name] = case
            cases |= case
        with self.at(datetime(2024, 3, 11, 10)):
            found["next week"].extend("update", datetime(2024, 3, 18, 9), "Later")
            found["paused"].action_wait_customer()
        with freeze_time(datetime(2024, 3, 11, 10)):
            self.assertEqual(search("late"), found["late"])
            self.assertEqual(search("due_today"), found["today"])
            self.assertEqual(search("due_week"), found["today"] | found["week"])
            self.assertEqual(search("paused"), found["paused"])
            self.company.complaint_statutory = "weeks"
            self.env.flush_all()
            self.assertFalse(search("statutory_late"))
            self.assertFalse(search("statutory_week"))
        with freeze_time(datetime(2024, 5, 3, 10)):
            self.assertEqual(
                search("statutory_late"),
                found["late"] | found["today"] | found["paused"],
            )
            self.assertEqual(
                search("statutory_week"), found["week"] | found["next week"]
            )

    def test_time_line(self):
        self.company.complaint_statutory = "weeks"
        case = self.create_at(MONDAY)
        with self.at(MONDAY + timedelta(hours=1)):
            case.user_id = self.agent
            case.action_wait_customer()
        with self.at(MONDAY + timedelta(hours=2)):
            case.action_stop_waiting()
            case.extend("resolve", datetime(2024, 3, 20, 15), "The maker needs longer")
        with freeze_time(datetime(2024, 3, 6, 9)):
            lines = [
                " ".join(" ".join(item.itertext()).split())
                for item in etree.HTML(case.sla_timeline).iter("li")
            ]
            icons = etree.HTML(case.sla_timeline).xpath("//li/i/@aria-label")
        self.assertEqual(len(icons), len(lines))
        text = "\n".join(lines)
        for part in (
            "Received",
            "Assign Met",
            "Waited for the customer until",
            "Resolve extended to",
            "The maker needs longer",
            "days left",
            "Statutory deadline",
        ):
            with self.subTest(part):
                self.assertIn(part, text)
        self.assertIn("Received", lines[0])
        self.assertIn("Statutory deadline", lines[-1])

    def test_statistics(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 14, 9)):
            self.tell(case)
        counts = dict(
            self.env["complaint.sla.status"]._read_group(
                [("complaint_id", "=", case.id)], ["state"], ["__count"]
            )
        )
        # Acknowledged and updated late; assigned in time; a new update and the
        # resolution, late and open.
        self.assertEqual(counts["met"], 1)
        self.assertGreaterEqual(counts["late"], 2)


@tagged("post_install", "-at_install")
class TestSlaJob(SlaCommon, TransactionCase):
    def setUp(self):
        super().setUp()
        # A test must not commit; the job itself is run once, below.
        self.patch(
            self.env.registry["ir.cron"], "_commit_progress", lambda *args, **kw: 0
        )

    def _run(self):
        self.env["complaint.sla.status"]._cron_find_late()

    def test_marks_what_is_late_once(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        row = self.status(case, "acknowledge")
        with self.at(datetime(2024, 3, 5, 10)):
            self._run()
            self.assertEqual(row.state, "running", "Until the last second")
        with self.at(datetime(2024, 3, 5, 10, 0, 1)):
            self._run()
        self.assertEqual(row.state, "late")
        self.assertFalse(row.date_met)
        written = row.write_date
        with self.at(datetime(2024, 3, 5, 11)):
            self._run()
        self.assertEqual(row.write_date, written)

    def test_paused_is_not_late(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 3, 5, 9)):
            case.action_wait_customer()
        with self.at(datetime(2024, 4, 5, 9)):
            self._run()
        self.assertEqual(self.status(case, "resolve").state, "paused")

    def test_a_month_of_downtime(self):
        cases = self.env["complaint.complaint"]
        for __ in range(7):
            cases |= self.create_at(MONDAY, user_id=self.agent.id)
        with self.at(datetime(2024, 4, 5, 9)):
            self.env["complaint.sla.status"]._cron_find_late(batch_size=5)
            late = cases.sla_status_ids.filtered(lambda row: row.state == "late")
            self.assertEqual(len(late), 5)
            for __ in range(4):
                self.env["complaint.sla.status"]._cron_find_late(batch_size=5)
        self.assertEqual(set(cases.sla_status_ids._open().mapped("state")), {"late"})

    def test_one_bad_record_stops_no_other(self):
        good = self.create_at(MONDAY, user_id=self.agent.id)
        bad = self.create_at(MONDAY, user_id=self.agent.id)
        bad_row = self.status(bad, "acknowledge")
        write = type(bad_row).write

        def failing(records, vals):
            if bad_row in records and vals.get("state") == "late":
                raise ValueError("This one always fails")
            return write(records, vals)

        self.patch(type(bad_row), "write", failing)
        logger = "odoo.addons.complaint_management.models.complaint_sla_status"
        with self.at(datetime(2024, 4, 5, 9)), self.assertLogs(logger, "ERROR") as logs:
            self._run()
        self.assertIn(str(bad_row), logs.output[0])
        self.assertEqual(bad_row.state, "running")
        self.assertEqual(self.status(good, "acknowledge").state, "late")
        self.assertEqual(self.status(bad, "resolve").state, "late")


@tagged("post_install", "-at_install")
class TestSlaCron(SlaCommon, TransactionCase):
    def test_the_job_itself(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        job = self.env.ref("complaint_management.ir_cron_complaint_sla_late")
        with freeze_time(datetime(2024, 3, 5, 11)), self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.assertEqual(self.status(case, "acknowledge").state, "late")
        self.assertEqual(self.status(case, "resolve").state, "running")


@tagged("post_install", "-at_install")
class TestSlaSpeed(SlaCommon, TransactionCase):
    """Counted in queries; how long they take is in ``benchmarks``."""

    LIST = {
        "reference": {},
        "name": {},
        "stage_id": {"fields": {"display_name": {}}},
        "date_received": {},
    }
    COMMITMENTS = {
        "sla_commitment": {},
        "sla_time_left": {},
        "sla_alert": {},
        "sla_deadline": {},
        "statutory_deadline": {},
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team_other.resource_calendar_id = cls.calendar.copy()
        cls.cases = cls.env["complaint.complaint"].create(
            [
                {
                    "name": f"Case {number}",
                    "partner_id": cls.partner.id,
                    "team_id": (cls.team, cls.team_other)[number % 2].id,
                    "user_id": cls.agent.id,
                    "waiting_customer": number % 3 == 0,
                }
                for number in range(80)
            ]
        )
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.patch(
            self.env.registry["ir.cron"], "_commit_progress", lambda *args, **kw: 0
        )

    def _count_list_queries(self, specification):
        cases = self.cases.with_user(self.manager)
        for __ in range(2):  # the first fills what is kept in memory
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            cases.web_search_read([("id", "in", cases.ids)], specification, limit=80)
            count = self.env.cr.sql_log_count - before
        return count

    def test_list_adds_at_most_one_query(self):
        without = self._count_list_queries(self.LIST)
        with_them = self._count_list_queries({**self.LIST, **self.COMMITMENTS})
        self.assertLessEqual(with_them - without, 1)

    @warmup
    def test_create_100(self):
        vals_list = [
            {
                "name": f"Case {number}",
                "partner_id": self.partner.id,
                "team_id": self.team.id,
                "category_id": self.category.id,
                "severity": "minor",
            }
            for number in range(100)
        ]
        with self.assertQueryCount(499):
            cases = self.env["complaint.complaint"].create(vals_list)
            self.env.flush_all()
        self.assertEqual(len(cases.sla_status_ids), 400)

    def test_job_reads_only_what_is_due(self):
        with self.at(datetime.now()):
            self.env["complaint.sla.status"]._cron_find_late()
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["complaint.sla.status"]._cron_find_late()

    def test_many_late_ones_in_few_queries(self):
        counts = []
        for number in (10, 70):
            rows = self.cases[:number].sla_status_ids._of("resolve")
            self.env.cr.execute(
                "UPDATE complaint_sla_status SET state = 'running', deadline = %s"
                " WHERE id IN %s",
                [datetime.now() - timedelta(days=1), rows._ids],
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["complaint.sla.status"]._cron_find_late()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(rows.mapped("state")), {"late"})
        self.assertLessEqual(counts[1] - counts[0], 5)

    def test_the_job_uses_its_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM complaint_sla_status"
            " WHERE state = 'running' AND deadline < now() ORDER BY deadline, id LIMIT 500"
        )
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("complaint_sla_status_due_idx", plan)
