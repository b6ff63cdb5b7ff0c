from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ComplaintCategory(models.Model):
    """What a case is about, as a tree, with the defaults that follow from it."""

    _name = "complaint.category"
    _description = "Complaint Category"
    _inherit = ["complaint.protected.mixin"]
    _parent_name = "parent_id"
    _parent_store = True
    _rec_name = "complete_name"
    _order = "complete_name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        compute="_compute_complete_name",
        recursive=True,
        store=True,
        index="trigram",
        system=True,
    )
    parent_id = fields.Many2one(
        "complaint.category",
        string="Parent Category",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("complaint.category", "parent_id", "Subcategories")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    team_id = fields.Many2one(
        "complaint.team",
        string="Default Team",
        domain="[('company_id', '=', company_id)] if company_id else []",
        help="New cases of this category go to this team. Of a category that companies "
        "share, those of the team's company.",
    )
    severity = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["severity"].selection,
        string="Default Severity",
        help="A proposal: the agent judges it again during assessment.",
    )
    root_cause_required = fields.Boolean(
        help="A complaint of this category cannot be closed without its root cause."
    )
    guidance = fields.Html(
        translate=True, help="Shown to the agent who works on such a case."
    )
    public = fields.Boolean(
        string="Shown to Customers",
        help="Customers may choose it when they report something.",
    )
    public_name = fields.Char(
        string="Name for Customers",
        translate=True,
        help="What it is called in forms for customers, such as “It arrived damaged”. "
        "The category's own name by default.",
    )
    complaint_count = fields.Integer(compute="_compute_complaint_count")

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for category in self:
            parent = category.parent_id.complete_name
            category.complete_name = (
                f"{parent} / {category.name}" if parent else category.name
            )

    def _compute_complaint_count(self):
        counts = dict(
            self.env["complaint.complaint"]._read_group(
                [("category_id", "in", self.ids)], ["category_id"], ["__count"]
            )
        )
        for category in self:
            category.complaint_count = counts.get(category, 0)

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._(
                    "A category cannot be its own parent. Choose another parent."
                )
            )

    @api.constrains("team_id", "company_id")
    def _check_team_id(self):
        for category in self:
            # sudo: companies are compared only.
            team, company = category.sudo().team_id, category.company_id
            if team and company and team.company_id != company:
                raise ValidationError(
                    self.env._(
                        "Team %(team)s belongs to another company than category "
                        "%(category)s. Choose a team of %(company)s.",
                        team=team.name,
                        category=category.complete_name,
                        company=company.name,
                    )
                )

    @api.depends_context("hierarchical_naming")
    @api.depends("complete_name", "name")
    def _compute_display_name(self):
        short = not self.env.context.get("hierarchical_naming", True)
        for category in self:
            category.display_name = category.name if short else category.complete_name

    @api.model
    def _search_display_name(self, operator, value):
        if isinstance(value, str):
            return Domain("complete_name", operator, value)
        return super()._search_display_name(operator, value)

    def action_view_complaints(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action_all"
        )
        action["domain"] = [("category_id", "child_of", self.ids)]
        return action


class ComplaintComplaint(models.Model):
    """What the category tells whoever works a case."""

    _inherit = "complaint.complaint"

    guidance = fields.Html(compute="_compute_guidance", groups="base.group_user")

    @api.depends("category_id")
    def _compute_guidance(self):
        for complaint in self:
            # The nearest category that says something, upwards.
            category = complaint.category_id
            while category and tools.is_html_empty(category.guidance):
                category = category.parent_id
            complaint.guidance = category.guidance
