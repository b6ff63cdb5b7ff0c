import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby, split_every

from ..tools.proof import as_fact, canonical, chain_digest, salted

QUEUE = "complaint_management.proof"
BATCH = 1000
KINDS = [
    ("opening", "Opening of the Record"),
    ("decision", "Decision"),
    ("message", "Message"),
    ("move", "Messages Moved by a Merge"),
    ("erasure", "Erasure of Personal Data"),
    ("withdrawal", "Withdrawal of a File"),
]


class ComplaintProof(models.Model):
    """What proves a line of the record: its digest, on top of that of the line before.

    Each case and each feedback has a chain of its own; so has each action,
    investigation and question with lines of its own. Work on one case thus never waits
    for another. A chain begins with the record, and its head (``complaint.proof.head``)
    counts the lines, so that the last one cannot go unnoticed; the daily anchor
    (``complaint.proof.anchor``) does the same for whole chains.

    Lines are put into the chain when the transaction is about to be committed, all of
    them at once. Two transactions that add to one chain at the same moment meet at its
    head: the later one fails as any concurrent update does, and Odoo tries it again.

    Personal parts are in the content as salted digests. The salts are beside it: when
    they are dropped, with the part itself, the chain stays whole.
    """

    _name = "complaint.proof"
    _description = "Proof of a Line of the Record"
    _inherit = ["complaint.protected.mixin"]
    _order = "res_model, res_id, sequence"
    _log_access = False

    res_model = fields.Char(required=True, readonly=True, system=True)
    res_id = fields.Integer(required=True, readonly=True, system=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, ondelete="restrict", system=True
    )
    sequence = fields.Integer(required=True, readonly=True, system=True)
    kind = fields.Selection(KINDS, required=True, readonly=True, system=True)
    line_id = fields.Integer(
        readonly=True,
        help="The number of the decision or message.",
        system=True,
    )
    date = fields.Datetime(required=True, readonly=True, system=True)
    content = fields.Text(
        required=True, readonly=True, help="What the digest is of.", system=True
    )
    secrets = fields.Json(
        readonly=True,
        help="Salts, and the names of senders and files.",
        system=True,
    )
    previous = fields.Char(readonly=True, system=True)
    digest = fields.Char(required=True, readonly=True, system=True)
    anchor_id = fields.Many2one(
        "complaint.proof.anchor",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        system=True,
    )

    _chain_uniq = models.UniqueIndex("(res_model, res_id, sequence)")
    _line_uniq = models.UniqueIndex(
        "(kind, line_id) WHERE kind IN ('decision', 'message')"
    )
    _withdrawal_idx = models.Index("(line_id) WHERE kind = 'withdrawal'")
    _period_idx = models.Index("(company_id, date)")
    _free_idx = models.Index("(company_id) WHERE anchor_id IS NULL")

    # Nobody, in no role and not as the system either

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self._get_refusal())

    def write(self, vals):
        raise UserError(self._get_refusal())

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self._get_refusal())

    def _get_refusal(self):
        return self.env._(
            "What proves the record is written by the system alone, and stays as it is."
        )

    # Add

    @api.model
    def _queue(self, kind, records):
        """Have lines put into their chains when the transaction ends.

        :param str kind: ``opening``, ``decision`` or ``message``
        :param records: cases and feedback, decisions, or messages
        """
        self._queue_entries([(kind, records._name, id_) for id_ in records.ids])

    @api.model
    def _queue_entries(self, entries):
        callbacks = self.env.cr.precommit
        queue = callbacks.data.setdefault(QUEUE, [])
        if not queue and entries:
            # sudo: whoever writes a line, it is the system that digests it.
            callbacks.add(self.sudo()._write_queue)
        queue += entries

    @api.model
    def _write_queue(self):
        """Put what is waiting into the chains."""
        entries = self.env.cr.precommit.data.pop(QUEUE, [])
        if not entries:
            return
        self.env.flush_all()
        drafts = {}
        for (kind, model), group in groupby(entries, lambda entry: entry[:2]):
            read = getattr(self, f"_read_{kind}_drafts")
            for key, draft in read(model, [entry[2] for entry in group]).items():
                drafts[kind, model, key] = draft
        # In the order in which it was written, each line once.
        ordered = [drafts[e] for e in dict.fromkeys(entries) if e in drafts]
        for batch in split_every(BATCH, ordered, list):
            self._append(batch)

    @api.model
    def _append(self, drafts, origin="live"):
        """Add lines to their chains, in two queries for all of them.

        :param drafts: dicts with ``res_model``, ``res_id``, ``company_id``, ``kind``,
            ``line_id``, ``facts``, ``personal`` (values of parts) and ``files``
        :param str origin: ``live``, or ``upgrade`` for what was there before
        """
        heads = self._lock_heads(drafts)
        now = fields.Datetime.now()
        rows = []
        for draft in drafts:
            key = draft["res_model"], draft["res_id"]
            count, previous = heads[key]
            content, secrets = self._digest_parts(draft)
            content |= {
                "model": key[0],
                "id": key[1],
                "sequence": count + 1,
                "kind": draft["kind"],
                "line": draft["line_id"],
                "origin": origin,
                "date": as_fact(now),
            }
            text = canonical(content)
            digest = chain_digest(previous, text)
            heads[key] = count + 1, digest
            rows.append(
                SQL(
                    "(%s, %s, %s::int4, %s, %s, %s::int4, %s, %s, %s::jsonb, %s, %s)",
                    *key,
                    draft["company_id"] or None,
                    count + 1,
                    draft["kind"],
                    draft["line_id"],
                    now,
                    text,
                    json.dumps(secrets) if secrets else None,
                    previous or None,
                    digest,
                )
            )
        self.env.cr.execute(
            SQL(
                """
                WITH added AS (
                    INSERT INTO complaint_proof
                        (res_model, res_id, company_id, sequence, kind, line_id, date,
                         content, secrets, previous, digest)
                    VALUES %s
                )
                UPDATE complaint_proof_head head
                   SET line_count = moved.line_count, digest = moved.digest
                  FROM (VALUES %s) AS moved (res_model, res_id, line_count, digest)
                 WHERE head.res_model = moved.res_model AND head.res_id = moved.res_id
                """,
                SQL(", ").join(rows),
                SQL(", ").join(
                    SQL("(%s, %s, %s, %s)", *key, *head) for key, head in heads.items()
                ),
            )
        )
        self.invalidate_model()

    @api.model
    def _lock_heads(self, drafts):
        """Return ``{(model, id): (count, digest)}`` of the chains, held until the end.

        Always in one order, so that no two transactions wait for each other.
        """
        companies = {
            (draft["res_model"], draft["res_id"]): draft["company_id"] or None
            for draft in drafts
        }
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO complaint_proof_head AS head
                    (res_model, res_id, company_id, line_count, digest)
                VALUES %s
                ON CONFLICT (res_model, res_id)
                DO UPDATE SET company_id = EXCLUDED.company_id
                RETURNING res_model, res_id, line_count, digest
                """,
                SQL(", ").join(
                    SQL("(%s, %s, %s::int4, 0, '')", *key, company)
                    for key, company in sorted(companies.items(), key=lambda i: i[0])
                ),
            )
        )
        return {(model, id_): (count, digest) for model, id_, count, digest in rows}

    @api.model
    def _digest_parts(self, draft):
        """Return the content of a line without its place, and the secrets of it."""
        salts, names, parts, files = {}, {}, {}, []
        for name, value in draft.get("personal", {}).items():
            salt, parts[name] = salted(value)
            if salt:
                salts[name] = salt
            if salt and name == "email_from":
                # To say who wrote a message that is not there any more.
                names[name] = value
        for file in draft.get("files", ()):
            key = f"file.{file['id']}"
            salts[key], name_digest = salted(file["name"] or "-")
            names[key] = file["name"]
            files.append(
                {
                    "id": file["id"],
                    "name": name_digest,
                    "checksum": file["checksum"],
                    "sha256": file["sha256"],
                }
            )
        content = {"facts": draft["facts"], "parts": parts, "files": files}
        secrets = {"salts": salts, "names": names} if salts else None
        return content, secrets


class ComplaintProofHead(models.Model):
    """How many lines a chain has, and the digest of the last one."""

    _name = "complaint.proof.head"
    _description = "Head of a Chain of Proofs"
    _inherit = ["complaint.protected.mixin"]
    _log_access = False

    res_model = fields.Char(required=True, readonly=True, system=True)
    res_id = fields.Integer(required=True, readonly=True, system=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, ondelete="restrict", system=True
    )
    line_count = fields.Integer(required=True, readonly=True, system=True)
    digest = fields.Char(readonly=True, system=True)

    _chain_uniq = models.UniqueIndex("(res_model, res_id)")

    # Neither does anybody change a head.

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env["complaint.proof"]._get_refusal())

    def write(self, vals):
        raise UserError(self.env["complaint.proof"]._get_refusal())

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env["complaint.proof"]._get_refusal())
