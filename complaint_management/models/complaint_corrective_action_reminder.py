import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import format_date

from ..tools.locking import BUSY, take_free
from .complaint_corrective_action import OPEN_STATES
from .complaint_escalation_level import LEVEL_ORDER, LEVELS

_logger = logging.getLogger(__name__)

ACTION_ACTIVITY = "complaint_management.mail_activity_type_action"
REVIEW_ACTIVITY = "complaint_management.mail_activity_type_effectiveness"
DAY = timedelta(days=1)
# What was sent for a date; another date begins anew.
MARKS = {
    "date_reminded": False,
    "date_due_sent": False,
    "date_overdue_sent": False,
    "overdue_count": 0,
    "level_reached": False,
}


class ComplaintCorrectiveAction(models.Model):
    """Reminders and escalation of the date that counts now, each exactly once.

    Before it, on it, and daily after it whoever is to act is reminded: the owner, or
    the reviewer once the action is done. Then the levels of management hear of it,
    one after the other. What comes next and when is stored with the action, so that
    the job reads only what is due, and catches up after whatever stopped it.
    """

    _inherit = "complaint.corrective.action"

    next_event = fields.Selection(
        [
            ("before", "First Reminder"),
            ("due", "Due"),
            ("overdue", "Overdue"),
        ],
        compute="_compute_next_event",
        store=True,
        system=True,
    )
    next_event_date = fields.Datetime(
        string="Next Event On",
        compute="_compute_next_event",
        store=True,
        help="In the working hours of the team.",
        system=True,
    )
    date_reminded = fields.Datetime(
        string="Reminded On", readonly=True, copy=False, system=True
    )
    date_due_sent = fields.Datetime(
        string="Date Reported On",
        readonly=True,
        copy=False,
        system=True,
    )
    date_overdue_sent = fields.Datetime(
        string="Last Repeated On",
        readonly=True,
        copy=False,
        system=True,
    )
    overdue_count = fields.Integer(
        string="Repeated", readonly=True, copy=False, system=True
    )
    level_reached = fields.Selection(
        LEVELS,
        string="Escalated To",
        readonly=True,
        copy=False,
        help="The highest level of management that has heard that it is overdue.",
        system=True,
    )

    _next_event_idx = models.Index("(next_event_date) WHERE next_event IS NOT NULL")

    # What comes next

    @api.depends(
        "deadline",
        "team_id",
        "company_id",
        "date_reminded",
        "date_due_sent",
        "date_overdue_sent",
        "level_reached",
    )
    def _compute_next_event(self):
        for action in self:
            event, moment = False, False
            if action.deadline:
                event, moment = action._get_next_event()
            action.next_event = event
            action.next_event_date = moment

    def _get_working_time(self):
        """Return the hours in which people are reminded of the action."""
        # sudo: the calendar counts for whoever changes the action.
        action = self.sudo()
        return self.env["complaint.complaint"]._get_working_time(
            action.team_id._origin.id, action.company_id.id
        )

    def _get_next_event(self):
        """Return ``(event, moment)`` of what is to be done next, or two times False."""
        self.ensure_one()
        working = self._get_working_time()
        due = working.start_of(self.deadline)
        if not self.date_due_sent:
            reminder = self._get_reminder_date(working)
            if not self.date_reminded and reminder and reminder < due:
                return "before", reminder
            return "due", due
        moments = [moment for __, moment in self._get_open_levels(working)]
        # sudo: a setting of the company, which holds for whoever changes the action.
        if self.company_id.sudo().complaint_action_repeat:
            moments.append(self._get_repeat_date(working))
        moment = min(moments, default=False)
        return ("overdue", moment) if moment else (False, False)

    def _get_reminder_date(self, working):
        """Return when the first reminder is to come; False where there was no time."""
        lead = self.company_id.sudo().complaint_action_remind_days  # sudo: as above
        if not lead:
            return False
        moment = working.start_of(self.deadline - lead * DAY)
        known = self.create_date or fields.Datetime.now()
        return moment if moment > known else False

    def _get_repeat_date(self, working):
        if not self.date_overdue_sent:
            return working.start_of(self.deadline + DAY)
        return working.next_moment(self.date_overdue_sent + DAY)

    def _get_open_levels(self, working):
        """Return ``[(level, moment)]``: who has not heard of it, and when they do."""
        company = self.company_id.sudo()  # sudo: as above
        days = {
            "supervisor": company.complaint_action_supervisor_days,
            "manager": company.complaint_action_manager_days,
            "senior_management": company.complaint_action_senior_days,
        }
        reached = LEVEL_ORDER.index(self.level_reached) if self.level_reached else -1
        return [
            (level, working.start_of(working.add_dates(self.deadline, days[level])))
            for level in LEVEL_ORDER[reached + 1 :]
            if days[level]
        ]

    # Life

    def _follow_deadline(self, change):
        """Count reminders anew for what is due at another time, or by somebody else."""
        moved = change.filter_changed("deadline") | self.filtered(
            lambda action: (
                (change.old(action, "state") in OPEN_STATES)
                != (action.state in OPEN_STATES)
            )
        )
        # sudo: the system's own marks; what is settled needs no task any more.
        moved.sudo().write(MARKS)
        moved._drop_tasks()
        if change.touches("user_id", "reviewer_id"):
            (self - moved)._hand_over_tasks()
        if change.touches("state"):
            self.step_ids._sync_activities()

    def _get_reader_field(self):
        """Return which field names the person who is to act now."""
        return "user_id" if self.state in OPEN_STATES else "reviewer_id"

    def _get_tasks(self):
        # sudo: tasks of other people, settled by what happened to the action.
        action = self.sudo()
        steps = action.step_ids.activity_id
        types = [
            self.env.ref(xmlid, raise_if_not_found=False)
            for xmlid in (ACTION_ACTIVITY, REVIEW_ACTIVITY)
        ]
        return action.activity_ids.filtered(
            lambda activity: (
                activity.automated
                and activity.activity_type_id in types
                and activity not in steps
            )
        )

    def _drop_tasks(self):
        self._get_tasks().unlink()

    def _hand_over_tasks(self):
        """Give the open tasks to who is to act now; they were told of that already."""
        for action in self:
            reader = action[action._get_reader_field()]
            if reader:
                action._get_tasks().with_context(
                    mail_activity_quick_update=True
                ).user_id = reader

    # Act

    def _fire_due(self):
        """Do what is due for ``self``; what is not due, or done already, is left.

        Exactly once, also when several workers call this at the same time: who holds
        the lock of the row does it. A record that fails is logged and left.

        :return: the records that failed
        """
        now = fields.Datetime.now()
        due = self._lock_due(now)
        failed = due.browse()
        notices = []
        for action in due:
            try:
                with self.env.cr.savepoint():
                    notices += action._fire(now)
            except BUSY:
                _logger.info("%s is being changed; it is left.", action)
            except Exception:
                failed |= action
                _logger.exception(
                    "The reminder of %s failed; it is tried again in the next run.",
                    action,
                )
        due._notify_staff(notices)
        return failed

    def _lock_due(self, now):
        """Return those of ``self`` that are due and that nobody else is at."""
        # sudo: the job acts for the company.
        free = take_free(self.sudo())
        # Another worker may have been at it before the lock.
        free.invalidate_recordset()
        return free.filtered(lambda a: a.next_event and a.next_event_date <= now)

    def _fire(self, now):
        """Do what is due, and return what people are to be told.

        Outside of working hours nothing is done: it is put off until people work.
        """
        self.ensure_one()
        working = self._get_working_time()
        moment = working.next_moment(now)
        if moment > now:
            self.next_event_date = moment
            return []
        if now < working.start_of(self.deadline):
            notices = self._remind("before")
            self.date_reminded = now
            return notices
        repeat = self.company_id.complaint_action_repeat
        overdue = now >= working.start_of(self.deadline + DAY)
        notices = []
        if overdue and repeat and self._get_repeat_date(working) <= now:
            notices += self._remind("overdue")
            self.write(
                {
                    "date_due_sent": self.date_due_sent or now,
                    "date_overdue_sent": now,
                    "overdue_count": self.overdue_count + 1,
                }
            )
        elif not self.date_due_sent:
            notices += self._remind("overdue" if overdue else "due")
            self.date_due_sent = now
        for level, level_date in self._get_open_levels(working):
            if level_date <= now:
                notices += self._tell_level(level)
                self.level_reached = level
        return notices

    def _remind(self, event):
        reader = self._get_reader()
        self._schedule_task(reader)
        return [(reader, self, partial(self._tell, event))]

    def _get_reader(self):
        """Return who is to act: the owner or reviewer, the team's leader, or above."""
        found = (
            self[self._get_reader_field()] | self.team_id.user_id
        )._filter_at_work() - self._get_barred_readers()
        return found[:1] or self._get_responsible(
            "supervisor", exclude=self._get_barred_readers()
        )

    def _get_barred_readers(self):
        """The owner of an action cannot be the one who reviews it."""
        open_ = self.state in OPEN_STATES
        return self.env["res.users"] if open_ else self.user_id

    def _schedule_task(self, user):
        """Give ``user`` one task for the action; it goes when that is settled."""
        if user in self._get_tasks().user_id:
            return
        xmlid = ACTION_ACTIVITY if self.state in OPEN_STATES else REVIEW_ACTIVITY
        # The reminder itself tells the user.
        self.with_context(
            mail_activity_quick_update=True, lang=user.lang
        ).activity_schedule(
            xmlid,
            date_deadline=self.deadline,
            summary=self.name,
            user_id=user.id,
            automated=True,
        )

    def _tell_level(self, level):
        """Let a level of management hear of it, once, and keep that in the log."""
        user = self._get_responsible(level, exclude=self._get_barred_readers())
        self._schedule_task(user)
        label = dict(self._fields["level_reached"]._description_selection(self.env))
        self._log_decision(
            "escalation",
            self.env._("Action overdue"),
            new_value=f"{label[level]}: {user.name}",
        )
        return [(user, self, partial(self._tell, "escalated"))]

    # Tell staff

    def _tell(self, event, action):
        """Return subject and lines of a reminder, in the language of ``action``."""
        _ = action.env._
        values = {
            "action": action.name,
            "date": format_date(action.env, action.deadline),
        }
        review = action.state not in OPEN_STATES
        if event == "escalated":
            subject = _("Overdue, escalated to you: %(action)s", **values)
        elif review:
            subject = _("Did it work? Review until %(date)s: %(action)s", **values)
        elif event == "before":
            subject = _("Action due on %(date)s: %(action)s", **values)
        elif event == "due":
            subject = _("Action due today: %(action)s", **values)
        else:
            subject = _("Action overdue since %(date)s: %(action)s", **values)
        if review:
            lines = [
                _("Criterion: %(text)s", text=action.effectiveness_criterion or "")
            ]
        else:
            lines = [_("Due on %(date)s.", **values)]
            if action.step_count:
                lines.append(
                    _(
                        "Steps done: %(done)s of %(count)s.",
                        done=action.step_done_count,
                        count=action.step_count,
                    )
                )
        owner = action.user_id.name or _("nobody")
        return subject, [*lines, _("Owner: %(user)s", user=owner)]

    # Job

    @api.model
    def _cron_fire_due(self, batch_size=100):
        """Remind and escalate whatever is due and was not done, however long ago.

        Each batch is committed; a run reads only what is due.
        """
        job = self.env["ir.cron"]
        now = fields.Datetime.now()
        # What failed, or is another worker's, waits for the next run.
        left = []
        while True:
            domain = [
                ("next_event", "!=", False),
                ("next_event_date", "<=", now),
                ("id", "not in", left),
            ]
            due = self.search(domain, order="next_event_date, id", limit=batch_size)
            due._fire_due()
            left += due.filtered(
                lambda action: action.next_event and action.next_event_date <= now
            ).ids
            more = len(due) == batch_size
            if not job._commit_progress(len(due), remaining=int(more)) or not more:
                return
