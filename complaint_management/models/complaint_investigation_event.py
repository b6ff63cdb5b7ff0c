from odoo import fields, models


class ComplaintInvestigationEvent(models.Model):
    """A fact and when it happened, so that the facts can be read in their order."""

    _name = "complaint.investigation.event"
    _description = "Fact of an Investigation"
    _inherit = "complaint.investigation.part"
    _order = "date, sequence, id"

    date = fields.Datetime(string="When", required=True)
    name = fields.Text(string="What Happened", required=True)
    source = fields.Char(help="How it is known: a document, a log, a person.")
