from contextlib import contextmanager

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FormCase
from .promise import promise
from .test_mail import GatewayCase, write_mail

WRITTEN = {
    "body": "<p>All is well.</p>",
    "subject": "All is well",
    "date": "2020-01-01 00:00:00",
    "email_from": "Somebody <somebody@example.com>",
    "message_type": "notification",
    "is_internal": True,
    "parent_id": False,
    "incoming_email_to": "other@example.com",
    "attachment_ids": [Command.clear()],
    "message_id": "<other@example.com>",
}
LOGGERS = ("odoo.models", "odoo.addons.base.models.ir_rule")
ROLES = (
    "employee",
    "agent",
    "manager",
    "quality",
    "executive",
    "administrator",
    "root",
    "system",
    "customer",
)


class SaidCase(GatewayCase):
    """One record of each kind, each with words of somebody outside and to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls._create_user("root", "Rita Root", "base.group_system")
        cls.root.group_ids = [
            Command.link(cls.env.ref("complaint_management.group_complaint_manager").id)
        ]
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls.feedback = cls.env["complaint.feedback"].create(
            {"name": "Nice lids", "partner_id": cls.partner.id, "team_id": cls.team.id}
        )
        cls.investigation = cls.env["complaint.investigation"].create(
            {"complaint_id": cls.case.id, "user_id": cls.agent.id}
        )
        cls.question = cls.env["complaint.investigation.question"].create(
            {
                "investigation_id": cls.investigation.id,
                "name": "Batch",
                "question": "<p>Which batch?</p>",
                "kind": "external",
                "partner_id": cls.partner_stranger.id,
                "date_due": fields.Date.today(),
            }
        )
        cls.action = cls.env["complaint.corrective.action"].create(
            {
                "name": "Pack the lid",
                "complaint_ids": [Command.link(cls.case.id)],
                "user_id": cls.agent.id,
            }
        )
        cls.records = [
            cls.case,
            cls.feedback,
            cls.investigation,
            cls.question,
            cls.action,
        ]
        cls.said = cls.env["mail.message"]
        for record in cls.records:
            theirs = record.message_post(
                body="The lid was never there.",
                author_id=cls.partner.id,
                email_from=cls.partner.email_formatted,
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                attachments=[("lid.txt", b"No lid in the box")],
            )
            ours = record.with_user(cls.agent).message_post(
                body="We look into it.",
                message_type="comment",
                subtype_xmlid="mail.mt_note",
                partner_ids=cls.partner_stranger.ids,
            )
            cls.said |= theirs | ours
        cls.env.flush_all()

    def as_role(self, role, record):
        """Return ``record`` as a role has it; “system” is Odoo's own code."""
        if role == "system":
            return record.with_user(self.agent).sudo()
        return record.with_user(getattr(self, role))

    def get_stored(self):
        """Return what the database holds of all that was said, files included."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT message.id, to_jsonb(message) - 'write_date' - 'write_uid',
                   (SELECT jsonb_agg(to_jsonb(file) - 'write_date' - 'write_uid'
                                     ORDER BY file.id)
                      FROM message_attachment_rel rel
                      JOIN ir_attachment file ON file.id = rel.attachment_id
                     WHERE rel.message_id = message.id)
              FROM mail_message message WHERE id = ANY(%s) ORDER BY id
            """,
            [self.said.ids],
        )
        return self.env.cr.fetchall()

    @contextmanager
    def assertKept(self, what):
        """Check that a try is refused, and that nothing of it remains."""
        before = self.get_stored()
        refused = False
        with self.subTest(what):
            try:
                with mute_logger(*LOGGERS), self.env.cr.savepoint():
                    yield
            except (AccessError, UserError):
                refused = True
            self.env.invalidate_all()
            self.assertEqual(before, self.get_stored())
            self.assertTrue(refused, "nobody was told that it is not possible")


