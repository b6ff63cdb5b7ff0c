import hashlib
import os
from contextlib import closing
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from markupsafe import Markup
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..tools import proof
from .common import ComplaintCommon
from .promise import promise

CASE = "complaint.complaint"


class TamperCase(ComplaintCommon):
    """A case with decisions, a mail of the customer with a file, and an answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proofs = cls.env["complaint.proof"]
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls.mail = cls._post(
            cls.case,
            "<p>The lid is missing</p>",
            message_type="email",
            author_id=cls.partner.id,
            email_from="Clara <clara@alba.example.com>",
            attachments=[("lid.txt", b"No lid in this picture")],
        )
        cls.answer = cls._post(cls.case, "<p>We send one.</p>")
        cls.note = cls._post(cls.case, "<p>Among us</p>", subtype_xmlid="mail.mt_note")
        cls.work_to(cls.case, "resolution", date_communicated=False)
        case = cls.case.with_user(cls.agent)
        case.reclassify({"severity": "critical"}, "Somebody was hurt")
        case.extend("resolve", fields.Datetime.now() + timedelta(days=30), "Holidays")
        case.escalate("manager", "She asks for the manager")
        cls.decisions = cls.case.decision_ids.sorted("id")
        # What a commit does first, and the rollback of a test must not undo.
        cls.env.cr.flush()

    @classmethod
    def _post(cls, record, body, **kwargs):
        kwargs.setdefault("subtype_xmlid", "mail.mt_comment")
        kwargs.setdefault("message_type", "comment")
        # As one who may write to customers, by whatever way.
        return record.sudo().message_post(body=Markup(body), **kwargs)

    def sql(self, query, *args):
        self.env.flush_all()
        self.env.cr.execute(SQL(query, *args))
        self.env.invalidate_all()

    def anchor(self):
        """Let the nightly job anchor what was added."""
        self.env.cr.flush()
        with self.enter_registry_test_mode():
            self.env.ref(
                "complaint_management.ir_cron_complaint_anchor"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def verify(self, record=None):
        """Return the findings in words, as a manager sees them."""
        record = (record or self.case).with_user(self.manager)
        return record._verify_records()[1]

    def assertSound(self, record=None):
        self.assertFalse(self.verify(record))

    def assertFound(self, finding, *texts, record=None):
        """Check that there is one such finding, which says ``texts``."""
        findings = self.verify(record)
        found = [
            f"{line['what']} {line['date']} {line['details']}"
            for line in findings
            if line["finding"] == finding
        ]
        self.assertEqual(len(found), 1, findings)
        for text in texts:
            self.assertIn(text, found[0])
        return findings


class TestProof(TamperCase):
    def test_what_is_proved(self):
        """Each decision, and each message to or from outside; notes are not."""
        self.assertSound()
        rows = self.proofs.search(
            [("res_model", "=", CASE), ("res_id", "=", self.case.id)]
        )
        lines = [(row.kind, row.line_id) for row in rows]
        self.assertEqual(lines[0], ("opening", self.case.id))
        self.assertIn(("message", self.mail.id), lines)
        self.assertIn(("message", self.answer.id), lines)
        self.assertNotIn(("message", self.note.id), lines)
        for decision in self.decisions:
            self.assertIn(("decision", decision.id), lines)
        self.assertGreaterEqual(len(self.decisions), 3)
        self.assertEqual(rows.mapped("sequence"), list(range(1, len(rows) + 1)))
        self.assertTrue(all(row.digest.startswith("$1$") for row in rows))

    @promise(
        "What is digested names nobody",
        "8.3.4",
    )
    def test_it_names_nobody(self):
        """The content that is digested holds no name, address or word of a person."""
        for row in self.proofs.search([("res_id", "=", self.case.id)]):
            for text in "clara", "lid", "hurt", "alba":
                self.assertNotIn(text, row.content.lower())

    def test_a_colleague_who_left(self):
        """A note to somebody of the staff does not become a letter when they leave."""
        self._post(
            self.case,
            "<p>Please look</p>",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.agent_2.partner_id.ids,
        )
        self.env.cr.flush()
        self.agent_2.sudo().active = False
        self.assertTrue(self.agent_2.partner_id.partner_share)
        self.assertSound()

    def test_nothing_for_others(self):
        """Other apps' messages are not touched, and cost no query."""
        partner = self.env["res.partner"].create({"name": "Other"})
        self.env.cr.flush()
        before = self.cr.sql_log_count
        self.proofs._write_queue()
        self.assertEqual(self.cr.sql_log_count, before)
        message = partner.message_post(body="Hello")
        self.env.cr.flush()
        self.assertFalse(
            self.proofs.search_count(
                [("line_id", "=", message.id), ("kind", "=", "message")]
            )
        )

    def test_savepoint(self):
        """What is taken back leaves no line."""
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self._post(self.case, "<p>Never sent</p>")
            raise ZeroDivisionError
        self.env.cr.flush()
        self.assertSound()

    @promise(
        "Nobody writes or deletes a proof",
        "7.3.3",
    )
    def test_nobody_writes_it(self):
        self.env.cr.flush()
        for model in (
            "complaint.proof",
            "complaint.proof.head",
            "complaint.proof.anchor",
        ):
            self.anchor()
            everybody = (
                self.agent
                | self.manager
                | self.quality
                | self.executive
                | self.administrator
                | self.employee
                | self.customer
                | self.env.ref("base.user_admin")
            )
            for user in everybody:
                rows = self.env[model].with_user(user)
                if user != self.env.ref("base.user_admin"):
                    with self.assertRaises(AccessError):
                        rows.search([])
            rows = self.env[model].sudo().search([], limit=1)
            self.assertTrue(rows)
            for call in (
                lambda rows=rows: rows.write({"digest": "x"}),
                lambda rows=rows: rows.create({"digest": "x"}),
                lambda rows=rows: rows.unlink(),
            ):
                with self.assertRaises(UserError):
                    call()

    @promise(
        "Who may read the record may verify it",
        "4.2.1",
    )
    def test_who_may_verify(self):
        for user in self.manager, self.quality, self.executive, self.administrator:
            action = self.case.with_user(user).action_verify_record()
            verify = self.env[action["res_model"]].browse(action["res_id"])
            self.assertEqual(verify.state, "sound", user.name)
            self.assertEqual(verify.decision_count, len(self.decisions))
            self.assertTrue(verify.head_digest)
        for user in self.agent, self.employee, self.customer:
            with self.assertRaises(AccessError):
                self.case.with_user(user).action_verify_record()
        for user in self.manager_b, self.agent_other:
            with self.assertRaises(AccessError):
                self.case.with_user(user)._verify_records()

    def test_findings_are_private(self):
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", self.mail.id)
        action = self.case.with_user(self.manager).action_verify_record()
        lines = self.env[action["res_model"]].browse(action["res_id"]).line_ids
        self.assertTrue(lines.with_user(self.manager).read(["details"]))
        others = self.administrator | self.quality | self.agent | self.employee
        for user in others | self.customer:
            with self.assertRaises(AccessError):
                lines.with_user(user).read(["details"])
        with self.assertRaises(AccessError):
            lines.with_user(self.manager).write({"details": "Nothing"})

    def test_dialog_of_another_record(self):
        """The number in the dialog opens nothing that its user may not read."""
        verify = self.env["complaint.verify"].with_user(self.manager_b)
        dialog = verify.create({"res_model": CASE, "res_id": self.case.id})
        with self.assertRaises(AccessError):
            dialog.action_verify()
        dialog = verify.create({"company_id": self.company.id})
        with self.assertRaises(AccessError):
            dialog.action_verify()


