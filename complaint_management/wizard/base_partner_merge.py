from odoo import models

from ..models.complaint_page_mixin_address import PAGE_MODELS


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Let a customer's links end that went to another address; Odoo uses SQL here."""
        before = [
            self.env[model]._get_link_addresses(src_partners) for model in PAGE_MODELS
        ]
        res = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.invalidate_all()
        for model, addresses in zip(PAGE_MODELS, before, strict=True):
            self.env[model]._follow_addresses(addresses)
        return res
