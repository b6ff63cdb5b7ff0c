import logging

from odoo import api, fields, models
from odoo.fields import Domain

from .complaint_stage import END_PHASES

_logger = logging.getLogger(__name__)

JOB = "complaint_management.ir_cron_complaint_recount"


class ResourceCalendar(models.Model):
    """Count the open deadlines anew when hours change: holidays, shifts, the calendar.

    The calendar is marked at once, and a job counts its open cases in batches: a
    company's holidays of a whole year are one run. What is kept already and what was
    agreed stays.
    """

    _name = "resource.calendar"
    _inherit = ["resource.calendar", "complaint.protected.mixin"]

    complaint_recount = fields.Boolean(
        string="Deadlines to Be Counted Anew",
        system=True,
        readonly=True,
        copy=False,
        groups="base.group_system",
    )
    complaint_recount_after = fields.Integer(
        system=True,
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="The last case that was counted.",
    )

    def _request_complaint_recount(self):
        """Let the job count the open deadlines in these calendars anew."""
        # sudo: who enters holidays may have no right to write calendars.
        calendars = self.sudo()
        calendars.write({"complaint_recount": True, "complaint_recount_after": 0})
        job = self.env.ref(JOB, raise_if_not_found=False)
        if calendars and job:
            job.sudo()._trigger()  # sudo: as above

    @api.model
    def _cron_recount_complaints(self, batch_size=200):
        """Count the open deadlines in the marked calendars anew, batch by batch."""
        job = self.env["ir.cron"]
        while calendar := self.search([("complaint_recount", "=", True)], limit=1):
            cases = calendar._find_complaints_to_recount(batch_size)
            moved = cases._recount_deadlines()
            _logger.info(
                "The working hours “%s” changed: %s open cases counted anew, %s "
                "deadlines moved.",
                calendar.display_name,
                len(cases),
                moved,
            )
            more = len(cases) == batch_size
            calendar.write(
                {
                    "complaint_recount": more,
                    "complaint_recount_after": cases[-1:].id if more else 0,
                }
            )
            left = self.search_count([("complaint_recount", "=", True)])
            if not job._commit_progress(len(cases), remaining=left):
                return

    def _find_complaints_to_recount(self, limit):
        """Return the next open cases whose deadlines are counted in the calendar."""
        self.ensure_one()
        companies = self.env["res.company"].search(
            [("resource_calendar_id", "=", self.id)]
        )
        teams = self.env["complaint.team"].with_context(active_test=False)
        own = teams.search([("resource_calendar_id", "=", self.id)])
        others = teams.search(
            [
                ("resource_calendar_id", "=", False),
                ("company_id", "in", companies.ids),
            ]
        )
        # The statutory clock is the company's, whatever the team's calendar.
        bound = companies.filtered(lambda c: c.complaint_statutory != "off")
        counted = (
            Domain("team_id", "in", (own | others).ids)
            | (
                Domain("team_id", "=", False)
                & Domain("company_id", "in", companies.ids)
            )
            | Domain("company_id", "in", bound.ids)
        )
        return (
            self.env["complaint.complaint"]
            .with_context(active_test=False)
            .search(
                counted
                & Domain("phase", "not in", END_PHASES)
                & Domain("id", ">", self.complaint_recount_after),
                order="id",
                limit=limit,
            )
        )


class ComplaintComplaint(models.Model):
    _inherit = "complaint.complaint"

    def _recount_deadlines(self):
        """Count what is still open anew; a case that fails stops none of the others.

        :return: how many deadlines moved
        """
        try:
            with self.env.cr.savepoint():
                return self._recount_batch()
        except Exception:
            if len(self) == 1:
                _logger.exception(
                    "The deadlines of %s (case %s) could not be counted anew.",
                    self,
                    self.reference or self.id,
                )
                return 0
            return sum(case._recount_deadlines() for case in self)

    def _recount_batch(self):
        statuses = self.sla_status_ids._open()

        before = [status.deadline for status in statuses]
        before += [case.statutory_deadline for case in self]
        statuses._count()
        # The moments of reminders may move where the deadline does not.
        statuses._plan(statuses)
        for name in (
            "statutory_summary_date",
            "statutory_deadline",
            "statutory_event",
            "statutory_event_date",
        ):
            self.env.add_to_compute(self._fields[name], self)
        self.env.flush_all()
        after = [status.deadline for status in statuses]
        after += [case.statutory_deadline for case in self]
        return sum(old != new for old, new in zip(before, after, strict=True))
