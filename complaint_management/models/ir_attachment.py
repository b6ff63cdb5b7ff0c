from odoo import api, models

EVIDENCE = "complaint.investigation.evidence"
# What a file is, and to whom it belongs; an index or a preview may change.
FIXED_FIELDS = {
    "name",
    "type",
    "url",
    "raw",
    "datas",
    "db_datas",
    "mimetype",
    "public",
    "res_model",
    "res_id",
    "res_field",
}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        if not FIXED_FIELDS.isdisjoint(vals):
            self._check_complaint_evidence()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sealed_evidence(self):
        self._check_complaint_evidence()

    def _check_complaint_evidence(self):
        """Refuse a change of a file that a signed investigation rests on."""
        # sudo: a file of evidence is fixed for everybody, the system included.
        ids = [file.res_id for file in self.sudo() if file.res_model == EVIDENCE]
        if ids:
            evidence = self.env[EVIDENCE].sudo().browse(ids).exists()  # sudo: as above
            evidence.investigation_id._check_not_sealed()
