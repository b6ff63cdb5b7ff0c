import json
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL, groupby, split_every

from ..tools.proof import Verification, chain_digest, salted
from .complaint_proof_change import ERASED
from .complaint_proof_content import ACTION, CASE, OPENED_MODELS
from .mail_message import KEPT_MODELS

CHAINS_AT_ONCE = 500
LINES_AT_ONCE = 1000


class ComplaintProof(models.Model):
    """Whether the record is as it was written; what is not is named."""

    _inherit = "complaint.proof"

    @api.model
    def _verify(self, keys):
        """Check chains, and the lines that they prove, against the database.

        Reads past the rights of people: the caller checks for which record somebody may
        ask, and shows of what is found only what they may read.

        :param keys: ``(model, id)`` of the records whose chains are checked
        :return: a :class:`~..tools.proof.Verification`
        """
        # sudo: see above; digests are compared, whoever may read the lines.
        proofs = self.sudo()
        proofs._write_queue()
        self.env.flush_all()
        result = Verification()
        keys = proofs._follow_moves(keys)
        result.moves, result.erased = proofs._get_changes(keys)
        result.record_count = len(keys)
        for batch in split_every(CHAINS_AT_ONCE, sorted(keys), list):
            proofs._verify_chains(batch, result)
        result.findings.sort(key=lambda f: (f["model"], f["id"], f["sequence"] or 0))
        return result

    @api.model
    def _rows(self, keys, condition=None):
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT res_model, res_id, sequence, kind, line_id, date, content,
                       secrets, previous, digest
                  FROM complaint_proof
                 WHERE (res_model, res_id) IN %s AND %s
                 ORDER BY res_model, res_id, sequence
                """,
                tuple(keys),
                condition or SQL("TRUE"),
            )
        )

    # What may have happened to lines since

    @api.model
    def _follow_moves(self, keys):
        """Return ``keys`` with those of the cases that were merged with them."""
        keys, todo = set(keys), set(keys)
        while todo:
            found = set()
            for batch in split_every(LINES_AT_ONCE, todo, list):
                for row in self._rows(batch, SQL("kind = 'move'")):
                    facts = _read_facts(row)
                    found |= {tuple(facts[end]) for end in ("from", "to") if facts}
            todo = found - keys
            keys |= todo
        return keys

    @api.model
    def _get_changes(self, keys):
        """Return ``(where messages were moved to, which parts were erased)``."""
        moves, erased = {}, {}
        for batch in split_every(LINES_AT_ONCE, keys, list):
            rows = self._rows(batch, SQL("kind IN ('move', 'erasure')"))
            for row in sorted(rows, key=lambda row: row["date"]):
                facts = _read_facts(row)
                for id_ in facts.get("messages", ()):
                    moves[id_] = tuple(facts["to"])
                for kind, id_, names in facts.get("lines", ()):
                    parts = erased.setdefault((kind, id_), {})
                    parts |= dict.fromkeys(names, row["date"])
        return moves, erased

    # Chains

    @api.model
    def _verify_chains(self, keys, result):
        rows = self._rows(keys)
        chains = defaultdict(list)
        for row in rows:
            chains[row["res_model"], row["res_id"]].append(row)
        heads = {
            (model, id_): (count, digest)
            for model, id_, count, digest in self.env.execute_query(
                SQL(
                    "SELECT res_model, res_id, line_count, digest"
                    " FROM complaint_proof_head WHERE (res_model, res_id) IN %s",
                    tuple(keys),
                )
            )
        }
        intact = []
        for key in keys:
            head = heads.get(key)
            result.heads[key] = head
            intact += self._walk(key, chains[key], head, result)
        self._verify_lines(intact, result)
        self._find_unproven(keys, result)

    @api.model
    def _walk(self, key, rows, head, result):
        """Check that a chain is whole; return the lines that can be relied on."""
        intact, last, before = [], "", 0
        # When a line is named already, it is why the next one does not fit.
        named = False
        for number, row in enumerate(rows):
            missing = row["sequence"] - before - 1
            if missing:
                result.add("removed", key, row, "gap", count=missing)
            elif not named and (row["previous"] or "") != last:
                culprit = rows[number - 1] if number else row
                result.add("proof", key, culprit, "unlinked")
            named = not _is_intact(row)
            if named:
                result.add("proof", key, row, "rewritten")
            else:
                intact.append(row)
            last, before = row["digest"], row["sequence"]
        opened = key[0] not in OPENED_MODELS or any(
            row["kind"] == "opening" or row["sequence"] != number
            for number, row in enumerate(rows, 1)
        )
        count, digest = head or (0, "")
        if not opened or (rows and not head):
            result.add("removed", key, None, "whole")
        elif count > before:
            result.add("removed", key, None, "end", count=count - before)
        elif not named and (count, digest or "") != (before, last):
            result.add("proof", key, rows[-1] if rows else None, "head")
        return intact

    # Lines

    @api.model
    def _verify_lines(self, rows, result):
        for kind, fetch in (
            ("opening", None),
            ("decision", self._fetch_decisions),
            ("message", self._fetch_messages),
        ):
            of_kind = [row for row in rows if row["kind"] == kind]
            result.counts[kind] += len(of_kind)
            for batch in split_every(LINES_AT_ONCE, of_kind, list):
                if kind == "opening":
                    lines = self._fetch_opened(batch)
                else:
                    lines = fetch([row["line_id"] for row in batch])
                for row in batch:
                    line = lines.get(row["line_id"], None)
                    if kind == "opening":
                        line = lines.get((row["res_model"], row["res_id"]))
                    self._verify_line(row, line, result)

    @api.model
    def _fetch_opened(self, rows):
        return {
            (model, id_): line
            for model, of_model in groupby(rows, lambda row: row["res_model"])
            for id_, line in self._fetch_openings(
                model, [row["res_id"] for row in of_model]
            ).items()
        }

    @api.model
    def _verify_line(self, row, line, result):
        content = json.loads(row["content"])
        key = row["res_model"], row["res_id"]
        row["content"] = content
        if content["origin"] == "upgrade":
            result.counts["taken_over"] += 1
        if not line:
            result.add("removed", key, row, "line")
            return
        erased = result.erased.get((row["kind"], row["line_id"]), {})
        if erased:
            result.counts["erased"] += 1
        changes = [
            (name, value, line["facts"][name])
            for name, value in content["facts"].items()
            if name in line["facts"] and line["facts"][name] != value
        ]
        if row["kind"] == "decision" and line["company_id"] != line["owner_id"]:
            # It follows its record, so that no digest can hold it.
            changes.append(("company_id", line["owner_id"], line["company_id"]))
        salts = _read_secrets(row, "salts")
        for name, digest in content["parts"].items():
            value = line["personal"].get(name)
            if name in erased:
                same = value is None or ERASED in (value, str(value)[3:-4])
            elif digest is None:
                same = value is None
            else:
                # A part without its salt was erased past the method that does it.
                salt = salts.get(name)
                same = bool(salt) and salted(value, salt)[1] == digest
            if not same:
                changes.append((name, None, None))
        if changes:
            result.add("changed", key, row, "line", changes=changes, line=line)
        if row["kind"] == "message":
            place = result.moves.get(row["line_id"], key)
            if (line["res_model"], line["res_id"]) != place:
                result.add("moved", key, row, "line", line=line)
            self._verify_files(row, line, erased, result)

    @api.model
    def _verify_files(self, row, line, erased, result):
        key = row["res_model"], row["res_id"]
        now = {file["id"]: file for file in line["files"]}
        names, salts = _read_secrets(row, "names"), _read_secrets(row, "salts")
        for file in row["content"]["files"]:
            part = f"file.{file['id']}"
            found = now.pop(file["id"], None)
            if part in erased:
                continue
            name, salt = names.get(part), salts.get(part)
            problem = None
            if not found:
                problem = "file_removed"
            elif (found["checksum"], found["sha256"]) != (
                file["checksum"],
                file["sha256"],
            ):
                problem = "file_changed"
            elif not salt or salted(found["name"] or "-", salt)[1] != file["name"]:
                problem = "file_renamed"
            if not problem:
                continue
            withdrawal = self._find_withdrawal(file)
            if withdrawal and problem == "file_changed":
                result.withdrawn.append((row, name, *withdrawal))
            else:
                result.add("changed", key, row, problem, file=name, line=line)
        for file in now.values():
            result.add("added", key, row, "file_added", file=file["name"], line=line)

    # What no chain knows

    @api.model
    def _get_unproven_queries(self, keys, period, openings):
        """Return ``[(kind, model, query of ids)]`` of what is in no chain."""
        ids = defaultdict(list)
        for model, id_ in keys or ():
            ids[model].append(id_)

        def within(column, model, *dates):
            condition = SQL("TRUE")
            if keys is not None:
                column = SQL.identifier("line", column)
                condition = SQL("%s = ANY(%s)", column, ids[model])
            if period:
                between = [
                    SQL("%s BETWEEN %s AND %s", SQL.identifier("line", date), *period)
                    for date in dates
                ]
                condition = SQL("%s AND (%s)", condition, SQL(" OR ").join(between))
            return condition

        def unproven(table, condition, proof, order):
            return SQL(
                "SELECT line.id FROM %s line WHERE (%s) AND NOT EXISTS ("
                "SELECT FROM complaint_proof proof WHERE %s) ORDER BY %s, line.id",
                SQL.identifier(table),
                condition,
                proof,
                SQL.identifier("line", order),
            )

        queries = []
        for model in OPENED_MODELS if openings else ():
            proof = SQL(
                "proof.res_model = %s AND proof.res_id = line.id"
                " AND proof.kind = 'opening'",
                model,
            )
            condition = within("id", model, "create_date")
            table = self.env[model]._table
            query = unproven(table, condition, proof, "create_date")
            queries.append(("opening", model, query))
        condition = SQL(
            "%s OR line.complaint_id IS NULL AND %s",
            within("complaint_id", CASE, "create_date"),
            within("action_id", ACTION, "create_date"),
        )
        proof = SQL("proof.kind = 'decision' AND proof.line_id = line.id")
        query = unproven("complaint_decision", condition, proof, "create_date")
        queries.append(("decision", "complaint.decision", query))
        proof = SQL("proof.kind = 'message' AND proof.line_id = line.id")
        comment_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        for model in KEPT_MODELS if keys is None else ids:
            condition = SQL(
                "line.model = %s AND (line.message_type IS DISTINCT FROM 'notification'"
                " OR line.outgoing_email_to IS NOT NULL OR line.subtype_id = %s"
                " OR EXISTS (SELECT FROM mail_message_res_partner_rel told"
                " WHERE told.mail_message_id = line.id)) AND %s",
                model,
                comment_id,
                within("res_id", model, "date", "create_date"),
            )
            query = unproven("mail_message", condition, proof, "date")
            queries.append(("message", "mail.message", query))
        return queries

    @api.model
    def _read_unproven(self, keys=None, period=None, openings=False):
        """Yield, in batches, the drafts of what is in no chain.

        :param keys: only of these records
        :param period: only of these two moments and between
        :param bool openings: cases and feedback themselves as well
        """
        for kind, model, query in self._get_unproven_queries(keys, period, openings):
            read = getattr(self, f"_read_{kind}_drafts")
            ids = [row[0] for row in self.env.execute_query(query)]
            for batch in split_every(LINES_AT_ONCE, ids, list):
                drafts = read(model, batch)
                yield [drafts[id_] for id_ in batch if id_ in drafts]

    @api.model
    def _find_unproven(self, keys, result):
        """Name decisions and messages that came past the product, such as by SQL."""
        # Records without a chain are named by the walk.
        for drafts in self._read_unproven(keys):
            for draft in drafts:
                key = draft["res_model"], draft["res_id"]
                row = {**draft, "sequence": None, "content": draft}
                result.add("added", key, row, "line", line=draft)

    @api.model
    def _get_period_keys(self, company, start, end):
        """Return ``(model, id)`` of a company's records with lines in a period.

        Lines and records that are in no chain count by their own dates.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT res_model, res_id FROM complaint_proof"
                " WHERE date BETWEEN %s AND %s AND (company_id = %s"
                # Also where somebody gave the lines to another company.
                " OR res_model = %s AND res_id IN"
                " (SELECT id FROM complaint_complaint WHERE company_id = %s)"
                " OR res_model = %s AND res_id IN"
                " (SELECT id FROM complaint_feedback WHERE company_id = %s))",
                start,
                end,
                company.id,
                "complaint.complaint",
                company.id,
                "complaint.feedback",
                company.id,
            )
        )
        return set(rows) | {
            (draft["res_model"], draft["res_id"])
            for drafts in self._read_unproven(period=(start, end), openings=True)
            for draft in drafts
            if draft["company_id"] == company.id
        }


def _read_facts(row):
    """Return what an intact line of a chain says; any other is found as broken."""
    return json.loads(row["content"])["facts"] if _is_intact(row) else {}


def _read_secrets(row, part):
    """Return names or salts of a line, none where somebody put something else there."""
    secrets = row["secrets"]
    found = secrets.get(part) if isinstance(secrets, dict) else None
    return found if isinstance(found, dict) else {}


def _is_intact(row):
    """Whether a line of a chain is what its digest was made of."""
    if chain_digest(row["previous"], row["content"]) != row["digest"]:
        return False
    content = json.loads(row["content"])
    return (
        content["model"],
        content["id"],
        content["sequence"],
        content["kind"],
        content["line"],
        content["date"],
    ) == (
        row["res_model"],
        row["res_id"],
        row["sequence"],
        row["kind"],
        row["line_id"],
        str(row["date"]),
    )
