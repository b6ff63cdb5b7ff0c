from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    """Count the open deadlines anew when a shift changes."""

    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        attendances._forget_working_time(attendances.calendar_id)
        return attendances

    def write(self, vals):
        calendars = self.calendar_id
        res = super().write(vals)
        self._forget_working_time(calendars | self.calendar_id)
        return res

    def unlink(self):
        calendars = self.calendar_id
        res = super().unlink()
        self._forget_working_time(calendars.exists())
        return res

    def _forget_working_time(self, calendars):
        self.env.registry.clear_cache()
        calendars._request_complaint_recount()
