from odoo import api, fields, models

from .complaint_complaint import INTERNAL


class ResCompany(models.Model):
    """The address that customers write feedback to."""

    _name = "res.company"
    _inherit = ["res.company", "complaint.protected.mixin"]

    complaint_feedback_alias_id = fields.Many2one(
        "mail.alias",
        readonly=True,
        copy=False,
        ondelete="set null",
        system=True,
        groups=INTERNAL,
    )
    complaint_feedback_alias_name = fields.Char(
        string="Feedback Alias",
        compute="_compute_complaint_feedback_alias_name",
        inverse="_inverse_complaint_feedback_alias_name",
        groups=INTERNAL,
        help="Mail sent to this address becomes feedback.",
    )

    @api.depends("complaint_feedback_alias_id.alias_name")
    def _compute_complaint_feedback_alias_name(self):
        for company in self:
            company.complaint_feedback_alias_name = (
                company.complaint_feedback_alias_id.alias_name
            )

    def _inverse_complaint_feedback_alias_name(self):
        # sudo: who may write on a company chooses its address, as in other settings.
        aliases = self.env["mail.alias"].sudo()
        for company in self:
            name = company.complaint_feedback_alias_name
            alias = company.sudo().complaint_feedback_alias_id
            if alias:
                alias.alias_name = name
            elif name:
                company.complaint_feedback_alias_id = aliases.create(
                    {
                        "alias_name": name,
                        "alias_domain_id": company.alias_domain_id.id,
                        "alias_model_id": self.env["ir.model"]._get_id(
                            "complaint.feedback"
                        ),
                        "alias_defaults": {"company_id": company.id},
                        "alias_contact": "everyone",
                    }
                )
