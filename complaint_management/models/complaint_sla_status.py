from datetime import timedelta

from odoo import api, fields, models

from .complaint_sla_policy import COMMITMENTS


class ComplaintSlaStatus(models.Model):
    """One commitment to one customer: until when, and whether it was kept.

    ``running`` and ``paused`` are open; ``met`` was kept in time; ``late`` was not,
    and is still open as long as it has no ``date_met``.
    """

    _name = "complaint.sla.status"
    _description = "SLA Status"
    _order = "deadline, id"

    complaint_id = fields.Many2one(
        "complaint.complaint",
        string="Case",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", related="complaint_id.company_id", store=True
    )
    policy_id = fields.Many2one("complaint.sla.policy", ondelete="restrict")
    line_id = fields.Many2one(
        "complaint.sla.policy.line", string="Target", ondelete="set null"
    )
    commitment = fields.Selection(COMMITMENTS, required=True)
    date_start = fields.Datetime(
        string="From", required=True, help="When the time began to count."
    )
    deadline = fields.Datetime(required=True)
    state = fields.Selection(
        [
            ("running", "Running"),
            ("paused", "Paused"),
            ("met", "Met"),
            ("late", "Late"),
        ],
        required=True,
        default="running",
    )
    date_met = fields.Datetime(string="Kept On")
    date_paused = fields.Datetime(string="Paused Since")
    paused_hours = fields.Float(
        help="How long the commitment stood still, in hours of its own unit: clock "
        "hours, or hours of the calendar."
    )

    _due_idx = models.Index("(deadline) WHERE state = 'running'")

    @api.depends("commitment", "complaint_id")
    def _compute_display_name(self):
        labels = dict(self._fields["commitment"]._description_selection(self.env))
        for status in self:
            status.display_name = (
                f"{labels.get(status.commitment)}: {status.complaint_id.display_name}"
            )

    def _is_open(self):
        self.ensure_one()
        return not self.date_met

    def _of(self, *commitments):
        return self.filtered(lambda status: status.commitment in commitments)

    # Events

    def _meet(self, moment):
        """Record that the commitment was kept at ``moment``, in time or late."""
        for status in self.filtered(lambda status: status._is_open()):
            if status.state == "paused":
                status._resume(moment)
            status.write(
                {
                    "date_met": moment,
                    "state": "met" if moment <= status.deadline else "late",
                }
            )

    def _pause(self, moment):
        self.filtered(
            lambda status: (
                status.state == "running"
                and status.line_id.pauses
                and status.deadline > moment
            )
        ).write({"state": "paused", "date_paused": moment})

    def _resume(self, moment):
        """Let the time go on, with what was left of it."""
        clocks = self.complaint_id._get_working_times()
        for status in self.filtered(lambda status: status.state == "paused"):
            working = clocks[status.complaint_id]
            paused = status.paused_hours + status._count_hours(
                status.date_paused, moment, working
            )
            status.write(
                {
                    "state": "running",
                    "date_paused": False,
                    "paused_hours": paused,
                    "deadline": status._get_deadline(status.line_id, paused, working),
                }
            )

    def _count_hours(self, start, end, working):
        """Return the hours from ``start`` to ``end`` in the commitment's own unit."""
        if self.line_id.unit == "clock_hours":
            return max((end - start).total_seconds(), 0) / 3600
        return working.hours_between(start, end)

    def _get_deadline(self, line, paused_hours, working):
        """Return the deadline after what ``line`` promises and the time it stood still."""
        deadline = line._add_to(self.date_start, working)
        if not paused_hours:
            return deadline
        if line.unit == "clock_hours":
            return deadline + timedelta(hours=paused_hours)
        return working.add_hours(deadline, paused_hours)

    # Job

    @api.model
    def _cron_find_late(self, batch_size=500):
        """Mark what has become late. Reads only what is due; a second run finds nothing."""
        due = [("state", "=", "running"), ("deadline", "<", fields.Datetime.now())]
        statuses = self.search(due, limit=batch_size)
        statuses.write({"state": "late"})
        remaining = self.search_count(due) if len(statuses) == batch_size else 0
        self.env["ir.cron"]._commit_progress(len(statuses), remaining=remaining)
