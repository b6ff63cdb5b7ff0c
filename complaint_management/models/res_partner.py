from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Every mail, form and import looks its sender up by this.
    email_normalized = fields.Char(index="btree_not_null")
    complaint_count = fields.Integer(
        string="Complaints",
        compute="_compute_complaint_count",
        groups="complaint_management.group_complaint_user,"
        "complaint_management.group_complaint_quality,"
        "complaint_management.group_complaint_executive",
        help="Complaints and inquiries of the contact's whole company.",
    )

    def _compute_complaint_count(self):
        counts = dict(
            self.env["complaint.complaint"]._read_group(
                [("commercial_partner_id", "in", self.commercial_partner_id.ids)],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.complaint_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_complaints(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action_all"
        )
        action["domain"] = [
            ("commercial_partner_id", "=", self.commercial_partner_id.id)
        ]
        action["context"] = {"default_partner_id": self.id}
        return action

    @api.private
    def action_new_complaint(self):
        """Open the quick entry with the contact filled in as the customer."""
        self.ensure_one()
        return self.env["complaint.quick.entry"]._open(partner_id=self.id)
