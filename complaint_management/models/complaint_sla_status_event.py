import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools.misc import format_datetime

from ..tools.locking import BUSY, take_free
from .complaint_escalation_level import LEVEL_ORDER

_logger = logging.getLogger(__name__)

DEADLINE_ACTIVITY = "complaint_management.mail_activity_type_deadline"
DAY = timedelta(days=1)
# The rules get the first chance; the job takes what they left.
GRACE = timedelta(minutes=10)


class ComplaintSlaStatus(models.Model):
    """What is done when a reminder or an escalation is due, and the job that does it."""

    _inherit = "complaint.sla.status"

    # Act

    def _fire_due(self):
        """Do what is due for ``self``; what is not due, or done already, is left.

        Each reminder and escalation goes out exactly once, also when several workers
        or rules call this at the same time: who holds the lock of the row does it. A
        record that fails is logged and left; the others go on.

        :return: the records that failed
        """
        now = fields.Datetime.now()
        due = self._lock_due(now)
        if not due:
            return due
        try:
            with self.env.cr.savepoint():
                due._fire(now)
            return due.browse()
        except Exception:
            _logger.info("A reminder failed; trying them one by one.", exc_info=True)
        failed = due.browse()
        for status in due:
            try:
                with self.env.cr.savepoint():
                    status._fire(now)
            except BUSY:
                _logger.info(
                    "%s is being changed; it is left for the next run.", status
                )
            except Exception:
                failed |= status
                _logger.exception(
                    "The reminder of %s failed (case %s, commitment “%s”); it is tried "
                    "again in the next run.",
                    status,
                    status.complaint_id.reference or status.complaint_id.id,
                    status.commitment,
                )
        return failed

    def _lock_due(self, now):
        """Return those of ``self`` that are due and that nobody else is at."""
        # sudo: rules and the job act for the company.
        statuses = self.sudo()
        # The cases as well, so that two workers never wait for each other.
        cases = take_free(statuses.complaint_id)
        free = take_free(statuses.filtered(lambda s: s.complaint_id in cases))
        # Another worker may have been at it before the lock.
        free.invalidate_recordset()
        return free.filtered(
            lambda status: status.next_event and status.next_event_date <= now
        )

    def _fire(self, now):
        """Do what is due, in order, until nothing is left for now."""
        clocks = self.complaint_id._get_working_times()
        self.filtered(lambda s: s.state == "running" and s.deadline <= now).write(
            {"state": "late"}
        )
        due = self._postpone_outside_hours(now, clocks)
        # The deadline first, then whoever in management should have heard by now.
        late = due.filtered(lambda s: s.deadline <= now)
        missed = late.filtered(lambda s: not s._is_due_sent())
        notices = (due - late)._fire_before(now)
        notices += missed._fire_deadline(now)
        notices += late._fire_overdue(now, clocks)
        self.env["complaint.complaint"]._notify_staff(notices)

    def _postpone_outside_hours(self, now, clocks):
        """Leave what is not critical until people work; return the rest."""
        postponed = self.browse()
        for status in self:
            moment = status._shift(now, clocks[status.complaint_id])
            if moment > now:
                status.next_event_date = moment
                postponed |= status
        return self - postponed

    def _fire_before(self, now):
        readers = self._get_readers()
        self._schedule_activities(readers)
        for status in self:
            status.write({"date_reminded": now, "reminded_deadline": status.deadline})
        return self._get_notices("before", readers)

    def _fire_deadline(self, now):
        readers = self._get_readers()
        self._schedule_activities(readers)
        told = self.filtered("line_id.escalate_due")
        notices = self._get_notices("due", readers) + told._escalate("supervisor")
        told.write({"date_due_sent": now, "level_reached": "supervisor"})
        (self - told).write({"date_due_sent": now, "level_reached": False})
        return notices

    def _fire_overdue(self, now, clocks):
        repeated = self.filtered(
            lambda s: s.line_id.repeat_daily and s._get_last_sent() + DAY <= now
        )
        notices = repeated._get_notices("overdue", repeated._get_readers())
        for status in repeated:
            count = status.overdue_count + 1
            status.write({"date_overdue_sent": now, "overdue_count": count})
        for level in LEVEL_ORDER[1:]:
            reached = self.browse()
            for status in self:
                steps = dict(status._get_open_steps(clocks[status.complaint_id]))
                if level in steps and steps[level] <= now:
                    reached |= status
            notices += reached._escalate(level)
            reached.write({"level_reached": level})
        return notices

    def _escalate(self, level):
        """Escalate the cases; return what the addressees are to be told."""
        requests = [
            {
                "complaint": status.complaint_id,
                "level": level,
                "reason": "deadline",
                "status": status,
            }
            for status in self
        ]
        complaints = self.env["complaint.complaint"]
        return complaints._open_escalations(requests, notify=False)._get_notices()

    # Tell staff

    def _get_readers(self):
        """Return ``{commitment: user}``: who is to act now."""
        found = self.complaint_id._get_readers()
        return {status: found[status.complaint_id] for status in self}

    def _schedule_activities(self, readers):
        """Give each reader one task for a commitment; it goes when that is kept."""
        activity_type = self.env.ref(DEADLINE_ACTIVITY, raise_if_not_found=False)
        model_id = self.env["ir.model"]._get_id("complaint.complaint")
        todo = self.filtered(lambda status: not status.activity_id)
        # The reader is told by the reminder itself.
        activities = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True
        )
        created = activities.create(
            [
                {
                    "activity_type_id": activity_type.id if activity_type else False,
                    "res_model_id": model_id,
                    "res_id": status.complaint_id.id,
                    "user_id": readers[status].id,
                    "date_deadline": status._get_local_day(readers[status]),
                    "summary": status.with_context(
                        lang=readers[status].lang or self.env.lang
                    )._label("commitment"),
                    "automated": True,
                }
                for status in todo
            ]
        )
        for status, activity in zip(todo, created, strict=True):
            status.activity_id = activity

    def _get_notices(self, event, readers):
        """Return what the readers are told, as ``_notify_staff`` takes it."""
        return [
            (readers[status], status.complaint_id, partial(status._tell, event))
            for status in self
        ]

    def _tell(self, event, case):
        """Return subject and lines of a reminder, in the language of ``case``."""
        status = self.with_env(case.env)
        return status._get_subject(event), status._get_lines(event)

    def _get_subject(self, event):
        _ = self.env._
        values = {
            "commitment": self._label("commitment"),
            "case": self.complaint_id.display_name,
            "deadline": self._get_local_deadline(),
        }
        if event == "before":
            return _("%(commitment)s until %(deadline)s: %(case)s", **values)
        if event == "due":
            return _("Deadline passed: %(commitment)s, %(case)s", **values)
        return _("Still late: %(commitment)s, %(case)s", **values)

    def _get_lines(self, event):
        """Return the paragraphs of a reminder, in the language of ``self``."""
        _ = self.env._
        case = self.complaint_id
        if event == "before":
            what = _(
                "“%(commitment)s” is still to be done, until %(deadline)s.",
                commitment=self._label("commitment"),
                deadline=self._get_local_deadline(),
            )
        else:
            what = self._get_missed_text()
        customer = case.partner_name or case.partner_email
        lines = [what]
        if customer:
            lines.append(_("Customer: %(customer)s", customer=customer))
        if not case.user_id:
            lines.append(_("The case has no owner yet."))
        return lines

    def _get_missed_text(self):
        """Say which promise was not kept, and until when it was to be."""
        return self.env._(
            "“%(commitment)s” was promised until %(deadline)s, and is not done.",
            commitment=self._label("commitment"),
            deadline=self._get_local_deadline(),
        )

    def _get_local_deadline(self):
        return format_datetime(self.env, self.deadline, tz=self.env.tz.zone)

    def _get_local_day(self, user):
        local = self.with_context(tz=user.tz or self.env.context.get("tz"))
        return fields.Datetime.context_timestamp(local, self.deadline).date()

    # Job

    @api.model
    def _cron_fire_due(self, batch_size=100):
        """Catch up on whatever is due and was not done, for whatever reason.

        Rules look only at dates since their last run: what was entered late, moved
        into the past, or fell into a time when the server was down or a rule was off,
        is done here. Each batch is committed; a run reads only what is due.
        """
        job = self.env["ir.cron"]
        latest = fields.Datetime.now() - GRACE
        # What failed, or is another worker's, waits for the next run.
        left = []
        while True:
            domain = [
                ("next_event", "!=", False),
                ("next_event_date", "<=", latest),
                ("id", "not in", left),
            ]
            due = self.search(domain, order="next_event_date, id", limit=batch_size)
            due._fire_due()
            left += due.filtered(
                lambda status: status.next_event and status.next_event_date <= latest
            ).ids
            more = len(due) == batch_size
            if not job._commit_progress(len(due), remaining=int(more)) or not more:
                return
