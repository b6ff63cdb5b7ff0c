from odoo import models

# What Odoo writes for itself beside a record: who said what, when, and what changed.
# A default does not know on which record that is.
SAID_MODELS = {
    "mail.mail",
    "mail.message",
    "mail.notification",
    "mail.tracking.value",
    "rating.rating",
}


class IrDefault(models.Model):
    """Defaults of people reach nothing that only the system writes.

    Everybody may keep defaults of their own, which Odoo takes for what its code creates
    as the superuser too.
    """

    _inherit = "ir.default"

    def _get_model_defaults(self, model_name, condition=False):
        defaults = super()._get_model_defaults(model_name, condition=condition)
        if not defaults:
            return defaults
        if model_name in SAID_MODELS:
            return {}
        if not self.env["complaint.access"]._is_of_product(model_name):
            return defaults
        records = self.env[model_name]
        return {
            name: value
            for name, value in defaults.items()
            if not records._is_kept_by_system(name)
        }
