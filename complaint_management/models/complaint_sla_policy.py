from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .complaint_stage import END_PHASES

COMMITMENTS = [
    ("acknowledge", "Acknowledge"),
    ("assign", "Assign"),
    ("update", "Update the Customer"),
    ("resolve", "Resolve"),
    ("follow_up", "Follow Up"),
]
UNITS = [
    ("clock_hours", "Clock Hours"),
    ("working_hours", "Working Hours"),
    ("working_days", "Working Days"),
]
# Which fields of a policy say what it is for, each worth one point of being specific.
CRITERIA = (
    "company_id",
    "kind",
    "category_id",
    "severity",
    "team_id",
    "partner_id",
    "partner_tag_id",
    "channel",
)


def _selection(name):
    return lambda self: self.env["complaint.complaint"]._fields[name].selection


class ComplaintSlaPolicy(models.Model):
    """What is promised for which cases: a target for each commitment."""

    _name = "complaint.sla.policy"
    _description = "SLA Policy"
    _inherit = ["complaint.protected.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="Decides between policies that are equally specific."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    kind = fields.Selection(_selection("kind"))
    category_id = fields.Many2one("complaint.category", check_company=True)
    severity = fields.Selection(_selection("severity"))
    team_id = fields.Many2one("complaint.team", check_company=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        domain=[("parent_id", "=", False)],
        help="Cases of this company and all its contacts.",
    )
    partner_tag_id = fields.Many2one("res.partner.category", string="Customer Tag")
    channel = fields.Selection(_selection("channel"))
    line_ids = fields.One2many(
        "complaint.sla.policy.line", "policy_id", string="Commitments", copy=True
    )

    @api.model
    def _match(self, complaints):
        """Return ``{case: policy}``; the most specific policy that fits wins."""
        # sudo: what is promised holds for whoever works the case.
        policies = self.sudo().with_context(active_test=True).search_fetch([])
        ranked = sorted(
            policies,
            key=lambda policy: (
                -len(policy._get_criteria()),
                # A category says more than the one above it.
                -(policy.category_id.parent_path or "").count("/"),
                policy.sequence,
                policy.id,
            ),
        )
        return {
            complaint: next(
                (policy for policy in ranked if policy._fits(complaint)), self.browse()
            )
            for complaint in complaints
        }

    def _get_criteria(self):
        """Return the names of the fields that narrow the policy down."""
        self.ensure_one()
        return [name for name in CRITERIA if self[name]]

    def _fits(self, complaint):
        """Whether every criterion of the policy holds for the case."""
        for name in self._get_criteria():
            wanted = self[name]
            if name == "category_id":
                path = complaint.category_id.parent_path or ""
                fits = path.startswith(wanted.parent_path or "?")
            elif name == "partner_id":
                fits = complaint.commercial_partner_id == wanted.commercial_partner_id
            elif name == "partner_tag_id":
                partners = complaint.partner_id | complaint.commercial_partner_id
                fits = wanted in partners.category_id
            else:
                fits = complaint[name] == wanted
            if not fits:
                return False
        return True

    def _get_lines(self):
        """Return ``{policy: commitments}``, by one query."""
        lines = self.env["complaint.sla.policy.line"]
        return lines.search_fetch([("policy_id", "in", self.ids)]).grouped("policy_id")

    def _get_reason(self):
        """Say what makes the policy the most specific one for its cases."""
        self.ensure_one()
        reasons = []
        for name in self._get_criteria():
            field, value = self._fields[name], self[name]
            if field.type == "selection":
                value = dict(field._description_selection(self.env))[value]
            else:
                value = value.display_name
            reasons.append(f"{field._description_string(self.env)}: {value}")
        if not reasons:
            return self.env._("no more specific policy fits")
        return ", ".join(reasons)

    def action_apply(self):
        """Count the open cases anew, after policies have changed.

        A case keeps what was promised until something on it changes; this is for the
        administrator who wants the new promise to hold at once.
        """
        self.check_access("write")
        # sudo: a policy holds for all cases, confidential ones included.
        cases = self.env["complaint.complaint"].sudo()
        companies = self.company_id or self.env.companies
        open_cases = cases.search(
            [("phase", "not in", END_PHASES), ("company_id", "in", companies.ids)]
        )
        open_cases._apply_sla_policy()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Counted anew: %(count)s open cases.", count=len(open_cases)
                ),
            },
        }


class ComplaintSlaPolicyLine(models.Model):
    """One commitment of a policy: its target, and whether waiting pauses it."""

    _name = "complaint.sla.policy.line"
    _description = "SLA Policy Commitment"
    _inherit = ["complaint.protected.mixin"]
    _order = "policy_id, id"

    policy_id = fields.Many2one(
        "complaint.sla.policy", required=True, index=True, ondelete="cascade"
    )
    commitment = fields.Selection(COMMITMENTS, required=True)
    target = fields.Float(
        required=True,
        help="How many hours or days, in the unit beside it.",
    )
    unit = fields.Selection(
        UNITS,
        required=True,
        default="working_days",
        help="Clock hours count day and night. Working time counts the hours of the "
        "team's calendar, without holidays.",
    )
    pauses = fields.Boolean(
        string="Pauses While Waiting",
        default=True,
        help="The clock stands still while the case waits for the customer.",
    )

    _commitment_uniq = models.UniqueIndex(
        "(policy_id, commitment)", "The policy has this commitment already."
    )

    @api.constrains("target", "unit")
    def _check_target(self):
        for line in self:
            if line.target <= 0:
                raise ValidationError(
                    self.env._(
                        "A commitment needs a target above zero, in %(policy)s.",
                        policy=line.policy_id.name,
                    )
                )
            if line.unit == "working_days" and line.target != int(line.target):
                raise ValidationError(
                    self.env._(
                        "Working days are whole days, in %(policy)s. Use working hours "
                        "for less than a day.",
                        policy=line.policy_id.name,
                    )
                )
