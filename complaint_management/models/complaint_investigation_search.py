from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# So many of the cases found are linked; the number counts all of them.
LINKED = 80


class ComplaintInvestigationSearch(models.Model):
    """A search for similar cases that was really made: by what, when, what it found.

    It answers “do similar cases exist?” on record (ISO 9001, 10.2.1 b). The system
    writes the rows; nobody changes one.
    """

    _name = "complaint.investigation.search"
    _description = "Search of an Investigation"
    _inherit = "complaint.investigation.part"
    _order = "date desc, id desc"

    name = fields.Char(string="Looked For", required=True)
    date = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="By", required=True, default=lambda self: self.env.user
    )
    days = fields.Integer(string="Within (days)", required=True)
    domain = fields.Char(required=True)
    result_count = fields.Integer(string="Found")
    complaint_ids = fields.Many2many(
        "complaint.complaint",
        "complaint_investigation_search_rel",
        "search_id",
        "complaint_id",
        string="Cases",
    )

    def action_view_cases(self):
        """List the cases that the search found."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "complaint.complaint",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.complaint_ids.ids)],
            "context": {"active_test": False, "create": False},
            "help": Markup("<p>%s</p><p>%s</p>")
            % (
                self.env._("No similar case was found"),
                self.env._(
                    "The search is on record with the investigation, under “Similar "
                    "Cases”."
                ),
            ),
        }


class ComplaintInvestigation(models.Model):
    """Do similar cases exist, or could they occur?"""

    _inherit = "complaint.investigation"

    def search_similar(self, days=None):
        """Look for cases with the same product, category or root cause, on record.

        The user finds what the user may read, as in any list.

        :param int days: how far back, from today; the company's setting if not given
        :return: the rows of the searches, one for each investigation
        :raises UserError: when nothing is known yet that a case could be similar in
        """
        self.check_access("write")
        self._check_not_sealed()
        self._check_actor_impartial()
        values = [
            investigation._prepare_search(
                days or investigation.company_id.complaint_similar_days
            )
            for investigation in self
        ]
        # sudo: nobody has the right to write what was found; it was found just now,
        # with the rights of the user.
        return self.env["complaint.investigation.search"].sudo().create(values)

    def action_search_similar(self):
        """Search with the company's setting, and show what was found."""
        self.ensure_one()
        return self.search_similar().action_view_cases()

    def _prepare_search(self, days):
        self.ensure_one()
        if not isinstance(days, int) or days <= 0:
            raise UserError(
                self.env._("Say how many days to look back; at least one day.")
            )
        domain, words = self._get_similar_domain()
        since = fields.Date.context_today(self) - timedelta(days=days)
        domain &= Domain("date_received", ">=", since)
        cases = self.env["complaint.complaint"].with_context(active_test=False)
        count = cases.search_count(domain)
        found = cases.search(domain, order="date_received desc, id desc", limit=LINKED)
        return {
            "investigation_id": self.id,
            "name": " / ".join(words),
            "days": days,
            "user_id": self.env.uid,
            "domain": repr(list(domain)),
            "result_count": count,
            "complaint_ids": [(6, 0, found.ids)],
        }

    def _get_similar_domain(self):
        """Return what makes a case similar, as a domain and as words."""
        case = self.complaint_id
        cause = self.root_cause_id
        alike = [
            ("product_id", "=", case.product_id),
            ("category_id", "child_of", case.category_id),
            ("root_cause_id", "child_of", cause),
        ]
        alike = [(name, operator, record) for name, operator, record in alike if record]
        if not alike:
            raise UserError(
                self.env._(
                    "%(case)s has neither product nor category, and no root cause is "
                    "named: nothing to compare with. Enter one of them first.",
                    case=case.display_name,
                )
            )
        words = [
            f"{case._fields[name]._description_string(self.env)}: {record.display_name}"
            for name, __, record in alike
        ]
        domain = Domain.OR(
            Domain(name, operator, record.id) for name, operator, record in alike
        )
        domain &= Domain("company_id", "=", self.company_id.id)
        return domain & Domain("id", "!=", case.id), words
