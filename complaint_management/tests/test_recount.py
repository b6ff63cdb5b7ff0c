from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time

from .test_sla import MONDAY, SlaCommon

LOGGER = "odoo.addons.complaint_management.models.resource_calendar_recount"
JOB = "complaint_management.ir_cron_complaint_recount"


class TestRecount(SlaCommon):
    """Hours that change move what is still open, and nothing else."""

    def holiday(self, day, **vals):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": f"2024-03-{day:02} 00:00:00",
                "date_to": f"2024-03-{day:02} 23:59:59",
                **vals,
            }
        )

    def run_job(self, moment=datetime(2024, 3, 5, 9)):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref(JOB).method_direct_trigger()
        self.env.invalidate_all()

    def resolve(self, case):
        return self.status(case, "resolve")

    def test_a_shift_goes(self):
        """Hours that change move what is open as a holiday does, for all cases alike."""
        case = self.create_at(MONDAY, user_id=self.agent.id)
        before = self.resolve(case).deadline
        self.calendar.attendance_ids.filtered(lambda a: a.dayofweek == "2").unlink()
        self.assertTrue(self.calendar.complaint_recount)
        self.run_job()
        self.assertGreater(self.resolve(case).deadline, before)

    def test_a_holiday_comes_changes_and_goes(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        row = self.resolve(case)
        self.assertEqual(row.deadline, datetime(2024, 3, 11, 10))
        leave = self.holiday(6)
        self.assertTrue(self.calendar.complaint_recount)
        with patch(f"{LOGGER}._logger.info") as info:
            self.run_job()
        self.assertIn("Office", str(info.call_args_list))
        self.assertFalse(self.calendar.complaint_recount)
        self.assertEqual(row.deadline, datetime(2024, 3, 12, 10))
        self.assertEqual(case.sla_deadline, min(case.sla_status_ids.mapped("deadline")))
        leave.date_to = "2024-03-07 23:59:59"
        self.run_job()
        self.assertEqual(row.deadline, datetime(2024, 3, 13, 10))
        leave.unlink()
        self.run_job()
        self.assertEqual(row.deadline, datetime(2024, 3, 11, 10))

    def test_a_holiday_of_all_calendars(self):
        case = self.create_at(MONDAY, user_id=self.agent.id)
        self.holiday(6, calendar_id=False, company_id=self.company.id)
        self.run_job()
        self.assertEqual(self.resolve(case).deadline, datetime(2024, 3, 12, 10))

    def test_what_stays(self):
        kept, extended, closed = (
            self.create_at(MONDAY, user_id=self.agent.id) for __ in range(3)
        )
        with self.at(datetime(2024, 3, 4, 15)):
            kept.date_communicated = datetime(2024, 3, 4, 15)
            extended.extend("resolve", "2024-03-20 15:00:00", "The maker is slow")
            self.work_to(closed, "closed")
        before = {
            row: (row.deadline, row.date_met, row.state)
            for row in (kept | closed).sla_status_ids.filtered("date_met")
        }
        self.assertTrue(before)
        self.holiday(6)
        self.run_job()
        for row, values in before.items():
            self.assertEqual((row.deadline, row.date_met, row.state), values)
        self.assertEqual(self.resolve(extended).deadline, datetime(2024, 3, 20, 15))

    def test_other_hours_are_chosen(self):
        """For the team, for the company, and the company's when a team's are removed."""
        case = self.create_at(MONDAY, user_id=self.agent.id)
        short = self.calendar.copy({"name": "Closed on Wednesdays"})
        short.attendance_ids.filtered(lambda a: a.dayofweek == "2").unlink()
        self.run_job()
        self.team.resource_calendar_id = short
        self.run_job()
        self.assertEqual(self.resolve(case).deadline, datetime(2024, 3, 12, 10))
        self.team.resource_calendar_id = False
        self.run_job()
        self.assertEqual(self.resolve(case).deadline, datetime(2024, 3, 11, 10))
        self.company.resource_calendar_id = short
        self.run_job()
        self.assertEqual(self.resolve(case).deadline, datetime(2024, 3, 12, 10))

    def test_absences_of_people_move_nothing(self):
        self.create_at(MONDAY, user_id=self.agent.id)
        self.calendar.complaint_recount = False
        resource = self.env["resource.resource"].create(
            {"name": "Anna", "calendar_id": self.calendar.id}
        )
        self.holiday(6, resource_id=resource.id)
        self.assertFalse(self.calendar.complaint_recount)

    def test_the_statutory_clock(self):
        self.company.complaint_statutory = "days"
        case = self.create_at(MONDAY, user_id=self.agent.id)
        # Of a team with hours of its own as well: the company's count.
        self.team.resource_calendar_id = self.calendar.copy({"name": "Shop"})
        self.assertEqual(case.statutory_deadline, date(2024, 3, 25))
        self.holiday(6)
        self.run_job()
        self.assertEqual(case.statutory_deadline, date(2024, 3, 26))

    def test_in_batches_of_the_cases_concerned(self):
        for __ in range(3):
            self.create_at(MONDAY, user_id=self.agent.id)
        other = self.env["complaint.complaint"].create(
            {"name": "Pot", "company_id": self.company_b.id}
        )
        calendars = self.env["resource.calendar"]
        calendars.search([]).complaint_recount = False
        self.holiday(6)
        seen = []
        model = type(other)
        recount = model._recount_deadlines

        def see(cases):
            seen.append(cases)
            return recount(cases)

        with (
            freeze_time("2024-03-05 09:00"),
            patch.object(model, "_recount_deadlines", see),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 60
            ),
        ):
            calendars._cron_recount_complaints(batch_size=2)
        self.assertTrue(all(len(cases) <= 2 for cases in seen))
        self.assertGreaterEqual(len(seen), 2)
        self.assertNotIn(other, other.browse().concat(*seen))

    def test_one_bad_case_stops_nothing(self):
        good, bad = (self.create_at(MONDAY, user_id=self.agent.id) for __ in range(2))
        model = type(good)
        count = model._count_commitment

        def fail(case, *args, **kwargs):
            if case == bad:
                raise ValueError("The kettle exploded")
            return count(case, *args, **kwargs)

        self.holiday(6)
        with (
            patch.object(model, "_count_commitment", fail),
            self.assertLogs(LOGGER, "ERROR") as logs,
        ):
            self.run_job()
        self.assertIn(bad.reference, logs.output[0])
        self.assertEqual(self.resolve(good).deadline, datetime(2024, 3, 12, 10))
        self.assertEqual(self.resolve(bad).deadline, datetime(2024, 3, 11, 10))
