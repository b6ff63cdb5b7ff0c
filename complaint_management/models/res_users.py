from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    complaint_away_until = fields.Date(
        string="Away from Complaints Until",
        help="No case is assigned automatically until the end of this day.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["complaint_away_until"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ["complaint_away_until"]
