"""What the attacks by addresses have in common: visitors, requests, what has changed."""

import re
import secrets

from odoo.http import Request
from odoo.tools import SQL, mute_logger

from .attack_hidden import MARK, HiddenCase
from .common import FormCase

# Who comes by, and may not read all of the hidden records.
VISITORS = ("public", "stranger", "employee", "agent", "quality", "executive")
LOGGERS = (
    "odoo.http",
    "odoo.models",
    "odoo.orm.models",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_binary",
)
# Beside the product's own: what is said of its records, and to whom.
TABLES = {
    "mail_message",
    "mail_mail",
    "mail_notification",
    "mail_followers",
    "mail_activity",
    "mail_scheduled_message",
    "mail_tracking_value",
    "mail_message_reaction",
    "rating_rating",
    "res_partner",
    "sale_order",
}


class RouteCase(HiddenCase, FormCase):
    """Addresses are tried by each visitor; used with ``HttpCase``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files, cls.messages = {}, {}
        for records in cls.hidden.values():
            for situation, record in records.items():
                if "message_ids" in record._fields and "access_url" in record._fields:
                    cls._write_to_customer(record, cls.marks[situation])
        for record in cls.hidden["complaint.complaint"].values():
            # Contacts are no secret among the staff, whoever hears of them.
            record.partner_id.message_ids.unlink()
        cls.env.flush_all()

    @classmethod
    def _write_to_customer(cls, record, word):
        file = cls.env["ir.attachment"].create(
            {
                "name": f"{word}.txt",
                "raw": word.encode(),
                "res_model": record._name,
                "res_id": record.id,
            }
        )
        cls.files[record] = file
        cls.messages[record] = record.message_post(
            body=f"{word} message",
            attachment_ids=file.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    # Requests

    def come_as(self, visitor):
        """Go on as the visitor, in a session of their own."""
        user = None if visitor == "public" else getattr(self, visitor)
        self.authenticate(user and user.login, user and user.login)

    def send(self, method, url, data=None, **kwargs):
        """Send one request, with a valid CSRF token where it is a form."""
        if method == "POST" and "json" not in kwargs:
            data = {
                "csrf_token": Request.csrf_token(self),
                "form_nonce": secrets.token_hex(16),
                **(data or {}),
            }
        with mute_logger(*LOGGERS):
            return self.url_open(
                url, data, method=method, allow_redirects=False, **kwargs
            )

    def call(self, url, params, **kwargs):
        """Call a JSON route, as the web client does."""
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        return self.send("POST", url, json=body, **kwargs)

    # What it told, and did

    def hidden_from(self, visitor, models=None):
        """Return the hidden records of the models that the visitor may not read."""
        user = getattr(self, visitor)
        return [
            record
            for model in models or self.hidden
            for record in self.hidden[model].values()
            if not record.with_user(user).has_access("read")
        ]

    def get_words(self, record):
        """Return what only the hidden record says."""
        situation = next(
            name
            for name, hidden in self.hidden[record._name].items()
            if hidden.id == record.id
        )
        return self.marks[situation].lower()

    def assertAnswersNothing(self, answer, record=None):
        """Check that an answer tells nothing of ``record``, or of any hidden one."""
        self.assertLess(answer.status_code, 500, answer.text[:500])
        word = self.get_words(record) if record else MARK.lower()
        headers = " ".join(answer.headers.values())
        for told in (answer.content.decode(errors="replace"), headers):
            found = re.search(rf".{{0,80}}{word}.{{0,80}}", told.lower())
            self.assertFalse(found, found and found[0])

    def get_tables(self):
        """Return the names of all tables that hold something of the product."""
        tables = set(TABLES)
        for name, model in self.env.registry.items():
            if not name.startswith("complaint.") or model._abstract or not model._auto:
                continue
            if model._transient:
                continue
            tables.add(model._table)
            tables.update(
                field.relation
                for field in model._fields.values()
                if field.type == "many2many" and field.store
            )
        return sorted(tables)

    def snapshot(self):
        """Return a digest of all rows of each table, as the database has them."""
        tables = [
            (name, SQL("SELECT * FROM %s", SQL.identifier(name)))
            for name in self.get_tables()
        ]
        # What a page of Odoo makes of scripts and styles is nobody's record.
        tables.append(
            ("ir_attachment", SQL("SELECT * FROM ir_attachment WHERE url IS NULL"))
        )
        digest = SQL(
            " UNION ALL ".join(
                [
                    "SELECT %s, md5(string_agg(t::text, '|' ORDER BY t::text)) FROM (%s) t"
                ]
                * len(tables)
            ),
            *(part for table in tables for part in table),
        )
        # With what is done at the end of a transaction, such as proofs.
        self.env.cr.flush()
        self.env.cr.execute(digest)
        return dict(self.env.cr.fetchall())

    def assertUnchanged(self, before):
        """Check that no row has changed, been added or been removed since ``before``."""
        now = self.snapshot()
        self.assertFalse(
            [table for table, digest in now.items() if before[table] != digest]
        )
