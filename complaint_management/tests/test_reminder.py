from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import ComplaintCommon

LOGGER = "odoo.addons.complaint_management.models.complaint_sla_status_event"
DEADLINE = "complaint_management.mail_activity_type_deadline"
ESCALATION = "complaint_management.mail_activity_type_escalation"
JOB = "complaint_management.ir_cron_complaint_sla_catch_up"
RULE = "complaint_management.base_automation_sla_%s"
# A Monday; people work from 8 to 12 and from 13 to 17, UTC.
MONDAY = datetime(2024, 5, 6, 9)


def on(day, hour=9, minute=0):
    """Return a moment of May 2024; the 6th is a Monday."""
    return datetime(2024, 5, day, hour, minute)


class ReminderCase(ComplaintCommon):
    """One team with its own hours and policy: two days to resolve, a day to answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Kettle hours",
                "company_id": cls.company.id,
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Work",
                                "dayofweek": str(day),
                                "day_period": period,
                                "hour_from": start,
                                "hour_to": end,
                            }
                        )
                        for day in range(5)
                        for period, start, end in [
                            ("morning", 8, 12),
                            ("afternoon", 13, 17),
                        ]
                    ),
                ],
            }
        )
        cls.team.resource_calendar_id = cls.calendar
        cls.policy = cls.env["complaint.sla.policy"].create(
            {
                "name": "Kettles",
                "company_id": cls.company.id,
                "team_id": cls.team.id,
                "kind": "complaint",
                "line_ids": [
                    Command.create(
                        {
                            "commitment": "resolve",
                            "target": 2,
                            "unit": "working_days",
                            "remind_before": 4,
                            "escalate_due": True,
                            "escalate_manager_days": 1,
                            "escalate_senior_days": 3,
                            "repeat_daily": True,
                        }
                    )
                ],
            }
        )
        cls.line = cls.policy.line_ids
        cls.supervisor = cls._create_user("supervisor", "Sven Supervisor", "manager")
        cls.env["complaint.escalation.level"].create(
            [
                {
                    "company_id": cls.company.id,
                    "level": level,
                    "user_id": user.id,
                }
                for level, user in [
                    ("supervisor", cls.supervisor),
                    ("manager", cls.manager),
                    ("senior_management", cls.executive),
                ]
            ]
        )

    @classmethod
    def open_case(cls, moment=MONDAY, **vals):
        with freeze_time(moment):
            case = cls.create_case(
                **{"user_id": cls.agent.id, "date_received": moment, **vals}
            )
            cls.env.flush_all()
        return case

    def promise(self, case, commitment="resolve"):
        return case.sla_status_ids.filtered(lambda s: s.commitment == commitment)

    def clock(self, target=24, remind=4):
        """Let the policy promise something in clock hours."""
        self.line.write(
            {"target": target, "unit": "clock_hours", "remind_before": remind}
        )

    def fire(self, status, moment):
        """Let everybody who may act on ``status`` do so at ``moment``, repeatedly."""
        with freeze_time(moment):
            for __ in range(2):
                self.assertFalse(status._fire_due())
                self.env.flush_all()
                self.env.invalidate_all()

    def told(self, case):
        """Return ``[(name, subject)]`` of the reminders of a case, in order.

        A message about several cases has their subjects as titles in its body.
        """
        messages = self.env["mail.message"].search(
            [
                ("message_type", "=", "user_notification"),
                "|",
                "&",
                ("model", "=", case._name),
                ("res_id", "=", case.id),
                "&",
                ("model", "=", False),
                ("body", "like", case.reference),
            ],
            order="id",
        )
        return [
            (partner.name, title.split(":")[0].split(" until")[0])
            for message in messages
            for partner in message.notified_partner_ids
            for title in (
                [message.subject]
                if message.model
                else html.fromstring(message.body).xpath("//b/text()")
            )
            if case.reference in title and "assigned" not in title
        ]

    def tasks(self, case, activity_type=DEADLINE):
        return case.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref(activity_type)
        )


class TestPlan(ReminderCase):
    """What comes next, and when, is known in advance and follows every change."""

    def next(self, status):
        return status.next_event, status.next_event_date

    def test_the_lead_is_counted_in_working_hours(self):
        status = self.promise(self.open_case())
        self.assertEqual(status.deadline, on(8))
        # Wednesday 8 to 9 is one hour of the four, Tuesday 14 to 17 the others.
        self.assertEqual(self.next(status), ("before", on(7, 14)))

    def test_the_lead_of_clock_hours_is_clock_hours(self):
        self.clock()
        self.assertEqual(
            self.next(self.promise(self.open_case(on(6, 14)))), ("before", on(7, 10))
        )

    def test_a_reminder_out_of_hours_comes_while_people_are_there(self):
        self.clock()
        for received, event in [
            # Until Tuesday 11: at 7 nobody is there, at 8 they are.
            (on(6, 11), ("before", on(7, 8))),
            # Until Saturday 10: an hour before people leave on Friday.
            (on(10, 10), ("before", on(10, 16))),
            # Until Sunday 10, entered on Saturday: nobody can be reminded before.
            (on(11, 10), ("due", on(13, 8))),
            # Until Tuesday 13, the middle of the day.
            (on(6, 13), ("before", on(7, 9))),
            # Until Tuesday 16:30: at noon people eat.
            (on(6, 16, 30), ("before", on(7, 13))),
        ]:
            with self.subTest(received=received):
                status = self.promise(self.open_case(received))
                self.assertEqual(self.next(status), event)

    def test_a_critical_case_does_not_wait_for_working_hours(self):
        self.clock()
        case = self.open_case(on(11, 10))
        status = self.promise(case)
        self.assertEqual(self.next(status), ("due", on(13, 8)))
        with freeze_time(on(11, 11)):
            case.severity = "critical"
            self.assertEqual(self.next(status), ("before", on(12, 6)))

    def test_no_reminder_where_the_time_is_shorter_than_the_lead(self):
        self.line.remind_before = 24
        self.assertEqual(self.next(self.promise(self.open_case())), ("due", on(8)))
        self.line.remind_before = 0
        self.assertEqual(self.next(self.promise(self.open_case())), ("due", on(8)))

    def test_received_before_it_was_entered(self):
        with freeze_time(on(20)):
            case = self.create_case(date_received=MONDAY, user_id=self.agent.id)
            self.assertEqual(self.next(self.promise(case)), ("due", on(8)))

    def test_nothing_is_to_come_while_paused_or_once_kept(self):
        case = self.open_case()
        status = self.promise(case)
        with freeze_time(on(6, 10)):
            case.waiting_customer = True
            self.assertEqual(status.state, "paused")
            self.assertEqual(self.next(status), (False, False))
        with freeze_time(on(6, 12)):
            case.waiting_customer = False
            self.assertEqual(self.next(status), ("before", on(7, 16)))
        with freeze_time(on(6, 15)):
            case.date_communicated = on(6, 15)
            self.assertTrue(status.date_met)
            self.assertEqual(self.next(status), (False, False))

    def test_a_moved_deadline(self):
        status = self.promise(self.open_case())
        status.deadline = on(15)
        self.assertEqual(self.next(status), ("before", on(14, 14)))
        status.deadline = on(2)
        self.assertEqual(self.next(status), ("due", on(2)))

    def test_an_edited_policy_plans_anew_what_is_open(self):
        kept, late = self.open_case(), self.open_case()
        with freeze_time(on(6, 15)):
            kept.date_communicated = on(6, 15)
        self.line.remind_before = 6
        self.assertEqual(self.next(self.promise(late)), ("before", on(7, 11)))
        self.assertEqual(self.next(self.promise(kept)), (False, False))

    def test_times_are_checked(self):
        for vals in (
            {"remind_before": -1},
            {"escalate_manager_days": -1},
            {"escalate_senior_days": -1},
            {"escalate_manager_days": 3, "escalate_senior_days": 3},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.line.write(vals)
        self.line.write({"escalate_manager_days": 3, "escalate_senior_days": 0})
        self.assertEqual(self.line.escalate_manager_days, 3)


class TestReminder(ReminderCase):
    """Each reminder and escalation goes out once, to the right people."""

    def test_from_the_first_reminder_to_senior_management(self):
        case = self.open_case()
        status = self.promise(case)
        agent, late = "Anna Agent", "Deadline passed"
        expected = []

        def check(moment, *told):
            self.fire(status, moment)
            expected.extend(told)
            self.assertEqual(self.told(case), expected, moment)

        check(on(7, 13, 59))
        check(on(7, 14), (agent, "Resolve"))
        self.assertEqual(status.date_reminded, on(7, 14))
        task = self.tasks(case)
        self.assertEqual(task.user_id, self.agent)
        self.assertEqual(task.date_deadline, on(8).date())
        check(on(8, 8, 59))
        self.assertEqual(status.state, "running")
        check(on(8), (agent, late), ("Sven Supervisor", "Escalated to you"))
        self.assertEqual(status.state, "late")
        self.assertEqual(case.escalation_level, "supervisor")
        check(on(9, 8, 59))
        # A day later: again to the owner, and to the manager.
        check(on(9), (agent, "Still late"), ("Mara Manager", "Escalated to you"))
        self.assertEqual(case.escalation_level, "manager")
        check(on(9, 16))
        check(on(10), (agent, "Still late"))
        check(on(11))
        self.assertEqual(status.next_event_date, on(13, 8))
        # The third working day after the deadline; the weekend is quiet.
        check(on(13), (agent, "Still late"), ("Eva Executive", "Escalated to you"))
        check(on(14), (agent, "Still late"))
        self.assertEqual(status.overdue_count, 4)
        self.assertEqual(len(self.tasks(case)), 1)
        self.assertEqual(
            case.escalation_ids.sorted("id").mapped("outcome"),
            ["passed_on", "passed_on", False],
        )
        self.assertEqual(set(case.escalation_ids.mapped("reason")), {"deadline"})
        self.assertEqual(case.escalation_ids.sla_status_id, status)
        self.assertEqual(self.tasks(case, ESCALATION).user_id, self.executive)
        with freeze_time(on(15)):
            self.work_to(case, "cancelled")
        self.assertFalse(self.tasks(case))
        self.assertFalse(self.tasks(case, ESCALATION))
        check(on(20))

    def test_as_the_policy_says(self):
        self.line.write(
            {
                "remind_before": 0,
                "escalate_due": False,
                "escalate_manager_days": 0,
                "escalate_senior_days": 2,
                "repeat_daily": False,
            }
        )
        case = self.open_case()
        status = self.promise(case)
        for day in range(6, 18):
            self.fire(status, on(day))
        self.assertEqual(
            self.told(case),
            [("Anna Agent", "Deadline passed"), ("Eva Executive", "Escalated to you")],
        )
        self.assertFalse(status.next_event)

    def test_in_working_hours(self):
        case = self.open_case()
        status = self.promise(case)
        for moment in on(7, 22), on(11), on(12, 12):
            self.fire(status, moment)
            self.assertFalse(self.told(case))
        self.assertEqual(status.state, "late")
        self.assertEqual(status.next_event, "due")
        self.assertEqual(status.next_event_date, on(13, 8))
        self.fire(status, on(13, 8))
        self.assertIn(("Anna Agent", "Deadline passed"), self.told(case))

    def test_at_any_hour_when_critical(self):
        case = self.open_case(severity="critical")
        status = self.promise(case)
        self.fire(status, status.deadline + timedelta(hours=14))
        self.assertIn(("Anna Agent", "Deadline passed"), self.told(case))

    def test_after_a_month_of_downtime_each_level_hears_once(self):
        case = self.open_case()
        status = self.promise(case)
        self.fire(status, on(31) + timedelta(days=6))
        self.assertEqual(
            self.told(case),
            [
                ("Anna Agent", "Deadline passed"),
                ("Sven Supervisor", "Escalated to you"),
                ("Mara Manager", "Escalated to you"),
                ("Eva Executive", "Escalated to you"),
            ],
        )
        self.assertEqual(case.escalation_level, "senior_management")
        self.fire(status, on(31) + timedelta(days=7))
        self.assertEqual(self.told(case)[4:], [("Anna Agent", "Still late")])

    def test_late_in_the_day_before_the_deadline(self):
        """A first reminder that is late is still one; after the deadline it is not."""
        case = self.open_case()
        status = self.promise(case)
        self.fire(status, on(7, 16))
        self.assertEqual(self.told(case), [("Anna Agent", "Resolve")])

    def test_who_stands_in_for_the_owner(self):
        self.team.user_id = self.agent_2
        self.agent.complaint_away_until = on(30).date()
        away, nobody = self.open_case(), self.open_case(user_id=False)
        for case in away, nobody:
            self.fire(self.promise(case), on(7, 14))
            self.assertEqual(self.told(case), [("Aron Agent", "Resolve")])
        self.team.user_id = False
        for case in self.open_case(), self.open_case(user_id=False):
            self.fire(self.promise(case), on(7, 14))
            self.assertEqual(self.told(case), [("Sven Supervisor", "Resolve")])
            self.assertEqual(self.tasks(case).user_id, self.supervisor)

    def test_the_task_follows_the_case(self):
        case = self.open_case()
        status = self.promise(case)
        self.fire(status, on(7, 14))
        case.user_id = self.agent_2
        self.assertEqual(self.tasks(case).user_id, self.agent_2)
        status.deadline = on(15)
        self.assertEqual(self.tasks(case).date_deadline, on(15).date())
        with freeze_time(on(7, 15)):
            self.work_to(case, "cancelled")
        self.assertFalse(self.tasks(case))

    def test_a_new_deadline_earns_a_new_reminder(self):
        case = self.open_case()
        status = self.promise(case)
        self.fire(status, on(7, 14))
        # A little later: one was just reminded.
        status.deadline = on(8, 11)
        self.assertEqual(status.next_event, "due")
        # Much later: one will have forgotten.
        status.deadline = on(15)
        self.assertEqual(status.next_event_date, on(14, 14))
        self.fire(status, on(14, 14))
        self.assertEqual(self.told(case), [("Anna Agent", "Resolve")] * 2)
        # Missed, extended, and missed again: management hears again.
        self.fire(status, on(15))
        self.assertEqual(status.level_reached, "supervisor")
        status.write({"deadline": on(22), "state": "running"})
        self.assertEqual(status.next_event, "before")
        self.fire(status, on(22))
        self.assertEqual(len(case.escalation_ids), 2)
        self.assertEqual(status.state, "late")

    def test_in_the_readers_language_and_time(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.agent.write({"lang": "fr_FR", "tz": "Asia/Tokyo"})
        label = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", "complaint.sla.status"),
                ("field_id.name", "=", "commitment"),
                ("value", "=", "resolve"),
            ]
        )
        label.with_context(lang="fr_FR").name = "Résoudre"
        case = self.open_case()
        with self.mock_mail_gateway():
            self.fire(self.promise(case), on(7, 14))
        mail = self._new_mails
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.agent.partner_id)
        self.assertIn("Résoudre", mail.subject)
        self.assertIn("18:00", mail.subject)
        self.assertEqual(self.tasks(case).summary, "Résoudre")

    def test_customers_hear_nothing(self):
        case = self.open_case()
        case.message_subscribe(self.partner.ids)
        with self.mock_mail_gateway():
            for day in range(7, 16):
                self.fire(self.promise(case), on(day))
        self.assertTrue(self._new_mails)
        self.assertFalse(
            self._new_mails.recipient_ids.filtered("partner_share"),
        )

    def test_two_commitments_of_a_case(self):
        self.policy.line_ids = [
            Command.create(
                {"commitment": "assign", "target": 2, "unit": "working_days"}
            )
        ]
        case = self.open_case(user_id=False)
        with freeze_time(on(8)):
            case.sla_status_ids._fire_due()
        self.assertEqual(len(case.escalation_ids), 2)
        self.assertEqual(len(self.tasks(case)), 2)
        self.assertEqual(len(self.tasks(case, ESCALATION)), 1)


class TestRuleAndJob(ReminderCase):
    """Rules act in time; the job finds what they did not."""

    def run_rule(self, event, since, until):
        """Do what Odoo's scheduler does with the rule at ``until``."""
        rule = self.env.ref(RULE % event)
        rule.last_run = since
        with freeze_time(until):
            records = rule._search_time_based_automation_records(until=until)
            for record in records:
                rule._process(record)
        return records

    def run_job(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref(JOB).method_direct_trigger()

    def without_commits(self):
        """Let the job go through its batches within the transaction of the test."""
        return patch.object(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda *args, **kwargs: float("inf"),
        )

    def test_rules_act_in_time(self):
        case = self.open_case()
        status = self.promise(case)
        found = self.run_rule("before", on(7, 14), on(7, 14, 1))
        self.assertNotIn(status, found)
        found = self.run_rule("before", on(7, 14, 1), on(7, 14, 2))
        self.assertIn(status, found)
        self.assertEqual(self.told(case), [("Anna Agent", "Resolve")])
        self.assertNotIn(status, self.run_rule("overdue", on(8), on(8, 9, 5)))
        self.run_rule("due", on(8), on(8, 9, 5))
        self.run_rule("due", on(8), on(8, 9, 5))
        self.assertEqual(
            self.told(case)[1:],
            [
                ("Anna Agent", "Deadline passed"),
                ("Sven Supervisor", "Escalated to you"),
            ],
        )
        self.run_rule("overdue", on(9), on(9, 10))
        self.assertEqual(case.escalation_level, "manager")

    def test_the_job_leaves_the_first_chance_to_the_rules(self):
        case = self.open_case()
        self.run_job(on(7, 14, 5))
        self.assertFalse(self.told(case))
        self.run_job(on(7, 14, 15))
        self.assertEqual(self.told(case), [("Anna Agent", "Resolve")])
        self.run_job(on(7, 14, 30))
        self.assertEqual(len(self.told(case)), 1)

    def test_the_job_finds_what_rules_skip(self):
        """Moved into the past, entered late, or the rule is off."""
        self.env.ref(RULE % "due").active = False
        moved, off = self.open_case(), self.open_case()
        self.promise(moved).deadline = on(2)
        with freeze_time(on(9, 10)):
            entered = self.create_case(date_received=MONDAY, user_id=self.agent.id)
        late = moved | off | entered
        self.assertFalse(
            self.promise(moved) & self.run_rule("due", on(9, 10), on(9, 11))
        )
        self.run_job(on(9, 14))
        for case in late:
            self.assertIn(("Anna Agent", "Deadline passed"), self.told(case))
            self.assertEqual(self.promise(case).state, "late")
        before = [len(self.told(case)) for case in late]
        self.run_job(on(9, 15))
        self.assertEqual([len(self.told(case)) for case in late], before)

    def test_one_bad_record_stops_nothing(self):
        good, bad, other = (self.open_case() for __ in range(3))
        model = type(self.env["complaint.sla.status"])
        tell = model._tell

        def fail(status, *args):
            if status.complaint_id == bad:
                raise ValueError("The kettle exploded")
            return tell(status, *args)

        with patch.object(model, "_tell", fail), self.assertLogs(LOGGER) as logs:
            self.run_job(on(7, 15))
        errors = [r for r in logs.records if r.levelname == "ERROR"]
        self.assertEqual(len(errors), 1)
        self.assertIn(bad.reference, errors[0].getMessage())
        self.assertIn(str(self.promise(bad).id), errors[0].getMessage())
        self.assertFalse(self.told(bad))
        self.assertFalse(self.tasks(bad))
        for case in good, other:
            self.assertEqual(self.told(case), [("Anna Agent", "Resolve")])
        # Once it is mended, it goes out.
        self.run_job(on(7, 16))
        for case in good, bad, other:
            self.assertEqual(len(self.told(case)), 1)

    def test_bad_records_do_not_fill_the_batch(self):
        bad = self.open_case() | self.open_case()
        good = self.open_case(on(6, 10))
        model = type(self.env["complaint.sla.status"])
        tell = model._tell

        def fail(status, *args):
            if status.complaint_id in bad:
                raise ValueError("The kettle exploded")
            return tell(status, *args)

        with (
            patch.object(model, "_tell", fail),
            self.without_commits(),
            mute_logger(LOGGER),
            freeze_time(on(7, 16)),
        ):
            self.env["complaint.sla.status"]._cron_fire_due(batch_size=1)
        self.assertEqual(self.told(good), [("Anna Agent", "Resolve")])

    def test_the_job_reads_only_what_is_due(self):
        """Its cost does not grow with the cases that are not due."""

        def cost(moment):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(moment):
                self.env["complaint.sla.status"]._cron_fire_due()
            return self.env.cr.sql_log_count - before

        first = self.open_case()
        with self.without_commits():
            cost(on(6, 10))
            few = cost(on(7, 15))
            self.assertEqual(len(self.told(first)), 1)
            last = self.open_case()
            for __ in range(10):
                self.open_case(on(13))
            many = cost(on(7, 16))
        self.assertEqual(len(self.told(last)), 1)
        self.assertLessEqual(many, few)

    def test_many_at_once(self):
        """One message for each reader, and few queries."""
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
        statuses = cases.sla_status_ids
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        with freeze_time(on(8)), self.mock_mail_gateway():
            self.assertFalse(statuses._fire_due())
            self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(len(cases.escalation_ids), 100)
        self.assertLess(queries, 300)
        self.assertEqual(
            self._new_mails.recipient_ids, (self.agent | self.supervisor).partner_id
        )
        self.assertEqual(len(self._new_mails), 2)
        for case in cases:
            self.assertEqual(
                self.told(case),
                [
                    ("Anna Agent", "Deadline passed"),
                    ("Sven Supervisor", "Escalated to you"),
                ],
            )
