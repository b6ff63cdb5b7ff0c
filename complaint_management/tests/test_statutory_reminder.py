from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError

from .test_reminder import DEADLINE, ESCALATION, ReminderCase

LOGGER = (
    "odoo.addons.complaint_management.models.complaint_complaint_statutory_reminder"
)
JOB = "complaint_management.ir_cron_complaint_statutory"
RULE = "complaint_management.base_automation_statutory"
# A Monday; 15 business days later is Monday, 27 May.
MONDAY = datetime(2024, 5, 6, 9)
AGENT, MANAGER, EXECUTIVE = "Anna Agent", "Mara Manager", "Eva Executive"
ESCALATED = "Escalated to you"
BEFORE, DUE, LATE = (
    "Statutory deadline on",
    "Statutory deadline, last day",
    "Statutory deadline passed",
)


def on(month, day, hour=8, minute=0):
    return datetime(2024, month, day, hour, minute)


class TestStatutoryReminder(ReminderCase):
    """Before, on and after each statutory date, exactly once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "resource_calendar_id": cls.calendar.id,
                "complaint_statutory": "days",
                "complaint_statutory_remind_days": 5,
                "complaint_statutory_senior_days": 2,
            }
        )
        # The commitments are silent here.
        cls.line.write(
            {
                "target": 300,
                "remind_before": 0,
                "escalate_due": False,
            }
        )

    def fire(self, case, moment):
        with freeze_time(moment):
            for __ in range(2):
                self.assertFalse(case._fire_statutory_due())
                self.env.flush_all()
                self.env.invalidate_all()

    def run_job(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref(JOB).method_direct_trigger()

    def told(self, case):
        return [(name, subject.split(" 0")[0]) for name, subject in super().told(case)]

    def next(self, case):
        return case.statutory_event, case.statutory_event_date

    def test_from_the_first_reminder_to_senior_management(self):
        case = self.open_case(MONDAY)
        self.assertEqual(case.statutory_deadline, date(2024, 5, 27))
        self.assertEqual(self.next(case), ("before", on(5, 20)))
        expected = []

        def check(moment, *told):
            self.fire(case, moment)
            expected.extend(told)
            self.assertEqual(self.told(case), expected, moment)

        check(on(5, 20, 7, 59))
        check(on(5, 20), (AGENT, BEFORE))
        task = self.tasks(case)
        self.assertEqual(task.user_id, self.agent)
        self.assertEqual(task.date_deadline, date(2024, 5, 27))
        self.assertEqual(self.next(case), ("due", on(5, 27)))
        check(on(5, 24))
        check(on(5, 27, 9), (AGENT, DUE))
        # Until the end of the day nothing is late.
        check(on(5, 27, 16))
        self.assertEqual(self.next(case), ("overdue", on(5, 28)))
        check(on(5, 28), (AGENT, LATE), (MANAGER, ESCALATED))
        self.assertEqual(case.escalation_level, "manager")
        self.assertIn("05/27/2024", case.escalation_ids.note)
        check(on(5, 28, 16))
        check(on(5, 29), (AGENT, LATE), (EXECUTIVE, ESCALATED))
        self.assertEqual(self.tasks(case, ESCALATION).user_id, self.executive)
        check(on(5, 30), (AGENT, LATE))
        self.assertEqual(len(self.tasks(case)), 1)
        self.assertEqual(set(case.escalation_ids.mapped("reason")), {"deadline"})
        with freeze_time(on(5, 30, 10)):
            self.work_to(case, "cancelled")
        self.assertEqual(self.next(case), (False, False))
        self.assertFalse(self.tasks(case))
        check(on(6, 10))

    def test_the_summary_resolution(self):
        self.company.complaint_statutory = "weeks"
        case = self.open_case(MONDAY)
        self.assertEqual(case.statutory_summary_date, date(2024, 5, 9))
        self.assertEqual(case.statutory_deadline, date(2024, 7, 1))
        for moment, event in [
            (on(5, 8), "summary_before"),
            (on(5, 9), "summary_due"),
            (on(6, 24), "before"),
            (on(7, 1), "due"),
            (on(7, 2), "overdue"),
        ]:
            self.assertEqual(self.next(case), (event, moment))
            self.fire(case, moment)
        self.assertEqual(
            self.told(case),
            [
                (AGENT, "Summary resolution"),
                (AGENT, "Summary resolution"),
                (AGENT, BEFORE),
                (AGENT, DUE),
                (AGENT, LATE),
                (MANAGER, ESCALATED),
            ],
        )

    def test_eight_weeks_that_end_on_a_sunday(self):
        """The last day on which people work is the day to hear of it."""
        self.company.complaint_statutory = "weeks"
        case = self.open_case(datetime(2024, 5, 5, 12))
        self.assertEqual(case.statutory_deadline, date(2024, 6, 30))
        self.fire(case, on(5, 10))
        self.assertEqual(self.next(case), ("before", on(6, 21)))
        self.fire(case, on(6, 21))
        self.assertEqual(self.next(case), ("due", on(6, 28)))

    def test_a_month_of_downtime(self):
        """Each hears once, and of nothing that is over."""
        case = self.open_case(MONDAY)
        self.run_job(on(5, 27, 9) + timedelta(days=31))
        expected = [(AGENT, LATE), (MANAGER, ESCALATED), (EXECUTIVE, ESCALATED)]
        self.assertEqual(self.told(case), expected)
        self.run_job(on(5, 27, 10) + timedelta(days=31))
        self.assertEqual(self.told(case), expected)
        self.run_job(on(5, 27, 9, 30) + timedelta(days=32))
        self.assertEqual(self.told(case), [*expected, (AGENT, LATE)])

    def test_downtime_over_the_summary_date(self):
        self.company.complaint_statutory = "weeks"
        case = self.open_case(MONDAY)
        self.run_job(on(6, 10))
        self.assertFalse(self.told(case))
        self.assertEqual(self.next(case), ("before", on(6, 24)))

    def test_an_old_case_entered_today(self):
        with freeze_time(on(7, 1, 9)):
            case = self.create_case(date_received=MONDAY, user_id=self.agent.id)
            self.env.flush_all()
        self.run_job(on(7, 1, 10))
        self.assertEqual(
            self.told(case),
            [(AGENT, LATE), (MANAGER, ESCALATED), (EXECUTIVE, ESCALATED)],
        )

    def test_the_rule_acts_in_time(self):
        case = self.open_case(MONDAY)
        rule = self.env.ref(RULE)
        rule.last_run = on(5, 20)
        with freeze_time(on(5, 20, 8, 2)):
            found = rule._search_time_based_automation_records(until=on(5, 20, 8, 2))
            self.assertIn(case, found)
            rule._process(case)
            rule._process(case)
        self.assertEqual(self.told(case), [(AGENT, BEFORE)])

    def test_the_rule_switched_off(self):
        self.env.ref(RULE).active = False
        case = self.open_case(MONDAY)
        self.run_job(on(5, 20, 8, 5))
        self.assertFalse(self.told(case), "The rule has the first chance")
        self.run_job(on(5, 20, 8, 15))
        self.assertEqual(self.told(case), [(AGENT, BEFORE)])
        self.run_job(on(5, 20, 8, 30))
        self.assertEqual(len(self.told(case)), 1)

    def test_ended_and_answered_cases(self):
        ended, answered, inquiry = (
            self.open_case(MONDAY),
            self.open_case(MONDAY),
            self.open_case(MONDAY, kind="inquiry"),
        )
        with freeze_time(on(5, 7)):
            self.work_to(ended, "cancelled")
            answered.date_communicated = on(5, 7)
        for case in ended, answered, inquiry:
            self.assertEqual(self.next(case), (False, False))
        self.run_job(on(6, 10))
        for case in ended, answered, inquiry:
            self.assertFalse(self.told(case))
        # The answer turns out not to have been one.
        answered.date_communicated = False
        self.assertEqual(self.next(answered)[0], "before")

    def test_a_holding_letter_begins_anew(self):
        case = self.open_case(MONDAY)
        self.fire(case, on(5, 20))
        with freeze_time(on(5, 21)):
            case.send_holding_letter("The laboratory is slow", "2024-06-20", False)
        self.assertEqual(case.statutory_deadline, date(2024, 6, 24))
        self.assertEqual(self.tasks(case).date_deadline, date(2024, 6, 24))
        self.assertEqual(self.next(case), ("before", on(6, 17)))
        self.run_job(on(5, 28))
        self.assertEqual(self.told(case), [(AGENT, BEFORE)])
        self.run_job(on(6, 17, 9))
        self.assertEqual(self.told(case), [(AGENT, BEFORE)] * 2)

    def test_one_bad_record_stops_nothing(self):
        good, bad, other = (self.open_case(MONDAY) for __ in range(3))
        model = type(self.env["complaint.complaint"])
        text = model._get_statutory_text

        def fail(case, event):
            if case == bad:
                raise ValueError("The kettle exploded")
            return text(case, event)

        with (
            patch.object(model, "_get_statutory_text", fail),
            self.assertLogs(LOGGER) as logs,
        ):
            self.run_job(on(5, 20, 9))
        [error] = [r for r in logs.records if r.levelname == "ERROR"]
        self.assertIn(bad.reference, error.getMessage())
        self.assertFalse(self.told(bad))
        self.assertFalse(self.tasks(bad))
        for case in good, other:
            self.assertEqual(self.told(case), [(AGENT, BEFORE)])
        self.run_job(on(5, 20, 10))
        for case in good, bad, other:
            self.assertEqual(self.told(case), [(AGENT, BEFORE)])

    def test_in_working_hours_unless_critical(self):
        quiet, critical = self.open_case(MONDAY), self.open_case(MONDAY)
        critical.severity = "critical"
        self.env.flush_all()
        with freeze_time(on(5, 20, 22)):
            (quiet | critical)._fire_statutory_due()
        self.assertFalse(self.told(quiet))
        self.assertEqual(self.next(quiet), ("before", on(5, 21)))
        self.assertIn((AGENT, BEFORE), self.told(critical))
        self.fire(quiet, on(5, 21))
        self.assertEqual(self.told(quiet), [(AGENT, BEFORE)])

    def test_who_stands_in_for_the_owner(self):
        self.team.user_id = self.agent_2
        case = self.open_case(MONDAY, user_id=False)
        self.fire(case, on(5, 20))
        self.assertEqual(self.told(case), [("Aron Agent", BEFORE)])
        case.user_id = self.agent
        self.assertEqual(self.tasks(case).user_id, self.agent)
        self.team.user_id = False
        nobody = self.open_case(MONDAY, user_id=False)
        self.fire(nobody, on(5, 20))
        self.assertEqual(self.told(nobody), [("Sven Supervisor", BEFORE)])

    def test_the_settings(self):
        case = self.open_case(MONDAY)
        self.company.complaint_statutory_remind_days = 2
        self.assertEqual(self.next(case), ("before", on(5, 23)))
        self.company.complaint_statutory_remind_days = 0
        self.assertEqual(self.next(case), ("due", on(5, 27)))
        self.company.complaint_statutory_senior_days = 0
        self.fire(case, on(6, 10))
        self.assertEqual(self.told(case), [(AGENT, LATE), (MANAGER, ESCALATED)])
        self.company.complaint_statutory = "off"
        self.assertEqual(self.next(case), (False, False))

    def test_people_cannot_write_what_was_sent(self):
        case = self.open_case(MONDAY)
        for name, value in [
            ("statutory_event", "due"),
            ("statutory_event_date", on(6, 10)),
            ("statutory_sent", {"before": "2024-05-27"}),
            (
                "statutory_activity_id",
                case.activity_schedule("mail.mail_activity_data_todo").id,
            ),
        ]:
            with self.subTest(name), self.assertRaises(UserError):
                case.with_user(self.manager).write({name: value})

    def test_many_at_once(self):
        """One message for each reader, and few queries; the job reads what is due."""
        with freeze_time(MONDAY):
            cases = self.env["complaint.complaint"].create(
                [
                    {
                        "name": f"Lid {number}",
                        "partner_id": self.partner.id,
                        "team_id": self.team.id,
                        "user_id": self.agent.id,
                    }
                    for number in range(100)
                ]
            )
            self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        with freeze_time(on(5, 28)), self.mock_mail_gateway():
            self.assertFalse(cases._fire_statutory_due())
            self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(len(cases.escalation_ids), 100)
        self.assertEqual(len(self._new_mails), 2)
        self.assertLess(queries, 300)
        self.assertEqual(self.tasks(cases).activity_type_id, self.env.ref(DEADLINE))
