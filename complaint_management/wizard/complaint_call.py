from odoo import api, fields, models

from ..models.complaint_complaint_rating import RATINGS


class ComplaintCall(models.TransientModel):
    """Ask for the little that a call or talk leaves to be kept."""

    _name = "complaint.call"
    _description = "Log a Call or Talk"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    name = fields.Char(
        string="With",
        compute="_compute_name",
        store=True,
        precompute=True,
        readonly=False,
    )
    date = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    direction = fields.Selection(
        [("in", "The Customer Called"), ("out", "We Called")],
        required=True,
        default="out",
    )
    method = fields.Selection(
        [("phone", "Phone"), ("in_person", "In Person")],
        string="How",
        required=True,
        default="phone",
    )
    reached = fields.Boolean(default=True, help="The customer was spoken to.")
    note = fields.Text(string="What Was Said", required=True)
    rating = fields.Selection(
        RATINGS,
        string="Satisfied?",
        help="What the customer said about how their case was handled.",
    )
    next_step = fields.Char(help="Becomes a task of yours.")
    next_date = fields.Date(string="Until", default=fields.Date.context_today)

    @api.depends("complaint_id")
    def _compute_name(self):
        for wizard in self:
            # Stored values are computed as the superuser, with what that has in memory:
            # the user must not see by this dialog what the case would not show.
            wizard.name = (
                wizard.complaint_id.sudo(False)._filtered_access("read").partner_name
            )

    def action_log(self):
        self.ensure_one()
        self.complaint_id.log_talk(
            self.note,
            name=self.name,
            direction=self.direction,
            method=self.method,
            date=self.date,
            reached=self.reached,
            next_step=self.next_step,
            next_date=self.next_date,
        )
        if self.rating:
            self.complaint_id.record_rating(self.rating, self.note)
        return True
