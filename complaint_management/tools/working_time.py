"""Working time on one calendar: hours and days added, hours counted.

The same intervals (attendances less holidays, in the calendar's time zone) answer
every question, so that a deadline and a pause are always counted alike.
"""

from bisect import bisect_right
from datetime import datetime, time, timedelta

import pytz

from odoo import fields
from odoo.exceptions import UserError

FIRST_SPAN = timedelta(days=60)
LAST_SPAN = timedelta(days=3 * 366)
# Odoo ends a shift at midnight a microsecond early.
GAP = timedelta(seconds=1)


class WorkingTime:
    """The working time of ``calendar`` for a company.

    Moments are naive and in UTC, as Odoo stores them.

    :param calendar: a ``resource.calendar``
    :param company: its public holidays count, and those of no company
    """

    def __init__(self, calendar, company):
        # sudo: whoever enters a case gets its deadlines, also without a right to
        # read calendars.
        self._calendar = calendar.sudo()
        self._zone = pytz.timezone(calendar.sudo().tz or "UTC")
        self._leaves = [
            ("time_type", "=", "leave"),
            ("company_id", "in", (False, company.id)),
        ]
        self._from = self._to = None
        self._intervals = []

    @classmethod
    def of(cls, calendar, company):
        """Return the working time to count with; clock time where nobody ever works.

        A case must come in also when its calendar was emptied meanwhile.
        """
        working = cls(calendar, company)
        return working if working.has_hours() else ClockTime()

    def has_hours(self):
        """Whether the calendar has any working time in the coming weeks."""
        now = fields.Datetime.now()
        if self._calendar:
            self._cover(now, now + FIRST_SPAN)
        return bool(self._intervals)

    def add_hours(self, start, hours):
        """Return when ``hours`` of work after ``start`` are over.

        :raises UserError: when the calendar has not enough working hours
        """
        left = timedelta(hours=hours)
        moment = self.next_moment(start)
        for begin, end in self._from_moment(moment):
            begin = max(begin, moment)
            if end - begin >= left:
                return _whole_second(begin + left)
            left -= end - begin
        return self._refuse()

    def add_days(self, start, days):
        """Return the same time of day ``days`` working days later.

        The day of ``start`` does not count; outside of working hours the count
        begins with the next shift. On a day that ends earlier, its end is meant.

        :raises UserError: when the calendar has not enough working days
        """
        moment = self.next_moment(start)
        first = self._local(moment)
        passed, current = 0, first.date()
        for begin, __ in self._from_moment(moment):
            day = self._local(begin).date()
            if day <= current:
                continue
            passed, current = passed + 1, day
            if passed == days:
                return self._at(day, first.time())
        return moment if not days else self._refuse()

    def hours_between(self, start, end):
        """Return the hours of work from ``start`` to ``end``; 0 when reversed."""
        if end <= start:
            return 0.0
        self._cover(start, end)
        total = timedelta()
        for begin, stop in self._intervals[self._index(start) :]:
            if begin >= end:
                break
            total += max(min(stop, end) - max(begin, start), timedelta())
        return total.total_seconds() / 3600

    def next_moment(self, moment):
        """Return ``moment``, or the beginning of the next shift if nobody works then."""
        for begin, __ in self._from_moment(moment):
            return max(begin, moment)
        return self._refuse()

    # Intervals

    def _from_moment(self, moment):
        """Yield the intervals that end after ``moment``, reading further as needed."""
        span = FIRST_SPAN
        self._cover(moment, moment + span)
        position = self._index(moment)
        while True:
            while position < len(self._intervals):
                yield self._intervals[position]
                position += 1
            if span >= LAST_SPAN:
                return
            span *= 4
            last = self._intervals[-1] if self._intervals else None
            self._cover(moment, moment + span)
            position = self._index(last[1]) if last else self._index(moment)

    def _index(self, moment):
        """Return the position of the first interval that ends after ``moment``."""
        position = bisect_right(self._intervals, (moment, datetime.max))
        if position and self._intervals[position - 1][1] > moment:
            position -= 1
        return position

    def _cover(self, start, end):
        if self._from is not None and self._from <= start and end <= self._to:
            return
        # Whole days, so that no shift is cut in two.
        start = min(start, self._from or start) - timedelta(days=2)
        end = max(end, self._to or end) + timedelta(days=2)
        found = self._calendar._work_intervals_batch(
            pytz.utc.localize(start), pytz.utc.localize(end), domain=self._leaves
        )[False]
        self._from, self._to = start, end
        self._intervals = []
        for begin, stop, __ in found:
            begin, stop = _as_utc(begin), _as_utc(stop)
            if self._intervals and begin - self._intervals[-1][1] <= GAP:
                begin = self._intervals.pop()[0]
            self._intervals.append((begin, stop))

    def _local(self, moment):
        return pytz.utc.localize(moment).astimezone(self._zone)

    def _at(self, day, clock):
        """Return ``clock`` on ``day``, within the working hours of that day."""
        wanted = _as_utc(self._zone.localize(datetime.combine(day, clock)))
        midnight = _as_utc(self._zone.localize(datetime.combine(day, time.min)))
        next_midnight = _as_utc(
            self._zone.localize(datetime.combine(day + timedelta(days=1), time.min))
        )
        self._cover(midnight, next_midnight)
        today = [
            (max(begin, midnight), min(end, next_midnight))
            for begin, end in self._intervals[self._index(midnight) :]
            if begin < next_midnight
        ]
        return _whole_second(min(max(wanted, today[0][0]), today[-1][1]))

    def _refuse(self):
        raise UserError(
            self._calendar.env._(
                "The working hours “%(calendar)s” hold no time to count a deadline in. "
                "Enter working hours there, or choose others for the team.",
                calendar=self._calendar.name,
            )
        )


class ClockTime:
    """The same questions, answered by the clock: every day has 24 hours."""

    def add_hours(self, start, hours):
        return start + timedelta(hours=hours)

    def add_days(self, start, days):
        return start + timedelta(days=days)

    def hours_between(self, start, end):
        return max((end - start).total_seconds(), 0) / 3600


def _as_utc(moment):
    return moment.astimezone(pytz.utc).replace(tzinfo=None)


def _whole_second(moment):
    """Round up the microsecond that a shift until midnight lacks."""
    if moment.microsecond > 500000:
        moment += timedelta(seconds=1)
    return moment.replace(microsecond=0)
