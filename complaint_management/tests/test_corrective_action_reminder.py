from datetime import date, datetime
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from .test_corrective_action import ActionCase
from .test_reminder import ReminderCase

LOGGER = "odoo.addons.complaint_management.models.complaint_corrective_action_reminder"
JOB = "complaint_management.ir_cron_complaint_action_remind"


def on(day, hour=9, minute=0):
    """Return a moment of May 2024; the 6th is a Monday."""
    return datetime(2024, 5, day, hour, minute)


class TestActionReminder(ActionCase, ReminderCase):
    """The action is due on Wednesday the 15th; people work from 8 to 17, UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "complaint_action_remind_days": 2,
                "complaint_action_repeat": True,
                "complaint_action_supervisor_days": 1,
                "complaint_action_manager_days": 3,
                "complaint_action_senior_days": 5,
            }
        )
        with freeze_time(on(6)):
            cls.action = cls.create_action(date_due=date(2024, 5, 15))
            cls.env.flush_all()
        # The clock of the database does not stop.
        cls.env.cr.execute(
            "UPDATE complaint_corrective_action SET create_date = %s WHERE id = %s",
            [on(6), cls.action.id],
        )
        cls.action.invalidate_recordset()
        cls.action.modified(["deadline"])

    def run_job(self, moment):
        """Let the job run twice at ``moment``; return who was told, with what."""
        with (
            freeze_time(moment),
            self.mock_mail_gateway(),
            self.mock_mail_app(),
            # Nothing is committed in a test.
            patch.object(
                self.registry["ir.cron"], "_commit_progress", lambda *a, **k: 60
            ),
        ):
            for __ in range(2):
                self.env["complaint.corrective.action"]._cron_fire_due()
                self.env.flush_all()
                self.env.invalidate_all()
        return sorted(
            (partner.name, message.subject)
            for message in self._new_msgs
            if message.message_type == "user_notification"
            for partner in message.notified_partner_ids
        )

    def told(self, moment):
        return [
            (name, subject.split(":")[0].split(" on ")[0].split(" since ")[0])
            for name, subject in self.run_job(moment)
        ]

    def test_before_at_and_after(self):
        self.assertEqual(self.action.next_event, "before")
        self.assertEqual(self.action.next_event_date, on(13, 8))
        self.assertEqual(self.told(on(13, 7, 59)), [])
        self.assertEqual(self.told(on(13, 8)), [("Anna Agent", "Action due")])
        [task] = self.action.activity_ids
        self.assertEqual(
            (task.user_id, task.date_deadline), (self.agent, date(2024, 5, 15))
        )
        self.assertEqual(self.told(on(14, 8)), [])
        self.assertEqual(self.told(on(15, 8)), [("Anna Agent", "Action due today")])
        self.assertEqual(self.told(on(15, 16)), [])
        self.assertEqual(
            self.told(on(16, 8)),
            [
                ("Anna Agent", "Action overdue"),
                ("Sven Supervisor", "Overdue, escalated to you"),
            ],
        )
        self.assertEqual(self.told(on(17, 8)), [("Anna Agent", "Action overdue")])
        # Not at the weekend; on Monday once, and to the next level.
        self.assertEqual(self.told(on(18, 12)), [])
        self.assertEqual(
            self.told(on(20, 8)),
            [
                ("Anna Agent", "Action overdue"),
                ("Mara Manager", "Overdue, escalated to you"),
            ],
        )
        self.assertEqual(
            self.told(on(22, 8)),
            [
                ("Anna Agent", "Action overdue"),
                ("Eva Executive", "Overdue, escalated to you"),
            ],
        )
        self.assertEqual(self.told(on(23, 8)), [("Anna Agent", "Action overdue")])
        self.assertEqual(self.action.level_reached, "senior_management")
        self.assertEqual(len(self.action.activity_ids), 4)
        logged = self.case.decision_ids.filtered(lambda d: d.type == "escalation")
        self.assertEqual(len(logged), 3)
        self.assertEqual(logged.action_id, self.action)
        # Done, it needs nobody any more.
        self.action.with_user(self.agent).write(
            {"state": "done", "evidence": "<p>Weighed</p>"}
        )
        self.assertFalse(self.action.activity_ids)
        self.assertFalse(self.action.next_event)
        self.assertEqual(self.told(on(27, 8)), [])

    def test_catches_up_after_weeks_with_one_message(self):
        found = self.told(datetime(2024, 7, 1, 9))
        self.assertEqual(
            found,
            [
                ("Anna Agent", "Action overdue"),
                ("Eva Executive", "Overdue, escalated to you"),
                ("Mara Manager", "Overdue, escalated to you"),
                ("Sven Supervisor", "Overdue, escalated to you"),
            ],
        )
        self.assertEqual(self.action.overdue_count, 1)

    def test_waits_for_working_hours(self):
        self.assertEqual(self.told(on(18, 12)), [])
        self.assertEqual(self.action.next_event_date, on(20, 8))
        self.assertTrue(self.told(on(20, 8)))

    def test_a_new_date_begins_anew(self):
        self.told(on(16, 8))
        self.action.with_user(self.agent).date_due = date(2024, 5, 30)
        self.assertFalse(self.action.level_reached)
        self.assertFalse(self.action.activity_ids)
        self.assertEqual(self.told(on(17, 8)), [])
        self.assertEqual(self.told(on(28, 8)), [("Anna Agent", "Action due")])
        # The same date again is no new one.
        self.action.with_user(self.agent).date_due = date(2024, 5, 30)
        self.assertEqual(self.told(on(28, 9)), [])

    def test_settings_hold_at_once(self):
        self.company.write(
            {"complaint_action_remind_days": 0, "complaint_action_repeat": False}
        )
        self.assertEqual(self.action.next_event, "due")
        self.company.write(
            {
                "complaint_action_supervisor_days": 0,
                "complaint_action_manager_days": 0,
                "complaint_action_senior_days": 0,
            }
        )
        self.assertEqual(self.told(on(15, 8)), [("Anna Agent", "Action due today")])
        self.assertFalse(self.action.next_event)
        self.assertEqual(self.told(on(22, 8)), [])

    def test_new_owner_takes_over(self):
        self.told(on(13, 8))
        self.action.with_user(self.agent).user_id = self.agent_2
        self.assertEqual(self.action.activity_ids.user_id, self.agent_2)
        self.assertIn(("Aron Agent", "Action due today"), self.told(on(15, 8)))

    def test_owner_away_or_missing(self):
        self.agent.complaint_away_until = date(2024, 5, 31)
        self.team.user_id = self.agent_2
        self.assertEqual(self.told(on(13, 8)), [("Aron Agent", "Action due")])
        self.action.user_id = False
        self.team.user_id = False
        self.assertEqual(
            self.told(on(15, 8)), [("Sven Supervisor", "Action due today")]
        )

    def test_reviewer_hears_when_the_date_comes(self):
        self.action.write(
            self.agreed(effectiveness_date="2024-06-10", evidence="<p>Weighed</p>")
        )
        with freeze_time(on(14)):
            self.action.with_user(self.agent).action_done()
            self.env.flush_all()
        self.assertEqual(self.action.deadline, date(2024, 6, 10))
        self.assertEqual(self.told(on(20, 8)), [])
        found = self.told(datetime(2024, 6, 10, 8))
        self.assertEqual(
            found, [("Quinn Quality", "Did it work? Review until 06/10/2024")]
        )
        [task] = self.action.activity_ids
        self.assertEqual(task.user_id, self.quality)
        # After downtime: the levels hear of it as well, the owner never.
        names = {name for name, __ in self.told(datetime(2024, 7, 15, 8))}
        self.assertEqual(
            names, {"Quinn Quality", "Sven Supervisor", "Mara Manager", "Eva Executive"}
        )
        with freeze_time(datetime(2024, 7, 15, 9)):
            self.action.with_user(self.quality).review_effectiveness(
                "effective", "Counted"
            )
        self.assertFalse(self.action.activity_ids)
        self.assertFalse(self.action.next_event)

    def test_owner_never_reviews_for_an_absent_reviewer(self):
        self.action.write(
            self.agreed(
                effectiveness_date="2024-06-10",
                evidence="<p>Weighed</p>",
                user_id=self.supervisor.id,
            )
        )
        with freeze_time(on(14)):
            self.action.action_done()
            self.env.flush_all()
        self.quality.complaint_away_until = date(2024, 12, 31)
        [(name, __)] = self.told(datetime(2024, 6, 10, 8))
        self.assertNotEqual(name, "Sven Supervisor")

    def test_one_message_for_several_actions(self):
        with freeze_time(on(6)):
            self.create_action(name="Call", date_due=date(2024, 5, 15))
            self.env.flush_all()
        found = self.run_job(on(15, 8))
        self.assertEqual(found, [("Anna Agent", "2 reminders of complaints")])

    def test_without_a_case(self):
        alone = self.create_action(complaint_ids=False, date_due=date(2024, 5, 15))
        self.action.action_cancel("Not needed")
        found = self.told(datetime(2024, 6, 3, 10))
        self.assertIn(("Anna Agent", "Action overdue"), found)
        self.assertEqual(len(alone.decision_ids), 3)
        self.assertFalse(alone.decision_ids.complaint_id)

    def test_bad_record_does_not_stop_the_others(self):
        bad = self.action
        with freeze_time(on(6)):
            good = self.create_action(name="Call", date_due=date(2024, 5, 15))
            self.env.flush_all()
        fire = type(bad)._fire

        def fail(record, now):
            if record.id == bad.id:
                raise ValueError("broken")
            return fire(record, now)

        with (
            patch.object(self.registry[bad._name], "_fire", fail),
            mute_logger(LOGGER),
        ):
            self.run_job(on(15, 8))
        self.assertTrue(good.date_due_sent)
        self.assertFalse(bad.date_due_sent)
        self.assertTrue(self.told(on(15, 9)))

    def test_job_calls_it(self):
        job = self.env.ref(JOB)
        self.assertTrue(job.active)
        with freeze_time(on(15, 8)), self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.assertTrue(self.action.date_due_sent)

    def test_steps_have_tasks_of_their_own(self):
        """A reminder neither takes them away nor adds a second one."""
        self.action.step_ids = [
            Command.create({"name": "Buy scales", "user_id": self.employee.id})
        ]
        self.told(on(13, 8))
        self.assertEqual(self.action.activity_ids.user_id, self.employee | self.agent)
        self.action.with_user(self.agent).date_due = date(2024, 5, 30)
        self.assertEqual(self.action.activity_ids.user_id, self.employee)
        self.action.action_cancel("Not needed")
        self.assertFalse(self.action.activity_ids)
