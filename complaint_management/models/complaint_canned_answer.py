from odoo import api, fields, models
from odoo.fields import Domain


class ComplaintCannedAnswer(models.Model):
    """A piece of text for answers, for cases of a category or for all.

    Odoo's own canned responses know neither categories nor languages; a mail template
    replaces what is written. This is put below it, in the customer's language.
    """

    _name = "complaint.canned.answer"
    _description = "Canned Answer"
    _inherit = ["complaint.protected.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    category_id = fields.Many2one(
        "complaint.category",
        index="btree_not_null",
        check_company=True,
        help="Offered in cases of this category and those below it; without one, in all.",
    )
    body = fields.Html(string="Text", required=True, translate=True)

    @api.model
    def _get_fitting_domain(self, complaint):
        """Return what is offered in ``complaint``: its category's, and those for all."""
        path = complaint.category_id.parent_path or ""
        categories = [int(part) for part in path.split("/") if part]
        return Domain("category_id", "in", [*categories, False]) & Domain(
            "company_id", "in", [complaint.company_id.id, False]
        )