@promise(
    "A changed line is named by Verify Record, also when changed by SQL",
    "7.3.3",
)
class TestChanged(TamperCase):
    def test_message_body(self):
        self.sql(
            "UPDATE mail_message SET body = '<p>x</p>' WHERE id = %s", self.mail.id
        )
        self.assertFound("changed", "Contents", "Clara")

    def test_message_author(self):
        self.sql(
            "UPDATE mail_message SET author_id = %s WHERE id = %s",
            self.partner_stranger.id,
            self.mail.id,
        )
        self.assertFound("changed", "Author")

    def test_message_from(self):
        self.sql(
            "UPDATE mail_message SET email_from = 'x@y.z' WHERE id = %s", self.mail.id
        )
        self.assertFound("changed", "From")

    def test_message_date(self):
        self.sql(
            "UPDATE mail_message SET date = date - INTERVAL '3 days' WHERE id = %s",
            self.answer.id,
        )
        self.assertFound("changed", "“Date” was", "and is")

    def test_message_made_internal(self):
        self.sql(
            "UPDATE mail_message SET message_type = 'notification', is_internal = TRUE,"
            " subtype_id = %s WHERE id = %s",
            self.env.ref("mail.mt_note").id,
            self.answer.id,
        )
        self.assertFound("changed", "“Type” was", "“Subtype” was")

    def test_message_without_salt(self):
        """Dropping the salt by hand is no erasure."""
        self.sql(
            "UPDATE complaint_proof SET secrets = NULL"
            " WHERE kind = 'message' AND line_id = %s",
            self.answer.id,
        )
        self.sql(
            "UPDATE mail_message SET body = '[erased]' WHERE id = %s", self.answer.id
        )
        self.assertFound("changed", "Contents")

    def test_message_moved(self):
        other = self.create_case()
        self.env.cr.flush()
        self.sql(
            "UPDATE mail_message SET res_id = %s WHERE id = %s", other.id, self.mail.id
        )
        self.assertFound("moved", other.display_name)

    def test_file_bytes(self):
        file = self.mail.attachment_ids
        path = file._full_path(file.store_fname)
        self.addCleanup(Path(path).write_bytes, Path(path).read_bytes())
        os.chmod(path, 0o600)
        Path(path).write_bytes(b"A lid in this picture")
        self.assertFound("changed", "lid.txt", "content")

    def test_file_exchanged(self):
        self.sql(
            "UPDATE ir_attachment SET store_fname = NULL, db_datas = 'x' WHERE id = %s",
            self.mail.attachment_ids.id,
        )
        self.assertFound("changed", "lid.txt")

    def test_file_renamed(self):
        self.sql(
            "UPDATE ir_attachment SET name = 'x.txt' WHERE id = %s",
            self.mail.attachment_ids.id,
        )
        self.assertFound("changed", "lid.txt", "another name")

    def test_file_removed(self):
        self.sql(
            "DELETE FROM message_attachment_rel WHERE message_id = %s", self.mail.id
        )
        self.assertFound("changed", "lid.txt", "removed")

    def test_file_added(self):
        file = self.env["ir.attachment"].create({"name": "new.txt", "raw": b"New"})
        self.sql(
            "INSERT INTO message_attachment_rel (message_id, attachment_id)"
            " VALUES (%s, %s)",
            self.answer.id,
            file.id,
        )
        self.assertFound("added", "new.txt")

    def test_decision_reason(self):
        self.sql(
            "UPDATE complaint_decision SET reason = 'Never' WHERE id = %s",
            self.decisions[0].id,
        )
        self.assertFound("changed", "Reclassification", "Anna Agent", "Why")

    def test_decision_by(self):
        self.sql(
            "UPDATE complaint_decision SET user_id = %s WHERE id = %s",
            self.agent_2.id,
            self.decisions[1].id,
        )
        self.assertFound("changed", "“By” was Anna Agent, and is Aron Agent now")

    def test_decision_of_another_case(self):
        other = self.create_case()
        self.env.cr.flush()
        self.sql(
            "UPDATE complaint_decision SET complaint_id = %s WHERE id = %s",
            other.id,
            self.decisions[1].id,
        )
        self.assertFound("changed", "“Case” was")

    def test_decision_date(self):
        self.sql(
            "UPDATE complaint_decision SET create_date = create_date - INTERVAL '1 day'"
            " WHERE id = %s",
            self.decisions[1].id,
        )
        self.assertFound("changed", "“Created on” was")

    def test_proof_rewritten(self):
        """Whoever changes the digest as well is told by the line after it."""
        row = self.proofs.search(
            [("kind", "=", "decision"), ("line_id", "=", self.decisions[0].id)]
        )
        text = row.content.replace('"live"', '"upgrade"')
        self.sql(
            "UPDATE complaint_proof SET content = %s, digest = %s WHERE id = %s",
            text,
            proof.chain_digest(row.previous, text),
            row.id,
        )
        self.assertFound("proof", "Reclassification")

    def test_proof_changed(self):
        self.sql(
            "UPDATE complaint_proof SET content = content || ' ' WHERE kind = 'message'"
            " AND line_id = %s",
            self.mail.id,
        )
        self.assertFound("proof", "rewritten")

    def test_head_changed(self):
        self.sql(
            "UPDATE complaint_proof_head SET digest = '$1$0' WHERE res_id = %s"
            " AND res_model = %s",
            self.case.id,
            CASE,
        )
        self.assertFound("proof", "chain ended")


