"""Working time on one calendar: hours and days added, hours counted.

The same shifts (attendances less holidays, in the calendar's time zone) answer every
question, so that a deadline and a pause are always counted alike. How they are cut
into days says :meth:`~..models.resource_calendar.ResourceCalendar._get_working_year`.
"""

from bisect import bisect_right
from datetime import datetime, timedelta
from functools import cached_property

import pytz

from odoo import fields

# How many years are searched before the clock takes over.
YEARS = 3
DAY = timedelta(days=1)


class WorkingTime:
    """The working time of ``calendar`` for a company.

    Moments are naive and in UTC, as Odoo stores them. Nothing here ever fails: where
    the calendar has no more working time, what is left is counted by the clock, so
    that a case comes in whatever became of its calendar.

    :param calendar: a ``resource.calendar``
    :param company: its public holidays count, and those of no company
    """

    def __init__(self, calendar, company):
        # sudo: whoever enters a case gets its deadlines, also without a right to
        # read calendars.
        self._calendar = calendar.sudo()
        self._company_id = company.id
        self._zone = pytz.utc
        self._first = self._last = None
        self._days = []
        self._shifts = []

    @classmethod
    def of(cls, calendar, company):
        """Return the working time to count with; clock time where nobody ever works."""
        working = cls(calendar, company)
        return working if working.has_hours() else ClockTime()

    def has_hours(self):
        """Whether the calendar has any working time this year or the next."""
        if not self._calendar:
            return False
        now = fields.Datetime.now()
        self._load(now, now.replace(year=now.year + 1, day=1))
        return bool(self._days)

    def add_hours(self, start, hours):
        """Return when ``hours`` of work after ``start`` are over.

        Hours that are over as a shift ends are over then, not as the next begins. No
        hours lead to the next moment of work.
        """
        left = timedelta(hours=max(hours, 0))
        moment = start
        for begin, end in self._shifts_after(start):
            moment = max(begin, start)
            if end - moment >= left:
                return _round(moment + left, 1)
            left -= end - moment
            moment = end
        return _round(moment + left, 1)

    def add_days(self, start, days):
        """Return the same time of day ``days`` working days later.

        The day of ``start`` does not count. Outside of working hours the count begins
        with the next shift. On a day that begins later or ends earlier, its beginning
        or its end is meant. The hours after midnight of a night shift belong to the
        day on which it began.
        """
        position, moment = self._find(start)
        while position is not None and position + days >= len(self._days):
            if not self._extend(start):
                position = None
        if position is None:
            return start + timedelta(days=days)
        first = self._local(moment)
        day, __ = self._days[position]
        target, target_shifts = self._days[position + days]
        wanted = as_utc(
            self._zone, datetime.combine(target + (first.date() - day), first.time())
        )
        return min(max(wanted, target_shifts[0][0]), target_shifts[-1][1])

    def add_dates(self, day, days):
        """Return the date ``days`` working days after ``day``, which does not count."""
        start = as_utc(self._zone, datetime.combine(day, datetime.min.time()))
        self._load(start, start)
        while True:
            later = [date for date, __ in self._days if date > day]
            if len(later) >= days:
                return later[days - 1]
            if not self._extend(start):
                return day + timedelta(days=days)

    def date_before(self, day, days):
        """Return the date ``days`` working days before ``day``, which does not count."""
        if not days:
            return day
        start = as_utc(self._zone, datetime.combine(day, datetime.min.time()))
        self._load(start, start)
        for __ in range(YEARS):
            earlier = [date for date, __ in self._days if date < day]
            if len(earlier) >= days:
                return earlier[-days]
            self._load(datetime(self._first - 1, 12, 31), start)
        return day - timedelta(days=days)

    def hours_between(self, start, end):
        """Return the hours of work from ``start`` to ``end``; 0 when reversed."""
        if end <= start:
            return 0.0
        self._load(start, end)
        total = timedelta()
        for begin, stop in self._shifts[self._index(start) :]:
            if begin >= end:
                break
            total += min(stop, end) - max(begin, start)
        return total.total_seconds() / 3600

    def next_moment(self, moment):
        """Return ``moment``, or the beginning of the next shift if nobody works then."""
        for begin, __ in self._shifts_after(moment):
            return max(begin, moment)
        return moment

    def start_of(self, day):
        """Return when work begins on the date ``day``, or after it if nobody works."""
        return self.next_moment(self.midnight(day))

    def midnight(self, day):
        """Return when the date ``day`` begins where the calendar is."""
        # Loaded for the time zone, which tells where the day begins.
        start = datetime.combine(day, datetime.min.time())
        self._load(start, start)
        return as_utc(self._zone, start)

    def date_of(self, moment):
        """Return the date of ``moment`` where the calendar is."""
        self._load(moment, moment)
        return self._local(moment).date()

    @cached_property
    def hours_per_day(self):
        """How long a working day is, on average."""
        if not self._days:
            return 24.0
        total = sum((end - begin for begin, end in self._shifts), timedelta())
        return total.total_seconds() / 3600 / len(self._days)

    # Shifts

    def _shifts_after(self, moment):
        """Yield the shifts that end after ``moment``, reading further as needed."""
        self._load(moment, moment)
        position = self._index(moment)
        while True:
            yield from self._shifts[position:]
            known = len(self._shifts)
            position = known
            while len(self._shifts) == known:
                if not self._extend(moment):
                    return

    def _index(self, moment):
        """Return the position of the first shift that ends after ``moment``."""
        position = bisect_right(self._shifts, (moment, datetime.max))
        if position and self._shifts[position - 1][1] > moment:
            position -= 1
        return position

    def _find(self, moment):
        """Return the position of the working day of ``moment``, or of the next one.

        :return: the position in ``_days``, and ``moment`` or the day's next shift;
            the position is None where nobody works any more
        """
        moment = self.next_moment(moment)
        begins = [shifts[0][0] for __, shifts in self._days]
        position = bisect_right(begins, moment) - 1
        if position < 0 or self._days[position][1][-1][1] <= moment:
            return None, moment
        return position, moment

    def _extend(self, moment):
        """Read one more year, unless ``moment`` is too far behind.

        :return: whether there was one to read
        """
        if self._last - moment.year >= YEARS:
            return False
        self._load(moment, datetime(self._last + 1, 1, 1))
        return True

    def _load(self, start, end):
        """Make sure that the shifts of the years from ``start`` to ``end`` are known."""
        # A night shift of New Year's Eve belongs to the old year, and so may the
        # first hours of the year in UTC.
        first, last = (start - DAY).year, (end + DAY).year
        if self._first is not None:
            if self._first <= first and last <= self._last:
                return
            first, last = min(first, self._first), max(last, self._last)
        self._first, self._last = first, last
        self._days = []
        for year in range(first, last + 1):
            zone, days = self._calendar._get_working_year(self._company_id, year)
            self._zone = pytz.timezone(zone)
            self._days += days
        self._shifts = [shift for __, shifts in self._days for shift in shifts]

    def _local(self, moment):
        return pytz.utc.localize(moment).astimezone(self._zone)


