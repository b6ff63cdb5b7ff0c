from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..tools.working_time import ClockTime, WorkingTime
from .complaint_complaint import INTERNAL
from .complaint_sla_policy import CRITERIA, UNITS
from .complaint_sla_status import ALERTS
from .complaint_stage import END_PHASES

# What a policy looks at: a change may bring another policy, or another calendar.
POLICY_FIELDS = {*CRITERIA} - {"partner_tag_id"}
EVENT_FIELDS = {
    "stage_id",
    "user_id",
    "waiting_customer",
    "date_received",
    "date_communicated",
    "confirmation",
}
SEEN_FIELDS = (EVENT_FIELDS - {"stage_id"}) | {"phase", "date_closed", "date_waiting"}
FOUND_FIELDS = ("date_acknowledged", "date_informed", "waiting_periods")
# The customer was asked, whatever the answer.
FOLLOWED_UP = ("confirmed", "no_answer", "not_satisfied")


class ComplaintComplaint(models.Model):
    """The case's commitments (SLA): opened, kept, paused, extended, counted anew.

    Every deadline follows from what its row promises, when it began, how long the case
    waited for the customer and what was agreed (:meth:`_count_commitment`), and is
    counted anew whenever one of these changes. Nothing is added up on the way, so
    another policy, team or calendar loses no time that was used or paused.
    """

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
    sla_unit = fields.Selection(
        UNITS, compute="_compute_sla_deadline", store=True, groups=INTERNAL
    )
    sla_paused = fields.Boolean(
        string="Commitments Paused",
        compute="_compute_sla_deadline",
        store=True,
        groups=INTERNAL,
        help="All that is still promised stands still until the customer answers.",
    )
    sla_time_left = fields.Char(
        string="Time Left", compute="_compute_sla_time_left", groups=INTERNAL
    )
    sla_alert = fields.Selection(
        ALERTS, compute="_compute_sla_time_left", groups=INTERNAL
    )
    sla_extended_id = fields.Many2one(
        "complaint.sla.status",
        string="Last Extended",
        compute="_compute_sla_extended_id",
        groups=INTERNAL,
        help="The commitment whose later deadline was agreed last, for mail templates.",
    )
    sla_timeline = fields.Html(
        string="Time Line",
        compute="_compute_sla_timeline",
        sanitize=False,
        groups=INTERNAL,
    )
    date_acknowledged = fields.Datetime(
        string="Acknowledged On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="When the customer first heard from the company.",
    )
    date_informed = fields.Datetime(
        string="Customer Informed On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="When the customer last heard from the company.",
    )
    # Pairs of dates: when the case waited for the customer, while it is over.
    waiting_periods = fields.Json(readonly=True, copy=False, groups=INTERNAL)

    @api.depends(
        "sla_status_ids.deadline",
        "sla_status_ids.state",
        "sla_status_ids.date_met",
        "sla_status_ids.unit",
    )
    def _compute_sla_deadline(self):
        for complaint in self:
            still_open = complaint.sla_status_ids._open()
            ticking = still_open.filtered(lambda status: status.state != "paused")
            status = (ticking or still_open).sorted("deadline")[:1]
            # A deadline that stands still is none yet.
            complaint.sla_deadline = ticking and status.deadline
            complaint.sla_commitment = status.commitment
            complaint.sla_unit = status.unit
            complaint.sla_paused = bool(still_open) and not ticking

    @api.depends(
        "sla_deadline", "sla_unit", "sla_paused", "phase", "team_id", "company_id"
    )
    def _compute_sla_time_left(self):
        clocks = self._get_working_times()
        for complaint in self:
            text = alert = False
            if complaint.sla_deadline:
                text, alert = complaint._describe_time(
                    complaint.sla_deadline, complaint.sla_unit, clocks[complaint]
                )
            elif complaint.sla_paused:
                text, alert = self.env._("Paused"), "paused"
            complaint.sla_time_left, complaint.sla_alert = text, alert

    @api.depends("sla_policy_id")
    def _compute_sla_policy_reason(self):
        for complaint in self:
            # sudo: the policy was chosen for the case; only its criteria are named.
            policy = complaint.sla_policy_id.sudo()
            complaint.sla_policy_reason = policy and policy._get_reason()

    @api.depends("sla_status_ids.date_agreed")
    def _compute_sla_extended_id(self):
        for complaint in self:
            agreed = complaint.sla_status_ids.filtered("date_agreed")
            complaint.sla_extended_id = agreed.sorted("date_agreed")[-1:]

    @api.constrains("date_communicated")
    def _check_date_communicated(self):
        # Clocks of two machines differ a little.
        latest = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        for complaint in self:
            if complaint.date_communicated and complaint.date_communicated > latest:
                raise ValidationError(
                    self.env._(
                        "%(case)s: a decision cannot have been communicated in the "
                        "future. Correct “Decision Communicated On”.",
                        case=complaint.display_name,
                    )
                )

    # Life

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # What the system finds is never what the caller says, neither in the
            # values nor as a default in the context.
            found = dict.fromkeys(FOUND_FIELDS, False)
            vals_list = [{**vals, **found} for vals in vals_list]
        complaints = super().create(vals_list)
        complaints._apply_sla_policy()
        return complaints

    def write(self, vals):
        if EVENT_FIELDS.isdisjoint(vals) and POLICY_FIELDS.isdisjoint(vals):
            return super().write(vals)
        before = {
            # sudo: some fields are for staff only, and a customer's answer ends
            # waiting.
            complaint: {name: complaint[name] for name in SEEN_FIELDS}
            for complaint in self.sudo()
        }
        res = super().write(vals)
        if not EVENT_FIELDS.isdisjoint(vals):
            for complaint in self.sudo():
                complaint._follow_sla_events(before[complaint])
        if not POLICY_FIELDS.isdisjoint(vals):
            self._apply_sla_policy()
        return res

    def _follow_sla_events(self, before):
        """Let what happened keep, pause, resume or end commitments.

        What people enter keeps a commitment at the moment they enter it: a date typed
        in cannot make up for a missed deadline. A manager's :meth:`keep_commitment` can.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        if before["waiting_customer"] and not self.waiting_customer:
            self._end_waiting(before["date_waiting"] or now, now)
        if before["date_closed"] and not self.date_closed:
            # The fields that reopening empties are no events of their own.
            if before["phase"] in END_PHASES:
                self._apply_sla_policy(reopened=True)
            return
        statuses = self.sla_status_ids
        if self.date_received != before["date_received"]:
            statuses._open().filtered(
                lambda status: status.date_start == before["date_received"]
            ).write({"date_start": self.date_received})
        if (self.date_received, self.waiting_customer) != (
            before["date_received"],
            before["waiting_customer"],
        ):
            statuses._count()
        if self.user_id and not before["user_id"]:
            statuses._of("assign")._meet(now)
        self._follow_decision(before["date_communicated"], now)
        self._follow_confirmation(before["confirmation"], now)
        if self.phase in END_PHASES and before["phase"] not in END_PHASES:
            self.sla_status_ids._drop(now)

    def _follow_decision(self, before, now):
        """Let the decision, once the customer knows it, end the work on the case."""
        if self.date_communicated == before:
            return
        statuses = self.sla_status_ids
        if not before:
            self.write(
                {
                    "date_acknowledged": self.date_acknowledged or now,
                    "date_informed": now,
                }
            )
            statuses._of("acknowledge", "resolve", "update")._meet(now)
        elif self.date_communicated:
            follow_up = statuses._of("follow_up")._open()
            follow_up.write({"date_start": self.date_communicated})
            follow_up._count()
        else:
            statuses._of("resolve")._undo_last()
            statuses._of("follow_up")._open().unlink()
        self._open_sla()

    def _follow_confirmation(self, before, now):
        """Let the customer's answer, or their silence when asked, end the follow-up."""
        follow_up = self.sla_status_ids._of("follow_up")
        if self.confirmation in FOLLOWED_UP:
            follow_up._meet(now)
        elif before in FOLLOWED_UP:
            follow_up._undo_last()

    def _end_waiting(self, begin, end):
        """Keep the period in which the case waited for the customer."""
        period = [fields.Datetime.to_string(begin), fields.Datetime.to_string(end)]
        self.waiting_periods = [*(self.waiting_periods or []), period]

    def _on_customer_told(self, update=True, evidence=None):
        """Something reached the customer: acknowledged, and the next update is counted.

        Called for a message of the staff to the customer, or a recorded call.

        :param bool update: whether it is news of the case
        :param dict evidence: what shows it, see :meth:`_prepare_evidence`
        """
        now = fields.Datetime.now()
        # sudo: commitments are the system's to write; the message was allowed.
        for complaint in self.sudo().filtered(lambda c: c.phase not in END_PHASES):
            complaint.write(
                {
                    "date_acknowledged": complaint.date_acknowledged or now,
                    "date_informed": now if update else complaint.date_informed,
                }
            )
            acknowledged = complaint.sla_status_ids._of("acknowledge")._open()
            acknowledged._meet(now)
            acknowledged.write(evidence or {})
            if update:
                complaint._begin_next_update(now, evidence)

    def _begin_next_update(self, now, evidence=None):
        """Count the next update of the customer from ``now``."""
        status = self.sla_status_ids._of("update")._open()
        clock = self._get_working_times()[self]
        same_day = clock.date_of(status.date_start or now) == clock.date_of(now)
        if status and same_day and (status.state == "paused" or status.deadline >= now):
            # All that the customer hears on one day is one update.
            status.write({"date_start": now})
            status._count()
        else:
            status._meet(now)
            status.write(evidence or {})
            self._open_sla(now)

    # Decisions of people

    def extend(self, commitment, new_deadline, reason):
        """Promise the customer a later deadline, as agreed with them.

        The customer is told in their language; the decision log keeps the old and
        the new deadline, and why. Waiting for the customer that begins afterwards
        moves the agreed deadline as it moves any other.

        :param str commitment: which one, such as ``resolve``
        :param new_deadline: moment in UTC, as datetime or string
        :param str reason: why, told to the customer
        :raises UserError: without a reason, for a date that is not later, or when
            the case has no such open commitment
        """
        self.ensure_one()
        self.check_access("write")
        reason = self._clean_reason(reason)
        new_deadline = fields.Datetime.to_datetime(new_deadline)
        # sudo: commitments are the system's to write; the right to work the case was
        # checked.
        status = self.sudo()._get_open_commitment(commitment)
        old_deadline, now = status.deadline, fields.Datetime.now()
        if not new_deadline or new_deadline <= max(old_deadline, now):
            raise UserError(
                self.env._(
                    "An extension needs a date in the future that is later than the "
                    "deadline so far, %(deadline)s.",
                    deadline=tools.format_datetime(self.env, old_deadline),
                )
            )
        status.write(
            {
                "agreed_deadline": new_deadline,
                "date_agreed": now,
                "agreed_reason": reason,
            }
        )
        status._count()
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.id,
                    "type": "extension",
                    "subject": status._label("commitment", self.env),
                    "old_value": tools.format_datetime(self.env, old_deadline),
                    "new_value": tools.format_datetime(self.env, new_deadline),
                    "reason": reason,
                }
            ]
        )
        # To hear of a later update is not the update itself.
        self.with_context(
            complaint_no_update=commitment == "update"
        )._tell_customer_by_template(
            "complaint_management.mail_template_complaint_extension", reason
        )
        return True

    def keep_commitment(self, commitment, reason, date_kept=None):
        """Record that a commitment was kept, where no event on the case shows it.

        :param str commitment: which one, such as ``acknowledge``
        :param str reason: how it was kept, for the decision log
        :param date_kept: when, in UTC; now by default
        :raises UserError: for anybody but a manager, without a reason, or for a date
            before the commitment began or in the future
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("complaint_management.group_complaint_manager"):
            raise UserError(
                self.env._(
                    "Commitments are kept by what happens on the case. Only a manager "
                    "records one by hand, with the reason."
                )
            )
        reason = self._clean_reason(reason)
        now = fields.Datetime.now()
        moment = fields.Datetime.to_datetime(date_kept) or now
        # sudo: commitments are the system's to write; the right was checked.
        status = self.sudo()._get_open_commitment(commitment, or_late=True)
        if not status.date_start <= moment <= now:
            raise UserError(
                self.env._(
                    "It was kept between %(start)s, when the time began to count, and "
                    "now: choose a date between the two.",
                    start=tools.format_datetime(self.env, status.date_start),
                )
            )
        old_state = status._label("state", self.env)
        status.write({"date_met": False})
        status._meet(moment)
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.id,
                    "type": "commitment",
                    "subject": status._label("commitment", self.env),
                    "old_value": old_state,
                    "new_value": self.env._(
                        "%(state)s on %(date)s",
                        state=status._label("state", self.env),
                        date=tools.format_datetime(self.env, moment),
                    ),
                    "reason": reason,
                }
            ]
        )
        if commitment == "acknowledge":
            status.complaint_id.date_acknowledged = moment
        status.complaint_id._open_sla(moment)
        return True

    def _get_open_commitment(self, commitment, or_late=False):
        """Return the open commitment of the kind, to decide something about it.

        :param bool or_late: whether a late one will do that is done already
        :raises UserError: when there is none, or the case has ended
        """
        known = self.sla_status_ids._of(commitment).sorted("date_start")
        status = known._open()
        if not status and or_late:
            status = known.filtered(lambda row: row.state == "late")[-1:]
        if not status or self.phase in END_PHASES:
            labels = self.env["complaint.sla.status"]._fields["commitment"]
            label = dict(labels._description_selection(self.env)).get(commitment)
            raise UserError(
                self.env._(
                    "%(case)s has no open commitment “%(commitment)s”.",
                    case=self.display_name,
                    commitment=label or commitment,
                )
            )
        return status

    def _tell_customer_by_template(self, xmlid, reason):
        """Send the customer what a template says, in their language.

        Whoever cannot be reached by mail is called: the owner gets a task, with the
        ``reason`` to tell.
        """
        self.ensure_one()
        template = self.env.ref(xmlid, raise_if_not_found=False)
        messages = self.env["mail.message"]
        if template:
            messages = self.message_post_with_source(
                template, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        if not any(self._is_to_customer(message) for message in messages):
            # sudo: the owner of the task may be a colleague.
            complaint = self.sudo()
            owner = complaint.user_id or complaint.team_id.user_id or self.env.user
            complaint.activity_schedule(
                "mail.mail_activity_data_call",
                summary=self.env._("Tell the customer: no mail could be sent"),
                note=reason,
                user_id=owner.id,
            )

    def _open_commitment_wizard(self, model, status):
        action = self._open_wizard(model)
        action["context"]["default_status_id"] = status.id
        return action

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
            lines = {line.commitment: line for line in policy.line_ids}
            for status in complaint.sla_status_ids._open():
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

    def _open_sla(self, since=None, reopened=False):
        """Open the commitments of each case's policy that are due and not open yet.

        :param since: when the next update of the customer begins to count
        :param bool reopened: the resolution is promised again, from ``since``
        """
        now = fields.Datetime.now()
        clocks = self._get_working_times()
        values = []
        for complaint in self:
            for line in complaint.sla_policy_id.line_ids:
                opening = complaint._get_opening(line.commitment, since, reopened)
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

    # Messages

    def _message_post_after_hook(self, message, msg_vals):
        res = super()._message_post_after_hook(message, msg_vals)
        if self._is_to_customer(message) or self._is_recorded_call(message):
            update = not self.env.context.get("complaint_no_update")
            spoken = self.env.context.get("complaint_talk", "phone")
            method = spoken if self._is_recorded_call(message) else "email"
            evidence = self._prepare_evidence(message, method)
            self._on_customer_told(update, evidence)
        return res

    def _is_to_customer(self, message):
        """Whether staff or the system tells the customer something by ``message``."""
        self.ensure_one()
        if message.is_internal:
            return False
        if message.subtype_id.id != self._get_comment_subtype_id():
            return False
        # The owner's out-of-office message tells the customer nothing of the case.
        if message.message_type in ("user_notification", "out_of_office"):
            return False
        if self._is_from_customer(message):
            return False
        # sudo: followers and addresses are compared only.
        complaint, message = self.sudo(), message.sudo()
        customer = complaint.partner_id
        if customer in message.partner_ids | complaint.message_partner_ids and (
            customer.email_normalized or customer.user_ids
        ):
            return True
        addresses = tools.email_normalize_all(message.outgoing_email_to or "")
        return complaint.email_normalized in addresses

    def _is_recorded_call(self, message):
        """Whether ``message`` says that a planned call took place."""
        # sudo: the kind of the activity is compared only.
        return message.sudo().mail_activity_type_id.category == "phonecall"
