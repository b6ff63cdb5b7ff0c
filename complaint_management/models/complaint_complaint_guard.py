from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from .complaint_stage import END_PHASES, PHASES

PATHS = {
    "complaint": [phase for phase, __ in PHASES if phase != "cancelled"],
    "inquiry": ["received", "assessment", "resolution", "closed"],
}
# What the guards ask for: changing one of these is checked like a move.
GUARDED_FIELDS = {
    "stage_id",
    "kind",
    "partner_id",
    "partner_name",
    "partner_email",
    "partner_phone",
    "category_id",
    "severity",
    "urgency",
    "complexity",
    "safety",
    "impact",
    "user_id",
    "findings",
    "resolution_kind",
    "resolution",
    "resolution_cost",
    "redress_amount",
    "date_communicated",
    "outcome",
    "root_cause_id",
    "confirmation",
    "confirmation_note",
    "corrective_action_ids",
    "handover_reason",
    "cancel_reason",
    "cancel_note",
    "duplicate_of_id",
    "consent_state",
}
RECLASSIFIED_FIELDS = (
    "kind",
    "category_id",
    "severity",
    "safety",
    "complained_user_id",
)


class ComplaintComplaint(models.Model):
    """The rules of each phase, met alike by form, kanban, import, RPC and mail.

    A case in a phase has all that the phases up to it ask for. ``_missing_<phase>``
    says what a case still needs to enter the phase.
    """

    _inherit = "complaint.complaint"

    missing_text = fields.Text(
        string="Missing for the Next Step",
        compute="_compute_missing_text",
        groups="base.group_user",
    )
    next_stage_id = fields.Many2one(
        "complaint.stage",
        compute="_compute_missing_text",
        groups="base.group_user",
    )

    @api.depends("stage_id", "phase", *(GUARDED_FIELDS - {"stage_id"}))
    def _compute_missing_text(self):
        stages = self.env["complaint.stage"].search([("phase", "!=", "cancelled")])
        for complaint in self:
            stage = complaint._get_next_stage(stages)
            complaint.next_stage_id = stage
            missing = complaint._get_missing(stage.phase) if stage else []
            complaint.missing_text = "\n".join(missing) or False

    def _get_next_stage(self, stages):
        """Return the stage that follows in the way of the case's kind, if any."""
        self.ensure_one()
        if self.phase in END_PHASES:
            return stages.browse()
        path = PATHS[self.kind]
        current = self.stage_id
        later = stages.filtered(
            lambda stage: (
                (stage.sequence, stage.id) > (current.sequence, current._origin.id)
                and stage.phase in path
                and (self.kind == "complaint" or stage.inquiry)
            )
        )
        return later[:1]

    # What each phase asks for

    def _get_missing(self, phase):
        """Return what the case lacks to be in ``phase``, as sentences for people.

        :param phase: a phase, not a stage
        :return: list of translated texts, empty when nothing is missing
        """
        return self._get_missing_facts(phase) + self._get_missing_approvals(phase)

    def _get_missing_approvals(self, phase):
        """Return whose consent the case lacks to be in ``phase``."""
        return []

    def _get_missing_facts(self, phase):
        """Return what nobody has entered yet that ``phase`` asks for."""
        self.ensure_one()
        if phase == "cancelled":
            return self._missing_cancelled()
        order = [name for name, __ in PHASES]
        missing = []
        for step in PATHS[self.kind]:
            if order.index(step) > order.index(phase):
                break
            guard = getattr(self, f"_missing_{step}", None)
            missing += guard() if guard else []
        return list(dict.fromkeys(missing))

    def _missing_assessment(self):
        details = (self.partner_name, self.partner_email, self.partner_phone)
        if self.partner_id or any(detail and detail.strip() for detail in details):
            return []
        return [self.env._("Customer: who complains")]

    def _missing_investigation(self):
        """Initial assessment: nature, severity, urgency and complexity are judged."""
        return self._missing_fields(
            "category_id", "severity", "urgency", "complexity", "user_id"
        )

    def _missing_resolution(self):
        if self.kind == "inquiry":
            return self._missing_fields("category_id", "user_id")
        return self._missing_fields("findings")

    def _missing_implementation(self):
        return self._missing_fields("resolution_kind", "resolution")

    def _missing_follow_up(self):
        """No follow-up before the customer knows the decision."""
        return self._missing_fields("date_communicated")

    def _missing_closed(self):
        if self.kind == "inquiry":
            return self._missing_fields("resolution", "date_communicated")
        missing = self._missing_fields("outcome", "confirmation")
        if self.confirmation not in (False, "confirmed"):
            missing += self._missing_fields("confirmation_note")
        # sudo: the rule of the category holds for whoever works the case.
        if self.category_id.sudo().root_cause_required:
            missing += self._missing_fields("root_cause_id")
        # sudo: an action blocks also for those who may not read it.
        open_actions = self.sudo().corrective_action_ids.filtered(
            lambda action: action.state in ("planned", "in_progress")
        )
        if open_actions and not self.handover_reason:
            missing.append(
                self.env._(
                    "Actions: finish %(actions)s, or let a manager hand them over",
                    actions=", ".join(
                        f"“{name}”" for name in open_actions.mapped("name")
                    ),
                )
            )
        return missing

    def _missing_cancelled(self):
        names = ["cancel_reason", "cancel_note"]
        if self.cancel_reason == "duplicate":
            names.append("duplicate_of_id")
        return self._missing_fields(*names)

    def _missing_fields(self, *names):
        """Return the labels of those fields that are empty, with where to find them."""
        missing = []
        for name in names:
            field, value = self._fields[name], self[name]
            empty = is_html_empty(value) if field.type == "html" else not value
            if field.type in ("char", "text") and not empty:
                empty = not value.strip()
            if empty:
                label = field._description_string(self.env)
                missing.append(f"{label}: {self._get_missing_hints()[name]}")
        return missing

    def _get_missing_hints(self):
        _ = self.env._
        return {
            "category_id": _("what the case is about"),
            "severity": _("how bad it is"),
            "urgency": _("how soon it must be dealt with"),
            "complexity": _("how hard it is to find out"),
            "user_id": _("who answers for the case"),
            "findings": _("what was found out"),
            "resolution_kind": _("what the customer gets"),
            "resolution": _("what the customer is told"),
            "date_communicated": _("when the customer was told the decision"),
            "outcome": _("whether the complaint was justified"),
            "root_cause_id": _("why it happened; the category needs it"),
            "confirmation": _("whether the customer is satisfied"),
            "confirmation_note": _("the reason why the customer did not confirm"),
            "cancel_reason": _("why the case is cancelled; use the button “Cancel”"),
            "cancel_note": _("an explanation; use the button “Cancel”"),
            "duplicate_of_id": _("the case that goes on; use “Merge”"),
        }

    # Enforcement

    def _get_way(self, name):
        _ = self.env._
        ways = {
            "duplicate_of_id": _("Use “Merge”."),
            "reference": _("It is given once, when the case is entered."),
            "date_closed": _("It is the day of the move to the last stage."),
            "priority": _("It follows from severity and urgency."),
            "consent_state": _("Use “Propose” or “Record the Answer”."),
            "satisfaction": _("Use “Log a Call” for what the customer said."),
            "holding_reason": _("Use “Holding Letter”."),
        }
        return ways.get(name) or super()._get_way(name)

    def _check_rights_on_fields(self, change):
        """Refuse what is a manager's to give, and what a date or an archive hides."""
        if self.env.su:
            return
        vals = change.vals
        self._check_right_to_hand_over(vals.get("handover_reason"))
        if "date_received" in vals:
            self._check_receipt_moved(vals["date_received"])
        if not vals.get("active", True):
            self._check_ended_to_archive()
        if vals.get("waiting_customer"):
            self._check_open_to_wait()

    def _follow_phase(self, change):
        """Let a move between phases mean what it means, inquiries by their short way."""
        if change.vals.get("kind") == "inquiry" and not change.touches("stage_id"):
            self._return_to_inquiry_stages()
        if change.touches("stage_id", "kind"):
            self._check_inquiry_stages()
        moved = change.filter_changed("phase")
        if moved:
            moved._on_phase_changed(change.before)

    def _check_guards_anew(self, change):
        if change.touches(*GUARDED_FIELDS) or change.touches(
            *self._get_fields_with("sealed")
        ):
            self._check_guards()

    def _check_entered(self):
        self._check_guards(entering=True)

    @api.model
    def _check_right_to_hand_over(self, reason):
        if (
            reason
            and not self.env.su
            and not self.env.user.has_group(
                "complaint_management.group_complaint_manager"
            )
        ):
            raise UserError(
                self.env._(
                    "Only a manager hands over open actions. Finish them, or ask a "
                    "manager to close the case."
                )
            )

    def _check_guards(self, entering=False):
        """Refuse a case that lacks what its phase asks for, naming all of it.

        :param bool entering: the cases have just been created; an older register's
            ended cases had no approvals here to ask for
        :raises UserError: with every case and every missing point in one message
        """
        errors = []
        for complaint in self:
            missing = complaint._get_missing_facts(complaint.phase)
            if not (entering and complaint.phase in END_PHASES):
                missing += complaint._get_missing_approvals(complaint.phase)
            if missing:
                errors.append(
                    self.env._(
                        "%(case)s cannot be in stage “%(stage)s” yet. Still missing:",
                        case=complaint.display_name,
                        stage=complaint.stage_id.name,
                    )
                    + "".join(f"\n• {line}" for line in missing)
                )
        if errors:
            raise UserError("\n\n".join(errors))

    @api.model
    def _get_reason(self):
        """Return the reason given with the change, by whatever way in."""
        reason = self.env.context.get("complaint_reason")
        return reason.strip() if isinstance(reason, str) else ""

    def _label(self, name, *value):
        """Return how a value of a field is shown to people."""
        value = value[0] if value else self[name]
        field = self._fields[name]
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        return value.display_name if value else ""