@promise(
    "So is one that was added between or removed",
    "7.3.3",
)
class TestAddedAndRemoved(TamperCase):
    def test_message_added(self):
        self.sql(
            "INSERT INTO mail_message (model, res_id, body, message_type, date,"
            " email_from) VALUES (%s, %s, '<p>I agree</p>', 'email', now(), 'c@d.e')",
            CASE,
            self.case.id,
        )
        self.assertFound("added", "c@d.e")

    def test_comment_added(self):
        self.sql(
            "INSERT INTO mail_message (model, res_id, body, message_type, date,"
            " subtype_id) VALUES (%s, %s, '<p>Told</p>', 'comment', now(), %s)",
            CASE,
            self.case.id,
            self.env.ref("mail.mt_comment").id,
        )
        self.assertFound("added", "past the product")

    def test_decision_added(self):
        self.sql(
            "INSERT INTO complaint_decision (complaint_id, company_id, type, user_id,"
            " create_date) VALUES (%s, %s, 'approval', %s, now())",
            self.case.id,
            self.company.id,
            self.manager.id,
        )
        self.assertFound("added", "Approval", "Mara Manager")

    def test_message_removed(self):
        self.sql("DELETE FROM mail_message WHERE id = %s", self.mail.id)
        self.assertFound("removed", "not there any more", "Clara <clara@")

    def test_decision_removed(self):
        extension = self.decisions.filtered(lambda line: line.type == "extension")
        self.sql("DELETE FROM complaint_decision WHERE id = %s", extension.id)
        self.assertFound("removed", "Extension", "Anna Agent")

    def _remove_proof(self, decision):
        self.sql("DELETE FROM complaint_decision WHERE id = %s", decision.id)
        self.sql(
            "DELETE FROM complaint_proof WHERE kind = 'decision' AND line_id = %s",
            decision.id,
        )

    def test_removed_with_its_proof(self):
        self._remove_proof(self.decisions[1])
        self.assertFound("removed", "1 line(s) before this one")

    def test_last_removed(self):
        last = self.proofs.search(
            [("res_model", "=", CASE), ("res_id", "=", self.case.id)]
        )[-1]
        self.sql("DELETE FROM complaint_proof WHERE id = %s", last.id)
        findings = self.verify()
        self.assertIn("The last 1 line(s)", str(findings))

    def test_all_removed(self):
        self.sql("DELETE FROM complaint_decision WHERE complaint_id = %s", self.case.id)
        self.sql(
            "DELETE FROM mail_message WHERE model = %s AND res_id = %s",
            CASE,
            self.case.id,
        )
        for table in "complaint_proof", "complaint_proof_head":
            self.sql(
                "DELETE FROM %s WHERE res_model = %s AND res_id = %s",
                SQL.identifier(table),
                CASE,
                self.case.id,
            )
        self.assertFound("removed", "Its chain was removed")

    def test_all_removed_and_begun_anew(self):
        self.test_all_removed()
        self._post(self.case, "<p>As if nothing had been</p>")
        self.env.cr.flush()
        self.assertFound("removed", "Its chain was removed")

    def test_head_removed(self):
        self.sql("DELETE FROM complaint_proof_head WHERE res_id = %s", self.case.id)
        self.assertFound("removed")


