from datetime import datetime, timedelta

import pytz

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from ..tools.working_time import WorkingTime, cut_into_days

# What a shift may reach across the end of a year.
MARGIN = timedelta(days=2)
TIME_FIELDS = {
    "attendance_ids",
    "flexible_hours",
    "schedule_type",
    "two_weeks_calendar",
    "tz",
}


class ResourceCalendar(models.Model):
    """Calendars count the deadlines of cases, and must have hours to count."""

    _inherit = "resource.calendar"

    def write(self, vals):
        if not TIME_FIELDS.isdisjoint(vals):
            # Before the change, so that the check after it reads anew.
            self.env.registry.clear_cache()
            self._request_complaint_recount()
        return super().write(vals)

    @api.constrains(*TIME_FIELDS)
    def _check_complaint_teams(self):
        """Keep hours in the calendars that complaint teams count with."""
        # sudo: teams of every company may use the calendar.
        teams = self.env["complaint.team"].sudo()
        teams.search(
            Domain("resource_calendar_id", "in", self.ids)
            | (
                Domain("resource_calendar_id", "=", False)
                & Domain("company_id.resource_calendar_id", "in", self.ids)
            )
        )._check_working_hours()

    def _check_complaint_hours(self, company):
        """Refuse a calendar in which nobody of ``company`` ever works."""
        self.ensure_one()
        if not WorkingTime(self, company).has_hours():
            raise ValidationError(
                self.env._(
                    "The working hours “%(calendar)s” hold no fixed times, so no "
                    "deadline of a complaint team can be counted in them. Enter "
                    "working hours there, or choose others for the team.",
                    calendar=self.display_name,
                )
            )

    @ormcache("self.id", "company_id", "year")
    def _get_working_year(self, company_id, year):
        """Return the working days of a local year, with the name of its time zone.

        Public holidays of the company, and of no company, are taken out. Flexible
        hours have no fixed times to count, and so no days. Kept in memory, because
        every list of cases asks.

        :return: ``(zone, days)`` with, for each working day,
            ``(date, ((begin, end), …))``, moments naive and in UTC
        """
        self.ensure_one()
        # sudo: deadlines are counted for whoever enters or sees a case.
        calendar = self.sudo()
        name = calendar.tz or "UTC"
        if calendar.flexible_hours:
            return name, ()
        zone = pytz.timezone(name)
        found = calendar._work_intervals_batch(
            zone.localize(datetime(year, 1, 1)) - MARGIN,
            zone.localize(datetime(year + 1, 1, 1)) + MARGIN,
            domain=[
                ("time_type", "=", "leave"),
                ("company_id", "in", (False, company_id)),
            ],
            tz=zone,
        )[False]
        days = cut_into_days([(begin, end) for begin, end, __ in found], zone)
        return name, tuple(day for day in days if day[0].year == year)
