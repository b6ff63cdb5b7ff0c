from ast import literal_eval

from odoo import api, models
from odoo.exceptions import ValidationError

RECEIVERS = ("complaint.complaint", "complaint.feedback")


class MailAlias(models.Model):
    _inherit = "mail.alias"

    @api.constrains(
        "alias_defaults",
        "alias_model_id",
        "alias_parent_model_id",
        "alias_parent_thread_id",
    )
    def _check_complaint_defaults(self):
        """Let an address give plain choices only: the gateway sets them as superuser."""
        # sudo: which model an alias leads to is not for every user to read.
        for alias in self.sudo():
            model = alias.alias_model_id.model
            if model not in RECEIVERS:
                continue
            records = self.env[model]
            try:
                values = dict(literal_eval(alias.alias_defaults or "{}"))
            except (SyntaxError, TypeError, ValueError):
                # Odoo's own check says so.
                continue
            company = alias._get_complaint_company()
            refused = records._pick_mail_defaults(values, company)[1]
            if refused:
                raise ValidationError(
                    self.env._(
                        "Default values of %(alias)s: %(refused)s cannot be given. "
                        "Allowed are: %(allowed)s; each as the id of an existing "
                        "record of the same company, or the value of a choice.",
                        alias=alias.display_name,
                        refused=records._get_known_labels(refused),
                        # With the names, which are what is typed here.
                        allowed=", ".join(
                            f"{records._get_labels([name])} ({name})"
                            for name in records._mail_default_fields
                        ),
                    )
                )

    def _get_complaint_company(self):
        """Return the id of the company whose team has the address, or None."""
        self.ensure_one()
        teams = self.env["complaint.team"]
        parent_id = self.env["ir.model"]._get_id(teams._name)
        if (
            self.alias_parent_model_id.id != parent_id
            or not self.alias_parent_thread_id
        ):
            return None
        # sudo: the team of whichever company.
        team = teams.sudo().browse(self.alias_parent_thread_id).exists()
        return team.company_id.id or None
