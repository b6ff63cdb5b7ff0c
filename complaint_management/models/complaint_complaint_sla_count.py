from odoo import api, fields, models

from ..tools.working_time import ClockTime, WorkingTime
from .complaint_complaint_sla import FOLLOWED_UP
from .complaint_stage import END_PHASES


class ComplaintComplaint(models.Model):
    """Which policy holds for the case, and how its commitments are counted."""

    _inherit = "complaint.complaint"

    # Policy

    def _apply_sla_policy(self, reopened=False):
        """Choose the policy anew, count what is open by it, and open what is due.

        Ended cases, and commitments that are done, are never touched.

        :param bool reopened: the cases had ended: the resolution is promised again
        """
        # sudo: policies and commitments are the system's to apply, whoever changed
        # the case.
        complaints = self.sudo().filtered(lambda c: c.phase not in END_PHASES)
        policies = self.env["complaint.sla.policy"]._match(complaints)
        now = fields.Datetime.now()
        chosen = {}
        for complaint, policy in policies.items():
            if complaint.sla_policy_id != policy:
                chosen.setdefault(policy, []).append(complaint.id)
        for policy, ids in chosen.items():
            complaints.browse(ids).sla_policy_id = policy
        for complaint, policy in policies.items():
            still_open = complaint.sla_status_ids._open()
            if not still_open:
                continue
            lines = {line.commitment: line for line in policy.line_ids}
            for status in still_open:
                line = lines.get(status.commitment)
                if not line or not complaint._is_promised(status.commitment):
                    status._drop(now)
                elif status.line_id != line or not status._is_as_promised(line):
                    status.write(complaint._prepare_promise(line))
        complaints.sla_status_ids._count()
        complaints._open_sla(now if reopened else None, reopened)

    def _is_promised(self, commitment):
        """Whether cases of this kind have the commitment: an inquiry ends by its answer."""
        return commitment != "follow_up" or self.kind == "complaint"

    def _prepare_promise(self, line):
        """Return what a line of a policy promises, to be kept whatever becomes of it."""
        return {
            "policy_id": line.policy_id.id,
            "line_id": line.id,
            "target": line.target,
            "unit": line.unit,
            "pauses": line.pauses,
        }

    def _open_sla(self, since=None, reopened=False, again=None):
        """Open the commitments of each case's policy that are due and not open yet.

        :param since: when the next update of the customer begins to count
        :param bool reopened: the resolution is promised again, from ``since``
        :param str again: the commitment that begins anew, at ``since``
        """
        now = fields.Datetime.now()
        clocks = self._get_working_times()
        values = []
        lines = self.sla_policy_id._get_lines()
        for complaint in self:
            for line in lines.get(complaint.sla_policy_id, ()):
                opening = complaint._get_opening(line.commitment, since, reopened)
                if line.commitment == again:
                    opening = since, False
                if not opening:
                    continue
                start, date_met = opening
                promise = complaint._prepare_promise(line)
                terms = {
                    **promise,
                    "date_start": start,
                    "agreed_deadline": False,
                    "date_agreed": False,
                }
                counted = complaint._count_commitment(terms, clocks[complaint], now)
                if date_met:
                    late = date_met > counted["deadline"]
                    counted |= {
                        "date_met": date_met,
                        "state": "late" if late else "met",
                    }
                values.append(
                    {
                        "complaint_id": complaint.id,
                        "commitment": line.commitment,
                        **terms,
                        **counted,
                    }
                )
        statuses = self.env["complaint.sla.status"]
        # What was open must be done in the database before its successor is opened.
        statuses.flush_model(["date_met"])
        statuses.create(values)

    def _get_opening(self, commitment, since, reopened):
        """Return since when a commitment counts, and when it was kept, if it was.

        :return: ``(start, date met)``, or None where nothing is to be opened
        """
        self.ensure_one()
        known = self.sla_status_ids._of(commitment)
        told = self.date_communicated
        if known._open() or not self._is_promised(commitment):
            return None
        if commitment == "update":
            start = since or self.date_informed or self.date_received
            return None if told else (start, False)
        if commitment == "follow_up":
            if not told or known.filtered(lambda status: status.date_start >= told):
                return None
            return told, told if self.confirmation in FOLLOWED_UP else False
        if reopened and (commitment == "resolve" or not known):
            # Of an older register's case nothing was promised before.
            return since, commitment == "assign" and self.user_id and since
        if known:
            return None
        date_met = {
            "acknowledge": self.date_acknowledged,
            "assign": self.user_id and self.date_assigned,
            "resolve": told,
        }[commitment]
        return self.date_received, date_met

    # Counting

    def _count_commitment(self, terms, clock, now, until=None):
        """Return deadline, state and time paused of a commitment to the customer.

        The deadline is the target counted from the start, then moved by every time
        that the case waited for the customer before it had passed. An agreed deadline
        holds where it is later; waiting that began after the agreement moves it too.

        :param dict terms: see ``complaint_sla_status.TERMS``
        :param clock: the working time of the case
        :param until: an end of the waiting that is going on; it goes on by default
        """
        self.ensure_one()
        counter = ClockTime() if terms["unit"] == "clock_hours" else clock
        start, agreed = terms["date_start"], terms["agreed_deadline"]
        if terms["unit"] == "working_days":
            deadline = counter.add_days(start, int(terms["target"]))
        else:
            deadline = counter.add_hours(start, terms["target"])
        paused = 0.0
        for begin, end in self._get_waits(until) if terms["pauses"] else ():
            begin = max(begin, start)
            hours = counter.hours_between(begin, end)
            # Nobody worked while it waited: nothing was lost.
            if not hours:
                continue
            if begin < deadline:
                deadline = counter.add_hours(deadline, hours)
                paused += hours
            if agreed and terms["date_agreed"] <= begin < agreed:
                agreed = counter.add_hours(agreed, hours)
        deadline = max(deadline, agreed or deadline)
        waits = terms["pauses"] and self.waiting_customer and not until
        if waits and max(self.date_waiting or now, start) < deadline:
            state = "paused"
        else:
            state = "late" if deadline < now else "running"
        return {"deadline": deadline, "state": state, "paused_hours": paused}

    def _get_waits(self, until=None):
        """Return when the case waited for the customer, as pairs of moments."""
        to_datetime = fields.Datetime.to_datetime
        waits = [
            (to_datetime(begin), to_datetime(end))
            for begin, end in self.waiting_periods or []
        ]
        if until and self.waiting_customer and self.date_waiting:
            waits.append((self.date_waiting, until))
        return waits

    def _get_working_times(self):
        """Return ``{case: its working time}``, one for each calendar and company."""
        times = {}
        result = {}
        # sudo: the calendar counts for whoever sees the case.
        for complaint, complaint_sudo in zip(self, self.sudo(), strict=True):
            company = complaint_sudo.company_id or self.env.company
            key = complaint_sudo.team_id._origin.id, company.id
            if key not in times:
                times[key] = self._get_working_time(*key)
            result[complaint] = times[key]
        return result

    @api.model
    def _get_working_time(self, team_id, company_id):
        """Return the working time of a team, or without one of the company."""
        calendar_id = self.env["complaint.team"]._get_calendar_id(team_id, company_id)
        return WorkingTime.of(
            self.env["resource.calendar"].browse(calendar_id),
            self.env["res.company"].browse(company_id),
        )

    def _describe_time(self, deadline, unit, clock):
        """Return the time to a deadline in words, and how urgent it is.

        Working time, unless the commitment counts by the clock.

        :return: such as ``("4 h left", "today")``
        """
        now = fields.Datetime.now()
        counter = ClockTime() if unit == "clock_hours" else clock
        late = deadline < now
        hours = counter.hours_between(min(now, deadline), max(now, deadline))
        days = round(hours / counter.hours_per_day)
        minutes = round(hours * 60)
        _ = self.env._
        if hours >= counter.hours_per_day and days > 1:
            values = {"count": days}
            text = _("%(count)s days late") if late else _("%(count)s days left")
        elif hours >= counter.hours_per_day:
            values = {}
            text = _("1 day late") if late else _("1 day left")
        elif minutes >= 60:
            values = {"count": round(hours)}
            text = _("%(count)s h late") if late else _("%(count)s h left")
        elif minutes:
            values = {"count": minutes}
            text = _("%(count)s min late") if late else _("%(count)s min left")
        else:
            values = {}
            text = _("late") if late else _("due now")
        if late:
            alert = "late"
        else:
            due_today = clock.date_of(deadline) == clock.date_of(now)
            alert = "today" if due_today else "later"
        return text % values, alert
