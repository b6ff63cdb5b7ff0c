from datetime import datetime, timedelta
from typing import NamedTuple

import pytz

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, freeze_time, tagged

from .common import ComplaintCommon

# Calendars: time zone and, for each day of the week from Monday, the shifts.
OFFICE = "Office in Brussels"
FRIDAY = "Short Friday in Brussels"
NIGHT = "Night shift in Brussels, Monday to Friday"
NIGHTLY = "Night shift in Brussels, every night"
LONDON = "Around the clock in London"
NEW_YORK = "Office in New York"
TOKYO = "Office in Tokyo"

DAY = [(8, 12), (13, 17)]
CALENDARS = {
    OFFICE: ("Europe/Brussels", [DAY] * 5 + [[], []]),
    FRIDAY: ("Europe/Brussels", [DAY] * 4 + [[(8, 12)], [], []]),
    # From 22:00 to 6:00 of the next day; Odoo enters it in two parts.
    NIGHT: (
        "Europe/Brussels",
        [[(22, 24)], *[[(0, 6), (22, 24)]] * 4, [(0, 6)], []],
    ),
    NIGHTLY: ("Europe/Brussels", [[(0, 6), (22, 24)]] * 7),
    LONDON: ("Europe/London", [[(0, 24)]] * 7),
    NEW_YORK: ("America/New_York", [[(9, 17)]] * 5 + [[], []]),
    TOKYO: ("Asia/Tokyo", [[(9, 12), (13, 18)]] * 5 + [[], []]),
}
# As people enter them: the last second of the day is the end.
HOLIDAYS = {
    OFFICE: [
        ("2024-05-01 00:00:00", "2024-05-01 23:59:59"),  # a Wednesday
        ("2024-07-19 13:00:00", "2024-07-19 23:59:59"),  # a Friday afternoon
        ("2024-12-25 00:00:00", "2024-12-26 23:59:59"),  # Wednesday and Thursday
        ("2025-01-01 00:00:00", "2025-01-01 23:59:59"),  # a Wednesday
    ],
    NIGHT: [("2024-05-01 00:00:00", "2024-05-01 23:59:59")],
    NEW_YORK: [("2024-07-04 00:00:00", "2024-07-04 23:59:59")],  # a Thursday
}
UNITS = {"d": "working_days", "wh": "working_hours", "ch": "clock_hours"}


class Row(NamedTuple):
    """One deadline: all times are local, those of the calendar that counts."""

    what: str
    calendar: str
    received: str
    target: str
    deadline: str
    # When the case waited for the customer; None: it still does.
    waits: tuple = ()
    # What people do: (when, what, value), besides waiting.
    does: tuple = ()
    # The calendar that counts in the end, where the team changes.
    counts: str = ""