class TestSiblings(TamperCase):
    def test_feedback(self):
        feedback = self.env["complaint.feedback"].create(
            {
                "name": "A longer cord",
                "partner_id": self.partner.id,
                "company_id": self.company.id,
            }
        )
        message = self._post(feedback, "<p>Thank you</p>")
        self.env.cr.flush()
        self.assertSound(feedback)
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", message.id)
        self.assertFound("changed", "Contents", record=feedback)

    def _ask_outside(self):
        investigation = self.env["complaint.investigation"].create(
            {"complaint_id": self.case.id, "user_id": self.agent.id}
        )
        question = self.env["complaint.investigation.question"].create(
            {
                "investigation_id": investigation.id,
                "name": "Carrier",
                "question": "<p>Was it dropped?</p>",
                "kind": "external",
                "partner_id": self.partner_other.id,
                "date_due": fields.Date.today(),
            }
        )
        question.action_ask()
        return question

    def test_question_to_a_third_party(self):
        question = self._ask_outside()
        self.env.cr.flush()
        self.assertSound()
        message = question.message_ids.filtered("partner_ids")[:1]
        self.assertTrue(message)
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", message.id)
        self.assertFound("changed", "Contents")

    def test_action_without_case(self):
        action = self.env["complaint.corrective.action"].create(
            {
                "name": "Check lids",
                "kind": "corrective",
                "user_id": self.agent.id,
                "company_id": self.company.id,
            }
        )
        decision = self.env["complaint.decision"]._log(
            [{"action_id": action.id, "type": "approval", "reason": "Good"}]
        )
        self.env.cr.flush()
        self.sql(
            "UPDATE complaint_decision SET reason = 'Bad' WHERE id = %s", decision.id
        )
        result = self.proofs._verify({(action._name, action.id)})
        self.assertEqual([f["finding"] for f in result.findings], ["changed"])