class ClockTime:
    """The same questions, answered by the clock: every day has 24 hours."""

    hours_per_day = 24.0

    def add_hours(self, start, hours):
        return _round(start + timedelta(hours=max(hours, 0)), 1)

    def add_days(self, start, days):
        return start + timedelta(days=days)

    def add_dates(self, day, days):
        return day + timedelta(days=days)

    def date_before(self, day, days):
        return day - timedelta(days=days)

    def hours_between(self, start, end):
        return max((end - start).total_seconds(), 0) / 3600

    def next_moment(self, moment):
        return moment

    def start_of(self, day):
        return self.midnight(day)

    def midnight(self, day):
        return datetime.combine(day, datetime.min.time())

    def date_of(self, moment):
        return moment.date()


def cut_into_days(shifts, zone):
    """Return the working days that ``shifts`` make.

    Shifts that touch are one. Cut at midnight, the hours before noon that continue the
    evening's shift belong to the evening's day; a shift that goes on beyond noon makes
    a day of its own (work around the clock has one day for each date).

    :param shifts: pairs of moments with a time zone, sorted
    :return: list of ``(date, ((begin, end), …))``, moments naive and in UTC
    """
    merged = []
    for begin, end in shifts:
        # Odoo ends a day a microsecond early, and people end holidays a second early.
        begin, end = _round(_naive(begin), 60), _round(_naive(end), 60)
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif begin < end:
            merged.append((begin, end))
    days = {}
    for begin, end in merged:
        owner = None
        while begin < end:
            today = pytz.utc.localize(begin).astimezone(zone).date()
            noon = as_utc(zone, datetime(today.year, today.month, today.day, 12))
            midnight = as_utc(zone, datetime.combine(today + DAY, datetime.min.time()))
            stop = min(end, midnight)
            if owner is None or stop > noon:
                owner = today
            mine = days.setdefault(owner, [])
            if mine and mine[-1][1] == begin:
                mine[-1] = (mine[-1][0], stop)
            else:
                mine.append((begin, stop))
            begin = stop
    return [(day, tuple(days[day])) for day in sorted(days)]


def as_utc(zone, local):
    """Return the naive UTC moment of a naive ``local`` one."""
    return _naive(zone.localize(local))


def _naive(moment):
    return moment.astimezone(pytz.utc).replace(tzinfo=None)


def _round(moment, seconds):
    """Return ``moment`` to the nearest second or minute."""
    moment += timedelta(seconds=seconds / 2)
    return moment - timedelta(
        seconds=moment.second % seconds, microseconds=moment.microsecond
    )
