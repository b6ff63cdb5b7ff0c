from odoo import api, models
from odoo.exceptions import AccessError

from .mail_message import KEPT_MODELS

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

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_customers(self):
        """What customers sent is on record; Odoo lets whoever uploaded a file delete it."""
        # sudo: only where the files belong.
        if not self.env.user._is_internal() and any(
            file.res_model in KEPT_MODELS for file in self.sudo()
        ):
            raise AccessError(
                self.env._("A file that was sent stays with what it belongs to.")
            )

    def _check_complaint_evidence(self):
        """Refuse a change of a file that a signed investigation rests on.

        Those are its evidence, and what its texts showed when it was signed.
        """
        # sudo: what was signed is fixed for everybody, the system included.
        files = self.sudo().filtered(
            lambda file: (file.res_model or "").startswith("complaint.")
        )
        if not files:
            return
        ids = [file.res_id for file in files if file.res_model == EVIDENCE]
        evidence = files.env[EVIDENCE].browse(ids).exists()
        shown_in = files.env["complaint.investigation"].search(
            [("text_file_ids", "in", files.ids)]
        )
        (evidence.investigation_id | shown_in)._check_not_sealed()