class TestMoved(TamperCase):
    def setUp(self):
        super().setUp()
        self.target = self.create_case(name="The lid again", user_id=self.agent.id)
        self.case.merge_into(self.target, "Told twice")
        self.env.cr.flush()

    def test_merge(self):
        """The messages keep their proofs; a change is named from either case."""
        self.assertEqual(self.mail.res_id, self.target.id)
        self.assertSound()
        self.assertSound(self.target)
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", self.mail.id)
        self.assertFound("changed", "Contents")
        self.assertFound("changed", "Contents", record=self.target)

    def test_merged_again(self):
        third = self.create_case(name="And again", user_id=self.agent.id)
        self.target.merge_into(third, "Three times")
        self.env.cr.flush()
        for case in self.case, self.target, third:
            self.assertSound(case)

    def test_moved_back(self):
        self.sql(
            "UPDATE mail_message SET res_id = %s WHERE id = %s",
            self.case.id,
            self.mail.id,
        )
        self.assertFound("moved")


@promise(
    "Erasing a person keeps the proof whole",
    "8.3.2",
)
class TestErased(TamperCase):
    def test_erasure(self):
        self.proofs._erase(self.decisions, self.mail | self.answer)
        self.assertEqual(self.mail.body, "<p>[erased]</p>")
        self.assertFalse(self.mail.author_id)
        self.assertEqual(self.decisions[0].reason, "[erased]")
        self.assertEqual(self.mail.attachment_ids.name, "[erased]")
        self.assertFalse(self.mail.attachment_ids.raw)
        self.assertSound()
        proof_ = self.case.with_user(self.quality)._get_proof()
        self.assertIn("erased on", str(proof_["notes"]))
        rows = self.proofs.search(
            [("line_id", "in", self.mail.ids), ("kind", "=", "message")]
        )
        self.assertFalse(rows.secrets["salts"])
        self.assertFalse(rows.secrets["names"])

    def test_one_part(self):
        self.proofs._erase(messages=self.mail, parts=["body"], files=False)
        self.assertSound()
        self.sql(
            "UPDATE mail_message SET email_from = 'x@y.z' WHERE id = %s", self.mail.id
        )
        self.assertFound("changed", "From")

    def test_written_into_afterwards(self):
        self.proofs._erase(messages=self.mail)
        self.sql("UPDATE mail_message SET body = 'I agree' WHERE id = %s", self.mail.id)
        self.assertFound("changed", "Contents")

    def test_others_stay(self):
        self.proofs._erase(messages=self.mail)
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", self.answer.id)
        self.assertFound("changed", "Contents")


class TestWithdrawn(TamperCase):
    def _withdraw(self):
        file = self.mail.attachment_ids
        sha256 = hashlib.sha256(file.raw).hexdigest()
        self.sql(
            "UPDATE ir_attachment SET store_fname = NULL, db_datas = 'Withdrawn',"
            " checksum = 'x', name = 'Withdrawn' WHERE id = %s",
            file.id,
        )
        return file, sha256

    def assertWithdrawn(self):
        self.assertSound()
        notes = str(self.case.with_user(self.manager)._get_proof()["notes"])
        self.assertIn("lid.txt", notes)
        self.assertIn("Mara Manager", notes)

    def _decide(self, sha256):
        decision = (
            self.env["complaint.decision"]
            .with_user(self.manager)
            ._log(
                [
                    {
                        "complaint_id": self.case.id,
                        "type": "detaching",
                        "old_value": f"SHA-256 {sha256}",
                        "reason": "Somebody else's",
                    }
                ]
            )
        )
        # As the dialog that withdraws files logs it.
        self.sql(
            "UPDATE complaint_decision SET type = 'withdrawal' WHERE id = %s",
            decision.id,
        )
        self.env.cr.flush()
        return decision

    def test_with_a_decision(self):
        __, sha256 = self._withdraw()
        self._decide(sha256)
        self.assertWithdrawn()

    def test_with_a_decision_added_by_sql(self):
        __, sha256 = self._withdraw()
        decision = self._decide("of another file")
        self.sql(
            "UPDATE complaint_decision SET old_value = %s WHERE id = %s",
            f"SHA-256 {sha256}",
            decision.id,
        )
        self.assertIn("lid.txt", str(self.verify()))

    def test_without_a_decision(self):
        self._withdraw()
        self.assertFound("changed", "lid.txt")

    def test_where_there_is_no_log(self):
        file, sha256 = self._withdraw()
        proofs = self.proofs.with_user(self.manager)
        proofs._log_withdrawal(self.case.with_user(self.manager), file, sha256)
        self.assertWithdrawn()


