import logging

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .complaint_approval_mixin import APPROVAL_ACTIVITY, APPROVAL_GROUPS

_logger = logging.getLogger(__name__)


class ComplaintApprovalMixin(models.AbstractModel):
    """Somebody else decides: passed on by hand, or because who was asked is away."""

    _inherit = "complaint.approval.mixin"

    def action_delegate_approval(self):
        """Ask in a dialog who decides instead, and why."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pass On"),
            "res_model": "complaint.approval.delegate",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_res_model": self._name,
                "default_res_ids": self.ids,
            },
        }

    @api.private
    def delegate_approval(self, user, reason=""):
        """Let somebody else decide, for instance during an absence.

        :param user: a user, or the id of one, who may decide
        :param str reason: why, for the log and for who decides
        :raises UserError: when that user may not decide, or no approval is asked for
        """
        user = self.env["res.users"].browse(user) if isinstance(user, int) else user
        self.check_access("read")
        if not (isinstance(reason, str) and reason.strip()):
            raise UserError(self.env._("Say why the approval is passed on."))
        for record in self:
            if (
                not self.env.user.has_group(
                    APPROVAL_GROUPS[record._get_approval_level()]
                )
                or self.env.user in record._get_barred_users()
            ):
                raise AccessError(
                    self.env._("Only who may approve can pass an approval on.")
                )
            obstacle = record.with_user(user)._get_decision_obstacle()
            if obstacle:
                raise UserError(
                    self.env._("%(user)s: %(why)s", user=user.name, why=obstacle)
                )
            record._pass_on(user, reason.strip())
        return True

    def _pass_on(self, user, reason):
        """Ask ``user`` instead of whom was asked before."""
        self.ensure_one()
        # sudo: people cannot write the approval themselves; passing on was checked.
        record = self.sudo()
        record.approver_id = user
        if not self.with_user(user).has_access("read"):
            # A confidential case is seen by followers; the approver becomes one.
            record.message_subscribe(user.partner_id.ids)
        # The old one may have marked the task as done without deciding.
        record.activity_unlink([APPROVAL_ACTIVITY])
        self._schedule_approval(user)
        self._log_approval("delegation", reason, user.name)

    # Job

    @api.model
    def _cron_pass_on_approvals(self):
        """Ask somebody else where who was asked is away, left, or may not decide now.

        Reads only what waits for a decision; a second run finds nothing to do.
        """
        waiting = self.search([("approval_state", "=", "requested")])
        at_work = waiting.approver_id._filter_at_work()
        for record in waiting:
            approver = record.approver_id
            if (
                approver in at_work
                and not record.with_user(approver)._get_decision_obstacle()
            ):
                continue
            try:
                with self.env.cr.savepoint():
                    other = record.with_user(
                        record.approval_requested_by_id
                    )._find_approver()
                    if other != approver:
                        reason = self.env._("%s is not there to decide", approver.name)
                        record._pass_on(other.with_env(self.env), reason)
            except Exception:
                _logger.exception("The approval of %s cannot be passed on", record)
        self.env["ir.cron"]._commit_progress(len(waiting), remaining=0)
