from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    complaint_duplicate_days = fields.Integer(
        related="company_id.complaint_duplicate_days", readonly=False
    )
    complaint_approval_always = fields.Boolean(
        related="company_id.complaint_approval_always", readonly=False
    )
    complaint_approval_critical = fields.Boolean(
        related="company_id.complaint_approval_critical", readonly=False
    )
    complaint_approval_amount = fields.Monetary(
        related="company_id.complaint_approval_amount",
        readonly=False,
    )
    complaint_executive_amount = fields.Monetary(
        related="company_id.complaint_executive_amount",
        readonly=False,
    )
    complaint_statutory = fields.Selection(
        related="company_id.complaint_statutory", readonly=False
    )
