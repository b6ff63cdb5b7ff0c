from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

MANAGER_GROUP = "complaint_management.group_complaint_manager"


class ComplaintWithdrawalMixin(models.AbstractModel):
    """A wrong file is taken out of sight, never out of the record."""

    _name = "complaint.withdrawal.mixin"
    _description = "Has Files That Can Be Withdrawn"

    @api.private
    def withdraw_files(self, files, reason):
        """Withdraw files: nobody reads them any more; log what they were and why.

        Files of the same content on this record go with them.

        :param files: attachments
        :param str reason: why
        :raises AccessError: for anybody but a manager who works the record
        :raises UserError: without a reason, or for a file of something else
        """
        self.ensure_one()
        self._check_may_withdraw()
        reason = (reason or "").strip()
        if not files or not reason:
            raise UserError(
                self.env._("Choose the file, and say why nobody is to read it.")
            )
        available = self._get_withdrawable_files()
        if files - available:
            raise UserError(
                self.env._(
                    "Only files of %(record)s can be withdrawn here, and only once.",
                    record=self.display_name,
                )
            )
        # sudo: checksums are compared only.
        checksums = set(files.sudo().mapped("checksum"))
        files |= available.filtered(
            lambda file: file.checksum and file.checksum in checksums
        )
        withdrawals = self.env["complaint.withdrawal"]._withdraw(self, files, reason)
        self._log_withdrawals(withdrawals)
        return True

    def _check_may_withdraw(self):
        if not self.env.su and not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._("Only a manager withdraws a file: ask one of them.")
            )
        self.check_access("write")

    def _log_withdrawals(self, withdrawals):
        for withdrawal in withdrawals:
            self.message_post(
                body=self.env._(
                    "File “%(file)s” was withdrawn: %(reason)s (SHA-256 %(sha256)s)",
                    file=withdrawal.name,
                    reason=withdrawal.reason,
                    sha256=withdrawal.sha256,
                ),
                subtype_xmlid="mail.mt_note",
            )
            self._prove_withdrawal(withdrawal)

    def _prove_withdrawal(self, withdrawal):
        """Keep as a proof that the file went; a record with a decision log has it there."""
        proofs = self.env["complaint.proof"]
        proofs._log_withdrawal(self, withdrawal.attachment_id, withdrawal.sha256)

    def _get_file_places(self):
        """Return ``{model: ids}`` of all whose files belong to this record."""
        self.ensure_one()
        return {self._name: self.ids}

    def _get_withdrawable_files(self):
        """Return the files on this record, and of its messages, not withdrawn yet."""
        files = Domain.FALSE
        messages = Domain.FALSE
        for model, ids in self._get_file_places().items():
            files |= Domain("res_model", "=", model) & Domain("res_id", "in", ids)
            messages |= Domain("model", "=", model) & Domain("res_id", "in", ids)
        # sudo: all files of a record that the user may write, wherever they hang.
        attachments = self.env["ir.attachment"].sudo()
        found = attachments.search(files & Domain("res_field", "=", False))
        said = self.env["mail.message"].sudo().search(messages)  # sudo: as above
        # Files of a template are sent by others, too.
        found |= said.attachment_ids.filtered(
            lambda file: (file.res_model or "").startswith("complaint.")
        )
        withdrawals = self.env["complaint.withdrawal"].sudo()  # sudo: which they are
        gone = withdrawals.search([("attachment_id", "in", found.ids)])
        return (found - gone.attachment_id).sudo(False)

    @api.private
    def action_open_withdraw_file(self):
        """Ask which file is withdrawn, and why."""
        self.ensure_one()
        self._check_may_withdraw()
        field = {
            "complaint.complaint": "complaint_id",
            "complaint.feedback": "feedback_id",
        }[self._name]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Withdraw File"),
            "res_model": "complaint.withdraw",
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{field}": self.id},
        }