class TestCompany(TamperCase):
    def _verify(self, user=None, **vals):
        dialog = self.env["complaint.verify"].with_user(user or self.manager)
        dialog = dialog.create({"company_id": self.company.id, **vals})
        dialog.action_verify()
        return dialog

    def test_sound(self):
        dialog = self._verify()
        self.assertEqual(dialog.state, "sound")
        self.assertGreaterEqual(dialog.message_count, 2)
        self.assertGreaterEqual(dialog.decision_count, 3)

    def test_broken(self):
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", self.mail.id)
        self.sql("DELETE FROM complaint_decision WHERE id = %s", self.decisions[1].id)
        dialog = self._verify()
        self.assertEqual(dialog.state, "broken")
        self.assertEqual(set(dialog.line_ids.mapped("finding")), {"changed", "removed"})
        self.assertEqual(
            set(dialog.line_ids.mapped("record")), {self.case.display_name}
        )

    def test_lines_of_another_company(self):
        """Giving the proofs to another company hides nothing from this one's check."""
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", self.mail.id)
        self.sql(
            "UPDATE complaint_proof SET company_id = %s WHERE res_id = %s",
            self.company_b.id,
            self.case.id,
        )
        dialog = self._verify()
        self.assertIn("changed", dialog.line_ids.mapped("finding"))

    def test_nonsense_stops_no_check(self):
        """What somebody wrote into a proof is named as broken; the rest is checked."""
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", self.mail.id)
        for change in (
            SQL("kind = 'move'"),
            SQL("kind = 'erasure', content = 'x'"),
            SQL("secrets = '{\"salts\": []}'"),
            SQL("secrets = '[]'"),
        ):
            with self.subTest(change.code), closing(self.env.cr.savepoint()):
                self.sql(
                    "UPDATE complaint_proof SET %s WHERE kind = 'decision'"
                    " AND line_id = %s",
                    change,
                    self.decisions[0].id,
                )
                found = self._verify().line_ids.mapped("finding")
                self.assertIn("changed", found)
                self.assertGreater(len(found), 1)

    def test_period(self):
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", self.mail.id)
        past = fields.Date.today() - timedelta(days=30)
        dialog = self._verify(date_from=past - timedelta(days=30), date_to=past)
        self.assertEqual(dialog.state, "sound")
        self.assertFalse(dialog.message_count)

    def test_added_in_the_past(self):
        past = fields.Datetime.now() - timedelta(days=45)
        self.sql(
            "INSERT INTO mail_message (model, res_id, body, message_type, date)"
            " VALUES (%s, %s, 'I agree', 'email', %s)",
            CASE,
            self.case.id,
            past,
        )
        day = past.date()
        dialog = self._verify(date_from=day, date_to=day)
        self.assertIn("added", dialog.line_ids.mapped("finding"))

    def test_hidden(self):
        """What is wrong in a case that somebody may not read is counted only."""
        self.case.confidential = True
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", self.mail.id)
        dialog = self._verify(self.quality)
        self.assertEqual(dialog.state, "broken")
        self.assertEqual(dialog.hidden_count, 1)
        self.assertFalse(dialog.line_ids)

    @promise(
        "A record removed whole is missed",
        "7.3.3",
    )
    def test_whole_record_removed(self):
        """A case that is gone with all that proves it is missed by the anchor."""
        self.anchor()
        self.assertEqual(self._verify().state, "sound")
        for table in "complaint_proof", "complaint_proof_head":
            self.sql(
                "DELETE FROM %s WHERE res_id = %s AND res_model = %s",
                SQL.identifier(table),
                self.case.id,
                CASE,
            )
        self.sql("DELETE FROM complaint_decision WHERE complaint_id = %s", self.case.id)
        self.sql(
            "UPDATE mail_message SET model = NULL WHERE model = %s AND res_id = %s",
            CASE,
            self.case.id,
        )
        details = str(self._verify().line_ids.mapped("details"))
        self.assertIn("anchored", details)

    def test_anchor_changed(self):
        self.anchor()
        self.sql(
            "UPDATE complaint_proof_anchor SET content = replace(content, '1', '2') WHERE company_id = %s",
            self.company.id,
        )
        self.assertIn("proof", self._verify().line_ids.mapped("finding"))


