from odoo import models


class MailTemplatePreview(models.TransientModel):
    _inherit = "mail.template.preview"

    def _compute_mail_template_fields(self):
        # Asked here as well: the dialog shows what rendering refuses as a remark only.
        for preview in self.filtered("resource_ref"):
            record = preview.resource_ref
            self.env["complaint.access"]._check_asked(record._name, record.ids)
        return super()._compute_mail_template_fields()
