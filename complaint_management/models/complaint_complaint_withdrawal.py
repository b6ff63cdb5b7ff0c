from odoo import models
from odoo.exceptions import AccessError


class ComplaintComplaint(models.Model):
    """Which files are of a case, and where it is logged that one was withdrawn."""

    _inherit = "complaint.complaint"

    def _check_may_withdraw(self):
        res = super()._check_may_withdraw()
        # sudo: whom the case is about is compared only.
        if not self.env.su and self.env.user in self.sudo().complained_user_id:
            raise AccessError(
                self.env._("The case is about you: another manager withdraws files.")
            )
        return res

    def _get_file_places(self):
        # sudo: what belongs to a case that the caller has checked.
        case = self.sudo()
        investigations = case.investigation_ids
        parts = (
            investigations,
            investigations.evidence_ids,
            investigations.question_ids,
            case.corrective_action_ids,
        )
        return {
            **super()._get_file_places(),
            **{records._name: records.ids for records in parts if records},
        }

    def _prove_withdrawal(self, withdrawal):
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.id,
                    "type": "withdrawal",
                    "subject": withdrawal.name,
                    "old_value": f"SHA-256 {withdrawal.sha256}, "
                    f"SHA-1 {withdrawal.checksum}",
                    "reason": withdrawal.reason,
                }
            ]
        )
