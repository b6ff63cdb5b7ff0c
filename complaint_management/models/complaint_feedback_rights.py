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
# The system's own findings; also those that the mail gateway or a form might claim.
SYSTEM_FIELDS = (
    "reference",
    "registered_by_id",
    "reviewer_id",
    "date_reviewed",
    "decided_by_id",
    "date_decided",
    "date_thanked",
    "complaint_id",
    "email_normalized",
    "commercial_partner_id",
)


class ComplaintFeedback(models.Model):
    """Who may enter and write what on feedback, and what stays as it is."""

    _inherit = "complaint.feedback"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._check_entry(vals_list)
        return super().create(vals_list)

    @api.model
    def _check_entry(self, vals_list):
        """Let a person who is not of the staff enter what the customer said, only.

        What the system finds is nobody's to say, in the context neither.
        """
        given = {
            name.removeprefix("default_")
            for name, value in self.env.context.items()
            if name.startswith("default_") and value
        }
        usual = self.default_get(["active", "state", "registered_by_id"])
        given.update(
            name
            for vals in vals_list
            for name, value in vals.items()
            if value and value != usual.get(name)
        )
        given &= set(self._fields)
        refused = given & set(SYSTEM_FIELDS)
        if not self._is_worker():
            refused |= given - set(ENTRY_FIELDS)
        # An older register brings its numbers along.
        if self._is_worker():
            refused.discard("reference")
        if refused:
            raise AccessError(
                self.env._(
                    "You may not fill in: %(fields)s. Enter what the customer said; "
                    "the rest follows.",
                    fields=self._get_labels(refused),
                )
            )

    @api.model
    def _is_worker(self):
        """Whether the user works feedback, and does not only report it."""
        return self.env.su or self.env.user.has_group(
            "complaint_management.group_complaint_user"
        )

    @api.model
    def _get_labels(self, names):
        return ", ".join(
            sorted(self._fields[name]._description_string(self.env) for name in names)
        )

    def write(self, vals):
        kept = {name for name in SYSTEM_FIELDS if name in vals}
        if kept and not self.env.su:
            raise UserError(
                self.env._(
                    "%(fields)s: kept by the system, and cannot be written.",
                    fields=self._get_labels(kept),
                )
            )
        if "company_id" in vals and any(
            feedback.company_id.id != vals["company_id"] for feedback in self
        ):
            raise UserError(
                self.env._(
                    "Feedback stays with the company that received and numbered it. "
                    "Register it anew in the other company."
                )
            )
        self._check_sealed(vals)
        return super().write(vals)

    def _check_sealed(self, vals):
        """A decision that was taken changes when it is taken back to the review."""
        sealed = {"decision", "decision_reason", "review"} & set(vals)
        if not sealed or vals.get("state") in ("new", "review"):
            return
        for feedback in self.sudo():
            changed = any(
                (feedback[name] or False) != (vals[name] or False) for name in sealed
            )
            if feedback.state in DECIDED_STATES and changed:
                raise UserError(
                    self.env._(
                        "“%(feedback)s” is decided. Take it back to the review first, "
                        "then change what was decided.",
                        feedback=feedback.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Feedback is part of the register and is kept. Archive it.")
        )
