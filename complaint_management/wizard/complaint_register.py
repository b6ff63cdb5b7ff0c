from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ComplaintRegister(models.TransientModel):
    """Print the Complaint/Feedback Register of a period."""

    _name = "complaint.register"
    _description = "Complaint/Feedback Register"
    _inherit = ["complaint.protected.mixin"]

    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
    )
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["kind"].selection,
        help="Empty: all kinds.",
    )
    team_id = fields.Many2one(
        "complaint.team",
        domain="[('company_id', '=', company_id)]",
        help="Empty: all teams.",
    )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for register in self:
            if register.date_from > register.date_to:
                raise ValidationError(
                    self.env._("The period ends before it begins. Correct the dates.")
                )

    def _get_complaints(self):
        """Return the cases received in the period, in the reader's time zone."""
        self.ensure_one()
        zone = pytz.timezone(self.env.user.tz or "UTC")

        def as_utc(day, moment):
            local = zone.localize(datetime.combine(day, moment))
            return local.astimezone(pytz.utc).replace(tzinfo=None)

        domain = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("date_received", ">=", as_utc(self.date_from, time.min))
            & Domain("date_received", "<=", as_utc(self.date_to, time.max))
        )
        if self.kind:
            domain &= Domain("kind", "=", self.kind)
        if self.team_id:
            domain &= Domain("team_id", "=", self.team_id.id)
        # Archived cases are part of the register too.
        complaints = self.env["complaint.complaint"].with_context(active_test=False)
        return complaints.search(domain, order="date_received, id")

    def action_print(self):
        self.ensure_one()
        return self.env.ref(
            "complaint_management.complaint_register_action_report"
        ).report_action(self)
