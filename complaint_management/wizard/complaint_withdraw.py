from odoo import api, fields, models


class ComplaintWithdraw(models.TransientModel):
    """Choose a wrong file of a case or feedback, and say why it is withdrawn."""

    _name = "complaint.withdraw"
    _description = "Withdraw File"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", string="Case")
    feedback_id = fields.Many2one("complaint.feedback")
    available_ids = fields.Many2many(
        "ir.attachment",
        "complaint_withdraw_available_rel",
        compute="_compute_available_ids",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Files",
        required=True,
        domain="[('id', 'in', available_ids)]",
    )
    reason = fields.Text(required=True)

    @api.depends("complaint_id", "feedback_id")
    def _compute_available_ids(self):
        for wizard in self:
            record = wizard._get_record()
            files = self.env["ir.attachment"]
            if record:
                record._check_may_withdraw()
                files = record._get_withdrawable_files()
            wizard.available_ids = files

    def _get_record(self):
        return self.complaint_id or self.feedback_id

    def action_withdraw(self):
        """Withdraw the chosen files."""
        self.ensure_one()
        return self._get_record().withdraw_files(self.attachment_ids, self.reason)
