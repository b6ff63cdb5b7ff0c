from odoo import api, fields, models, tools
from odoo.fields import Domain

SCOPES = [("none", "None"), ("short", "Short"), ("full", "Full")]
SCOPE_ORDER = [scope for scope, __ in SCOPES]
# Further on, a case keeps the scope that it was investigated with.
TRIAGE_PHASES = ("received", "assessment", "investigation")


class ComplaintInvestigationRule(models.Model):
    """How deep complaints of one kind are investigated.

    What a rule leaves empty may be anything. Of all rules that fit a case, the deepest
    counts; where none fits, no investigation is asked for. A company with rules of its
    own uses them instead of the shared ones.
    """

    _name = "complaint.investigation.rule"
    _description = "Investigation Rule"
    _inherit = ["complaint.protected.mixin"]
    _order = "company_id, sequence, id"

    sequence = fields.Integer(default=10)
    severity = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["severity"].selection
    )
    complexity = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["complexity"].selection
    )
    impact = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["impact"].selection
    )
    safety = fields.Boolean(help="Only where somebody was or could be hurt.")
    scope = fields.Selection(SCOPES, string="Investigation", required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)

    @api.depends("severity", "complexity", "impact", "safety", "scope")
    def _compute_display_name(self):
        def label(rule, name):
            labels = dict(self._fields[name]._description_selection(self.env))
            return labels.get(rule[name])

        for rule in self:
            words = [label(rule, n) for n in ("severity", "complexity", "impact")]
            words.append(self.env._("Safety") if rule.safety else None)
            conditions = " × ".join(filter(None, words)) or self.env._("All")
            rule.display_name = f"{conditions}: {label(rule, 'scope') or ''}"

    @api.model
    @tools.ormcache("company_id")
    def _get_rules(self, company_id):
        """Return the rules of a company as tuples: conditions and scope."""
        # sudo: the rules are configuration; whoever may write a case may have its
        # scope worked out.
        rules = self.sudo().search([("company_id", "in", [False, company_id])])
        own = rules.filtered("company_id")
        return tuple(
            (rule.severity, rule.complexity, rule.impact, rule.safety, rule.scope)
            for rule in own or rules
        )

    @api.model
    def _get_scope(self, complaint):
        """Return how deep ``complaint`` is to be investigated."""
        deepest = "none"
        if complaint.kind != "complaint":
            return deepest
        for severity, complexity, impact, safety, scope in self._get_rules(
            complaint.company_id.id
        ):
            fits = (
                (not severity or severity == complaint.severity)
                and (not complexity or complexity == complaint.complexity)
                and (not impact or impact == complaint.impact)
                and (not safety or complaint.safety)
            )
            if fits and SCOPE_ORDER.index(scope) > SCOPE_ORDER.index(deepest):
                deepest = scope
        return deepest

    # What the rules decide follows them

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._refresh_scopes()
        return rules

    def write(self, vals):
        res = super().write(vals)
        self._refresh_scopes()
        return res

    def unlink(self):
        res = super().unlink()
        self._refresh_scopes()
        return res

    @api.model
    def _refresh_scopes(self):
        """Work out again the scope of cases that are not past the investigation."""
        self.env.registry.clear_cache()
        domain = Domain("phase", "in", TRIAGE_PHASES)
        # sudo: the rules hold for every case, seen by the administrator or not.
        complaints = self.env["complaint.complaint"].sudo()
        cases = complaints.with_context(active_test=False).search(domain)
        self.env.add_to_compute(complaints._fields["investigation_scope"], cases)
