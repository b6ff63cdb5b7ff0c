from odoo import api, fields, models, tools
from odoo.fields import Domain

from .complaint_stage import END_PHASES


class ComplaintPriorityRule(models.Model):
    """One cell of the matrix severity × urgency → priority.

    A company without a cell of its own uses the one that belongs to no company.
    """

    _name = "complaint.priority.rule"
    _description = "Complaint Priority Rule"
    _inherit = ["complaint.protected.mixin"]
    _order = "company_id, severity, urgency"

    severity = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["severity"].selection,
        required=True,
    )
    urgency = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["urgency"].selection,
        required=True,
    )
    priority = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["priority"].selection,
        required=True,
        default="1",
    )
    company_id = fields.Many2one("res.company", index=True)

    _cell_uniq = models.UniqueIndex(
        "(severity, urgency, COALESCE(company_id, 0))",
        "The matrix has this combination of severity, urgency and company already.",
    )

    @api.depends("severity", "urgency")
    def _compute_display_name(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("severity", "urgency")
        }
        for rule in self:
            rule.display_name = " × ".join(
                labels[name].get(rule[name], "") for name in ("severity", "urgency")
            )

    @api.model
    @tools.ormcache("company_id")
    def _get_matrix(self, company_id):
        """Return ``{(severity, urgency): priority}`` as it holds for a company."""
        # sudo: the matrix is configuration; whoever may write a case may have its
        # priority worked out.
        rules = self.sudo().search([("company_id", "in", [False, company_id])])
        # Own cells last, so that they replace the shared ones.
        return {
            (rule.severity, rule.urgency): rule.priority
            for rule in rules.sorted(lambda rule: bool(rule.company_id))
        }

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._refresh_priorities(rules._get_cells())
        return rules

    def write(self, vals):
        touched = self._get_cells()
        res = super().write(vals)
        self._refresh_priorities(touched | self._get_cells())
        return res

    def unlink(self):
        touched = self._get_cells()
        res = super().unlink()
        self._refresh_priorities(touched)
        return res

    def _get_cells(self):
        return {(rule.severity, rule.urgency) for rule in self}

    @api.model
    def _refresh_priorities(self, cells):
        """Work out again the priority of the open cases that ``cells`` decide.

        Closed cases keep the priority they were worked with.

        :param cells: pairs of severity and urgency
        """
        self.env.registry.clear_cache()
        # Where nobody has judged the urgency, it counts as normal.
        places = Domain.OR(
            Domain("severity", "=", severity)
            & Domain("urgency", "in", [urgency, *([False] * (urgency == "normal"))])
            for severity, urgency in cells
        )
        # sudo: the matrix holds for every case, seen by the administrator or not.
        complaints = self.env["complaint.complaint"].sudo()
        open_cases = complaints.with_context(active_test=False).search(
            places & Domain("phase", "not in", END_PHASES)
        )
        self.env.add_to_compute(complaints._fields["priority"], open_cases)