@tagged("post_install", "-at_install")
class TestSaid(SaidCase):
    """What was said to and by people outside stays, whoever wants it otherwise."""

    def test_which_messages(self):
        notes = self.env["mail.message"]
        for record in self.records:
            notes |= record.with_user(self.agent).message_post(
                body="Mind the lid.",
                message_type="comment",
                subtype_xmlid="mail.mt_note",
                partner_ids=self.manager.partner_id.ids,
            )
            notes |= record.message_ids.filtered(
                lambda message: message.message_type == "notification"
            )
        self.assertEqual(
            (self.said | notes)._filter_complaint_correspondence(), self.said
        )
        other = self.partner.message_post(body="Hello", message_type="email")
        self.assertFalse(other._filter_complaint_correspondence())

    @promise(
        "What was said to and by people outside stays as it was said, in every role and for Odoo's own code",
        "7.3.3, 4.1.3",
    )
    def test_written(self):
        for role in ROLES:
            for message in self.said:
                mine = self.as_role(role, message)
                values = {
                    **WRITTEN,
                    "author_id": self.manager.partner_id.id,
                    "res_id": message.res_id + 1,
                    "model": "res.partner",
                    "subtype_id": self.env.ref("mail.mt_activities").id,
                }
                if role != "system":
                    values["partner_ids"] = [Command.set(self.partner_colleague.ids)]
                for name, value in values.items():
                    if message._get_said_changes({name: value}):
                        with self.assertKept(f"{role} {message.model} {name}"):
                            mine.write({name: value})
                with self.assertKept(f"{role} {message.model} unlink"):
                    mine.unlink()

    def test_unchanged_values_pass(self):
        message = self.said[0]
        message.write(
            {
                "body": message.body,
                "date": message.date,
                "author_id": message.author_id.id,
                "attachment_ids": [Command.set(message.attachment_ids.ids)],
            }
        )
        self.assertTrue(message.exists())

    def test_by_way_of_the_record(self):
        for role in ("agent", "manager", "root", "system"):
            for message in self.said:
                record = self.env[message.model].browse(message.res_id)
                mine = self.as_role(role, record)
                commands = {
                    "update": Command.update(message.id, {"body": "<p>Other</p>"}),
                    "delete": Command.delete(message.id),
                }
                for name, command in commands.items():
                    with self.assertKept(f"{role} {record._name} {name}"):
                        mine.write({"message_ids": [command]})
                with self.assertKept(f"{role} {record._name} content"):
                    mine._message_update_content(message, body="Other", strict=False)
                if message.attachment_ids:
                    with self.assertKept(f"{role} {record._name} files"):
                        mine._message_update_content(
                            message.sudo(), body=None, attachment_ids=[], strict=False
                        )
                with self.assertKept(f"{role} {record._name} elsewhere"):
                    mine.message_change_thread(self.partner)

    @promise(
        "The files of what was said are not changed, moved or deleted by anybody",
        "7.3.3",
    )
    def test_files(self):
        files = self.said.attachment_ids
        self.assertEqual(len(files), len(self.records))
        values = {
            "name": "other.txt",
            "raw": b"All is well",
            "datas": b"QWxsIGlzIHdlbGw=",
            "res_id": 0,
            "res_model": "res.partner",
            "public": True,
            "type": "url",
            "company_id": self.company_b.id,
            "description": "Other",
            "original_id": files[0].id,
        }
        for role in ROLES:
            for file in files:
                mine = self.as_role(role, file)
                for name, value in values.items():
                    if file[name] == value or (name, file) == ("original_id", files[0]):
                        continue
                    with self.assertKept(f"{role} {file.res_model} {name}"):
                        mine.write({name: value})
                with self.assertKept(f"{role} {file.res_model} unlink"):
                    mine.unlink()
                with self.assertKept(f"{role} {file.res_model} delete"):
                    mine._delete_and_notify()

    def test_file_that_a_template_sent(self):
        """What went out with a message is what it was, whatever it belonged to."""
        file = self.env["ir.attachment"].create({"name": "terms.txt", "raw": b"Terms"})
        self.case.message_post(
            body="Our terms",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachment_ids=file.ids,
        )
        with self.assertRefused("stays as it is"):
            file.raw = b"Other terms"
        file.raw = b"Terms"

    def test_privacy_lookup(self):
        """What Odoo's privacy look-up finds, it neither deletes nor moves here."""
        for record in (*self.records[:2], *self.said):
            with self.assertKept(record._name):
                record.with_user(self.root).sudo().unlink()

    def test_merged_contact(self):
        """A contact can be merged: the message still names who said it."""
        twin = self.env["res.partner"].create(
            {"name": "Clara B.", "email": "clara@alba.example.com"}
        )
        message = self.case.message_post(
            body="It leaks, too.",
            author_id=twin.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        sender, date = message.email_from, message.date
        self.assertIn("Clara B.", sender)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        with mute_logger("odoo.addons.base.wizard.base_partner_merge"):
            wizard._merge((self.partner | twin).ids, self.partner)
        self.env.invalidate_all()
        self.assertEqual((message.email_from, message.date), (sender, date))
        self.assertEqual(message.res_id, self.case.id)

    def test_merged_case(self):
        """The product's own merge moves them, and changes nothing of them."""
        target = self.create_case(user_id=self.agent.id)
        said = self.said.filtered(lambda m: m.model == self.case._name)
        facts = [(m.id, m.body, m.date, m.author_id, m.attachment_ids) for m in said]
        self.case.with_user(self.agent).merge_into(target)
        self.assertEqual(said.mapped("res_id"), [target.id] * len(said))
        self.assertEqual(said.attachment_ids.res_id, target.id)
        self.assertEqual(
            facts, [(m.id, m.body, m.date, m.author_id, m.attachment_ids) for m in said]
        )
        with self.assertKept("moved back"):
            said.with_user(self.root).write({"res_id": self.case.id})

    def test_words_from_elsewhere(self):
        """Nor does a message of another record become one of these."""
        other = self.partner.message_post(body="Never mind", author_id=self.partner.id)
        for record in self.records:
            for role in ("root", "system"):
                with self.assertKept(f"{role} {record._name}"):
                    self.as_role(role, other).write(
                        {"model": record._name, "res_id": record.id}
                    )

    @promise(
        "What the system noted of changes stays as well",
        "7.3.3",
    )
    def test_system_lines(self):
        """What changed, from what to what, stays as well."""
        self.flush_tracking()
        self.case.name = "The lid is cracked"
        self.flush_tracking()
        line = self.case.message_ids.filtered("tracking_value_ids")[:1]
        self.assertTrue(line)
        for role in ("manager", "root", "system"):
            for record in (line, line.tracking_value_ids):
                with self.assertKept(f"{role} {record._name} unlink"):
                    self.as_role(role, record).unlink()
            with self.assertKept(f"{role} value"):
                self.as_role(role, line.tracking_value_ids).write(
                    {"old_value_char": "Other"}
                )
            with self.assertKept(f"{role} line"):
                self.as_role(role, line).write({"body": "<p>Other</p>"})
        with self.assertKept("another line"):
            line.tracking_value_ids.with_user(self.root).copy()
        # When an app goes, Odoo keeps the names of its fields there.
        line.tracking_value_ids.write({"field_info": {"name": "name"}})

    def test_ratings(self):
        self.case.with_user(self.agent).record_rating(1, "No lid")
        rating = self.case.rating_ids
        for role in ("agent", "manager", "root"):
            with self.assertKept(f"{role} write"):
                self.as_role(role, rating).write({"rating": 5})
            with self.assertKept(f"{role} reset"):
                self.as_role(role, rating).reset()
        for role in ("agent", "root", "system"):
            with self.assertKept(f"{role} unlink"):
                self.as_role(role, rating).unlink()

    def test_notes_follow_their_author(self):
        """A note is its author's while the case is open; nobody else's."""
        note = self.case.with_user(self.agent).message_post(
            body="Mind the lid.", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.case.with_user(self.agent)._message_update_content(
            note.sudo(), body="Mind both lids."
        )
        self.assertIn("both lids", note.body)
        note.with_user(self.agent).write({"body": "<p>Mind it.</p>"})
        self.said |= note
        for role in ("agent_2", "manager", "root"):
            with self.assertKept(f"{role} edits"):
                self.as_role(role, note).write({"body": "<p>Other</p>"})
        for name in ("date", "is_internal", "author_id", "message_type"):
            value = {**WRITTEN, "author_id": self.manager.partner_id.id}[name]
            with self.assertKept(f"the author {name}"):
                note.with_user(self.agent).write({name: value})
        with self.assertKept("the author deletes"):
            note.with_user(self.agent).unlink()
        file = self.env["ir.attachment"].create(
            {
                "name": "a.txt",
                "raw": b"a",
                "res_model": self.case._name,
                "res_id": self.case.id,
            }
        )
        self.case.cancel("invalid", "No complaint")
        for role in ("agent", "manager", "system"):
            with self.assertKept(f"{role} after the end"):
                self.as_role(role, note).write({"body": "<p>Other</p>"})
            with self.assertKept(f"{role} file after the end"):
                self.as_role(role, file).unlink()

    def test_draft_question_goes_with_its_lines(self):
        draft = self.question.copy()
        draft.with_user(self.agent).unlink()
        self.assertFalse(draft.exists())
        with self.assertKept("asked outside"):
            self.question.with_user(self.agent).unlink()

    def test_mail_that_is_sent_leaves_its_words(self):
        """Odoo deletes a message with its mail, unless something tells it not to."""
        with self.mock_mail_gateway(mail_unlink_sent=True):
            mail = self.env["mail.mail"].create(
                {
                    "model": self.case._name,
                    "res_id": self.case.id,
                    "body_html": "<p>News</p>",
                    "email_to": self.partner.email,
                    "auto_delete": True,
                }
            )
            message = mail.mail_message_id
            mail.send()
        self.assertFalse(mail.exists())
        self.assertTrue(message.exists())


@tagged("post_install", "-at_install")
class TestInWhoseName(SaidCase):
    """People write as themselves, and now; what comes by mail, the gateway posts."""

    @promise(
        "Nobody writes in a customer's name, earlier than now, or as if it had come by mail",
        "4.2.1",
    )
    def test_nobody_else(self):
        forged = {
            "author_id": self.partner.id,
            "author_guest_id": self.env["mail.guest"].create({"name": "Clara"}).id,
            "date": "2020-01-01 00:00:00",
            "message_type": "email",
            "incoming_email_to": "clara@alba.example.com",
            "incoming_email_cc": "clara@alba.example.com",
        }
        for role in ("agent", "manager", "administrator", "root"):
            for record in self.records:
                mine = self.as_role(role, record)
                place = {"model": record._name, "res_id": record.id, "body": "Fine"}
                messages = mine.env["mail.message"]
                for name, value in forged.items():
                    what = f"{role} {record._name} {name}"
                    if name in ("author_id", "date", "message_type"):
                        with self.assertKept(f"{what} post"):
                            mine.message_post(body="Fine", **{name: value})
                    with self.assertKept(f"{what} create"):
                        messages.create({**place, name: value})
                    with self.assertKept(f"{what} default"):
                        messages.with_context(**{f"default_{name}": value}).create(
                            place
                        )
                with self.assertKept(f"{role} {record._name} notify"):
                    mine.message_notify(
                        author_id=self.partner.id,
                        partner_ids=self.manager.partner_id.ids,
                        body="Fine",
                    )
                with self.assertKept(f"{role} {record._name} copy"):
                    said = self.said.filtered(lambda m, r=record: m.model == r._name)
                    said[0].with_user(mine.env.uid).copy()

    def test_own_name_and_address(self):
        before = fields.Datetime.now()
        for record in self.records:
            message = record.with_user(self.agent).message_post(
                body="Fine",
                email_from="Clara Buyer <clara@alba.example.com>",
                author_id=self.agent.partner_id.id,
                message_type="comment",
            )
            self.assertEqual(message.author_id, self.agent.partner_id)
            self.assertNotIn("clara", message.email_from)
            self.assertGreaterEqual(message.date, before)
            direct = (
                self.env["mail.message"]
                .with_user(self.agent)
                .create({"model": record._name, "res_id": record.id, "body": "Fine"})
            )
            self.assertEqual(direct.author_id, self.agent.partner_id)

    def test_sender_alone_names_nobody(self):
        message = self.case.with_user(self.agent).message_post(
            body="Fine", author_id=False, email_from="clara@alba.example.com"
        )
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertNotIn("clara", message.email_from)

    def test_composer(self):
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .with_context(
                default_model=self.case._name,
                default_res_ids=self.case.ids,
                default_composition_mode="comment",
            )
            .create({"body": "Fine", "subject": "Fine"})
        )
        composer.write(
            {"author_id": self.partner.id, "email_from": self.partner.email_formatted}
        )
        with self.assertKept("composer"):
            composer.action_send_mail()

    def test_gateway_posts_for_the_customer(self):
        with freeze_time("2024-05-02 10:00:00"):
            case = self.receive(write_mail())
        [message] = case.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(message.author_id, self.partner)
        self.assertEqual(message._filter_complaint_correspondence(), message)


@tagged("post_install", "-at_install")
class TestSaidRoutes(SaidCase, FormCase, HttpCase):
    """The web client's own routes obey alike."""

    @promise(
        "The routes of Odoo's chatter obey alike",
        "4.1.1",
    )
    def test_routes(self):
        users = (self.agent, self.manager, self.root, self.customer)
        message = self.said[0]
        file = message.attachment_ids
        calls = {
            "/mail/message/update_content": {
                "message_id": message.id,
                "update_data": {"body": "Other", "attachment_ids": []},
            },
            "/mail/update_is_internal": {
                "message_id": message.id,
                "is_internal": True,
            },
            "/mail/attachment/delete": {"attachment_id": file.id},
            "/web/dataset/call_kw/mail.message/write": {
                "model": "mail.message",
                "method": "write",
                "args": [message.ids, {"body": "Other"}],
                "kwargs": {"context": {"complaint_deleting": 1}},
            },
            "/web/dataset/call_kw/mail.message/unlink": {
                "model": "mail.message",
                "method": "unlink",
                "args": [message.ids],
                "kwargs": {"context": {"complaint_deleting": True}},
            },
        }
        before = self.get_stored()
        for user in users:
            user.password = user.login
            self.login(user)
            for route, params in calls.items():
                with self.subTest(f"{user.login} {route}"):
                    with mute_logger("odoo.http"):
                        answer = self.call_route(route, params)
                    self.env.invalidate_all()
                    self.assertIn('"error"', answer)
                    self.assertEqual(before, self.get_stored())

    def test_post_with_somebody_elses_name(self):
        self.agent.password = self.agent.login
        self.login(self.agent)
        answer = self.call_route(
            "/mail/message/post",
            {
                "thread_model": self.case._name,
                "thread_id": self.case.id,
                "post_data": {
                    "body": "Fine",
                    "author_id": self.partner.id,
                    "email_from": "clara@alba.example.com",
                    "date": "2020-01-01 00:00:00",
                    "rating_value": 5,
                },
                "context": {
                    "default_author_id": self.partner.id,
                    "default_date": "2020-01-01 00:00:00",
                },
            },
        )
        self.assertNotIn('"error"', answer)
        self.env.invalidate_all()
        message = self.case.message_ids[0]
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertNotEqual(message.date.year, 2020)
        self.assertFalse(self.case.rating_ids, "staff rate for nobody")
