from odoo import api, fields, models

METHODS = [
    ("phone", "Phone"),
    ("in_person", "In Person"),
    ("email", "E-mail"),
    ("letter", "Letter"),
]


class ComplaintConsent(models.TransientModel):
    """Ask what the customer said to the proposal, as told to the staff."""

    _name = "complaint.consent"
    _description = "Record the Customer's Answer"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    answer = fields.Selection(
        [("accepted", "Accepts"), ("rejected", "Does Not Accept")],
        required=True,
        default="accepted",
    )
    name = fields.Char(
        string="Said By",
        required=True,
        compute="_compute_name",
        store=True,
        precompute=True,
        readonly=False,
    )
    method = fields.Selection(
        METHODS, string="Told Through", required=True, default="phone"
    )
    comment = fields.Text(string="In Their Words")

    @api.depends("complaint_id")
    def _compute_name(self):
        for wizard in self:
            # Stored values are computed as the superuser, with what that has in memory:
            # the user must not see by this dialog what the case would not show.
            wizard.name = (
                wizard.complaint_id.sudo(False)._filtered_access("read").partner_name
            )

    def action_record(self):
        self.ensure_one()
        return self.complaint_id.record_consent(
            self.answer == "accepted", self.name, self.comment, self.method
        )
