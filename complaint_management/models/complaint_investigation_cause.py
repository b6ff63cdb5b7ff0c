from odoo import fields, models


class ComplaintInvestigationCause(models.Model):
    """A possible cause on a branch of the cause-and-effect diagram (Ishikawa)."""

    _name = "complaint.investigation.cause"
    _description = "Possible Cause of an Investigation"
    _inherit = "complaint.investigation.part"
    _order = "branch, sequence, id"

    branch = fields.Selection(
        [
            ("people", "People"),
            ("machine", "Machine"),
            ("method", "Method"),
            ("material", "Material"),
            ("measurement", "Measurement"),
            ("environment", "Environment"),
        ],
        required=True,
    )
    name = fields.Char(string="Possible Cause", required=True)
    verdict = fields.Selection(
        [
            ("open", "To Check"),
            ("root", "Root Cause"),
            ("contributing", "Contributing"),
            ("ruled_out", "Ruled Out"),
        ],
        required=True,
        default="open",
    )
    note = fields.Char(string="How It Was Checked")
