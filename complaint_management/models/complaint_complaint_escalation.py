from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from .complaint_complaint import INTERNAL
from .complaint_escalation import ESCALATION_ACTIVITY
from .complaint_escalation_level import LEVEL_ORDER, LEVELS
from .complaint_stage import END_PHASES

# A critical case and a rejected resolution go to the complaint manager.
EVENT_LEVEL = "manager"


class ComplaintComplaint(models.Model):
    """Who in management answers for a case, and the hand-over to them."""

    _inherit = "complaint.complaint"

    escalation_ids = fields.One2many(
        "complaint.escalation",
        "complaint_id",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    escalation_count = fields.Integer(
        compute="_compute_escalation_count", groups=INTERNAL
    )
    escalation_level = fields.Selection(
        LEVELS,
        string="Escalated To",
        compute="_compute_escalation_level",
        store=True,
        copy=False,
        index="btree_not_null",
        groups=INTERNAL,
        help="The highest level of management that has the case before it.",
        system=True,
    )
    open_escalation_id = fields.Many2one(
        "complaint.escalation",
        compute="_compute_open_escalation_id",
        groups=INTERNAL,
    )
    escalated_to_id = fields.Many2one(
        "res.users",
        string="Escalated to Whom",
        compute="_compute_open_escalation_id",
        groups=INTERNAL,
    )

    @api.depends("escalation_ids")
    def _compute_escalation_count(self):
        # sudo: only the number, of a case that may be read.
        counts = dict(
            self.env["complaint.escalation"]
            .sudo()
            ._read_group(
                [("complaint_id", "in", self.ids)], ["complaint_id"], ["__count"]
            )
        )
        # sudo: the keys are the superuser's records.
        for complaint in self:
            complaint.escalation_count = counts.get(complaint.sudo(), 0)

    @api.depends("escalation_ids.outcome", "escalation_ids.level")
    def _compute_escalation_level(self):
        for complaint in self:
            complaint.escalation_level = complaint._get_open_escalation().level

    @api.depends("escalation_ids.outcome", "escalation_ids.level")
    def _compute_open_escalation_id(self):
        for complaint in self:
            escalation = complaint._get_open_escalation()
            complaint.open_escalation_id = escalation
            complaint.escalated_to_id = escalation.to_user_id

    def _get_open_escalation(self):
        """Return the open escalation of the highest level, the oldest of them."""
        escalations = self.escalation_ids.filtered(lambda e: not e.outcome)
        return escalations.sorted(lambda e: (-e._level_rank(e.level), e.id))[:1]

    # Life

    def _follow_escalation(self, change):
        """What became critical or was rejected goes up; tasks go to the new owner."""
        if change.vals.get("severity") == "critical":
            change.filter_changed("severity")._escalate_critical()
        if change.vals.get("confirmation") == "not_satisfied":
            change.filter_changed("confirmation")._escalate_rejected()
        if change.vals.get("user_id"):
            # sudo: the tasks of the former owner go with the case.
            self.sudo().sla_status_ids._hand_over_activities()

    def _on_phase_changed(self, before):
        res = super()._on_phase_changed(before)
        # sudo: the end of the case was allowed, and ends what hangs on it.
        ended = self.sudo().filtered(lambda c: c.phase in END_PHASES)
        ended.escalation_ids.filtered(lambda e: not e.outcome)._end("ended")
        return res

    def _escalate_critical(self):
        """Escalate critical cases at once, whatever the hour."""
        # sudo: escalations are the system's to write; also for who only reports.
        complaints = self.sudo().filtered(
            lambda c: (
                c.severity == "critical"
                and c.phase not in END_PHASES
                and not c.escalation_ids.filtered(
                    lambda e: e.reason == "severity" and not e.outcome
                )
            )
        )
        complaints._escalate(EVENT_LEVEL, "severity")

    def _escalate_rejected(self):
        """The customer does not accept: the complaint manager decides.

        Also when the case was closed with that: the manager hears of it, and may
        reopen it.
        """
        # sudo: escalations are the system's to write; the change was allowed.
        for complaint in self.sudo().filtered(lambda c: c.phase != "cancelled"):
            complaint._escalate(
                EVENT_LEVEL, "rejection", note=complaint.confirmation_note
            )

    # Escalate

    def escalate(self, level, note):
        """Hand cases over to higher management, on a person's word.

        :param str level: ``supervisor``, ``manager`` or ``senior_management``
        :param str note: why; kept with the escalation and in the decision log
        :raises UserError: without a reason, or for a case that has ended
        """
        if level not in LEVEL_ORDER:
            raise UserError(self.env._("Say to which level the case is escalated."))
        note = self._clean_reason(note)
        self.check_access("write")
        ended = self.filtered(lambda c: c.phase in END_PHASES)
        if ended:
            raise UserError(
                self.env._(
                    "%(case)s has ended: there is nothing to escalate. A manager can "
                    "reopen it first.",
                    case=ended[0].display_name,
                )
            )
        return self._escalate(level, "manual", note=note, from_user=self.env.user)

    def _escalate(self, level, reason, note=False, from_user=None):
        """Escalate each case to ``level``. See :meth:`_open_escalations`."""
        return self._open_escalations(
            [
                {
                    "complaint": complaint,
                    "level": level,
                    "reason": reason,
                    "note": note,
                    "from_user": from_user,
                }
                for complaint in self
            ]
        )

    @api.model
    def _open_escalations(self, requests, notify=True):
        """Hand cases over to management, and tell those who get them.

        The rows of lower levels count as passed on. The owner of a case and whoever
        asks do not get it themselves as long as there is anybody else.

        :param requests: dicts with ``complaint``, ``level``, ``reason`` and, as known,
            ``note``, ``from_user`` (else who has the case now) and ``status``, the
            commitment that was missed
        :param bool notify: tell the addressees; otherwise the caller does
        :return: the new ``complaint.escalation``, in the order of ``requests``
        """
        if not requests:
            return self.env["complaint.escalation"]
        # sudo: nobody has the right to write escalations; the caller has checked.
        self = self.sudo()
        if self.env.user.share:
            # What a customer's word sets off is told by the system, not by them.
            self = self.with_user(SUPERUSER_ID)
        responsible = self._find_responsible_of(requests)
        values = []
        for request, to_user in zip(requests, responsible, strict=True):
            complaint = request["complaint"].with_env(self.env)
            status = request.get("status")
            from_user = request.get("from_user") or (
                complaint._get_open_escalation().to_user_id or complaint.user_id
            )
            values.append(
                {
                    "complaint_id": complaint.id,
                    "sla_status_id": status.id if status else False,
                    "level": request["level"],
                    "reason": request["reason"],
                    "note": request.get("note") or self._get_note(status, to_user),
                    "from_user_id": from_user.id,
                    "to_user_id": to_user.id,
                }
            )
        escalations = self.env["complaint.escalation"].create(values)
        escalations._pass_on_lower_levels()
        escalations._log_decisions()
        escalations._schedule_activities()
        if notify:
            self._notify_staff(escalations._get_notices())
        return escalations

    @api.model
    def _get_note(self, status, user):
        """Say which commitment was missed, in the language of ``user``."""
        if not status:
            return False
        return status.with_context(
            lang=user.lang or self.env.lang, tz=user.tz
        )._get_missed_text()

    @api.model
    def _find_responsible_of(self, requests):
        """Return who gets each of ``requests``, in the same order."""
        users = self.env["res.users"]
        candidates = {}
        # sudo: who stands for whom holds for whoever works the case.
        for level in {request["level"] for request in requests}:
            complaints = self.union(
                *[r["complaint"].sudo() for r in requests if r["level"] == level]
            )
            for complaint, found in complaints._get_responsible_candidates(
                level
            ).items():
                candidates[complaint, level] = found
        at_work = users.union(*candidates.values())._filter_at_work()
        result = []
        for request in requests:
            complaint = request["complaint"].sudo()  # sudo: as above
            found = candidates[complaint, request["level"]]
            concerned = complaint.complained_user_id
            if concerned and not found - concerned:
                # Nobody judges a complaint about themselves: the top decides instead.
                level = "senior_management"
                found |= complaint._get_responsible_candidates(level)[complaint]
            others = found - complaint.user_id - (request.get("from_user") or users)
            chosen = (others - concerned) & at_work or others - concerned
            result.append((chosen or found - concerned or found)[:1])
        return result

    def _get_readers(self):
        """Return ``{case: user}``: who is reminded of what is to be done now.

        The owner; for an owner who is away or missing the leader of the team; for
        both the supervisor.
        """
        at_work = (self.user_id | self.team_id.user_id)._filter_at_work()
        found = {}
        for case in self:
            asked = (case.user_id | case.team_id.user_id) - case.complained_user_id
            found[case] = (asked & at_work)[:1]
        left = self.filtered(lambda case: not found[case])
        if left:
            found.update(left._get_responsibles("supervisor"))
        return found

    def _get_escalation_activities(self):
        """Return the open tasks of those to whom the cases were escalated."""
        activity_type = self.env.ref(ESCALATION_ACTIVITY, raise_if_not_found=False)
        return self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        )

    # Actions

    def action_open_escalate(self):
        return self._open_wizard("complaint.escalate")

    def action_give_outcome(self):
        """Open the dialog for the outcome of the highest open escalation."""
        self.ensure_one()
        return self.open_escalation_id.action_open_outcome()

    def action_view_escalations(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_escalation_action"
        )
        action["domain"] = [("complaint_id", "in", self.ids)]
        action["context"] = {}
        return action