# In 2024, 1 January is a Monday. Summer time begins on Sunday 31 March and ends on
# Sunday 27 October in Europe, on Sunday 10 March and Sunday 3 November in New York.
TABLE = [
    # Working days: the day of receipt does not count, the time of day stays
    Row("next day", OFFICE, "2024-03-04 10:00", "1 d", "2024-03-05 10:00"),
    Row("over the weekend", OFFICE, "2024-03-08 10:00", "1 d", "2024-03-11 10:00"),
    Row("Friday after hours", OFFICE, "2024-03-08 18:30", "1 d", "2024-03-12 08:00"),
    Row("on Saturday", OFFICE, "2024-03-09 12:00", "1 d", "2024-03-12 08:00"),
    Row("Sunday 23:59", OFFICE, "2024-03-10 23:59", "1 d", "2024-03-12 08:00"),
    Row("Sunday 23:59, week", OFFICE, "2024-03-10 23:59", "5 d", "2024-03-18 08:00"),
    Row("Monday 00:00", OFFICE, "2024-03-11 00:00", "1 d", "2024-03-12 08:00"),
    Row("before hours", OFFICE, "2024-03-04 07:15", "1 d", "2024-03-05 08:00"),
    Row("as work begins", OFFICE, "2024-03-04 08:00", "1 d", "2024-03-05 08:00"),
    Row("at lunch", OFFICE, "2024-03-04 12:30", "1 d", "2024-03-05 13:00"),
    Row("last minute of work", OFFICE, "2024-03-04 16:59", "1 d", "2024-03-05 16:59"),
    Row("as work ends", OFFICE, "2024-03-04 17:00", "1 d", "2024-03-06 08:00"),
    Row("leap day", OFFICE, "2024-02-28 10:00", "1 d", "2024-02-29 10:00"),
    Row("one week", OFFICE, "2024-03-01 09:00", "5 d", "2024-03-08 09:00"),
    Row("two weeks", OFFICE, "2024-03-01 09:00", "10 d", "2024-03-15 09:00"),
    Row("day ends earlier", FRIDAY, "2024-03-07 15:00", "1 d", "2024-03-08 12:00"),
    Row("from a short day", FRIDAY, "2024-03-08 11:00", "1 d", "2024-03-11 11:00"),
    # Holidays
    Row("holiday tomorrow", OFFICE, "2024-04-30 10:00", "1 d", "2024-05-02 10:00"),
    Row("on a holiday", OFFICE, "2024-05-01 10:00", "1 d", "2024-05-03 08:00"),
    Row("holiday at the end", OFFICE, "2024-04-29 10:00", "2 d", "2024-05-02 10:00"),
    Row("eve of a holiday", OFFICE, "2024-04-30 17:30", "1 d", "2024-05-03 08:00"),
    Row("half holiday", OFFICE, "2024-07-18 15:00", "1 d", "2024-07-19 12:00"),
    # 24, 27, 30, 31 December, 2 January
    Row("Christmas", OFFICE, "2024-12-23 10:00", "5 d", "2025-01-02 10:00"),
    Row("New Year's Eve", OFFICE, "2024-12-31 16:00", "1 d", "2025-01-02 16:00"),
    Row("holiday abroad", NEW_YORK, "2024-07-03 15:00", "1 d", "2024-07-05 15:00"),
    Row("not theirs", NEW_YORK, "2024-04-30 10:00", "1 d", "2024-05-01 10:00"),
    # Working hours
    Row("over lunch", OFFICE, "2024-03-04 10:00", "4 wh", "2024-03-04 15:00"),
    Row("until lunch", OFFICE, "2024-03-04 11:00", "1 wh", "2024-03-04 12:00"),
    Row("half past lunch", OFFICE, "2024-03-04 11:30", "1 wh", "2024-03-04 13:30"),
    Row("from lunch", OFFICE, "2024-03-04 12:30", "1 wh", "2024-03-04 14:00"),
    Row("half an hour", OFFICE, "2024-03-04 10:00", "0.5 wh", "2024-03-04 10:30"),
    Row("until work ends", OFFICE, "2024-03-08 16:00", "1 wh", "2024-03-08 17:00"),
    Row("into next week", OFFICE, "2024-03-08 16:00", "2 wh", "2024-03-11 09:00"),
    Row("Sunday, one hour", OFFICE, "2024-03-10 23:59", "1 wh", "2024-03-11 09:00"),
    Row("40 hours", OFFICE, "2024-03-04 08:00", "40 wh", "2024-03-08 17:00"),
    Row("40 hours from 9", OFFICE, "2024-03-04 09:00", "40 wh", "2024-03-11 09:00"),
    # 3 hours on Monday, 8, 8, and 1 on Thursday
    Row("20 hours", OFFICE, "2024-03-04 14:00", "20 wh", "2024-03-07 09:00"),
    # 1 hour on Tuesday, 3 on Thursday
    Row("over a holiday", OFFICE, "2024-04-30 16:00", "4 wh", "2024-05-02 11:00"),
    # 1 hour on Thursday, 4 on Friday, 1 on Monday
    Row("half a day off", OFFICE, "2024-07-18 16:00", "6 wh", "2024-07-22 09:00"),
    # 2 hours on Thursday, 4 on Friday, 2 on Monday
    Row("short Friday", FRIDAY, "2024-03-07 15:00", "8 wh", "2024-03-11 10:00"),
    # Clock hours
    Row("a day by the clock", OFFICE, "2024-03-08 18:00", "24 ch", "2024-03-09 18:00"),
    Row("Sunday, by clock", OFFICE, "2024-03-10 23:59", "24 ch", "2024-03-11 23:59"),
    Row("holiday, by clock", OFFICE, "2024-04-30 10:00", "24 ch", "2024-05-01 10:00"),
    # Summer time: the office keeps its local hours, the clock its 24
    Row("spring, days", OFFICE, "2024-03-29 10:00", "1 d", "2024-04-01 10:00"),
    Row("spring, hours", OFFICE, "2024-03-29 16:00", "2 wh", "2024-04-01 09:00"),
    Row("spring, clock", OFFICE, "2024-03-30 12:00", "24 ch", "2024-03-31 13:00"),
    Row("autumn, days", OFFICE, "2024-10-25 10:00", "1 d", "2024-10-28 10:00"),
    Row("autumn, hours", OFFICE, "2024-10-25 16:00", "2 wh", "2024-10-28 09:00"),
    Row("autumn, clock", OFFICE, "2024-10-26 12:00", "24 ch", "2024-10-27 11:00"),
    Row("NY spring, days", NEW_YORK, "2024-03-08 16:00", "1 d", "2024-03-11 16:00"),
    Row("NY spring, hours", NEW_YORK, "2024-03-08 16:00", "2 wh", "2024-03-11 10:00"),
    Row("NY spring, clock", NEW_YORK, "2024-03-09 20:00", "24 ch", "2024-03-10 21:00"),
    Row("NY autumn, hours", NEW_YORK, "2024-11-01 16:30", "1 wh", "2024-11-04 09:30"),
    Row("NY autumn, clock", NEW_YORK, "2024-11-02 20:00", "24 ch", "2024-11-03 19:00"),
    # Other time zones
    Row("NY Sunday 23:59", NEW_YORK, "2024-03-10 23:59", "1 d", "2024-03-12 09:00"),
    Row("Tokyo Sunday 23:59", TOKYO, "2024-03-10 23:59", "1 d", "2024-03-12 09:00"),
    Row("Tokyo, Sunday in UTC", TOKYO, "2024-03-04 00:30", "1 d", "2024-03-05 09:00"),
    Row("Tokyo, last hour", TOKYO, "2024-03-08 17:30", "1 wh", "2024-03-11 09:30"),
    Row("Tokyo, last year", TOKYO, "2025-01-01 00:30", "1 d", "2025-01-02 09:00"),
    # Night shifts: the hours after midnight belong to the evening before
    Row("before midnight", NIGHT, "2024-03-04 23:00", "1 d", "2024-03-05 23:00"),
    Row("after midnight", NIGHT, "2024-03-05 02:00", "1 d", "2024-03-06 02:00"),
    Row("Friday night", NIGHT, "2024-03-08 23:00", "1 d", "2024-03-11 23:00"),
    Row("Saturday at 2", NIGHT, "2024-03-09 02:00", "1 d", "2024-03-12 02:00"),
    Row("Saturday noon", NIGHT, "2024-03-09 12:00", "1 d", "2024-03-12 22:00"),
    Row("over midnight", NIGHT, "2024-03-04 23:00", "4 wh", "2024-03-05 03:00"),
    Row("until midnight", NIGHT, "2024-03-08 04:00", "4 wh", "2024-03-09 00:00"),
    Row("New Year's night", NIGHT, "2024-12-31 23:00", "1 d", "2025-01-01 23:00"),
    Row("New Year at 2", NIGHT, "2025-01-01 02:00", "1 d", "2025-01-02 02:00"),
    # On the eve of the holiday people go home at midnight; its evening is off, and so
    # the night from the 1st to the 2nd begins at midnight, as a day of its own.
    Row("holiday at night", NIGHT, "2024-04-30 23:00", "2 wh", "2024-05-02 01:00"),
    # 22 to 24, midnight to 2, 3 to 4: that night has 7 hours
    Row("spring night", NIGHTLY, "2024-03-30 23:00", "4 wh", "2024-03-31 04:00"),
    Row("short night", NIGHTLY, "2024-03-30 22:00", "8 wh", "2024-03-31 23:00"),
    Row("spring, night days", NIGHTLY, "2024-03-30 23:30", "1 d", "2024-03-31 23:30"),
    # There is no 2:30 that night: an hour later is meant
    Row("2:30 is not there", NIGHTLY, "2024-03-30 02:30", "1 d", "2024-03-31 03:30"),
    # The hour from 2 to 3 comes twice: that night has 9 hours
    Row("long night", NIGHTLY, "2024-10-26 22:00", "8 wh", "2024-10-27 05:00"),
    # There are two 2:30 that night: the later one is meant
    Row("2:30 comes twice", NIGHTLY, "2024-10-26 02:30", "1 d", "2024-10-27 02:30"),
    # Around the clock
    Row("Saturdays too", LONDON, "2024-03-08 20:00", "1 d", "2024-03-09 20:00"),
    Row("30 hours", LONDON, "2024-03-08 20:00", "30 wh", "2024-03-10 02:00"),
    Row("23 hours a day", LONDON, "2024-03-30 12:00", "1 d", "2024-03-31 12:00"),
    Row("24 hours", LONDON, "2024-03-30 12:00", "24 wh", "2024-03-31 13:00"),
    # Pauses: the time that people could have worked is added at the end
    Row(
        "4 hours, lunch between",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",  # Wednesday 10:00
        "2024-03-06 15:00",
        waits=(("2024-03-05 10:00", "2024-03-05 15:00"),),
    ),
    Row(
        "over the weekend, 1 hour before and 1 after",
        OFFICE,
        "2024-03-07 10:00",
        "2 d",  # Monday 10:00
        "2024-03-11 12:00",
        waits=(("2024-03-08 16:00", "2024-03-11 09:00"),),
    ),
    Row(
        "within the weekend",
        OFFICE,
        "2024-03-07 10:00",
        "2 d",
        "2024-03-11 10:00",
        waits=(("2024-03-09 10:00", "2024-03-10 20:00"),),
    ),
    Row(
        "twice, 2 and 4 hours",
        OFFICE,
        "2024-03-04 08:00",
        "3 d",  # Thursday 8:00
        "2024-03-07 15:00",
        waits=(
            ("2024-03-04 10:00", "2024-03-04 12:00"),
            ("2024-03-05 13:00", "2024-03-05 17:00"),
        ),
    ),
    Row(
        "only lunch",
        OFFICE,
        "2024-03-04 10:00",
        "4 wh",
        "2024-03-04 15:00",
        waits=(("2024-03-04 12:00", "2024-03-04 13:00"),),
    ),
    Row(
        "2 hours around lunch",
        OFFICE,
        "2024-03-04 10:00",
        "4 wh",  # 15:00
        "2024-03-04 17:00",
        waits=(("2024-03-04 11:00", "2024-03-04 14:00"),),
    ),
    Row(
        "over a holiday, 1 hour before and 1 after",
        OFFICE,
        "2024-04-29 10:00",
        "3 d",  # 30 April, 2 May, 3 May 10:00
        "2024-05-03 12:00",
        waits=(("2024-04-30 16:00", "2024-05-02 09:00"),),
    ),
    # Half an hour was left: it is left on Thursday 9:30
    Row(
        "just before the deadline, 2 days",
        OFFICE,
        "2024-03-04 10:00",
        "1 d",  # Tuesday 10:00
        "2024-03-07 10:00",
        waits=(("2024-03-05 09:30", "2024-03-07 09:30"),),
    ),
    Row(
        "after the deadline: late stays late",
        OFFICE,
        "2024-03-04 10:00",
        "4 wh",
        "2024-03-04 15:00",
        waits=(("2024-03-05 08:00", "2024-03-05 12:00"),),
    ),
    Row(
        "what does not pause",
        OFFICE,
        "2024-03-04 10:00",
        "2 d firm",
        "2024-03-06 10:00",
        waits=(("2024-03-05 10:00", "2024-03-05 15:00"),),
    ),
    # 15 working days
    Row(
        "three weeks, and summer time begins",
        OFFICE,
        "2024-03-04 10:00",
        "5 d",  # Monday 11 March 10:00
        "2024-04-01 10:00",
        waits=(("2024-03-05 10:00", "2024-03-26 10:00"),),
    ),
    Row(
        "weekend on which summer time ends, half an hour on both sides",
        OFFICE,
        "2024-10-25 16:00",
        "2 wh",  # Monday 9:00
        "2024-10-28 10:00",
        waits=(("2024-10-25 16:30", "2024-10-28 08:30"),),
    ),
    Row(
        "by the clock, a day",
        OFFICE,
        "2024-03-08 18:00",
        "24 ch",  # Saturday 18:00
        "2024-03-10 18:00",
        waits=(("2024-03-09 00:00", "2024-03-10 00:00"),),
    ),
    # 11 hours, because one is missing that night
    Row(
        "by the clock, and summer time begins",
        OFFICE,
        "2024-03-30 12:00",
        "24 ch",  # Sunday 13:00
        "2024-04-01 00:00",
        waits=(("2024-03-30 20:00", "2024-03-31 08:00"),),
    ),
    Row(
        "at night, over midnight",
        NIGHT,
        "2024-03-04 22:00",
        "4 wh",  # Tuesday 2:00
        "2024-03-05 04:00",
        waits=(("2024-03-04 23:00", "2024-03-05 01:00"),),
    ),
    # 4 to 6 and 22 to 23 are 3 hours: one until 6, two until midnight
    Row(
        "from one night to the next",
        NIGHT,
        "2024-03-04 23:00",
        "6 wh",  # Tuesday 5:00
        "2024-03-06 00:00",
        waits=(("2024-03-05 04:00", "2024-03-05 23:00"),),
    ),
    Row(
        "New York, weekend on which summer time begins",
        NEW_YORK,
        "2024-03-08 15:00",
        "1 d",  # Monday 15:00
        "2024-03-11 17:00",
        waits=(("2024-03-08 16:00", "2024-03-11 10:00"),),
    ),
    # Extensions: the agreed deadline holds
    Row(
        "extended",
        OFFICE,
        "2024-03-04 10:00",
        "5 d",
        "2024-03-13 17:00",
        does=(("2024-03-06 09:00", "extend", "2024-03-13 17:00"),),
    ),
    Row(
        "extended to a Saturday, as agreed",
        OFFICE,
        "2024-03-04 10:00",
        "1 d",
        "2024-03-09 10:00",
        does=(("2024-03-04 11:00", "extend", "2024-03-09 10:00"),),
    ),
    Row(
        "extended twice",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",
        "2024-03-11 12:00",
        does=(
            ("2024-03-05 11:00", "extend", "2024-03-08 12:00"),
            ("2024-03-08 09:00", "extend", "2024-03-11 12:00"),
        ),
    ),
    Row(
        "extended when late",
        OFFICE,
        "2024-03-04 10:00",
        "4 wh",
        "2024-03-06 12:00",
        does=(("2024-03-05 11:00", "extend", "2024-03-06 12:00"),),
    ),
    Row(
        "extended during a pause that ends before the agreed deadline",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",
        "2024-03-08 12:00",
        waits=(("2024-03-05 10:00", "2024-03-05 15:00"),),
        does=(("2024-03-05 11:00", "extend", "2024-03-08 12:00"),),
    ),
    # What was left on Tuesday 10:00, one day, is left on Monday 10:00
    Row(
        "extended during a pause that ends after the agreed deadline",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",
        "2024-03-12 10:00",
        waits=(("2024-03-05 10:00", "2024-03-11 10:00"),),
        does=(("2024-03-05 11:00", "extend", "2024-03-08 12:00"),),
    ),
    Row(
        "paused for 4 hours after an extension",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",
        "2024-03-08 17:00",
        waits=(("2024-03-06 13:00", "2024-03-06 17:00"),),
        does=(("2024-03-05 11:00", "extend", "2024-03-08 12:00"),),
    ),
    Row(
        "extended, then a stricter policy",
        OFFICE,
        "2024-03-04 10:00",
        "5 d",
        "2024-03-15 12:00",
        does=(
            ("2024-03-06 09:00", "extend", "2024-03-15 12:00"),
            ("2024-03-07 09:00", "policy", "1 d"),
        ),
    ),
    # Another policy: counted from the same start, with the same pauses
    Row(
        "longer, before any pause",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",
        "2024-03-11 10:00",
        does=(("2024-03-05 09:00", "policy", "5 d"),),
    ),
    # Thursday 10:00 and 4 hours
    Row(
        "longer, after a pause",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",
        "2024-03-07 15:00",
        waits=(("2024-03-05 10:00", "2024-03-05 15:00"),),
        does=(("2024-03-06 09:00", "policy", "3 d"),),
    ),
    # Wednesday 15:00 and 4 hours
    Row(
        "days to hours, during a pause",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",
        "2024-03-07 10:00",
        waits=(("2024-03-05 10:00", "2024-03-05 15:00"),),
        does=(("2024-03-05 11:00", "policy", "20 wh"),),
    ),
    # Tuesday 10:00 and 24 hours
    Row(
        "days to clock hours, during a pause",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",
        "2024-03-06 10:00",
        waits=(("2024-03-05 09:00", "2024-03-06 09:00"),),
        does=(("2024-03-05 09:30", "policy", "24 ch"),),
    ),
    # Tuesday 10:00; 2 hours on Friday, 2 on Monday
    Row(
        "clock hours to days, during a pause over the weekend",
        OFFICE,
        "2024-03-08 10:00",
        "48 ch",
        "2024-03-12 15:00",
        waits=(("2024-03-08 15:00", "2024-03-11 10:00"),),
        does=(("2024-03-09 12:00", "policy", "2 d"),),
    ),
    Row(
        "to what does not pause, during a pause",
        OFFICE,
        "2024-03-04 10:00",
        "2 d",
        "2024-03-06 10:00",
        waits=(("2024-03-05 10:00", None),),
        does=(("2024-03-05 11:00", "policy", "2 d firm"),),
    ),
    Row(
        "from what does not pause, during a pause of 4 hours",
        OFFICE,
        "2024-03-04 10:00",
        "2 d firm",
        "2024-03-06 15:00",
        waits=(("2024-03-05 10:00", "2024-03-05 15:00"),),
        does=(("2024-03-05 11:00", "policy", "2 d"),),
    ),
    # Received at 10:00 in New York, paused from 10:30 to 12:30 there
    Row(
        "team in another time zone, during a pause",
        OFFICE,
        "2024-03-04 16:00",
        "1 d",
        "2024-03-05 12:00",
        waits=(("2024-03-04 16:30", "2024-03-04 18:30"),),
        does=(("2024-03-04 16:45", "team", NEW_YORK),),
        counts=NEW_YORK,
    ),
    # For the night shift nothing was lost: nobody works from 9 to 17
    Row(
        "team that works at night, after a pause by day",
        OFFICE,
        "2024-03-04 08:00",
        "1 d",
        "2024-03-05 22:00",
        waits=(("2024-03-04 09:00", "2024-03-04 17:00"),),
        does=(("2024-03-04 18:00", "team", NIGHT),),
        counts=NIGHT,
    ),
]


