from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..tools.inside import get_inside
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
MANAGER_GROUP = "complaint_management.group_complaint_manager"
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
        system=True,
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
        system=True,
    )
    sla_commitment = fields.Selection(
        lambda self: self.env["complaint.sla.status"]._fields["commitment"].selection,
        string="Next Commitment",
        compute="_compute_sla_deadline",
        store=True,
        groups=INTERNAL,
        system=True,
    )
    sla_unit = fields.Selection(
        UNITS,
        compute="_compute_sla_deadline",
        store=True,
        groups=INTERNAL,
        system=True,
    )
    sla_paused = fields.Boolean(
        string="Commitments Paused",
        compute="_compute_sla_deadline",
        store=True,
        groups=INTERNAL,
        help="All that is still promised stands still until the customer answers.",
        system=True,
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
        system=True,
    )
    date_informed = fields.Datetime(
        string="Customer Informed On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="When the customer last heard from the company.",
        system=True,
    )
    # Pairs of dates: when the case waited for the customer, while it is over.
    waiting_periods = fields.Json(
        readonly=True, copy=False, groups=INTERNAL, system=True
    )

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

    def _keep_resolved_on_entry(self):
        """A typed day of the decision keeps an open case's promise when it is entered.

        As in :meth:`_follow_sla_events`; what managers bring from an older register
        counts as it stands there.
        """
        if self.env.su or self.env.user.has_group(MANAGER_GROUP):
            return
        # sudo: commitments are the system's to write.
        told = self.sudo().filtered(
            lambda case: case.date_communicated and case.phase not in END_PHASES
        )
        resolved = told.sla_status_ids._of("resolve").filtered("date_met")
        resolved.write({"date_met": False})
        resolved._count()
        resolved._meet(fields.Datetime.now())

    def _follow_sla(self, change):
        """Events keep, pause and end commitments; another policy counts them anew."""
        if change.touches(*EVENT_FIELDS):
            # sudo: commitments are the system's, and a customer's answer ends waiting.
            for complaint in self.sudo():
                complaint._follow_sla_events(change.before[complaint])
            ended = self.sudo().filtered(  # sudo: as above
                lambda case: (
                    case.phase in END_PHASES
                    and change.old(case, "phase") not in END_PHASES
                )
            )
            ended.sla_status_ids._drop(fields.Datetime.now())
        if change.touches(*POLICY_FIELDS):
            self._apply_sla_policy()

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
        elif before["user_id"] and not self.user_id:
            self._promise_another_owner(now)
        self._follow_decision(before["date_communicated"], now)
        self._follow_confirmation(before["confirmation"], now)

    def _promise_another_owner(self, now):
        """Without an owner, somebody has to be found again.

        While the first promise runs, that one is open again; what was kept long ago
        stays so, and another one begins.
        """
        last = self.sla_status_ids._of("assign").sorted("date_start")[-1:]
        if last.date_met and now <= last.deadline:
            last._undo_last()
        elif not last._open() and self.phase not in END_PHASES:
            self._open_sla(now, again="assign")

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

    # Messages

    def _message_post_after_hook(self, message, msg_vals):
        res = super()._message_post_after_hook(message, msg_vals)
        if self._is_to_customer(message) or self._is_recorded_call(message):
            update = not get_inside(self.env, "complaint_no_update")
            spoken = get_inside(self.env, "complaint_talk", "phone")
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
