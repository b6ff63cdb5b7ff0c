from odoo import fields, models


class ComplaintInvestigationWhy(models.Model):
    """One link of the chain from the problem to its root cause."""

    _name = "complaint.investigation.why"
    _description = "Why of an Investigation"
    _inherit = "complaint.investigation.part"

    name = fields.Text(string="Why?", required=True)
    because = fields.Text(required=True)
    evidence = fields.Text(string="What Shows It")