@tagged("post_install", "-at_install")
class TestSlaDeadlines(ComplaintCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Only the two policies of the table decide.
        cls.env["complaint.sla.policy"].search([]).active = False
        cls.usual, cls.other = cls.env["complaint.sla.policy"].create(
            [
                {"name": "Usual", "line_ids": [cls._line()]},
                {"name": "Other", "severity": "critical", "line_ids": [cls._line()]},
            ]
        )
        cls.teams = {name: cls._create_calendar_team(name) for name in CALENDARS}

    @classmethod
    def _line(cls):
        return Command.create(
            {"commitment": "resolve", "target": 1, "unit": "working_days"}
        )

    @classmethod
    def _create_calendar_team(cls, name):
        zone, week = CALENDARS[name]
        calendar = cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": zone,
                "company_id": cls.company.id,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": f"{day} {start}",
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                            "day_period": "morning",
                        }
                    )
                    for day, shifts in enumerate(week)
                    for start, end in shifts
                ],
            }
        )
        cls.env["resource.calendar.leaves"].create(
            [
                {
                    "name": "Holiday",
                    "calendar_id": calendar.id,
                    "company_id": cls.company.id,
                    "date_from": cls._utc(start, zone),
                    "date_to": cls._utc(end, zone),
                }
                for start, end in HOLIDAYS.get(name, ())
            ]
        )
        return cls.env["complaint.team"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "resource_calendar_id": calendar.id,
            }
        )

    @classmethod
    def _utc(cls, local, zone):
        moment = pytz.timezone(zone).localize(fields.Datetime.to_datetime(local))
        return moment.astimezone(pytz.utc).replace(tzinfo=None)

    def _promise(self, policy, target):
        number, unit, *firm = target.split()
        policy.line_ids.write(
            {"target": float(number), "unit": UNITS[unit], "pauses": not firm}
        )

    def _play(self, row):
        """Let happen what the row tells, and return the commitment."""
        zone = CALENDARS[row.calendar][0]
        self._promise(self.usual, row.target)
        received = self._utc(row.received, zone)
        with freeze_time(received):
            case = self.create_case(
                date_received=received,
                team_id=self.teams[row.calendar].id,
                severity="minor",
            )
        events = [(self._utc(begin, zone), "wait", True) for begin, __ in row.waits]
        events += [
            (self._utc(end, zone), "wait", False) for __, end in row.waits if end
        ]
        events += [
            (self._utc(when, zone), what, value) for when, what, value in row.does
        ]
        for moment, what, value in sorted(events, key=lambda event: event[0]):
            with freeze_time(moment):
                if what == "wait":
                    case.waiting_customer = value
                elif what == "extend":
                    case.extend("resolve", self._utc(value, zone), "Parts are late")
                elif what == "policy":
                    self._promise(self.other, value)
                    case.severity = "critical"
                else:
                    case.team_id = self.teams[value]
                self.env.flush_all()
        return case.sla_status_ids

    def test_the_table_is_long_enough(self):
        self.assertGreaterEqual(len(TABLE), 60)
        self.assertEqual(len({row.what for row in TABLE}), len(TABLE))
        zones = {CALENDARS[row.calendar][0] for row in TABLE}
        self.assertGreaterEqual(len(zones), 3)

    def test_deadlines(self):
        for row in TABLE:
            with self.subTest(row.what, calendar=row.calendar):
                status = self._play(row)
                zone = CALENDARS[row.counts or row.calendar][0]
                local = pytz.utc.localize(status.deadline).astimezone(
                    pytz.timezone(zone)
                )
                self.assertEqual(f"{local:%Y-%m-%d %H:%M}", row.deadline)
                self.assertEqual(status.deadline.second, 0)
                # A second count changes nothing, however much later.
                before = status.deadline, status.paused_hours
                with freeze_time(status.date_start + timedelta(days=60)):
                    status._count()
                self.assertEqual((status.deadline, status.paused_hours), before)

    def test_waiting_again_and_again_loses_no_second(self):
        row = next(row for row in TABLE if row.what == "next day")
        status = self._play(row)
        case = status.complaint_id
        # 20 pauses of 36 seconds are 12 minutes.
        for number in range(20):
            begin = datetime(2024, 3, 4, 13, 0) + timedelta(seconds=72 * number)
            with freeze_time(begin):
                case.waiting_customer = True
                self.env.flush_all()
            with freeze_time(begin + timedelta(seconds=36)):
                case.waiting_customer = False
        self.assertEqual(status.deadline, datetime(2024, 3, 5, 9, 12))
        self.assertAlmostEqual(status.paused_hours, 0.2, places=6)
