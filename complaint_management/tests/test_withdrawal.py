import hashlib

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import FormCase
from .promise import promise
from .test_investigation import InvestigationCase

SECRET = b"The passport of somebody else"
SHA256 = hashlib.sha256(SECRET).hexdigest()
SHA1 = hashlib.sha1(SECRET).hexdigest()


class WithdrawalCase(InvestigationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls._create_user("root", "Rita Root", "base.group_system")
        cls.message = cls.case.message_post(
            body="My receipt",
            author_id=cls.partner.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=[("passport.txt", SECRET), ("receipt.txt", b"10 EUR")],
        )
        cls.file, cls.receipt = cls.message.attachment_ids.sorted("name")
        cls.file.thumbnail = (
            b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhg"
            b"GAWjR9awAAAABJRU5ErkJggg=="
        )

    def withdraw(self, files=None, reason="Sent by mistake", user=None, record=None):
        record = (record or self.case).with_user(user or self.manager)
        return record.withdraw_files(files or self.file, reason)

    def assertGone(self, file):
        """Check that nothing of the content can be read off the file."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertIn(b"was withdrawn", file.raw)
        self.assertEqual(file.mimetype, "text/plain")
        self.assertFalse(file.thumbnail)
        self.assertFalse(file.access_token)
        self.assertNotIn("passport of", file.index_content or "")


@tagged("post_install", "-at_install")
class TestWithdrawal(WithdrawalCase):
    """A wrong file goes out of sight; that it was there, and what it was, stays."""

    def test_dialog(self):
        action = self.case.with_user(self.manager).action_open_withdraw_file()
        dialogs = self.env[action["res_model"]].with_user(self.manager)
        form = Form(dialogs.with_context(**action["context"]))
        self.assertIn(self.file, form.available_ids[:])
        form.attachment_ids.add(self.file)
        form.reason = "The customer asked for it"
        form.save().action_withdraw()
        self.assertGone(self.file)
        self.assertEqual(self.file.name, "Withdrawn: passport.txt")
        self.assertEqual(self.receipt.raw, b"10 EUR", "the other one stays")
        self.assertIn(self.file, self.message.attachment_ids)
        [line] = self.case.decision_ids.filtered(lambda d: d.type == "withdrawal")
        self.assertEqual(line.subject, "passport.txt")
        self.assertEqual(line.reason, "The customer asked for it")
        self.assertEqual(line.user_id, self.manager)
        self.assertIn(SHA256, line.old_value)
        self.assertIn(SHA1, line.old_value)
        self.assertIn(SHA256, self.case.message_ids[0].body)
        self.assertTrue(self.case.message_ids[0].subtype_id.internal)

    @promise(
        "Only a manager who works the record withdraws a wrong file",
        "4.1.3",
    )
    def test_who(self):
        for user in (
            self.employee,
            self.agent,
            self.quality,
            self.executive,
            self.customer,
            self.manager_b,
            self.root,
        ):
            with self.subTest(user.name), self.assertRaises(AccessError):
                self.withdraw(user=user)
            with self.subTest(user.name), self.assertRaises(AccessError):
                self.case.with_user(user).action_open_withdraw_file()
        self.assertEqual(self.file.raw, SECRET)

    def test_not_by_whom_it_is_about(self):
        self.case.complained_user_id = self.manager
        with self.assertRaises(AccessError):
            self.withdraw()

    def test_what(self):
        other = self.create_case().message_post(
            body="x", attachments=[("other.txt", b"Other")]
        )
        terms = self.env["ir.attachment"].create({"name": "t", "raw": b"Terms"})
        self.case.message_post(body="Our terms", attachment_ids=terms.ids)
        for files in (other.attachment_ids, terms, self.file | terms):
            with self.assertRefused("Only files of"):
                self.withdraw(files)
        for reason in ("", "  ", None):
            with self.assertRefused("say why"):
                self.withdraw(reason=reason)
        self.withdraw()
        with self.assertRefused("only once"):
            self.withdraw()

    def test_record_stays_proved(self):
        """A check of the record names the withdrawal, and finds nothing wrong."""
        feedback = self.env["complaint.feedback"].create(
            {"name": "Nice lids", "partner_id": self.partner.id}
        )
        said = feedback.message_post(
            body="A picture",
            author_id=self.partner.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=[("passport.txt", SECRET)],
        )
        self.env.cr.flush()
        for record, file in (
            (self.case, self.file),
            (feedback, said.attachment_ids),
        ):
            with self.subTest(record._name):
                self.withdraw(file, record=record)
                self.env.cr.flush()
                mine = record.with_user(self.manager)
                self.assertFalse(mine._verify_records()[1])
                self.assertIn("passport.txt", str(mine._get_proof()["notes"]))

    def test_of_an_ended_case(self):
        self.case.cancel("invalid", "No complaint")
        self.withdraw()
        self.assertGone(self.file)

    def test_same_content_elsewhere_on_the_case(self):
        self.fill(self.investigation.with_user(self.agent))
        evidence = self.investigation.evidence_ids[:1]
        evidence.with_user(self.agent).attachment_ids = [Command.link(self.file.id)]
        copy = evidence.attachment_ids.filtered(lambda f: f.raw == SECRET)
        self.assertTrue(copy - self.file)
        self.withdraw()
        self.assertGone(copy)

    def test_sealed_evidence(self):
        """What is signed is withdrawn like the rest; it still is what was signed."""
        self.fill(self.investigation.with_user(self.agent))
        file = self.investigation.evidence_ids.attachment_ids[:1]
        self.investigation.with_user(self.agent).action_sign()
        content = file.raw
        with self.assertRefused("signed"):
            file.with_user(self.manager).raw = b"Other"
        self.withdraw(file)
        self.assertGone(file)
        self.assertFalse(self.investigation.verify_evidence())
        sealed = self.investigation.evidence_ids.sealed_files
        self.assertIn(file.id, [known["id"] for known in sealed])
        vault = self.env["complaint.withdrawal"].search(
            [("attachment_id", "=", file.id)]
        )
        self.assertEqual(vault.sha256, hashlib.sha256(content).hexdigest())

    def test_feedback(self):
        feedback = self.env["complaint.feedback"].create(
            {"name": "Nice lids", "partner_id": self.partner.id}
        )
        message = feedback.message_post(
            body="A picture",
            author_id=self.partner.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=[("passport.txt", SECRET)],
        )
        with self.assertRaises(AccessError):
            self.withdraw(message.attachment_ids, user=self.agent, record=feedback)
        self.withdraw(message.attachment_ids, record=feedback)
        self.assertGone(message.attachment_ids)
        self.assertIn(SHA256, feedback.message_ids[0].body)
        self.assertEqual(self.file.raw, SECRET, "another record's")

    @promise(
        "The content of a withdrawn file is read in no role",
        "8.3.4",
    )
    def test_content_is_nobodys(self):
        """It is kept, and neither the row nor its file can be read in any role."""
        self.withdraw()
        vault = self.env["complaint.withdrawal"].search([])[:1]
        self.assertEqual(vault.sudo().attachment_id, self.file)
        kept = self.env["ir.attachment"].search(
            [("res_model", "=", vault._name), ("res_id", "=", vault.id)]
        )
        kept |= self.env["ir.attachment"].search(
            [("res_model", "=", vault._name), ("res_field", "=", "content")]
        )
        self.assertEqual(kept.raw, SECRET, "an auditor can still be shown it")
        for user in (
            self.agent,
            self.manager,
            self.quality,
            self.administrator,
            self.root,
            self.env.ref("base.user_admin"),
        ):
            with (
                self.subTest(user.name),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                for names in (["content"], ["name"]):
                    with self.assertRaises(AccessError):
                        vault.with_user(user).read(names)
                for record in (vault, kept):
                    with self.assertRaises(UserError):
                        record.with_user(user).write({"name": "x"})
                    with self.assertRaises(UserError):
                        record.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    kept.with_user(user).read(["raw"])
                found = self.env["ir.attachment"].with_user(user)
                self.assertNotIn(kept, found.search([("id", "in", kept.ids)]))
        with self.assertRefused("stays so"):
            vault.reason = "Other"
        with self.assertRefused("stays so"):
            vault.unlink()

    def test_not_taken_back(self):
        self.withdraw()
        for user in (self.agent, self.manager, self.root):
            with self.subTest(user.name), self.assertRaises(UserError):
                self.file.with_user(user).write({"name": "passport.txt"})
            with self.subTest(user.name), self.assertRaises(UserError):
                self.file.with_user(user).unlink()


@tagged("post_install", "-at_install")
class TestWithdrawalPages(WithdrawalCase, FormCase, HttpCase):
    @promise(
        "No link of before leads to a withdrawn file",
        "8.3.4",
    )
    def test_every_way_to_the_content(self):
        token = self.file.generate_access_token()[0]
        raw = self.file._get_raw_access_token()
        thumbnail = self.file._get_thumbnail_token()
        paths = [
            f"/web/content/{self.file.id}",
            f"/web/content/{self.file.id}?access_token={token}",
            f"/web/content/{self.file.id}?access_token={raw}&download=true",
            f"/web/image/{self.file.id}?access_token={token}",
            f"/web/image/{self.file.id}/thumbnail?access_token={thumbnail}",
            f"/my/complaints/{self.case.id}",
        ]
        self.assertIn(SECRET, self.url_open(paths[1]).content)
        self.withdraw()
        self.env.flush_all()
        for user in (None, self.customer, self.agent, self.manager, self.root):
            if user:
                user.password = user.login
            self.login(user)
            for path in paths:
                with self.subTest(f"{user and user.login} {path}"):
                    self.assertNotIn(SECRET, self.url_open(path).content)
        self.login(self.customer)
        page = self.url_open(paths[-1])
        self.assertIn("Withdrawn: passport.txt", page.text)
        self.assertNotIn("Sent by mistake", page.text)
