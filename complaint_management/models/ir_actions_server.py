from odoo import models

from .complaint_outside_mixin import BY_PERSON


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def run(self):
        """Remember that a person started it: Odoo runs the action as superuser.

        What an automation starts is the administrator's, and runs as it was set up.
        """
        if not self.env.su:
            self = self.with_context(**{BY_PERSON: True})
        return super().run()
