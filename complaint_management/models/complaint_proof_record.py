from odoo import api, fields, models
from odoo.exceptions import AccessError

GROUPS = [
    f"complaint_management.group_complaint_{role}"
    for role in ("manager", "quality", "executive")
]


class ComplaintIntakeMixin(models.AbstractModel):
    """“Verify Record”, and what papers say of it."""

    _inherit = "complaint.intake.mixin"

    @api.model
    def _check_may_verify(self):
        """Refuse those who neither answer for the record nor review it.

        :raises AccessError: for everybody but managers, quality and executives
        """
        if not any(self.env.user.has_group(group) for group in GROUPS):
            raise AccessError(
                self.env._(
                    "Managers, quality and executives verify the record. Ask one of them."
                )
            )

    def _get_proof_keys(self):
        """Return ``(model, id)`` of the records whose chains belong to these."""
        return {(record._name, record.id) for record in self}

    def _verify_records(self):
        """Check the records, and what belongs to them, against their chains.

        :return: ``(verification, findings, hidden)``: findings in words, and how many
            are of records that the user may not read
        :raises AccessError: for records that the user may not read
        """
        self.check_access("read")
        result = self.env["complaint.proof"]._verify(self._get_proof_keys())
        return result, *self._describe_findings(result)

    @api.model
    def _describe_findings(self, result):
        """Return what was found in words, and how many findings are hidden."""
        shown = []
        for finding in result.findings:
            record = self.env[finding["model"]].browse(finding["id"])
            # sudo: whether it is there; it is read as the user below.
            if record._name == "complaint.proof.anchor" or not record.sudo().exists():
                shown.append(finding)  # Nothing to be read there any more.
            elif record.has_access("read"):
                shown.append(finding)
        hidden = len(result.findings) - len(shown)
        return self.env["complaint.proof"]._describe(shown), hidden

    def _get_proof(self):
        """Return what papers print: when it was checked, what came of it, and the head.

        The digest on paper is what nobody with the database alone can change.
        """
        self.ensure_one()
        result, findings, hidden = self._verify_records()
        count, digest = result.heads.get((self._name, self.id)) or (0, "")
        return {
            "date": fields.Datetime.now(),
            "decisions": result.counts["decision"],
            "messages": result.counts["message"],
            "taken_over": result.counts["taken_over"],
            "findings": findings,
            "notes": self.env["complaint.proof"]._describe_notes(result),
            "hidden": hidden,
            "count": count,
            "digest": digest,
        }

    def action_verify_record(self):
        """Show whether the record is as it was written."""
        self.ensure_one()
        self._check_may_verify()
        self.check_access("read")
        verify = self.env["complaint.verify"].create(
            {"res_model": self._name, "res_id": self.id}
        )
        return verify.action_verify()


class ComplaintComplaint(models.Model):
    _inherit = "complaint.complaint"

    def _get_proof_keys(self):
        """Return the case's own chain, and those of its investigations and actions."""
        # sudo: which records belong to it; findings are shown to who may read them.
        case = self.sudo()
        investigations = case.investigation_ids
        questions = self.env["complaint.investigation.question"].sudo()
        questions = questions.search([("investigation_id", "in", investigations.ids)])
        return super()._get_proof_keys() | {
            (record._name, record.id)
            for records in (investigations, questions, case.corrective_action_ids)
            for record in records
        }
