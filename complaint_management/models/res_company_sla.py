from odoo import fields, models
from odoo.fields import Domain

from .complaint_stage import END_PHASES


class ResCompany(models.Model):
    """What a company chooses for the deadlines of its cases."""

    _inherit = "res.company"

    complaint_statutory = fields.Selection(
        [
            ("off", "None"),
            ("weeks", "8 weeks (summary resolution within 3 business days)"),
            ("days", "15 business days, 35 with a holding letter"),
        ],
        string="Statutory Clock",
        required=True,
        default="off",
        help="The final response that the law asks for, counted from the day of "
        "receipt. It never pauses.",
    )

    def write(self, vals):
        res = super().write(vals)
        if "resource_calendar_id" in vals:
            self.env.registry.clear_cache()
            self._check_complaint_calendar()
        if {"complaint_statutory", "resource_calendar_id"} & vals.keys():
            self._count_statutory_deadlines()
        return res

    def _check_complaint_calendar(self):
        """Refuse working hours without hours where complaint teams count with them."""
        # sudo: who sets the company's calendar may have no right on teams.
        teams = self.env["complaint.team"].sudo()
        teams.search(
            Domain("company_id", "in", self.ids)
            & Domain("resource_calendar_id", "=", False)
        )._check_working_hours()

    def _count_statutory_deadlines(self):
        """Give the open cases the dates that the setting asks for."""
        # sudo: the setting holds for all cases, confidential ones included.
        cases = self.env["complaint.complaint"].sudo()
        open_cases = cases.search(
            [("company_id", "in", self.ids), ("phase", "not in", END_PHASES)]
        )
        for name in ("statutory_summary_date", "statutory_deadline"):
            self.env.add_to_compute(cases._fields[name], open_cases)
