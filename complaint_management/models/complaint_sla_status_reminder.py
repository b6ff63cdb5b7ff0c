import logging
from datetime import timedelta

from odoo import api, fields, models

from .complaint_escalation_level import LEVEL_ORDER, LEVELS

_logger = logging.getLogger(__name__)

DEADLINE_ACTIVITY = "complaint_management.mail_activity_type_deadline"
DAY = timedelta(days=1)
# The rules get the first chance; the job takes what they left.
GRACE = timedelta(minutes=10)


class ComplaintSlaStatus(models.Model):
    """Reminders and escalations of a commitment, each exactly once.

    What comes next and when is stored with the row, so that whoever acts (a rule of
    the administrator, or the job for what the rules missed) reads only what is due.
    All of them call :meth:`_fire_due`.
    """

    _inherit = "complaint.sla.status"

    next_event = fields.Selection(
        [
            ("before", "First Reminder"),
            ("due", "Deadline"),
            ("overdue", "Overdue"),
        ],
        compute="_compute_next_event",
        store=True,
        precompute=True,
        help="What is done next about the commitment if nobody keeps it before.",
        system=True,
    )
    next_event_date = fields.Datetime(
        string="Next Event On",
        compute="_compute_next_event",
        store=True,
        precompute=True,
        help="In the working hours of the team, unless the case is critical.",
        system=True,
    )
    date_reminded = fields.Datetime(string="Reminded On", readonly=True, system=True)
    reminded_deadline = fields.Datetime(
        string="Reminded Of",
        readonly=True,
        help="The deadline that was named then.",
        system=True,
    )
    date_due_sent = fields.Datetime(
        string="Deadline Reported On",
        readonly=True,
        help="When staff were told that the deadline has passed.",
        system=True,
    )
    date_overdue_sent = fields.Datetime(
        string="Last Repeated On", readonly=True, system=True
    )
    overdue_count = fields.Integer(string="Repeated", readonly=True, system=True)
    level_reached = fields.Selection(
        LEVELS,
        readonly=True,
        help="The highest level of management that has heard of this lateness.",
        system=True,
    )
    activity_id = fields.Many2one(
        "mail.activity",
        string="Reminder",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        system=True,
    )

    _next_event_idx = models.Index("(next_event_date) WHERE next_event IS NOT NULL")

    # What comes next

    @api.depends(
        "deadline",
        "state",
        "date_met",
        "date_start",
        "unit",
        "line_id",
        "complaint_id.severity",
        "reminded_deadline",
        "date_due_sent",
        "date_overdue_sent",
        "level_reached",
    )
    def _compute_next_event(self):
        waiting = self.filtered(lambda s: not s.date_met and s.state != "paused")
        clocks = waiting.complaint_id._get_working_times()
        for status in self:
            event, moment = False, False
            if status in waiting:
                working = clocks[status.complaint_id]
                event, moment = status._get_next_event(working)
            status.next_event = event
            status.next_event_date = moment

    @api.model
    def _plan(self, statuses):
        """Find anew what comes next for ``statuses``."""
        for name in ("next_event", "next_event_date"):
            self.env.add_to_compute(self._fields[name], statuses)

    def _get_next_event(self, working):
        """Return ``(event, moment)`` of what is to be done next, or two times False."""
        self.ensure_one()
        if self._is_due_sent():
            moment = self._get_overdue_date(working)
            return (
                ("overdue", self._shift(moment, working)) if moment else (False, False)
            )
        reminder = self.state != "late" and self._get_reminder_date(working)
        if reminder:
            return "before", reminder
        return "due", self._shift(self.deadline, working)

    def _is_due_sent(self):
        """Whether the lateness of the present deadline was reported."""
        return bool(self.date_due_sent and self.date_due_sent >= self.deadline)

    def _is_critical(self):
        return self.complaint_id.severity == "critical"

    def _shift(self, moment, working):
        """Return ``moment``, or when people work next; a critical case does not wait."""
        return moment if self._is_critical() else working.next_moment(moment)

    def _get_reminder_date(self, working):
        """Return when the first reminder is to come; False if none is to come.

        None comes where the whole time is shorter than the lead. After a move of the
        deadline a new one comes only if the old deadline would be over by then.
        """
        lead = self.line_id.remind_before
        if not lead:
            return False
        start, deadline = self.date_start, self.deadline
        if self.unit == "clock_hours":
            moment = deadline - timedelta(hours=lead)
        else:
            left = working.hours_between(start, deadline) - lead
            moment = working.add_hours(start, left) if left > 0 else start
        if moment <= start:
            return False
        if self.reminded_deadline and moment < self.reminded_deadline:
            return False
        shifted = self._shift(moment, working)
        if shifted >= deadline:
            # Nobody works before the deadline: an hour before people leave.
            worked = working.hours_between(start, moment)
            shifted = working.add_hours(start, worked - 1) if worked > 1 else False
        return shifted

    def _get_overdue_date(self, working):
        """Return when staff or management hear of the lateness again."""
        moments = [moment for __, moment in self._get_open_steps(working)]
        if self.line_id.repeat_daily:
            moments.append(self._get_last_sent() + DAY)
        return min(moments, default=False)

    def _get_open_steps(self, working):
        """Return ``[(level, moment)]``: who has not heard of the lateness, and when."""
        reached = LEVEL_ORDER.index(self.level_reached) if self.level_reached else -1
        by_clock = self.unit == "clock_hours"
        return [
            (
                level,
                self.deadline + days * DAY
                if by_clock
                else working.add_days(self.deadline, days),
            )
            for level, days in self.line_id._get_steps()
            if LEVEL_ORDER.index(level) > reached
        ]

    def _get_last_sent(self):
        sent = [self.date_due_sent, self.date_overdue_sent]
        return max(moment for moment in sent if moment)

    # Life

    def write(self, vals):
        res = super().write(vals)
        if vals.get("date_met"):
            # sudo: the task of somebody else, settled by the event itself.
            self.sudo().activity_id.unlink()
        elif "deadline" in vals:
            self._move_activities()
        return res

    def unlink(self):
        # sudo: as above; what is promised no longer needs no reminder.
        activities = self.sudo().activity_id
        res = super().unlink()
        activities.unlink()
        return res

    def _move_activities(self):
        for status in self.sudo().filtered("activity_id"):  # sudo: as in write
            activity = status.activity_id
            day = status._get_local_day(activity.user_id)
            if activity.date_deadline != day:
                activity.date_deadline = day

    def _hand_over_activities(self):
        """Give the open tasks of the commitments to the owners of their cases."""
        for user, statuses in self.grouped(lambda s: s.complaint_id.user_id).items():
            # sudo: as in write; the new owner was told of the case already.
            statuses.sudo().activity_id.with_context(
                mail_activity_quick_update=True
            ).user_id = user
