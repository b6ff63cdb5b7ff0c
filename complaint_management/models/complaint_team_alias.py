from odoo import api, models
from odoo.exceptions import AccessError


class ComplaintTeam(models.Model):
    """The team's own address: people name it, the system says where it leads."""

    _inherit = "complaint.team"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._check_alias_values(vals)
            # Odoo creates the address as superuser, with the defaults of the context.
            context = {
                key: value
                for key, value in self.env.context.items()
                if not key.startswith("default_alias_")
            }
            self = self.with_env(self.env(context=context))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_alias_values(vals)
        return super().write(vals)

    def _check_alias_values(self, vals):
        """Refuse another team's address, or another app's, and where mail leads to.

        :raises AccessError: naming what cannot be written
        """
        refused = [
            name
            for name in vals
            if name.startswith("alias_")
            and name not in self.ALIAS_WRITEABLE_FIELDS
            and not (name == "alias_id" and self._keeps_alias(vals[name]))
        ]
        if refused:
            raise AccessError(
                self.env._(
                    "%(fields)s: follows from the team and cannot be written. Name the "
                    "address with “Alias Name”.",
                    fields=self._get_known_labels(refused),
                )
            )

    def _keeps_alias(self, alias_id):
        return bool(self) and all(team.alias_id.id == alias_id for team in self)
