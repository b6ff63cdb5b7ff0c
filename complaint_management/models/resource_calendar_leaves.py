from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    """Forget the working time kept in memory when a public holiday changes.

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
        if any(not leave.resource_id for leave in self):
            self.env.registry.clear_cache()
