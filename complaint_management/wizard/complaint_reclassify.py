from odoo import api, fields, models

from ..models.complaint_complaint_guard import RECLASSIFIED_FIELDS


class ComplaintReclassify(models.TransientModel):
    """Judge anew what a case is and whom it is about, with a reason."""

    _name = "complaint.reclassify"
    _description = "Reclassify Case"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    company_id = fields.Many2one(related="complaint_id.company_id", related_sudo=False)
    kind = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["kind"].selection,
        required=True,
        compute="_compute_values",
        store=True,
        precompute=True,
        readonly=False,
    )
    category_id = fields.Many2one(
        "complaint.category",
        compute="_compute_values",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('company_id', 'in', (False, company_id))]",
    )
    severity = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["severity"].selection,
        compute="_compute_values",
        store=True,
        precompute=True,
        readonly=False,
    )
    safety = fields.Boolean(
        compute="_compute_values",
        store=True,
        precompute=True,
        readonly=False,
    )
    complained_user_id = fields.Many2one(
        "res.users",
        string="Person Complained About",
        domain=[("share", "=", False)],
        compute="_compute_values",
        store=True,
        precompute=True,
        readonly=False,
    )
    reason = fields.Text(required=True)

    @api.depends("complaint_id")
    def _compute_values(self):
        for wizard in self:
            # Stored values are computed as the superuser, with what that has in memory:
            # the user must not see by this dialog what the case would not show.
            complaint = wizard.complaint_id.sudo(False)._filtered_access("read")
            for name in RECLASSIFIED_FIELDS:
                wizard[name] = complaint[name]

    def action_reclassify(self):
        self.ensure_one()
        complaint = self.complaint_id
        values = {}
        for name in RECLASSIFIED_FIELDS:
            if self[name] != complaint[name]:
                field = self._fields[name]
                values[name] = field.convert_to_write(self[name], self)
        return complaint.reclassify(values, self.reason)
