import logging

from odoo import api, fields, models

from .complaint_sla_policy import COMMITMENTS, UNITS

_logger = logging.getLogger(__name__)

# What was promised; deadline and state follow from it.
TERMS = (
    "date_start",
    "target",
    "unit",
    "pauses",
    "agreed_deadline",
    "date_agreed",
)
ALERTS = [
    ("late", "Late"),
    ("today", "Due Today"),
    ("later", "Later"),
    ("paused", "Paused"),
]


class ComplaintSlaStatus(models.Model):
    """One commitment to one customer: until when, and whether it was kept.

    ``running`` and ``paused`` are open; ``met`` was kept in time; ``late`` was not,
    and is still open as long as it has no ``date_met``. Nobody has the right to
    write: events of the case change its commitments, and what people decide about
    them (:meth:`~.complaint_complaint_sla_decision.ComplaintComplaint.extend`,
    :meth:`~.complaint_complaint_sla_decision.ComplaintComplaint.keep_commitment`) is logged.
    """

    _name = "complaint.sla.status"
    _description = "SLA Status"
    _inherit = ["complaint.protected.mixin"]
    _order = "deadline, id"

    complaint_id = fields.Many2one(
        "complaint.complaint",
        string="Case",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        related="complaint_id.company_id",
        store=True,
        precompute=True,
        system=True,
    )
    policy_id = fields.Many2one("complaint.sla.policy", ondelete="restrict")
    line_id = fields.Many2one(
        "complaint.sla.policy.line", string="Policy Line", ondelete="set null"
    )
    commitment = fields.Selection(COMMITMENTS, required=True)
    # As promised: a policy that is edited later changes only what comes later.
    target = fields.Float(required=True)
    unit = fields.Selection(UNITS, required=True)
    pauses = fields.Boolean(string="Pauses While Waiting")
    date_start = fields.Datetime(
        string="From", required=True, help="When the time began to count."
    )
    agreed_deadline = fields.Datetime(
        string="Agreed", help="Another deadline, agreed with the customer."
    )
    date_agreed = fields.Datetime(string="Agreed On")
    agreed_reason = fields.Text(string="Why Agreed")
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
    date_met = fields.Datetime(
        string="Done On",
        help="When it was done; of a late one that never was, when the case ended.",
    )
    paused_hours = fields.Float(
        string="Paused (h)",
        help="How long it stood still for the customer: clock hours, or hours of the "
        "calendar.",
    )
    time_left = fields.Char(compute="_compute_time_left")
    alert = fields.Selection(ALERTS, compute="_compute_time_left")

    _due_idx = models.Index("(deadline) WHERE state = 'running'")
    _open_uniq = models.UniqueIndex(
        "(complaint_id, commitment) WHERE date_met IS NULL",
        "The case has this commitment already.",
    )

    @api.depends("commitment", "complaint_id")
    def _compute_display_name(self):
        for status in self:
            case = status.complaint_id.display_name
            status.display_name = f"{status._label('commitment')}: {case}"

    @api.depends("deadline", "state", "date_met", "unit", "complaint_id")
    def _compute_time_left(self):
        clocks = self.complaint_id._get_working_times()
        for status in self:
            if status.date_met or not status.deadline:
                status.time_left = status.alert = False
            elif status.state == "paused":
                status.time_left = self.env._("Paused")
                status.alert = "paused"
            else:
                status.time_left, status.alert = status.complaint_id._describe_time(
                    status.deadline, status.unit, clocks[status.complaint_id]
                )

    def _open(self):
        """Return the commitments that are not done, late ones included."""
        return self.filtered(lambda status: not status.date_met)

    def _of(self, *commitments):
        return self.filtered(lambda status: status.commitment in commitments)

    def _get_terms(self):
        self.ensure_one()
        return {name: self[name] for name in TERMS}

    def _is_as_promised(self, line):
        """Whether the commitment says the same as a line of a policy."""
        return all(self[name] == line[name] for name in ("target", "unit", "pauses"))

    def _label(self, name, env=None):
        """Return how a selection's value is shown to the user of ``env``."""
        labels = dict(self._fields[name]._description_selection(env or self.env))
        return labels.get(self[name], "")

    # Events

    def _meet(self, moment):
        """Record that the open commitments were kept at ``moment``, in time or late."""
        clocks = self.complaint_id._get_working_times()
        for status in self._open():
            case = status.complaint_id
            counted = {}
            if status.state == "paused":
                counted = case._count_commitment(
                    status._get_terms(), clocks[case], moment, until=moment
                )
            late = moment > counted.get("deadline", status.deadline)
            status.write(
                {**counted, "date_met": moment, "state": "late" if late else "met"}
            )

    def _undo_last(self):
        """Open the latest again, because what kept it was taken back."""
        last = self.sorted("date_start")[-1:]
        last.write({"date_met": False})
        last._count()

    def _drop(self, moment):
        """Promise no longer what is open; what is late already stays so on record."""
        late = self._open().filtered(lambda status: status.deadline < moment)
        late.filtered(lambda status: status.state != "paused")._meet(moment)
        self._open().unlink()

    def _count(self):
        """Work out the open deadlines anew, from start, target, pauses, agreement.

        What is done stays as it was.
        """
        now = fields.Datetime.now()
        clocks = self.complaint_id._get_working_times()
        for status in self._open():
            case = status.complaint_id
            counted = case._count_commitment(status._get_terms(), clocks[case], now)
            changed = {
                name: value for name, value in counted.items() if status[name] != value
            }
            if changed:
                status.write(changed)

    # Buttons

    def action_extend(self):
        """Ask for the later deadline that was agreed."""
        self.ensure_one()
        return self.complaint_id._open_commitment_wizard("complaint.extend", self)

    def action_keep(self):
        """Ask a manager why the commitment counts as kept."""
        self.ensure_one()
        return self.complaint_id._open_commitment_wizard("complaint.keep", self)

    # Job

    @api.model
    def _cron_find_late(self, batch_size=500):
        """Mark what has become late. Reads only what is due; a second run finds nothing."""
        due = [("state", "=", "running"), ("deadline", "<", fields.Datetime.now())]
        statuses = self.search(due, limit=batch_size)
        marked = statuses._mark_late()
        remaining = self.search_count(due) if len(statuses) == batch_size else 0
        self.env["ir.cron"]._commit_progress(
            len(marked), remaining=remaining if marked else 0
        )

    def _mark_late(self):
        """Mark these as late; one that cannot be marked stops none of the others.

        :return: those that were marked
        """
        if not self:
            return self
        try:
            with self.env.cr.savepoint():
                self.write({"state": "late"})
            return self
        except Exception:
            if len(self) == 1:
                _logger.exception("%s cannot be marked as late", self)
                return self.browse()
            return self.browse().concat(*(status._mark_late() for status in self))
