from odoo import api, fields, models

from .complaint_page_mixin_address import PAGE_MODELS


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

    def write(self, vals):
        """Let a customer's links end when they have another address; see the page."""
        if "email" not in vals:
            return super().write(vals)
        # sudo: addresses are compared only.
        before = {partner: partner.email_normalized for partner in self.sudo()}
        res = super().write(vals)
        changed = self.filtered(
            lambda partner: partner.sudo().email_normalized != before[partner.sudo()]
        )
        for model in PAGE_MODELS if changed else ():
            records = self.env[model]
            records._follow_addresses(records._get_link_addresses(changed, before))
        return res

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
