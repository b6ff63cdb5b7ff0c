from odoo import fields, models


class ComplaintInvestigationStep(models.Model):
    """One step of the plan: what is looked at, by whom, until when."""

    _name = "complaint.investigation.step"
    _description = "Step of an Investigation"
    _inherit = "complaint.investigation.part"

    name = fields.Char(string="Step", required=True)
    user_id = fields.Many2one("res.users", string="By", domain=[("share", "=", False)])
    date_due = fields.Date(string="Until")
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("dropped", "Dropped")],
        required=True,
        default="open",
    )
    note = fields.Char(string="Result")
