from datetime import date, datetime

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, freeze_time, tagged

from ..tools.working_time import ClockTime, WorkingTime
from .common import ComplaintCommon


@tagged("post_install", "-at_install")
class TestWorkingTime(ComplaintCommon, TransactionCase):
    """The calendars themselves; the deadlines counted in them are in
    ``test_sla_deadlines``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls._create_calendar()

    @classmethod
    def _create_calendar(cls, shifts=((8, 12), (13, 17)), days=range(5), **vals):
        return cls.env["resource.calendar"].create(
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
                            "day_period": "morning",
                        }
                    )
                    for day in days
                    for start, end in shifts
                ],
                **vals,
            }
        )

    @classmethod
    def _create_holiday(cls, start, end, **vals):
        return cls.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": cls.calendar.id,
                "date_from": start,
                "date_to": end,
                **vals,
            }
        )

    def _working(self, calendar=None, company=None):
        return WorkingTime(calendar or self.calendar, company or self.company)

    # Counting

    def test_hours_between(self):
        working = self._working()
        for start, end, hours in [
            ((2024, 3, 4, 8, 0), (2024, 3, 4, 17, 0), 8),
            ((2024, 3, 4, 11, 30), (2024, 3, 4, 13, 30), 1),
            ((2024, 3, 4, 12, 0), (2024, 3, 4, 13, 0), 0),
            ((2024, 3, 8, 16, 0), (2024, 3, 11, 9, 0), 2),
            ((2024, 3, 9, 0, 0), (2024, 3, 10, 23, 59), 0),
            ((2024, 3, 11, 9, 0), (2024, 3, 8, 16, 0), 0),
            ((2023, 12, 29, 16, 0), (2024, 1, 1, 9, 0), 2),
            # 262 days from Monday to Friday
            ((2024, 1, 1, 0, 0), (2025, 1, 1, 0, 0), 262 * 8),
        ]:
            with self.subTest(start=start, end=end):
                found = working.hours_between(datetime(*start), datetime(*end))
                self.assertAlmostEqual(found, hours, places=6)

    def test_hours_added_and_counted_agree(self):
        working = self._working()
        start = datetime(2024, 3, 8, 11, 17, 23)
        for hours in (0.25, 1, 5.5, 8, 23.75, 100):
            with self.subTest(hours=hours):
                end = working.add_hours(start, hours)
                self.assertAlmostEqual(
                    working.hours_between(start, end), hours, places=3
                )

    def test_the_order_of_questions_does_not_matter(self):
        asked = self._working()
        asked.add_hours(datetime(2026, 6, 1, 10), 100)
        asked.hours_between(datetime(2019, 1, 1), datetime(2019, 2, 1))
        start = datetime(2024, 3, 8, 16)
        self.assertEqual(asked.add_hours(start, 2), self._working().add_hours(start, 2))
        self.assertEqual(asked.add_days(start, 3), self._working().add_days(start, 3))

    def test_next_moment(self):
        working = self._working()
        for moment, expected in [
            ((2024, 3, 4, 10), (2024, 3, 4, 10)),
            ((2024, 3, 4, 12), (2024, 3, 4, 13)),
            ((2024, 3, 8, 17), (2024, 3, 11, 8)),
            ((2024, 3, 10, 23), (2024, 3, 11, 8)),
        ]:
            with self.subTest(moment=moment):
                found = working.next_moment(datetime(*moment))
                self.assertEqual(found, datetime(*expected))
                self.assertEqual(working.add_hours(datetime(*moment), 0), found)

    def test_add_dates(self):
        working = self._working()
        self.assertEqual(working.add_dates(date(2024, 3, 8), 1), date(2024, 3, 11))
        self.assertEqual(working.add_dates(date(2024, 3, 9), 1), date(2024, 3, 11))
        self.assertEqual(working.add_dates(date(2024, 3, 4), 35), date(2024, 4, 22))
        self.assertEqual(working.add_dates(date(2024, 12, 31), 1), date(2025, 1, 1))

    def test_average_day(self):
        working = self._working()
        working.next_moment(datetime(2024, 3, 4))
        self.assertAlmostEqual(working.hours_per_day, 8)
        self.assertEqual(ClockTime().hours_per_day, 24)

    def test_two_week_calendar(self):
        """One week works mornings, the next one afternoons."""
        calendar = self._create_calendar(days=())
        calendar.write(
            {
                "two_weeks_calendar": True,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Work",
                            "dayofweek": "0",
                            "hour_from": start,
                            "hour_to": start + 4,
                            "day_period": "morning",
                            "week_type": week,
                        }
                    )
                    for week, start in (("0", 8), ("1", 13))
                ],
            }
        )
        working = self._working(calendar)
        first = working.next_moment(datetime(2024, 3, 4))
        second = working.add_days(first, 1)
        self.assertEqual((second.date() - first.date()).days, 7)
        self.assertEqual({first.hour, working.next_moment(second).hour}, {8, 13})

    # Holidays

    def test_whose_holidays_count(self):
        holiday = ("2024-03-05 00:00:00", "2024-03-05 23:59:59")
        start, next_day = datetime(2024, 3, 4, 10), datetime(2024, 3, 5, 10)
        resource = self.env["resource.resource"].create(
            {"name": "Anna", "calendar_id": self.calendar.id}
        )
        for what, vals, counts in [
            ("another company's", {"calendar_id": False}, False),
            ("a person's", {"resource_id": resource.id}, False),
            ("a training", {"time_type": "other"}, False),
            ("the calendar's", {}, True),
        ]:
            with self.subTest(what):
                leave = self._create_holiday(*holiday, **vals)
                if what == "another company's":
                    leave.company_id = self.company_b
                expected = datetime(2024, 3, 6, 10) if counts else next_day
                self.assertEqual(self._working().add_days(start, 1), expected)
                leave.unlink()
        self.assertEqual(self._working().add_days(start, 1), next_day)

    def test_holiday_of_all_calendars_of_the_company(self):
        leave = self._create_holiday(
            "2024-03-05 00:00:00", "2024-03-05 23:59:59", calendar_id=False
        )
        leave.company_id = self.company
        found = self._working().add_days(datetime(2024, 3, 4, 10), 1)
        self.assertEqual(found, datetime(2024, 3, 6, 10))
        other = self._working(company=self.company_b)
        self.assertEqual(
            other.add_days(datetime(2024, 3, 4, 10), 1), datetime(2024, 3, 5, 10)
        )

    def test_what_is_kept_in_memory_follows_changes(self):
        start = datetime(2024, 3, 4, 10)
        self.assertEqual(self._working().add_days(start, 1), datetime(2024, 3, 5, 10))
        leave = self._create_holiday("2024-03-05 00:00:00", "2024-03-05 23:59:59")
        self.assertEqual(self._working().add_days(start, 1), datetime(2024, 3, 6, 10))
        leave.write({"date_to": "2024-03-06 23:59:59"})
        self.assertEqual(self._working().add_days(start, 1), datetime(2024, 3, 7, 10))
        self.calendar.attendance_ids.filtered(lambda a: a.dayofweek == "3").unlink()
        self.assertEqual(self._working().add_days(start, 1), datetime(2024, 3, 8, 10))
        friday = self.calendar.attendance_ids.filtered(
            lambda a: a.dayofweek == "4" and a.hour_from == 8
        )
        friday.hour_from = 11
        self.assertEqual(self._working().add_days(start, 1), datetime(2024, 3, 8, 11))
        self.calendar.tz = "America/New_York"
        # 10:00 in UTC is 5:00 in New York: Monday begins at 8:00 there.
        self.assertEqual(self._working().add_days(start, 1), datetime(2024, 3, 8, 16))

    def test_memory_answers_without_a_query(self):
        self._working().add_days(datetime(2024, 3, 4, 10), 5)
        with self.assertQueryCount(0):
            self._working().add_days(datetime(2024, 3, 4, 10), 5)

    # Calendars without hours

    def test_no_hours_count_by_the_clock(self):
        empty = self._create_calendar(days=())
        flexible = self._create_calendar(
            schedule_type="flexible", hours_per_day=8, full_time_required_hours=40
        )
        start = datetime(2024, 3, 8, 16)
        for calendar in (empty, flexible, self.env["resource.calendar"]):
            with self.subTest(calendar=calendar.schedule_type):
                self.assertFalse(WorkingTime(calendar, self.company).has_hours())
                working = WorkingTime.of(calendar, self.company)
                self.assertEqual(working.add_days(start, 1), datetime(2024, 3, 9, 16))
                self.assertEqual(working.add_hours(start, 2), datetime(2024, 3, 8, 18))
                self.assertEqual(
                    working.hours_between(start, datetime(2024, 3, 9, 16)), 24
                )

    @freeze_time("2024-03-04 10:00:00")
    def test_work_that_ends_for_good_fails_never(self):
        """A calendar that is one long holiday soon: the rest counts by the clock."""
        self._create_holiday("2024-03-06 00:00:00", "2040-01-01 00:00:00")
        working = self._working()
        start = datetime(2024, 3, 4, 10)
        self.assertTrue(working.has_hours())
        # 14 hours of work are left until Tuesday 17:00
        self.assertEqual(working.add_hours(start, 20), datetime(2024, 3, 5, 23))
        self.assertEqual(working.add_days(start, 5), datetime(2024, 3, 9, 10))
        self.assertEqual(working.add_dates(start.date(), 5), date(2024, 3, 9))
        late = datetime(2024, 5, 4, 10)
        self.assertEqual(working.next_moment(late), late)
        self.assertEqual(working.add_days(late, 1), datetime(2024, 5, 5, 10))

    def test_team_refuses_a_calendar_without_hours(self):
        empty = self._create_calendar(days=(), name="Nobody Works")
        with self.assertRaisesRegex(ValidationError, "Nobody Works"):
            self.team.resource_calendar_id = empty

    def test_company_refuses_a_calendar_without_hours(self):
        empty = self._create_calendar(days=(), name="Nobody Works")
        self.assertFalse(self.team.resource_calendar_id)
        with self.assertRaisesRegex(ValidationError, "Nobody Works"):
            self.company.resource_calendar_id = empty

    def test_calendar_of_a_team_keeps_its_hours(self):
        self.team.resource_calendar_id = self.calendar
        with self.assertRaisesRegex(ValidationError, "no fixed times"):
            self.calendar.write({"attendance_ids": [Command.clear()]})
        with self.assertRaisesRegex(ValidationError, "no fixed times"):
            self.calendar.write({"schedule_type": "flexible"})

    def test_calendar_that_no_team_uses_may_be_empty(self):
        self.calendar.write({"attendance_ids": [Command.clear()]})
        self.assertFalse(self.calendar.attendance_ids)

    def test_a_case_comes_in_whatever_became_of_the_calendar(self):
        self.team.resource_calendar_id = self.calendar
        # Line by line nobody asks the calendar.
        self.calendar.attendance_ids.unlink()
        case = self.create_case()
        self.assertTrue(case.sla_status_ids)
        case.waiting_customer = True
        case.waiting_customer = False
        self.assertTrue(case.sla_deadline)
