from odoo import fields, models

from .complaint_complaint import INTERNAL, REMEDIES


class ComplaintComplaint(models.Model):
    """What was found, decided, told to the customer and how the case ended."""

    _inherit = "complaint.complaint"

    # Investigation and resolution
    findings = fields.Html(
        copy=False,
        groups=INTERNAL,
        help="What the investigation found. Internal: the customer does not see it.",
        sealed=True,
    )
    root_cause_id = fields.Many2one(
        "complaint.root.cause",
        index="btree_not_null",
        tracking=True,
        copy=False,
        groups=INTERNAL,
        sealed=True,
    )
    resolution_kind = fields.Selection(
        REMEDIES,
        string="Resolution",
        tracking=True,
        copy=False,
        groups=INTERNAL,
        sealed=True,
    )
    resolution = fields.Html(
        string="Resolution Text",
        copy=False,
        # Customers get it from pages and letters, once it is told.
        groups=INTERNAL,
        help="What the customer is told: what is done, why and by when.",
        sealed=True,
    )
    date_communicated = fields.Datetime(
        string="Decision Communicated On",
        copy=False,
        tracking=True,
        help="When the customer was told the decision.",
        sealed=True,
    )
    corrective_action_ids = fields.Many2many(
        "complaint.corrective.action",
        "complaint_corrective_action_rel",
        "complaint_id",
        "action_id",
        string="Actions",
        copy=False,
        check_company=True,
        groups=INTERNAL,
    )

    # Closing
    outcome = fields.Selection(
        [
            ("upheld", "Upheld"),
            ("partly_upheld", "Partly Upheld"),
            ("not_upheld", "Not Upheld"),
            ("withdrawn", "Withdrawn"),
            ("out_of_scope", "Out of Scope"),
        ],
        tracking=True,
        copy=False,
        groups=INTERNAL,
        sealed=True,
    )
    confirmation = fields.Selection(
        [
            ("confirmed", "Confirmed by the Customer"),
            ("no_answer", "Customer Did Not Answer"),
            ("not_satisfied", "Customer Not Satisfied"),
            ("not_asked", "Not Asked"),
        ],
        string="Customer's Confirmation",
        tracking=True,
        copy=False,
        groups=INTERNAL,
        sealed=True,
    )
    confirmation_note = fields.Char(
        string="Why Not Confirmed",
        copy=False,
        groups=INTERNAL,
        sealed=True,
    )
    handover_reason = fields.Char(
        string="Open Actions Handed Over",
        copy=False,
        groups=INTERNAL,
        help="Why the case may close before its actions are done, and who goes on "
        "with them. Managers only.",
        sealed=True,
    )
    cancel_reason = fields.Selection(
        [
            ("withdrawn", "Withdrawn by the Customer"),
            ("invalid", "Invalid"),
            ("duplicate", "Duplicate"),
            ("out_of_scope", "Out of Scope"),
        ],
        string="Reason for Cancelling",
        copy=False,
        tracking=True,
        sealed=True,
    )
    cancel_note = fields.Text(
        string="Cancelling Explained",
        copy=False,
        groups=INTERNAL,
        sealed=True,
    )
    process_review = fields.Boolean(
        string="Flag for Process Review",
        copy=False,
        tracking=True,
        groups=INTERNAL,
        help="The way the company works should be looked at because of this case.",
    )
    process_review_note = fields.Text(
        string="What to Improve", copy=False, groups=INTERNAL
    )
    decision_ids = fields.One2many(
        "complaint.decision",
        "complaint_id",
        string="Decision Log",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
