from odoo import api, fields, models

# Asked in one dialog, so that closing takes one screen.
CLOSE_FIELDS = (
    "outcome",
    "root_cause_id",
    "resolution_kind",
    "resolution",
    "date_communicated",
    "confirmation",
    "confirmation_note",
    "handover_reason",
    "process_review",
    "process_review_note",
)


def _selection(name):
    return lambda self: self.env["complaint.complaint"]._fields[name].selection


class ComplaintClose(models.TransientModel):
    """Ask for all that closing needs; the case's own guard decides."""

    _name = "complaint.close"
    _description = "Close Case"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    kind = fields.Selection(related="complaint_id.kind", related_sudo=False)
    root_cause_required = fields.Boolean(
        related="complaint_id.category_id.root_cause_required", related_sudo=False
    )
    investigation_state = fields.Selection(
        related="complaint_id.investigation_state", related_sudo=False
    )
    open_action_count = fields.Integer(compute="_compute_open_action_count")
    outcome = fields.Selection(
        _selection("outcome"), compute="_compute_values", store=True, readonly=False
    )
    root_cause_id = fields.Many2one(
        "complaint.root.cause", compute="_compute_values", store=True, readonly=False
    )
    resolution_kind = fields.Selection(
        _selection("resolution_kind"),
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    resolution = fields.Html(compute="_compute_values", store=True, readonly=False)
    date_communicated = fields.Datetime(
        string="Decision Communicated On",
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    confirmation = fields.Selection(
        _selection("confirmation"),
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    confirmation_note = fields.Char(
        string="Why Not Confirmed",
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    handover_reason = fields.Char(
        string="Open Actions Handed Over",
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    process_review = fields.Boolean(
        string="Flag for Process Review",
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    process_review_note = fields.Text(
        string="What to Improve", compute="_compute_values", store=True, readonly=False
    )

    @api.depends("complaint_id")
    def _compute_values(self):
        for wizard in self:
            # Stored values are computed as the superuser, with what that has in memory:
            # the user must not see by this dialog what the case would not show.
            complaint = wizard.complaint_id.sudo(False)._filtered_access("read")
            for name in CLOSE_FIELDS:
                wizard[name] = complaint[name]

    @api.depends("complaint_id")
    def _compute_open_action_count(self):
        for wizard in self:
            actions = wizard.complaint_id.corrective_action_ids
            wizard.open_action_count = len(
                actions.filtered(lambda a: a.state in ("planned", "in_progress"))
            )

    def action_close_case(self):
        self.ensure_one()
        complaint = self.complaint_id
        stage = self.env["complaint.stage"]._first_of_phase("closed")
        values = {"stage_id": stage.id}
        for name in CLOSE_FIELDS:
            if self[name] != complaint[name]:
                field = self._fields[name]
                values[name] = field.convert_to_write(self[name], self)
        return complaint.write(values)
