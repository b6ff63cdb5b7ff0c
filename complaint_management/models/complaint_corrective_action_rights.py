from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .complaint_corrective_action import OPEN_STATES, PROGRESS_FIELDS, SYSTEM_FIELDS


class ComplaintCorrectiveAction(models.Model):
    """Who may write what on an action: the plan is agreed on, progress is reported."""

    _inherit = "complaint.corrective.action"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._check_progress_rights({"name"})
            for vals in vals_list:
                for name in SYSTEM_FIELDS.intersection(vals) - {"date_done"}:
                    del vals[name]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_system_fields(vals)
            self._check_progress_rights(vals)
            self._check_reopening(vals)
        return super().write(vals)

    @api.model
    def _check_system_fields(self, vals):
        names = SYSTEM_FIELDS.intersection(vals)
        if names:
            labels = sorted(
                self._fields[name]._description_string(self.env) for name in names
            )
            raise UserError(
                self.env._(
                    "%(fields)s: kept by the system, and cannot be changed.",
                    fields=", ".join(labels),
                )
            )

    @api.model
    def _check_progress_rights(self, vals):
        """Who only owns an action or a step reports progress; the plan is agreed on."""
        if self._is_planner() or PROGRESS_FIELDS.issuperset(vals):
            return
        raise AccessError(
            self.env._(
                "You can report the progress and the evidence of your actions. For "
                "anything else, ask somebody who works in Complaints."
            )
        )

    def _check_reopening(self, vals):
        """A settled action is taken up again by a manager only."""
        if "state" not in vals or self.env.user.has_group(
            "complaint_management.group_complaint_manager"
        ):
            return
        ended = self.filtered(
            lambda action: action.state not in (*OPEN_STATES, vals["state"])
        )
        if ended:
            raise UserError(
                self.env._(
                    "“%(action)s” is settled. Only a manager takes it up again.",
                    action=ended[0].name,
                )
            )
