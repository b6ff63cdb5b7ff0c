import hashlib

from odoo import api, models
from odoo.tools import SQL, groupby

from ..tools.proof import as_fact, file_digest

CASE = "complaint.complaint"
ACTION = "complaint.corrective.action"
# Records whose chain begins with themselves.
OPENED_MODELS = (CASE, "complaint.feedback")
# Where a message stands is told by its chain, so that a merge may move it.
MESSAGE_FACTS = (
    "date",
    "message_type",
    "subtype_id",
    "is_internal",
    "create_date",
    "create_uid",
    "message_id",
    "parent_id",
)
MESSAGE_PARTS = (
    "author_id",
    "email_from",
    "subject",
    "body",
    "incoming_email_to",
    "incoming_email_cc",
    "outgoing_email_to",
    "reply_to",
)
# What is no part of what was decided.
DECISION_OTHERS = ("id", "company_id", "write_date", "write_uid")


class ComplaintProof(models.Model):
    """What of a line is digested: read from the database, as it is stored there."""

    _inherit = "complaint.proof"

    @api.model
    def _get_decision_columns(self):
        """Return ``(facts, parts)``: names of the columns, personal ones apart."""
        fields = self.env["complaint.decision"]._fields.values()
        stored = [
            field
            for field in fields
            if field.store and field.column_type and field.name not in DECISION_OTHERS
        ]
        parts = [f.name for f in stored if f.type in ("char", "text", "html")]
        return [f.name for f in stored if f.name not in parts], parts

    # Lines as they are now: {id: {"facts", "personal", "files"}}

    @api.model
    def _fetch_openings(self, model, ids):
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT id, company_id, create_date, create_uid FROM %s WHERE id IN %s",
                SQL.identifier(self.env[model]._table),
                tuple(ids),
            )
        )
        return {
            row["id"]: {
                "res_model": model,
                "res_id": row["id"],
                "company_id": row["company_id"],
                "facts": self._pick(row, ("create_date", "create_uid")),
                "personal": {},
                "files": [],
            }
            for row in rows
        }

    @api.model
    def _fetch_decisions(self, ids):
        facts, parts = self._get_decision_columns()
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT id, company_id, COALESCE("
                "(SELECT company_id FROM complaint_complaint about"
                " WHERE about.id = complaint_decision.complaint_id),"
                "(SELECT company_id FROM complaint_corrective_action about"
                " WHERE about.id = complaint_decision.action_id)) AS owner_id,"
                " %s FROM complaint_decision WHERE id IN %s",
                self._columns(facts + parts),
                tuple(ids),
            )
        )
        return {
            row["id"]: {
                "res_model": CASE if row["complaint_id"] else ACTION,
                "res_id": row["complaint_id"] or row["action_id"],
                "company_id": row["company_id"],
                "owner_id": row["owner_id"],
                "facts": self._pick(row, facts),
                "personal": self._pick(row, parts),
                "files": [],
            }
            for row in rows
        }

    @api.model
    def _fetch_messages(self, ids):
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT id, model, res_id, %s,
                       (SELECT string_agg(told.res_partner_id::text, ','
                                          ORDER BY told.res_partner_id)
                          FROM mail_message_res_partner_rel told
                         WHERE told.mail_message_id = mail_message.id) AS partner_ids,
                       (SELECT json_agg(json_build_object(
                                   'id', file.id, 'name', file.name,
                                   'checksum', file.checksum, 'path', file.store_fname
                               ) ORDER BY file.id)
                          FROM message_attachment_rel rel
                          JOIN ir_attachment file ON file.id = rel.attachment_id
                         WHERE rel.message_id = mail_message.id) AS files
                  FROM mail_message
                 WHERE id IN %s
                """,
                self._columns(MESSAGE_FACTS + MESSAGE_PARTS),
                tuple(ids),
            )
        )
        return {
            row["id"]: {
                "res_model": row["model"],
                "res_id": row["res_id"],
                "facts": self._pick(row, MESSAGE_FACTS),
                "personal": self._pick(row, (*MESSAGE_PARTS, "partner_ids")),
                "files": [self._prepare_file(file) for file in row["files"] or ()],
            }
            for row in rows
        }

    @api.model
    def _prepare_file(self, file):
        """Return what is kept of a file; the bytes are read, whatever the database says."""
        files = self.env["ir.attachment"]
        if file["path"]:
            digest = file_digest(files._full_path(file["path"]))
        else:
            # sudo: the content is digested only, whoever may read it.
            raw = files.browse(file["id"]).sudo().raw
            digest = hashlib.sha256(raw).hexdigest() if raw else None
        return {
            "id": file["id"],
            "name": file["name"],
            "checksum": file["checksum"],
            "sha256": digest,
        }

    @api.model
    def _columns(self, names):
        return SQL(", ").join(SQL.identifier(name) for name in names)

    @api.model
    def _pick(self, row, names):
        return {name: as_fact(row[name]) for name in names}

    # Lines to be added

    @api.model
    def _read_opening_drafts(self, model, ids):
        openings = self._fetch_openings(model, ids)
        return {
            id_: {**line, "kind": "opening", "line_id": id_}
            for id_, line in openings.items()
        }

    @api.model
    def _read_decision_drafts(self, model, ids):
        return {
            id_: {**line, "kind": "decision", "line_id": id_}
            for id_, line in self._fetch_decisions(ids).items()
        }

    @api.model
    def _read_message_drafts(self, model, ids):
        """Return the lines of those messages that go outside or come from there."""
        # What a savepoint took back is not there any more.
        lines = self._fetch_messages(ids)
        messages = self.env["mail.message"].browse(lines)
        kept = messages._filter_complaint_correspondence()
        lines = {message.id: lines[message.id] for message in kept}
        companies = self._get_companies(
            {(line["res_model"], line["res_id"]) for line in lines.values()}
        )
        return {
            id_: {
                **line,
                "company_id": companies.get((line["res_model"], line["res_id"])),
                "kind": "message",
                "line_id": id_,
            }
            for id_, line in lines.items()
        }

    @api.model
    def _get_companies(self, keys):
        """Return ``{(model, id): id of the company}`` of records."""
        companies = {}
        for model, of_model in groupby(keys, lambda key: key[0]):
            # sudo: only whose record it is.
            records = self.env[model].sudo().browse(key[1] for key in of_model)
            for record in records:
                owner = record
                if "company_id" not in record._fields:
                    owner = record.investigation_id
                companies[model, record.id] = owner.company_id.id
        return companies
