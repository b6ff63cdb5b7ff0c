from odoo import api, fields, models
from odoo.exceptions import UserError

from .complaint_approval_mixin import APPROVAL_GROUPS
from .complaint_complaint import INTERNAL
from .complaint_stage import PHASES

APPROVED_FROM = [name for name, __ in PHASES].index("implementation")


class ComplaintComplaint(models.Model):
    """The approval of a resolution, before the customer hears of it."""

    _inherit = "complaint.complaint"
    _concerned_field = "complained_user_id"

    _approval_fields = (
        "resolution_kind",
        "resolution",
        "resolution_cost",
        "redress_amount",
    )

    currency_id = fields.Many2one(related="company_id.currency_id")
    resolution_cost = fields.Monetary(
        string="Cost",
        copy=False,
        tracking=True,
        groups=INTERNAL,
        help="What the resolution costs the company in all.",
        sealed=True,
    )
    redress_amount = fields.Monetary(
        string="Redress",
        copy=False,
        tracking=True,
        groups=INTERNAL,
        help="What the customer is paid, credited or given, as an amount.",
        sealed=True,
    )
    complained_user_id = fields.Many2one(
        "res.users",
        string="Person Complained About",
        domain=[("share", "=", False)],
        copy=False,
        index="btree_not_null",
        groups=INTERNAL,
        help="Neither investigates nor decides on the case.",
    )

    approval_settled = fields.Boolean(
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="The customer was told with all approvals that were needed then; what "
        "happens later does not ask for another one.",
        system=True,
    )

    approved_amount = fields.Monetary(
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="So much was approved; what the customer is given must not be more.",
        system=True,
    )
    approval_reason = fields.Char(
        string="Why to Approve", compute="_compute_approval_reason", groups=INTERNAL
    )

    _to_approve_idx = models.Index(
        "(approver_id, company_id) WHERE approval_state = 'requested'"
    )

    @api.depends(
        "kind",
        "severity",
        "escalation_level",
        "resolution_cost",
        "redress_amount",
        "company_id.complaint_approval_always",
        "company_id.complaint_approval_critical",
        "company_id.complaint_approval_amount",
    )
    def _compute_approval_needed(self):
        return super()._compute_approval_needed()

    def _needs_approval(self):
        """By the company's setting: always, above an amount, when critical or escalated."""
        self.ensure_one()
        company = self.company_id
        if self.kind != "complaint":
            # An answer needs none; what it costs does.
            return self._get_approval_amount() > company.complaint_approval_amount
        if company.complaint_approval_always:
            return True
        if company.complaint_approval_critical and self._is_critical_or_escalated():
            return True
        return self._get_approval_amount() > company.complaint_approval_amount

    @api.depends("approval_needed", "severity", "escalation_level")
    def _compute_approval_reason(self):
        for complaint in self:
            _ = complaint.env._
            company = complaint.sudo().company_id  # sudo: settings of any company
            above = complaint._get_approval_amount() > company.complaint_approval_amount
            reasons = [
                above and _("Amount"),
                complaint.severity == "critical" and _("Critical"),
                complaint.escalation_level and _("Escalated"),
            ]
            complaint.approval_reason = ", ".join(filter(None, reasons)) or _("Always")

    def _is_critical_or_escalated(self):
        return self.severity == "critical" or bool(self.escalation_level)

    def _get_approval_amount(self):
        # sudo: both are internal, and decide for whoever works the case.
        complaint = self.sudo()
        return max(complaint.resolution_cost, complaint.redress_amount)

    def _get_approval_level(self):
        limit = self.company_id.complaint_executive_amount
        above = limit and self._get_approval_amount() > limit
        return "senior_management" if above else "manager"

    def _get_barred_users(self):
        # sudo: internal, and decides for whoever works the case.
        return super()._get_barred_users() | self.sudo().complained_user_id

    def _find_approver(self):
        """Return who stands for the level now, may decide and is not concerned."""
        level = self._get_approval_level()
        barred = self._get_barred_users() | self.env.user
        candidates = (self._get_responsible_candidates(level)[self] - barred).filtered(
            lambda user: user.has_group(APPROVAL_GROUPS[level])
        )
        approver = (candidates & candidates._filter_at_work() or candidates)[:1]
        if not approver:
            raise UserError(
                self.env._(
                    "Nobody may approve %(case)s: whoever asks or is complained about "
                    "cannot. Give another user the role of a manager or executive.",
                    case=self.display_name,
                )
            )
        if self.confidential:
            # sudo: a confidential case is seen by followers; the approver becomes one.
            self.sudo().message_subscribe(approver.partner_id.ids)
        return approver.with_env(self.env)

    def _get_empty_approval_fields(self):
        return [
            self._fields[name]._description_string(self.env)
            for name in ("resolution_kind", "resolution")
            if self._missing_fields(name)
        ]

    def _get_approval_subject(self):
        return self.env._(
            "Approve: %(kind)s for %(customer)s",
            kind=self._label("resolution_kind"),
            customer=self.partner_name or self.partner_email or self.reference,
        )

    def _log_approval(self, kind, note, value=None):
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.id,
                    "type": kind,
                    "subject": self.env._("Resolution"),
                    "new_value": value or self._label("resolution_kind"),
                    "reason": note,
                }
            ]
        )

    def _decide(self, state, note):
        res = super()._decide(state, note)
        # sudo: the system's own finding; the right was checked.
        for case in self.sudo():
            case.approved_amount = state == "approved" and case._get_approval_amount()
        return res

    def _lose_approval(self):
        self.sudo().approved_amount = 0  # sudo: as above
        return super()._lose_approval()

    # Guard

    def _get_missing_approvals(self, phase):
        """Nothing is done or told before it is approved."""
        missing = super()._get_missing_approvals(phase)
        order = [name for name, __ in PHASES]
        told_or_done = self.date_communicated or order.index(phase) >= APPROVED_FROM
        if phase == "cancelled" or not told_or_done:
            return missing
        # sudo: internal, and decides for whoever works the case.
        if self.approval_state == "approved" or self.sudo().approval_settled:
            return missing
        if not self._needs_approval():
            return missing
        if self.approval_state == "requested":
            # sudo: the name of a colleague, for whoever works the case.
            approver = self.sudo().approver_id.name
            missing.append(self.env._("Approval: %s has been asked for it", approver))
        else:
            missing.append(
                self.env._("Approval: the resolution waits for it; “Ask for Approval”")
            )
        return missing

    # Steps of create and write

    def _settle_entered(self):
        # sudo: the system's own finding; the guards have passed.
        self.sudo().filtered("date_communicated").approval_settled = True

    def _unsettle_approval(self, change):
        """What is told or decided now is looked at anew."""
        if change.touches("date_communicated", *self._approval_fields):
            change.vals["approval_settled"] = False

    def _follow_concerned(self, change):
        """Whom the case turns out to be about has not decided on it, nor is to."""
        if not change.touches("complained_user_id"):
            return
        # sudo: internal, and decides for whoever works the case.
        self.sudo().filtered(
            lambda case: (
                case.complained_user_id
                and (
                    (case.approval_state == "requested" and case.approver_id)
                    or (
                        case.approval_state == "approved"
                        and case.approval_decided_by_id
                    )
                )
                == case.complained_user_id
            )
        )._lose_approval()

    def _settle_told(self, change):
        if change.touches("date_communicated"):
            self._settle_entered()
