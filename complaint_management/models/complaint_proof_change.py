import json

from odoo import api, models
from odoo.tools import SQL, groupby

from ..tools.proof import chain_digest, salted

# What stands where personal data were erased.
ERASED = "[erased]"
ERASED_HTML = f"<p>{ERASED}</p>"
TABLES = {"decision": "complaint.decision", "message": "mail.message"}


class ComplaintProof(models.Model):
    """What may happen to a line once it is in the chain: it moves, or is erased."""

    _inherit = "complaint.proof"

    # The merge of two cases

    @api.model
    def _log_move(self, source, target, messages):
        """Note in both chains which messages a merge moves.

        They stay in the chain of the case where they were written. The note is how they
        are told from those that somebody moved by hand.

        :param source: the case that ends as a duplicate
        :param target: the case that goes on
        :param messages: all that are moved
        """
        # sudo: the system's own note; the caller has checked the right to merge.
        proofs = self.sudo()
        proofs._write_queue()
        proven = proofs.search(
            [("kind", "=", "message"), ("line_id", "in", messages.ids)], order="line_id"
        )
        if not proven:
            return
        facts = {
            "from": [source._name, source.id],
            "to": [target._name, target.id],
            "messages": proven.mapped("line_id"),
        }
        proofs._append(
            [
                {
                    "res_model": record._name,
                    "res_id": record.id,
                    # sudo: to which company the proof belongs.
                    "company_id": record.sudo().company_id.id,
                    "kind": "move",
                    "line_id": other.id,
                    "facts": facts,
                }
                for record, other in ((source, target), (target, source))
            ]
        )

    # Withdrawn files

    @api.model
    def _log_withdrawal(self, record, file, sha256):
        """Note in the chain of a record without a decision log that a file went.

        :param record: the feedback
        :param file: the attachment; something else stands in its place
        :param str sha256: the digest of what it was
        """
        # sudo: the system's own note; the caller has checked who may withdraw.
        proofs = self.sudo()
        proofs._write_queue()
        proofs._append(
            [
                {
                    "res_model": record._name,
                    "res_id": record.id,
                    # sudo: to which company the proof belongs.
                    "company_id": record.sudo().company_id.id,
                    "kind": "withdrawal",
                    "line_id": file.id,
                    "facts": {
                        "sha256": sha256,
                        "user_id": self.env.uid,
                        "create_date": str(self.env.cr.now()),
                    },
                }
            ]
        )

    @api.model
    def _find_withdrawal(self, file):
        """Return ``(when, id of the user)`` when a line on record withdraws a file.

        :param file: what a chain says of it
        """
        logged = self.search(
            [("kind", "=", "withdrawal"), ("line_id", "=", file["id"])]
        ).filtered(
            lambda row: json.loads(row.content)["facts"]["sha256"] == file["sha256"]
        )
        if not logged and file["sha256"]:
            decisions = self.env["complaint.decision"].search(
                [("type", "=", "withdrawal"), ("old_value", "like", file["sha256"])]
            )
            lines = self._fetch_decisions(decisions.ids) if decisions else {}
            # The decision itself must be as it was written.
            logged = self.search(
                [("kind", "=", "decision"), ("line_id", "in", decisions.ids)]
            ).filtered(
                lambda row: (
                    salted(
                        lines[row.line_id]["personal"]["old_value"],
                        (row.secrets or {}).get("salts", {}).get("old_value", "-"),
                    )[1]
                    == json.loads(row.content)["parts"]["old_value"]
                )
            )
        for row in logged:
            facts = json.loads(row.content)["facts"]
            if chain_digest(row.previous, row.content) == row.digest:
                return facts["create_date"], facts["user_id"]
        return None

    # Erasure

    @api.model
    def _erase(self, decisions=None, messages=None, parts=None, files=True):
        """Erase personal data for good, and keep the chain whole.

        The parts of the lines are replaced by a marker and their salts dropped, so that
        the digests that stay tell nothing any more. The erasure is a line of the chain
        of its own: verifying says “erased on …”, while the same change made past this
        method is found as a change.

        For the retention of personal data. Whether a person's data may be erased is the
        caller's to check.

        :param decisions: lines of the decision log
        :param messages: messages to or from outside
        :param parts: names of the columns to be erased; by default all personal ones
        :param bool files: whether to erase the files of the messages as well
        """
        # sudo: nobody may change a line by himself; this is the one way.
        proofs = self.sudo()
        proofs._write_queue()
        ids = {"decision": decisions.ids if decisions else []}
        ids["message"] = messages.ids if messages else []
        found = proofs.browse()
        for kind, line_ids in ids.items():
            found |= proofs.search([("kind", "=", kind), ("line_id", "in", line_ids)])
        drafts = []
        for (model, id_), chain in groupby(found, lambda p: (p.res_model, p.res_id)):
            lines = [
                [proof.kind, proof.line_id, erased]
                for proof in chain
                if (erased := proof._erase_line(parts, files))
            ]
            if lines:
                drafts.append(
                    {
                        "res_model": model,
                        "res_id": id_,
                        "company_id": chain[0].company_id.id,
                        "kind": "erasure",
                        "line_id": None,
                        "facts": {"lines": lines, "by": self.env.uid},
                    }
                )
        if drafts:
            proofs._append(drafts)
        self.env.invalidate_all()

    def _erase_line(self, parts, files):
        """Erase parts of one line; return their names."""
        self.ensure_one()
        secrets = self.secrets or {"salts": {}, "names": {}}
        names = [
            name
            for name in secrets["salts"]
            if (files if name.startswith("file.") else not parts or name in parts)
        ]
        if not names:
            return []
        model = self.env[TABLES[self.kind]]
        for name in names:
            if name.startswith("file."):
                self._erase_file(int(name.removeprefix("file.")))
                continue
            field = model._fields[name]
            if field.type == "many2many":
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = %s",
                        SQL.identifier(field.relation),
                        SQL.identifier(field.column1),
                        self.line_id,
                    )
                )
                continue
            # By SQL: a line refuses every other change, and must go on to do so.
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id = %s",
                    SQL.identifier(model._table),
                    SQL.identifier(name),
                    self._get_erased_value(model, name),
                    self.line_id,
                )
            )
        for kept in secrets.values():
            for name in names:
                kept.pop(name, None)
        self.env.cr.execute(
            SQL(
                "UPDATE complaint_proof SET secrets = %s::jsonb WHERE id = %s",
                json.dumps(secrets),
                self.id,
            )
        )
        return sorted(names)

    @api.model
    def _get_erased_value(self, model, name):
        kind = model._fields[name].type
        if kind == "many2one":
            return None
        return ERASED_HTML if kind == "html" else ERASED

    def _erase_file(self, id_):
        file = self.env["ir.attachment"].browse(id_).exists()
        if not file:
            return
        path = file.store_fname
        self.env.cr.execute(
            SQL(
                """
                UPDATE ir_attachment
                   SET name = %s, store_fname = NULL, db_datas = NULL, checksum = NULL,
                       file_size = 0, index_content = NULL
                 WHERE id = %s
                """,
                ERASED,
                id_,
            )
        )
        if path:
            # Odoo removes the bytes when no other file has the same ones.
            file._file_delete(path)

    # What was there before

    @api.model
    def _prove_existing(self, origin="upgrade"):
        """Put into the chains what is in the database and in none yet.

        What was changed before cannot be told any more: the lines say that they were
        taken over, and when.
        """
        # sudo: for the upgrade, which runs as the system anyway.
        proofs = self.sudo()
        proofs._write_queue()
        self.env.flush_all()
        for drafts in proofs._read_unproven(openings=True):
            if drafts:
                proofs._append(drafts, origin=origin)
