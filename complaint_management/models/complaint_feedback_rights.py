from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .complaint_feedback import DECIDED_STATES

# What a person who is not of the staff that works feedback may enter.
ENTRY_FIELDS = (
    "type",
    "name",
    "channel",
    "source_url",
    "date_received",
    "company_id",
    "partner_id",
    "partner_name",
    "partner_email",
    "partner_phone",
    "partner_lang",
    "product_id",
    "category_id",
    "team_id",
    "description",
)


class ComplaintFeedback(models.Model):
    """Who may enter and write what on feedback, and what stays as it is."""

    _inherit = "complaint.feedback"

    @api.model
    def _check_entry(self, vals_list):
        """Let a person who is not of the staff enter what the customer said, only.

        :raises AccessError: naming what else was given, as a default too
        """
        if self._is_worker():
            return vals_list
        usual = self.default_get(["active", "state"])
        given = {
            name.removeprefix("default_")
            for name, value in self.env.context.items()
            if name.startswith("default_") and value
        }
        given.update(
            name
            for vals in vals_list
            for name, value in vals.items()
            if value and value != usual.get(name)
        )
        system = self._get_fields_with("system")
        refused = given & set(self._fields) - set(ENTRY_FIELDS) - system
        if refused:
            raise AccessError(
                self.env._(
                    "You may not fill in: %(fields)s. Enter what the customer said; "
                    "the rest follows.",
                    fields=self._get_labels(refused),
                )
            )
        return vals_list

    @api.model
    def _is_worker(self):
        """Whether the user works feedback, and does not only report it."""
        return self.env.su or self.env.user.has_group(
            "complaint_management.group_complaint_user"
        )

    def _check_company_stays(self, change):
        if change.touches("company_id") and any(
            feedback.company_id.id != change.vals["company_id"] for feedback in self
        ):
            raise UserError(
                self.env._(
                    "Feedback stays with the company that received and numbered it. "
                    "Register it anew in the other company."
                )
            )

    def _filter_sealed(self, vals):
        """A decision that was taken changes when it is taken back to the review."""
        return self.filtered(lambda feedback: feedback.state in DECIDED_STATES)

    def _get_sealed_message(self, labels):
        return self.env._(
            "“%(feedback)s” is decided. Take it back to the review first, then change "
            "what was decided: %(fields)s.",
            feedback=self.display_name,
            fields=labels,
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Feedback is part of the register and is kept. Archive it.")
        )
