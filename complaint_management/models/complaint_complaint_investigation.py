from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .complaint_complaint import INTERNAL
from .complaint_investigation import READERS, SEALED_STATES
from .complaint_investigation_rule import SCOPES
from .complaint_stage import PHASES

INVESTIGATED_FROM = [name for name, __ in PHASES].index("resolution")
# What a signed investigation says, and the case with it.
SIGNED_FIELDS = {"findings", "root_cause_id"}


class ComplaintComplaint(models.Model):
    """How deep the case is investigated, and that nobody is judge in their own case."""

    _inherit = "complaint.complaint"

    safety = fields.Boolean(
        tracking=True,
        groups=INTERNAL,
        help="Somebody was or could be hurt.",
        sealed=True,
    )
    impact = fields.Selection(
        [
            ("single", "One Customer"),
            ("several", "Several Customers"),
            ("many", "Many Customers"),
        ],
        tracking=True,
        groups=INTERNAL,
        help="How far it reaches.",
        sealed=True,
    )
    investigation_scope = fields.Selection(
        SCOPES,
        string="Investigation Needed",
        compute="_compute_investigation_scope",
        store=True,
        groups=INTERNAL,
        help="Follows from severity, safety, complexity and impact by the company's "
        "rules.",
        system=True,
    )
    investigation_ids = fields.One2many(
        "complaint.investigation",
        "complaint_id",
        copy=False,
        groups=READERS,
    )
    investigation_state = fields.Selection(
        lambda self: self.env["complaint.investigation"]._fields["state"].selection,
        compute="_compute_investigation_state",
        groups=INTERNAL,
    )

    @api.depends("kind", "severity", "complexity", "safety", "impact", "company_id")
    def _compute_investigation_scope(self):
        rules = self.env["complaint.investigation.rule"]
        for complaint in self:
            complaint.investigation_scope = rules._get_scope(complaint)

    @api.depends("investigation_ids.state")
    def _compute_investigation_state(self):
        # sudo: how far it is, for whoever may read the case; nothing of what it says.
        investigations = self.env["complaint.investigation"].sudo()
        found = investigations.search_fetch(
            [("complaint_id", "in", self.ids)], ["complaint_id", "state"]
        )
        states = {i.complaint_id.id: i.state for i in found}
        for complaint in self:
            complaint.investigation_state = states.get(complaint._origin.id, False)

    # Guard

    @api.depends(
        "investigation_scope", "investigation_ids.state", "investigation_ids.scope"
    )
    def _compute_missing_text(self):
        return super()._compute_missing_text()

    def _get_missing_approvals(self, phase):
        """No resolution before the investigation is as deep as the triage asks for."""
        missing = super()._get_missing_approvals(phase)
        order = [name for name, __ in PHASES]
        if phase == "cancelled" or order.index(phase) < INVESTIGATED_FROM:
            return missing
        # sudo: internal, and decides for whoever works the case.
        case = self.sudo()
        if case.investigation_scope == "short" and not case.root_cause_id:
            missing.append(
                self.env._(
                    "Root Cause: why it happened; a short investigation names it"
                )
            )
        if case.investigation_scope == "full":
            investigation = case.investigation_ids[:1]
            if not investigation:
                missing.append(
                    self.env._(
                        "Investigation: this case needs a full one, signed; the button "
                        "“Investigate” starts it"
                    )
                )
            elif not investigation._is_done():
                missing.append(
                    self.env._("Investigation: it waits for the review")
                    if investigation.state == "signed"
                    else self.env._(
                        "Investigation: its lead investigator %(user)s has not signed "
                        "it yet",
                        user=investigation.user_id.name,
                    )
                )
        return missing

    # Impartiality

    @api.constrains("complained_user_id")
    def _check_impartial_investigation(self):
        for complaint in self.filtered("complained_user_id"):
            # sudo: who investigates is compared only.
            complaint.sudo().investigation_ids._check_impartial()
            # sudo: as above
            complaint.sudo().corrective_action_ids._check_impartial_owner()

    @api.constrains("complained_user_id", "user_id")
    def _check_impartial_owner(self):
        for complaint in self:
            if complaint.user_id and complaint.user_id in complaint.complained_user_id:
                raise ValidationError(
                    self.env._(
                        "%(user)s is complained about in %(case)s, and cannot be its "
                        "owner. Choose another owner.",
                        user=complaint.user_id.name,
                        case=complaint.display_name,
                    )
                )

    def _check_actor(self, change):
        if not change.is_talk():
            self._check_actor_impartial()

    def _check_as_signed(self, change):
        """Keep findings and root cause of the case those of the signed report."""
        vals = change.vals
        names = SIGNED_FIELDS.intersection(vals)
        if not names:
            return
        # sudo: what was signed holds for everybody, the system included.
        signed = self.env["complaint.investigation"].sudo()
        domain = [("complaint_id", "in", self.ids), ("state", "in", SEALED_STATES)]
        for investigation in signed.search(domain):
            case = investigation.complaint_id
            differing = [
                case._fields[name]
                for name in names
                if not case._has_or_follows(name, vals[name], investigation)
            ]
            if differing:
                raise UserError(
                    self.env._(
                        "%(fields)s of %(case)s: the investigation is signed, and the "
                        "case says what it says. A manager reopens the investigation "
                        "first.",
                        fields=", ".join(
                            sorted(f._description_string(self.env) for f in differing)
                        ),
                        case=case.display_name,
                    )
                )

    def _has_or_follows(self, name, value, investigation):
        """Whether ``value`` is what the case has already, or what was signed."""
        given, own, signed = (
            self._fields[name].convert_to_cache(text, self)
            for text in (value, self[name], investigation[name])
        )
        return given in (own, signed)

    def _check_actor_impartial(self):
        """Who is complained about decides nothing in the case (ISO 10002, 4.5).

        Neither what comes of it, nor who works on it.

        :raises UserError: for the person complained about
        """
        if self.env.su:
            return
        for complaint in self.sudo():  # sudo: whom a case is about is compared only
            if self.env.user in complaint.complained_user_id:
                raise UserError(
                    self.env._(
                        "You are complained about in %(case)s: others find out what "
                        "happened, and decide.",
                        case=complaint.display_name,
                    )
                )

    # Actions

    def action_open_investigation(self):
        """Open the investigation of the case; start one if there is none."""
        self.ensure_one()
        self.check_access("read")
        investigation = self.investigation_ids[:1] or self.env[
            "complaint.investigation"
        ].create({"complaint_id": self.id, "problem": self.description})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Investigation"),
            "res_model": "complaint.investigation",
            "res_id": investigation.id,
            "views": [(False, "form")],
        }
