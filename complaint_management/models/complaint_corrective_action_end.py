from odoo import api, models
from odoo.exceptions import UserError

from .complaint_corrective_action import OPEN_STATES


class ComplaintCorrectiveAction(models.Model):
    """How an action ends without having been done: cancelled, or taken from its case.

    A case closes once its actions are settled, or a manager hands them over with a
    reason; neither of these is a way around it.
    """

    _inherit = "complaint.corrective.action"

    def _tick_steps_first(self, change):
        """Steps are ticked before the end, which seals them."""
        if change.touches("step_ids") and change.vals.get("state") == "done":
            self.write({"step_ids": change.vals.pop("step_ids")})

    def _follow_cases(self, change):
        if not change.touches("complaint_ids"):
            return
        self._follow_detached(
            [
                (action, case)
                for action in self
                # sudo: cases are compared, also those that the user may not see.
                for case in change.old(action, "complaint_ids")
                - action.sudo().complaint_ids
            ]
        )

    def _follow_end(self, change):
        """Log that an action was given up, or taken up again after its end."""
        ended = self.filtered(
            lambda action: change.old(action, "state") not in OPEN_STATES
        )
        if change.vals.get("state") == "cancelled":
            for action in self - ended:
                action._log_decision(
                    "cancellation", self.env._("Action"), reason=action.cancel_reason
                )
        elif change.vals.get("state") in OPEN_STATES and ended:
            # sudo: another time, another reason; the log keeps this one.
            ended.sudo().cancel_reason = False
            ended._log_decision("reopening", self.env._("Action"))

    @api.model
    def _follow_detached(self, pairs):
        """Let only managers take actions from cases, and keep it in the log.

        :param pairs: ``[(action, case)]`` that are no longer linked
        :raises UserError: for anybody else
        """
        if not pairs:
            return
        if not self._is_manager():
            raise UserError(
                self.env._(
                    "“%(action)s” is what was agreed on for its case. Only a manager "
                    "takes it away; cancel it with a reason, if it is not needed.",
                    action=pairs[0][0].sudo().name,  # sudo: named to who had it
                )
            )
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": case.id,
                    "action_id": action.id,
                    "type": "detaching",
                    # sudo: as above
                    "subject": f"{self.env._('Action')}: {action.sudo().name}",
                }
                for action, case in pairs
            ]
        )

    def _log_decision(self, type_, subject, new_value=False, reason=False, **more):
        """Keep a decision in the log of each case; without any, in the action's own."""
        self.env["complaint.decision"]._log(
            [
                {
                    "action_id": action.id,
                    "complaint_id": complaint_id,
                    "type": type_,
                    "subject": f"{subject}: {action.name}",
                    "new_value": new_value,
                    "reason": reason,
                    **more,
                }
                for action in self
                # sudo: the log of a case that the calling user may not see.
                for complaint_id in action.sudo().complaint_ids.ids or [False]
            ]
        )


class ComplaintComplaint(models.Model):
    _inherit = "complaint.complaint"

    def _follow_actions(self, change):
        if not change.touches("corrective_action_ids"):
            return
        self.env["complaint.corrective.action"]._follow_detached(
            [
                (action, case)
                for case in self
                for action in change.old(case, "corrective_action_ids")
                # sudo: actions are compared, also those that the user may not see.
                - case.sudo().corrective_action_ids
            ]
        )
