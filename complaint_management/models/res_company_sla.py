from odoo import fields, models
from odoo.fields import Domain

from .complaint_complaint import INTERNAL
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
        groups=INTERNAL,
        help="The final response that the law asks for, counted from the day of "
        "receipt. It never pauses.",
    )
    complaint_statutory_remind_days = fields.Integer(
        string="Remind of the Statutory Deadline",
        default=5,
        groups=INTERNAL,
        help="How many business days before the statutory deadline the owner is "
        "reminded; of the summary resolution one day before. 0: no reminder.",
    )
    complaint_statutory_senior_days = fields.Integer(
        string="Statutory Deadline to Senior Management",
        default=2,
        groups=INTERNAL,
        help="How many business days after a missed statutory deadline senior "
        "management gets the case; the manager gets it at once. 0: never.",
    )

    _complaint_statutory_days_positive = models.Constraint(
        "CHECK(complaint_statutory_remind_days >= 0"
        " AND complaint_statutory_senior_days >= 0)",
        "The business days before and after the statutory deadline cannot be negative. "
        "Enter 0 for none.",
    )

    def write(self, vals):
        res = super().write(vals)
        if "resource_calendar_id" in vals:
            self.env.registry.clear_cache()
            self._check_complaint_calendar()
            self.resource_calendar_id._request_complaint_recount()
        if {"complaint_statutory", "resource_calendar_id"} & vals.keys():
            self._count_statutory_deadlines()
        elif {
            "complaint_statutory_remind_days",
            "complaint_statutory_senior_days",
        } & vals.keys():
            self._count_statutory_deadlines(dates=False)
        return res

    def _check_complaint_calendar(self):
        """Refuse working hours without hours where complaint teams count with them."""
        # sudo: who sets the company's calendar may have no right on teams.
        teams = self.env["complaint.team"].sudo()
        teams.search(
            Domain("company_id", "in", self.ids)
            & Domain("resource_calendar_id", "=", False)
        )._check_working_hours()

    def _count_statutory_deadlines(self, dates=True):
        """Give the open cases the dates and reminders that the settings ask for.

        :param bool dates: whether the deadlines change, not only the reminders
        """
        # sudo: the setting holds for all cases, confidential ones included.
        cases = self.env["complaint.complaint"].sudo()
        open_cases = cases.search(
            [("company_id", "in", self.ids), ("phase", "not in", END_PHASES)]
        )
        names = ["statutory_event", "statutory_event_date"]
        if dates:
            names += ["statutory_summary_date", "statutory_deadline"]
        for name in names:
            self.env.add_to_compute(cases._fields[name], open_cases)
