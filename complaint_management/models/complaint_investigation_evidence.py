import hashlib

from odoo import api, fields, models


class ComplaintInvestigationEvidence(models.Model):
    """Something that shows what happened: its files, who gave it and when.

    Signing the report takes the SHA-256 checksum of every file, and from then on
    neither the row nor the files change.
    """

    _name = "complaint.investigation.evidence"
    _description = "Evidence of an Investigation"
    _inherit = "complaint.investigation.part"
    _is_testimony = True

    name = fields.Char(string="Evidence", required=True)
    shows = fields.Text(string="What It Shows", required=True)
    given_by = fields.Char(help="Who handed it over, or where it was found.")
    date_given = fields.Date(
        string="Given On", required=True, default=fields.Date.context_today
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "complaint_investigation_evidence_attachment_rel",
        "evidence_id",
        "attachment_id",
        string="Files",
        copy=False,
    )
    sealed_files = fields.Json(
        readonly=True,
        copy=False,
        help="Number, name, size and SHA-256 of each file when the report was signed.",
        system=True,
    )
    checksums = fields.Text(string="SHA-256", compute="_compute_checksums")

    @api.depends("sealed_files")
    def _compute_checksums(self):
        for evidence in self:
            evidence.checksums = "\n".join(
                f"{file['sha256']}  {file['name']}"
                for file in evidence.sealed_files or []
            )

    _create_follows = ("_check_open", "_adopt_files")
    _write_follows = ("_check_place_open", "_follow_files")

    def _get_way(self, name):
        return self.env._("Checksums are taken when the report is signed.")

    def _follow_files(self, change):
        if change.touches("attachment_ids"):
            self._adopt_files()

    # Files

    def _adopt_files(self):
        """Make the files the row's own: who may read it may read them, nobody else.

        A file of another record is copied, so that what becomes of that record does
        not touch the evidence.
        """
        for evidence in self:
            files = evidence.attachment_ids
            files.check_access("read")
            # sudo: files that the user may read are tied to a row they may write.
            own = files.sudo().filtered(
                lambda file, id_=evidence.id: (
                    file.res_model == self._name and file.res_id == id_
                )
            )
            free = (files.sudo() - own).filtered(  # sudo: as above
                lambda file: (
                    not file.res_id
                    and file.res_model in (False, self._name, "complaint.investigation")
                    and file.create_uid == self.env.user
                )
            )
            place = {"res_model": self._name, "res_id": evidence.id}
            free.write({**place, "public": False})
            foreign = files.sudo() - own - free  # sudo: as above
            if foreign:
                copies = foreign.copy({**place, "public": False})
                # sudo: the row's own files now; writing them again adopts nothing more.
                evidence.sudo().attachment_ids = own | free | copies

    def _seal_files(self):
        """Take the checksum of each file from its stored content."""
        for evidence in self:
            evidence.sealed_files = [
                {
                    "id": file.id,
                    "name": file.name,
                    "size": file.file_size,
                    "sha256": sha256(file.raw),
                }
                for file in evidence.attachment_ids
            ]

    def _get_changed_files(self):
        """Return a text for each file that is not the one that was signed."""
        changed = []
        for evidence in self:
            # sudo: who may read the evidence may have its files looked at.
            files = {file.id: file for file in evidence.sudo().attachment_ids}
            # sudo: nobody reads what is withdrawn; its checksum was taken then.
            withdrawals = self.env["complaint.withdrawal"].sudo()
            withdrawn = {
                withdrawal.attachment_id.id: withdrawal.sha256
                for withdrawal in withdrawals.search(
                    [("attachment_id", "in", list(files))]
                )
            }
            for sealed in evidence.sealed_files or []:
                file = files.get(sealed["id"])
                if not file:
                    changed.append(
                        self.env._(
                            "%(evidence)s: the file “%(file)s” is gone.",
                            evidence=evidence.name,
                            file=sealed["name"],
                        )
                    )
                elif sealed["sha256"] != (withdrawn.get(file.id) or sha256(file.raw)):
                    changed.append(
                        self.env._(
                            "%(evidence)s: the file “%(file)s” is not the one that was "
                            "signed.",
                            evidence=evidence.name,
                            file=sealed["name"],
                        )
                    )
        return changed


class ComplaintInvestigation(models.Model):
    """Whether the files are still those that were signed."""

    _inherit = "complaint.investigation"

    def verify_evidence(self):
        """Compare the stored files with the checksums taken when it was signed.

        :return: list of texts, one for each file that is gone or no longer the one
            that was signed; empty when all fit
        """
        self.check_access("read")
        return self.evidence_ids._get_changed_files()

    def action_verify_evidence(self):
        """Tell the user whether the files are still those that were signed."""
        self.ensure_one()
        changed = self.verify_evidence()
        count = sum(len(e.sealed_files or []) for e in self.evidence_ids)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if changed else "success",
                "sticky": bool(changed),
                "title": self.env._("Files of the Evidence"),
                "message": "\n".join(changed)
                if changed
                else self.env._(
                    "All %(count)s files are the ones that were signed.", count=count
                ),
            },
        }


def sha256(content):
    """Return the SHA-256 checksum of ``content`` (bytes) as hexadecimal text."""
    return hashlib.sha256(content or b"").hexdigest()
