import re

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import FormCase
from .test_form_guard import PDF

MARK = "SECRET"
# What a message or a letter tells the customer, once staff send it.
TOLD = ("resolution_reason", "customer_findings", "holding_reason")
JSON_ROUTES = (
    "/portal/chatter_init",
    "/mail/chatter_fetch",
    "/mail/thread/messages",
    "/mail/thread/data",
)


@tagged("post_install", "-at_install")
class TestSecrets(FormCase, HttpCase):
    """A case full of marked secrets: the customer gets none of them, by no way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls._fill_internal_fields()
        case = cls.case
        case.message_post(
            body=f"{MARK} note",
            attachments=[(f"{MARK}.pdf", PDF)],
            subtype_xmlid="mail.mt_note",
        )
        case.message_post(
            body=f"{MARK} answer among staff",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            is_internal=True,
        )
        case.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=f"{MARK} activity",
            note=f"{MARK} activity",
            user_id=cls.manager.id,
        )
        case.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=f"{MARK} done",
            user_id=cls.manager.id,
        ).action_feedback(feedback=f"{MARK} feedback")
        # A colleague who follows, and another customer's like case.
        case.message_subscribe(cls.manager.partner_id.ids)
        cls.partner_stranger.name = f"{MARK} Stella"
        like = cls.create_case(
            name=case.name, partner_id=cls.partner_stranger.id, user_id=cls.agent.id
        )
        like.write({"findings": f"<p>{MARK}</p>"})
        cls.partner.comment = f"<p>{MARK} about the customer</p>"
        cls.tag.name = f"{MARK} tag"
        cls.addresses = (cls.agent | cls.manager | cls.agent_2).mapped("email")

    @classmethod
    def _fill_internal_fields(cls):
        """Mark all that the company keeps to itself and that holds text."""
        case = cls.case
        values = {"tag_ids": [Command.set(cls.tag.ids)]}
        cls.filled = []
        for name, field in case._fields.items():
            internal = "base.group_user" in (field.groups or "").split(",")
            if not internal or not field.store or field.compute or field.related:
                continue
            if field.type in ("char", "text", "html") and name not in TOLD:
                values[name] = f"{MARK} {name}"
                cls.filled.append(name)
        case.with_context(complaint_reason=f"{MARK} reason").sudo().write(values)
        cls.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": case.id,
                    "type": "extension",
                    "subject": f"{MARK} subject",
                    "reason": f"{MARK} decided",
                }
            ]
        )
        # Not told yet: neither is the resolution.
        case.resolution = f"<p>{MARK} resolution</p>"

    def _check(self, what, text):
        with self.subTest(what=what):
            found = re.search(rf".{{0,80}}{MARK}.{{0,80}}", text)
            self.assertFalse(found, found and found[0])
            for address in self.addresses:
                self.assertNotIn(address, text)

    def test_what_is_filled(self):
        """The walk means something: the internal texts are there."""
        self.assertGreater(len(self.filled), 8)
        for name in ("findings", "cancel_note", "process_review_note"):
            self.assertIn(MARK, self.case[name])

    def test_pages_and_routes(self):
        case = self.case
        token = case._portal_ensure_token()
        for user in (self.customer, self.colleague, None):
            self.login(user)
            who = user.login if user else "link"
            query = "" if user else f"?access_token={token}"
            paths = ["/my", "/my/complaints", "/my/complaints/new"] if user else []
            paths += [
                "/complaint/new",
                f"/my/complaints/{case.id}{query}",
                f"/my/complaints/{case.id}/resolution{query}",
                f"/my/complaints/{case.id}{query or '?'}&report_type=pdf",
            ]
            for path in paths:
                page = self.url_open(path)
                self.assertEqual(page.status_code, 200, path)
                self._check(f"{who} {path}", page.text)
                for href in html.fromstring(page.text).xpath(
                    "//a[contains(@href, '/web/content/')]/@href"
                ):
                    self._check(f"{who} {href}", self.url_open(href).text)
            for route in JSON_ROUTES:
                params = {
                    "thread_model": case._name,
                    "thread_id": case.id,
                    "request_list": ["attachments", "activities", "followers"],
                    **({} if user else {"token": token}),
                }
                answer = self.url_open(
                    route, json={"jsonrpc": "2.0", "method": "call", "params": params}
                )
                self._check(f"{who} {route}", answer.text)

    def test_rpc(self):
        """What a customer may read by RPC."""
        case = self.case.with_user(self.customer)
        for name in case.fields_get():
            try:
                value = case.read([name])
            except AccessError as refused:
                value = str(refused)
            self._check(name, str(value))

    def test_searching_tells_nothing(self):
        """No answer to a search depends on what a customer may not read."""
        note = f"{MARK} note"
        self.case.message_post(body=note, subtype_xmlid="mail.mt_note")
        cases = self.case.with_user(self.customer)
        for path in ("message_ids", "message_ids.body", "website_message_ids.body"):
            for domain in (
                [(path, "ilike", MARK)],
                [("message_ids", "any", [("body", "ilike", MARK)])],
                ["!", (path, "ilike", MARK)],
            ):
                for method in (cases.search, cases.search_count):
                    with self.assertRaises(AccessError):
                        method(domain)
        with self.assertRaises(AccessError):
            self.env["complaint.feedback"].with_user(self.customer).search(
                [("message_ids.body", "ilike", MARK)]
            )
        # Whatever else there is to search by.
        for name, field in cases._fields.items():
            if (
                field.comodel_name == "mail.message"
                or not field._description_searchable
            ):
                continue
            with self.subTest(field=name):
                try:
                    found = cases.search([(name, "ilike", MARK)])
                except (AccessError, ValueError, NotImplementedError, UserError):
                    continue
                self.assertFalse(found, name)

    def test_decisions_are_no_customers_to_read(self):
        """They are told by pages, mails and letters, once they are told."""
        shown = self.case.with_user(self.customer).fields_get()
        for name in (
            "outcome",
            "resolution",
            "resolution_kind",
            "resolution_reason",
            "resolution_due_date",
            "resolution_cost",
            "redress_amount",
            "consent_state",
            "findings",
            "customer_findings",
            "root_cause_id",
            "severity",
            "stage_id",
            "team_id",
            "duration_tracking",
        ):
            with self.subTest(field=name):
                self.assertNotIn(name, shown)
                with self.assertRaises(AccessError):
                    self.case.with_user(self.customer).read([name])

    def test_mails_and_documents(self):
        self.login(self.customer)
        # Sending a proposal tells it.
        self.case.resolution = "<p>A new kettle</p>"
        with self.mock_mail_gateway():
            self.case._acknowledge()
            for template in self.env["mail.template"].search(
                [("model", "=", "complaint.complaint")]
            ):
                # As the staff send them.
                self.case.with_user(self.agent).message_post_with_source(
                    template, message_type="comment", subtype_xmlid="mail.mt_comment"
                )
        mails = [
            mail for mail in self._mails if self.partner.email in str(mail["email_to"])
        ]
        self.assertTrue(mails)
        for mail in mails:
            for part in ("subject", "body", "email_from", "reply_to"):
                self._check(mail["subject"], str(mail[part]))
            for name, content, *__ in mail["attachments"]:
                text = content if isinstance(content, str) else content.decode("latin1")
                self._check(name, text)
