from odoo import api, fields, models


class ComplaintHoldingLetter(models.TransientModel):
    """Ask what the holding letter says: why, and until when."""

    _name = "complaint.holding.letter"
    _description = "Holding Letter"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    statutory_deadline = fields.Date(
        related="complaint_id.statutory_deadline", related_sudo=False
    )
    until = fields.Date(
        string="Response Until",
        required=True,
        compute="_compute_until",
        store=True,
        precompute=True,
        readonly=False,
    )
    reason = fields.Text(required=True)

    @api.depends("complaint_id")
    def _compute_until(self):
        for wizard in self:
            # Stored values are computed as the superuser, with what that has in memory:
            # the user must not see by this dialog what the case would not show.
            complaint = wizard.complaint_id.sudo(False)._filtered_access("read")
            wizard.until = complaint.statutory_deadline

    def action_send(self):
        self.ensure_one()
        return self.complaint_id.send_holding_letter(self.reason, self.until)

    def action_print(self):
        """Record the letter as sent by post, and print it."""
        self.ensure_one()
        self.complaint_id.send_holding_letter(self.reason, self.until, by_mail=False)
        action = self.complaint_id.action_print_holding_letter()
        return {**action, "close_on_report_download": True}
