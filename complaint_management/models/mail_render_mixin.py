from odoo import api, models


class MailRenderMixin(models.AbstractModel):
    """Whatever fills a text with a record's values asks for that record first."""

    _inherit = "mail.render.mixin"

    @api.model
    def _render_template(self, template_src, model, res_ids, *args, **kwargs):
        self.env["complaint.access"]._check_asked(model, res_ids)
        return super()._render_template(template_src, model, res_ids, *args, **kwargs)
