import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ..tools.locking import BUSY, take_free
from .complaint_complaint import INTERNAL
from .complaint_stage import END_PHASES

_logger = logging.getLogger(__name__)

DEADLINE_ACTIVITY = "complaint_management.mail_activity_type_deadline"
DAY = timedelta(days=1)
# The rule gets the first chance; the job takes what it left.
GRACE = timedelta(minutes=10)


class ComplaintComplaint(models.Model):
    """Reminders of the statutory clock, each exactly once.

    Before a statutory date and on its last working day the owner is reminded. Once
    the deadline has passed the manager and then senior management get the case, and
    the owner is reminded every day. What comes next and when is stored with the case,
    so that the rule of the administrator, and the job for what it missed, read only
    what is due. Both call :meth:`_fire_statutory_due`.
    """

    _inherit = "complaint.complaint"

    statutory_event = fields.Selection(
        [
            ("summary_before", "Reminder of the Summary Resolution"),
            ("summary_due", "Last Day of the Summary Resolution"),
            ("before", "Reminder of the Final Response"),
            ("due", "Last Day of the Final Response"),
            ("overdue", "Overdue"),
        ],
        compute="_compute_statutory_event",
        store=True,
        groups=INTERNAL,
        help="What is done next about the statutory deadline.",
        system=True,
    )
    statutory_event_date = fields.Datetime(
        string="Next Statutory Event On",
        compute="_compute_statutory_event",
        store=True,
        groups=INTERNAL,
        help="In the working hours of the team, unless the case is critical.",
        system=True,
    )
    # For each event and level the date that it was about, so that another date
    # begins anew; and when the lateness was last repeated.
    statutory_sent = fields.Json(
        readonly=True, copy=False, groups=INTERNAL, system=True
    )
    statutory_activity_id = fields.Many2one(
        "mail.activity",
        string="Statutory Reminder",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=INTERNAL,
        system=True,
    )

    _statutory_event_idx = models.Index(
        "(statutory_event_date) WHERE statutory_event IS NOT NULL"
    )

    # What comes next

    @api.depends(
        "statutory_deadline",
        "statutory_summary_date",
        "statutory_sent",
        "date_communicated",
        "phase",
        "severity",
        "team_id",
    )
    def _compute_statutory_event(self):
        waiting = self.filtered(lambda case: case._is_statutory_open())
        workings = waiting._get_working_times()
        for case in self:
            event, moment = False, False
            if case in waiting:
                event, moment = case._get_next_statutory_event(workings[case])
            case.statutory_event = event
            case.statutory_event_date = moment

    def _is_statutory_open(self):
        """Whether the law still waits for the company's final response."""
        return bool(
            self.statutory_deadline
            and not self.date_communicated
            and self.phase not in END_PHASES
        )

    def _get_next_statutory_event(self, working):
        """Return ``(event, moment)`` of what is to be done next, or two times False."""
        self.ensure_one()
        for event, day, moment in self._get_statutory_plan():
            if not self._is_statutory_sent(event, day):
                return event, self._shift_statutory(moment, working)
        moments = [self._get_statutory_repeat_date()]
        moments += [moment for __, moment in self._get_statutory_levels()]
        return "overdue", self._shift_statutory(min(moments), working)

    def _shift_statutory(self, moment, working):
        """Return ``moment``, or when people work next; a critical case does not wait."""
        critical = self.severity == "critical"
        return moment if critical else working.next_moment(moment)

    def _get_statutory_clock(self):
        return self._get_working_time(False, self.company_id.id)

    def _get_statutory_plan(self):
        """Return ``[(event, day, moment)]`` in order, up to the lateness.

        ``day`` is the statutory date that the event is about. The last working day up
        to it is meant, as eight weeks may end on a Sunday.
        """
        self.ensure_one()
        clock = self._get_statutory_clock()
        received = clock.date_of(self.date_received)
        # sudo: a setting of the company, which holds for whoever changes the case.
        lead = self.company_id.sudo().complaint_statutory_remind_days
        plan = []
        for prefix, day, days in [
            ("summary_", self.statutory_summary_date, min(lead, 1)),
            ("", self.statutory_deadline, lead),
        ]:
            if not day:
                continue
            last = clock.date_before(day + DAY, 1)
            first = clock.date_before(last, days)
            if received < first < last:
                plan.append((f"{prefix}before", day, clock.start_of(first)))
            plan.append((f"{prefix}due", day, clock.start_of(last)))
        passed = clock.midnight(self.statutory_deadline + DAY)
        return [*plan, ("overdue", self.statutory_deadline, passed)]

    def _is_statutory_sent(self, event, day):
        sent = (self.statutory_sent or {}).get(event)
        return sent == fields.Date.to_string(day)

    def _get_statutory_levels(self):
        """Return ``[(level, moment)]``: who has not heard of the lateness, and when."""
        clock = self._get_statutory_clock()
        deadline = self.statutory_deadline
        levels = [("manager", clock.midnight(deadline + DAY))]
        # sudo: as for the lead
        days = self.company_id.sudo().complaint_statutory_senior_days
        if days:
            later = clock.start_of(clock.add_dates(deadline, days))
            levels.append(("senior_management", later))
        return [
            (level, moment)
            for level, moment in levels
            if not self._is_statutory_sent(level, deadline)
        ]

    def _get_statutory_repeat_date(self):
        return fields.Datetime.to_datetime(self.statutory_sent["repeated"]) + DAY

    # Life

    def _follow_statutory(self, change):
        if change.touches(
            "date_communicated",
            "stage_id",
            "user_id",
            "kind",
            "date_received",
            "date_holding",
        ):
            # sudo: the task of somebody else, settled by the event itself.
            self.sudo()._follow_statutory_activities()

    def _follow_statutory_activities(self):
        for case in self.filtered("statutory_activity_id"):
            activity = case.statutory_activity_id
            if not case._is_statutory_open():
                activity.unlink()
                continue
            # A new owner was told of the case already.
            activity = activity.with_context(mail_activity_quick_update=True)
            if case.user_id and activity.user_id != case.user_id:
                activity.user_id = case.user_id
            if activity.date_deadline != case.statutory_deadline:
                activity.date_deadline = case.statutory_deadline

    # Act

    def _fire_statutory_due(self):
        """Do what the statutory clock asks for now; what is done already is left.

        Each reminder and escalation goes out exactly once, also when several workers
        or rules call this at the same time: who holds the lock of the row does it. A
        case that fails is logged and left; the others go on.

        :return: the cases that failed
        """
        now = fields.Datetime.now()
        due = self._lock_statutory_due(now)
        if not due:
            return due
        try:
            with self.env.cr.savepoint():
                due._fire_statutory(now)
            return due.browse()
        except Exception:
            _logger.info("A reminder failed; trying them one by one.", exc_info=True)
        failed = due.browse()
        for case in due:
            try:
                with self.env.cr.savepoint():
                    case._fire_statutory(now)
            except BUSY:
                _logger.info("%s is being changed; it is left for the next run.", case)
            except Exception:
                failed |= case
                _logger.exception(
                    "The statutory reminder of %s (case %s) failed; it is tried again "
                    "in the next run.",
                    case,
                    case.reference or case.id,
                )
        return failed

    def _lock_statutory_due(self, now):
        """Return those of ``self`` that are due and that nobody else is at."""
        # sudo: rule and job act for the company.
        free = take_free(self.sudo())
        # Another worker may have been at it before the lock.
        free.invalidate_recordset()
        return free.filtered(
            lambda c: c.statutory_event and c.statutory_event_date <= now
        )

    def _fire_statutory(self, now):
        """Do what is due; what passed unseen while nothing ran is not told any more."""
        workings = self._get_working_times()
        told, levels = {}, {"manager": [], "senior_management": []}
        marks = {}
        for case in self:
            moment = case._shift_statutory(now, workings[case])
            if moment > now:
                case.statutory_event_date = moment
                continue
            event, marks[case], reached = case._get_statutory_due(now)
            if event:
                told.setdefault(event, []).append(case.id)
            for level in reached:
                levels[level].append(case)
        notices = []
        for event, ids in told.items():
            notices += self.browse(ids)._remind_statutory(event)
        for level, cases in levels.items():
            notices += self._escalate_statutory(level, cases)
        for case, sent in marks.items():
            case.statutory_sent = {**(case.statutory_sent or {}), **sent}
        self._notify_staff(notices)

    def _get_statutory_due(self, now):
        """Return the event to tell of, what counts as sent with it, and the levels.

        :return: ``(event or False, marks, levels)``
        """
        self.ensure_one()
        today = self._get_statutory_clock().date_of(now)
        event, marks = False, {}
        for name, day, moment in self._get_statutory_plan():
            if moment > now or self._is_statutory_sent(name, day):
                continue
            marks[name] = fields.Date.to_string(day)
            if name == "overdue" or day >= today:
                event = name
        if self.statutory_deadline >= today:
            return event, marks, []
        if not event and self._get_statutory_repeat_date() <= now:
            event = "overdue"
        if event:
            marks["repeated"] = fields.Datetime.to_string(now)
        reached = [
            level for level, moment in self._get_statutory_levels() if moment <= now
        ]
        marks.update(
            dict.fromkeys(reached, fields.Date.to_string(self.statutory_deadline))
        )
        return event, marks, reached

    def _remind_statutory(self, event):
        """Give each reader one task and return what they are told."""
        readers = self._get_readers()
        activity_type = self.env.ref(DEADLINE_ACTIVITY, raise_if_not_found=False)
        todo = self.filtered(lambda case: not case.statutory_activity_id)
        # The reminder itself tells the reader.
        activities = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True
        )
        created = activities.create(
            [
                {
                    "activity_type_id": activity_type.id if activity_type else False,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": case.id,
                    "user_id": readers[case].id,
                    "date_deadline": case.statutory_deadline,
                    "summary": case.with_context(
                        lang=readers[case].lang or self.env.lang
                    ).env._("Final response that the law asks for"),
                    "automated": True,
                }
                for case in todo
            ]
        )
        for case, activity in zip(todo, created, strict=True):
            case.statutory_activity_id = activity
        return [
            (readers[case], case, partial(self._tell_statutory, event)) for case in self
        ]

    @api.model
    def _escalate_statutory(self, level, cases):
        """Escalate ``cases``; return what the addressees are to be told."""
        requests = [
            {
                "complaint": case,
                "level": level,
                "reason": "deadline",
                "note": case.with_context(
                    lang=case.company_id.partner_id.lang
                )._get_statutory_text("overdue"),
            }
            for case in cases
        ]
        return self._open_escalations(requests, notify=False)._get_notices()

    # Job

    @api.model
    def _cron_fire_statutory(self, batch_size=100):
        """Catch up on whatever the statutory clock asks for and was not done.

        Each batch is committed; a run reads only what is due.
        """
        job = self.env["ir.cron"]
        latest = fields.Datetime.now() - GRACE
        cases = self.with_context(active_test=False)
        # What failed, or is another worker's, waits for the next run.
        left = []
        while True:
            domain = [
                ("statutory_event", "!=", False),
                ("statutory_event_date", "<=", latest),
                ("id", "not in", left),
            ]
            due = cases.search(
                domain, order="statutory_event_date, id", limit=batch_size
            )
            due._fire_statutory_due()
            left += due.filtered(
                lambda c: c.statutory_event and c.statutory_event_date <= latest
            ).ids
            more = len(due) == batch_size
            if not job._commit_progress(len(due), remaining=int(more)) or not more:
                return
