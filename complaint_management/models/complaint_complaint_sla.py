from odoo import api, fields, models

from ..tools.working_time import WorkingTime
from .complaint_complaint import INTERNAL
from .complaint_sla_policy import CRITERIA
from .complaint_stage import END_PHASES

# What a policy looks at: a change may bring another policy, or another calendar.
POLICY_FIELDS = ({*CRITERIA} - {"partner_tag_id"}) | {"date_received"}
EVENT_FIELDS = {
    "stage_id",
    "user_id",
    "waiting_customer",
    "date_communicated",
    "confirmation",
}


class ComplaintComplaint(models.Model):
    """The case's commitments (SLA): opened, met, paused and counted anew."""

    _inherit = "complaint.complaint"

    sla_status_ids = fields.One2many(
        "complaint.sla.status",
        "complaint_id",
        string="Commitments",
        copy=False,
        groups=INTERNAL,
    )
    sla_policy_id = fields.Many2one(
        "complaint.sla.policy",
        string="SLA Policy",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=INTERNAL,
    )
    sla_policy_reason = fields.Char(
        string="Because Of",
        compute="_compute_sla_policy_reason",
        groups=INTERNAL,
        help="What makes this policy the most specific one for the case.",
    )
    sla_deadline = fields.Datetime(
        string="Next Deadline",
        compute="_compute_sla_deadline",
        store=True,
        index="btree_not_null",
        groups=INTERNAL,
        help="The nearest deadline of the commitments that are still open.",
    )
    sla_commitment = fields.Selection(
        lambda self: self.env["complaint.sla.status"]._fields["commitment"].selection,
        string="Next Commitment",
        compute="_compute_sla_deadline",
        store=True,
        groups=INTERNAL,
    )

    @api.depends(
        "sla_status_ids.deadline", "sla_status_ids.state", "sla_status_ids.date_met"
    )
    def _compute_sla_deadline(self):
        for complaint in self:
            ticking = complaint.sla_status_ids.filtered(
                lambda status: (
                    status.state in ("running", "late") and not status.date_met
                )
            )
            status = min(ticking, key=lambda status: status.deadline, default=None)
            complaint.sla_deadline = status and status.deadline
            complaint.sla_commitment = status and status.commitment

    @api.depends("sla_policy_id")
    def _compute_sla_policy_reason(self):
        for complaint in self:
            # sudo: the policy was chosen for the case; only its criteria are named.
            policy = complaint.sla_policy_id.sudo()
            reasons = []
            for name in policy._get_criteria() if policy else ():
                field, value = policy._fields[name], policy[name]
                if field.type == "selection":
                    value = dict(field._description_selection(self.env))[value]
                else:
                    value = value.display_name
                reasons.append(f"{field._description_string(self.env)}: {value}")
            complaint.sla_policy_reason = ", ".join(reasons)

    # Life

    @api.model_create_multi
    def create(self, vals_list):
        complaints = super().create(vals_list)
        complaints.filtered(lambda c: c.phase not in END_PHASES)._apply_sla_policy()
        return complaints

    def write(self, vals):
        before = {c: (c.waiting_customer, c.user_id, c.phase) for c in self}
        communicated = self.filtered("date_communicated")
        res = super().write(vals)
        if not POLICY_FIELDS.isdisjoint(vals):
            self._apply_sla_policy()
        if not EVENT_FIELDS.isdisjoint(vals):
            self._follow_sla_events(before, communicated)
        return res

    def _follow_sla_events(self, before, communicated):
        """Let events keep, pause, resume or end commitments."""
        now = fields.Datetime.now()
        for complaint in self:
            waited, owner, phase = before[complaint]
            # sudo: commitments are the system's to write; the event was allowed.
            statuses = complaint.sudo().sla_status_ids
            if complaint.user_id and not owner:
                statuses._of("assign")._meet(now)
            if complaint.date_communicated and complaint not in communicated:
                complaint._on_decision_communicated()
            if complaint.confirmation:
                statuses._of("follow_up")._meet(now)
            if complaint.phase in END_PHASES and phase not in END_PHASES:
                complaint._end_sla(now)
                continue
            if phase in END_PHASES and complaint.phase not in END_PHASES:
                complaint._apply_sla_policy()
            if complaint.waiting_customer and not waited:
                statuses._pause(now)
            elif waited and not complaint.waiting_customer:
                statuses._resume(now)

    def _on_decision_communicated(self):
        """The customer knows the decision: resolved, and the follow-up begins."""
        # sudo: commitments are the system's to write; the event was allowed.
        statuses = self.sudo().sla_status_ids
        statuses._of("acknowledge", "resolve", "update")._meet(self.date_communicated)
        self._apply_sla_policy()

    def _on_customer_told(self):
        """Something reached the customer: acknowledged, and the next update is counted.

        Called for a message of the staff to the customer, or a recorded call.
        """
        now = fields.Datetime.now()
        for complaint in self.filtered(lambda c: c.phase not in END_PHASES):
            # sudo: commitments are the system's to write; the message was allowed.
            statuses = complaint.sudo().sla_status_ids
            statuses._of("acknowledge", "update")._meet(now)
            complaint._apply_sla_policy()

    def _end_sla(self, now):
        # sudo: commitments are the system's to write; the closing was allowed.
        statuses = self.sudo().sla_status_ids.filtered(
            lambda status: not status.date_met
        )
        if self.phase == "closed":
            statuses._meet(now)
        else:
            # What is cancelled is promised no longer; what was late stays late.
            statuses.filtered(lambda status: status.deadline < now)._meet(now)
            statuses.filtered(lambda status: not status.date_met).unlink()

    # Policy

    def _apply_sla_policy(self):
        """Open the commitments that are due, and count the open ones anew.

        The time used and the time paused stay. Ended cases are never touched.
        """
        complaints = self.filtered(lambda c: c.phase not in END_PHASES)
        policies = self.env["complaint.sla.policy"]._match(complaints)
        clocks = complaints._get_working_times()
        values = []
        for policy in set(policies.values()):
            complaints.filtered(
                lambda c, policy=policy: (
                    policies[c] == policy and c.sla_policy_id != policy
                )
            ).sudo().sla_policy_id = policy  # sudo: chosen by the system
        for complaint, policy in policies.items():
            # sudo: commitments are the system's to write.
            complaint_sudo = complaint.sudo()
            starts = complaint._get_sla_starts()
            for line in policy.line_ids:
                start = starts.get(line.commitment)
                if start:
                    values += complaint._open_or_count(line, start, clocks[complaint])
            gone = complaint_sudo.sla_status_ids.filtered(
                lambda status, lines=policy.line_ids: (
                    not status.date_met
                    and status.commitment not in lines.mapped("commitment")
                )
            )
            gone.unlink()
        # sudo: commitments are the system's to write.
        self.env["complaint.sla.status"].sudo().create(values)

    def _open_or_count(self, line, start, working):
        """Return the values of a new commitment; an open one is counted anew instead."""
        self.ensure_one()
        # sudo: commitments are the system's to write.
        known = self.sudo().sla_status_ids._of(line.commitment)
        current = known.filtered(lambda status: not status.date_met)[:1]
        if current:
            now = fields.Datetime.now()
            vals = {"policy_id": line.policy_id.id, "line_id": line.id}
            if line.commitment != "update":
                vals["date_start"] = start
            current.write(vals)
            deadline = current._get_deadline(line, current.paused_hours, working)
            state = current.state
            if state != "paused":
                state = "late" if deadline < now else "running"
            if (current.deadline, current.state) != (deadline, state):
                current.write({"deadline": deadline, "state": state})
            return []
        if line.commitment != "update" and known.filtered(
            lambda status: status.date_met >= start
        ):
            return []
        deadline = line._add_to(start, working)
        waits = self.waiting_customer and line.pauses
        now = fields.Datetime.now()
        return [
            {
                "complaint_id": self.id,
                "policy_id": line.policy_id.id,
                "line_id": line.id,
                "commitment": line.commitment,
                "date_start": start,
                "deadline": deadline,
                "state": "paused" if waits else "running" if deadline > now else "late",
                "date_paused": now if waits else False,
                **self._get_met_values(line.commitment, deadline, now),
            }
        ]

    def _get_met_values(self, commitment, deadline, now):
        """Return what says that a commitment was kept before it was even counted."""
        if commitment == "assign" and self.user_id:
            return {"date_met": now, "state": "met" if now <= deadline else "late"}
        return {}

    def _get_sla_starts(self):
        """Return ``{commitment: since when it counts}`` for those that count now."""
        self.ensure_one()
        received = self.date_received
        # sudo: commitments are the system's to read.
        ends = self.sudo().sla_status_ids.filtered("date_met")
        reopened = max(
            (d.create_date for d in self.sudo().decision_ids if d.type == "reopening"),
            default=received,
        )
        starts = {"acknowledge": received, "assign": received, "resolve": reopened}
        if self.date_communicated:
            starts.pop("resolve")
            starts["follow_up"] = self.date_communicated
        else:
            updates = ends._of("update").mapped("date_met")
            starts["update"] = max(updates, default=received)
        return starts

    def _get_working_times(self):
        """Return ``{case: its working time}``, one for each calendar and company."""
        times = {}
        result = {}
        for complaint in self:
            # sudo: calendars are read for whoever works the case.
            sudo = complaint.sudo()
            company = sudo.company_id
            calendar = sudo.team_id.resource_calendar_id or company.resource_calendar_id
            if (calendar, company) not in times:
                times[calendar, company] = WorkingTime.of(calendar, company)
            result[complaint] = times[calendar, company]
        return result

    # Messages

    def _message_post_after_hook(self, message, msg_vals):
        res = super()._message_post_after_hook(message, msg_vals)
        if self._is_to_customer(message):
            self._on_customer_told()
        return res

    def _is_to_customer(self, message):
        """Whether staff or the system tells the customer something by ``message``."""
        self.ensure_one()
        if message.is_internal or message.subtype_id != self.env.ref("mail.mt_comment"):
            return False
        if message.message_type == "user_notification" or self._is_from_customer(
            message
        ):
            return False
        # sudo: followers are compared only.
        reached = message.partner_ids | self.sudo().message_partner_ids
        return self.partner_id in reached if self.partner_id else False