class TestPaper(TamperCase):
    def _print(self):
        report = self.env["ir.actions.report"].with_user(self.quality)
        return report._render_qweb_html(
            "complaint_management.report_complaint_decisions", self.case.ids
        )[0].decode()

    def test_sound(self):
        page = self._print()
        self.assertIn("All are as they were written", page)
        head = self.env["complaint.proof.head"].search(
            [("res_model", "=", CASE), ("res_id", "=", self.case.id)]
        )
        self.assertIn(head.digest, page)

    def test_broken(self):
        self.sql(
            "UPDATE complaint_decision SET reason = 'x' WHERE id = %s",
            self.decisions[0].id,
        )
        page = self._print()
        self.assertIn("“Why” is not as it was written", page)
        self.assertNotIn("All are as they were written", page)


class TestUpgrade(TamperCase):
    def test_existing(self):
        """What was there before is proved at the upgrade, and says so."""
        for table in "complaint_proof", "complaint_proof_head":
            self.sql("DELETE FROM %s", SQL.identifier(table))
        self.assertTrue(self.verify())
        path = (
            Path(__file__).parents[1] / "migrations/19.0.1.1.0/post-prove-existing.py"
        )
        spec = spec_from_file_location("post_prove_existing", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertSound()
        self.assertIn(
            "before the record was proved",
            str(self.case.with_user(self.manager)._get_proof()["notes"]),
        )
        count = self.proofs.search_count([])
        module.migrate(self.env.cr, "19.0.1.0.0")
        self.assertEqual(self.proofs.search_count([]), count)
        self.sql("UPDATE mail_message SET body = 'x' WHERE id = %s", self.mail.id)
        self.assertFound("changed", "Contents")


@tagged("post_install", "-at_install")
class TestTwoAtOnce(TransactionCase):
    """Two transactions add to one chain at the same moment."""

    def _open(self):
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {})["complaint.proof"]

    def _forget(self):
        with self.registry.cursor() as cr:
            for table in "complaint_proof", "complaint_proof_head":
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE res_model = 'test.chain'",
                        SQL.identifier(table),
                    )
                )

    def _draft(self, number, chain=1):
        return {
            "res_model": "test.chain",
            "res_id": chain,
            "company_id": None,
            "kind": "move",
            "line_id": number,
            "facts": {
                "number": number,
                "from": ["test.chain", 1],
                "to": ["test.chain", 1],
            },
        }

    def test_one_waits_and_tries_again(self):
        self.addCleanup(self._forget)
        first, second = self._open(), self._open()
        # Both have seen the database before either of them writes.
        for proofs in first, second:
            proofs.env.cr.execute("SELECT count(*) FROM complaint_proof")
        first._append([self._draft(1)])
        first.env.cr.commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            second._append([self._draft(2)])
        # As Odoo does with a request that failed so.
        second.env.cr.rollback()
        second._append([self._draft(2)])
        second.env.cr.commit()
        third = self._open()
        result = third._verify({("test.chain", 1)})
        self.assertEqual(result.heads["test.chain", 1][0], 2)
        self.assertFalse([f for f in result.findings if f["reason"] != "line"])

    def test_other_chains_do_not_wait(self):
        self.addCleanup(self._forget)
        first, second = self._open(), self._open()
        for proofs in first, second:
            proofs.env.cr.execute("SELECT count(*) FROM complaint_proof")
        first._append([self._draft(1, chain=1)])
        second._append([self._draft(2, chain=2)])
        for proofs in first, second:
            proofs.env.cr.commit()
            self.assertFalse(proofs.env.cr.closed)
