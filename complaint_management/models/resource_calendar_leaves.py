from odoo import api, models
from odoo.fields import Domain


class ResourceCalendarLeaves(models.Model):
    """Forget the working time kept in memory when a public holiday changes, and count
    the open deadlines anew.

    Absences of single people do not count in deadlines, and are many.
    """

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._forget_working_time()
        return leaves

    def write(self, vals):
        # Before and after: a holiday may become a person's absence, and back.
        self._forget_working_time()
        res = super().write(vals)
        self._forget_working_time()
        return res

    def unlink(self):
        # Before: afterwards nobody knows whose they were.
        self._forget_working_time()
        return super().unlink()

    def _forget_working_time(self):
        holidays = self.filtered(lambda leave: not leave.resource_id)
        if holidays:
            self.env.registry.clear_cache()
            holidays._get_complaint_calendars()._request_complaint_recount()

    def _get_complaint_calendars(self):
        """Return the calendars of teams and companies in which the holidays count."""
        # sudo: who enters holidays may see neither teams nor other companies.
        env = self.sudo().env
        calendars = env["resource.calendar"]
        for leave in self.sudo():
            of_company = Domain.TRUE
            if leave.company_id:
                of_company = Domain("company_id", "=", leave.company_id.id)
            teams = env["complaint.team"].search(of_company)
            companies = leave.company_id or env["res.company"].search([])
            used = teams.resource_calendar_id | companies.resource_calendar_id
            calendars |= used & leave.calendar_id if leave.calendar_id else used
        return calendars
