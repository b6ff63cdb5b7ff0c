from odoo import api, models
from odoo.modules.module import get_module_icon

from .complaint_approval_mixin import APPROVAL_GROUPS

MODULE = "complaint_management"
# Where each model's approvals are decided, and what shows the reader's own.
DECIDED_IN = {
    "complaint.complaint": (
        f"{MODULE}.complaint_complaint_action_to_approve",
        {"search_default_my_approvals": 1},
    ),
    "complaint.corrective.action": (
        f"{MODULE}.complaint_corrective_action_action",
        {"search_default_my_approvals": 1, "search_default_open": 0},
    ),
}


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def _get_activity_groups(self):
        """Lead from the activity menu to what waits for the user's decision.

        The lines stay until it is decided, also when the activity was marked as done.
        """
        groups = super()._get_activity_groups()
        if not any(self.env.user.has_group(g) for g in APPROVAL_GROUPS.values()):
            return groups
        _ = self.env._
        names = {
            "complaint.complaint": _("Resolutions to approve: %(count)s"),
            "complaint.corrective.action": _("Actions to approve: %(count)s"),
        }
        for model, (action, context) in DECIDED_IN.items():
            count = self.env[model].search_count(
                [
                    ("approver_id", "=", self.env.uid),
                    ("approval_state", "=", "requested"),
                ]
            )
            if count:
                groups.append(
                    {
                        # Before all others, which the menu sorts by their model.
                        "id": 0,
                        "name": names[model] % {"count": count},
                        "model": model,
                        "type": "complaint_approval",
                        "icon": get_module_icon(MODULE),
                        "action": action,
                        "context": context,
                        # Their activities are counted with the others.
                        "total_count": 0,
                    }
                )
        return groups
