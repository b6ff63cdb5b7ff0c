import re

from odoo import fields, models

from .complaint_investigation import SEALED_STATES

# How a text shows a picture or offers a file of Odoo.
FILE_URL = re.compile(r"/web/(?:image|content)/(?:ir\.attachment/)?(\d{1,9})\b")


class ComplaintInvestigation(models.Model):
    """The pictures and files in the texts of a report are fixed when it is signed."""

    _inherit = "complaint.investigation"

    text_file_ids = fields.Many2many(
        "ir.attachment",
        "complaint_investigation_text_file_rel",
        "investigation_id",
        "attachment_id",
        string="Files in Texts",
        readonly=True,
        copy=False,
        help="Pictures and files that the texts showed when the report was signed.",
        system=True,
    )

    def _find_text_files(self):
        """Return the files that the texts of the report and of its rows show now.

        Files of other apps are left out: naming one in a text must not fix it.
        """
        self.ensure_one()
        rows = [self] + [
            row
            for name, field in self._fields.items()
            if field.type == "one2many"
            and field.comodel_name.startswith("complaint.investigation.")
            for row in self[name]
        ]
        texts = [
            row[name]
            for row in rows
            for name, field in row._fields.items()
            if field.type == "html" and field.store and row[name]
        ]
        ids = {int(number) for text in texts for number in FILE_URL.findall(text)}
        # sudo: whatever the report shows is fixed, whoever put it there.
        files = self.env["ir.attachment"].sudo().browse(ids).exists()
        return files.filtered(
            lambda file: (file.res_model or "").startswith("complaint.")
        )

    def _get_fixed_text_files(self):
        """Return the files in the texts of those investigations that are signed."""
        sealed = self.filtered(
            lambda investigation: investigation.state in SEALED_STATES
        )
        return sealed.text_file_ids
