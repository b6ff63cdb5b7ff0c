from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from .complaint_approval_mixin import APPROVAL_GROUPS
from .complaint_corrective_action import CURES


class ComplaintCorrectiveAction(models.Model):
    """The approval of an action, before it is begun."""

    _inherit = "complaint.corrective.action"

    _approval_fields = ("kind", "plan", "cost")

    def _return_to_plan(self, change):
        """What was begun and is not approved as it is now waits until it is."""
        if not change.touches(*self._approval_fields):
            return
        begun = self.filtered(
            lambda action: action.state == "in_progress" and action._lacks_approval()
        )
        for action in begun:
            # sudo: follows from the change, which was allowed.
            action.sudo().state = "planned"
            action.message_post(
                body=self.env._(
                    "Back to “Planned”: as it is now, the action needs an approval. Ask "
                    "for it, then start the action again."
                ),
                subtype_xmlid="mail.mt_note",
            )

    def _lacks_approval(self):
        self.ensure_one()
        # sudo: the rule of the company holds for whoever works the action.
        action = self.sudo()
        return action.approval_state != "approved" and action._needs_approval()

    @api.constrains("state")
    def _check_begun_with_approval(self):
        for action in self:
            if action.state == "in_progress" and action._lacks_approval():
                raise ValidationError(
                    self.env._(
                        "“%(action)s” cannot begin yet: it waits for its approval. Use “Ask "
                        "for Approval”.",
                        action=action.name,
                    )
                )

    @api.depends(
        "kind",
        "cost",
        "company_id.complaint_action_approval",
        "company_id.complaint_action_approval_amount",
    )
    def _compute_approval_needed(self):
        return super()._compute_approval_needed()

    def _needs_approval(self):
        """By the company's setting: for all, for cures, or above the amount."""
        self.ensure_one()
        company = self.company_id
        rule = company.complaint_action_approval
        if rule == "all" or (rule == "cures" and self.kind in CURES):
            return True
        return self.cost > company.complaint_action_approval_amount

    def _get_approval_level(self):
        limit = self.company_id.complaint_executive_amount
        return "senior_management" if limit and self.cost > limit else "manager"

    def _get_barred_users(self):
        """Nobody approves their own action or plan, nor about a complaint against them."""
        # sudo: compared only, whatever the cases.
        action = self.sudo()
        return (
            super()._get_barred_users()
            | action.user_id
            | action.complaint_ids.complained_user_id
        )

    def _find_approver(self):
        level = self._get_approval_level()
        barred = self._get_barred_users() | self.env.user
        candidates = (self._get_responsible_candidates(level)[self] - barred).filtered(
            lambda user: user.has_group(APPROVAL_GROUPS[level])
        )
        approver = (candidates & candidates._filter_at_work() or candidates)[:1]
        if not approver:
            raise UserError(
                self.env._(
                    "Nobody may approve “%(action)s”: neither its owner, nor who wrote "
                    "its plan, nor whoever asks can. Give another user the role of a manager or executive.",
                    action=self.name,
                )
            )
        return approver.with_env(self.env)

    def _get_approval_subject(self):
        return self.env._("Approve: %(action)s", action=self.name)

    def _get_empty_approval_fields(self):
        return [] if self.plan else [self._fields["plan"]._description_string(self.env)]

    def _log_approval(self, kind, note, value=None):
        self._log_decision(
            kind,
            self.env._("Action"),
            new_value=value or self._get_amount_text(),
            reason=note,
        )

    def _get_amount_text(self):
        return self.currency_id.format(self.cost) if self.cost else False

    def _get_missing(self):
        missing = super()._get_missing()
        if self.state == "done" and self._lacks_approval():
            missing.append(self.env._("approval: the action waits for it"))
        return missing
