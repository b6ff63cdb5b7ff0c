from odoo.exceptions import UserError

from .promise import promise
from .test_tamper import TamperCase


class TestContextFromOutside(TamperCase):
    """What is sent as a context with a call steers nothing of the product."""

    @promise("Context keys of the product from outside count for nothing", "4.1.2")
    def test_customers_words_stay(self):
        before = self.case.description
        self.case.with_user(self.agent).with_context(
            complaint_new_mail="with pictures"
        ).message_post(body="Mine", subtype_xmlid="mail.mt_comment")
        self.assertEqual(self.case.description, before)

    def test_nobody_else_is_told(self):
        third = self.env["res.partner"].create(
            {"name": "Third", "email": "third@example.org"}
        )
        for told in third.ids, {"value": third.ids}, True:
            with self.subTest(told=told):
                note = (
                    self.case.with_user(self.agent)
                    .with_context(complaint_told_partner_ids=told)
                    .message_post(body="Note", subtype_xmlid="mail.mt_note")
                )
                self.assertNotIn(third, note.sudo().notified_partner_ids)

    def test_no_commitment_is_kept_by_a_word(self):
        case = self.create_case(user_id=self.agent.id)
        case.with_user(self.agent).with_context(
            complaint_purpose="acknowledgement", complaint_talk="letter"
        ).message_post(body="Hello", partner_ids=self.partner.ids)
        self.assertNotIn("letter", case.sla_status_ids.mapped("method"))


class TestSentByAnyName(TamperCase):
    """Whatever goes to somebody outside is correspondence, whatever it is filed as."""

    def _notify(self, **values):
        message = self.case.with_user(self.agent).message_post(
            body="<p>To you</p>", message_type="notification", **values
        )
        self.env["complaint.proof"].sudo()._write_queue()
        return message

    def _is_proven(self, message):
        return bool(
            self.env["complaint.proof"]
            .sudo()
            .search_count([("kind", "=", "message"), ("line_id", "=", message.id)])
        )

    @promise("Whatever is sent to somebody outside is kept and proven", "7.3.3")
    def test_notifications(self):
        for values in (
            {"partner_ids": self.partner.ids},
            {"outgoing_email_to": "otto@home.example.org"},
            {"subtype_xmlid": "mail.mt_comment"},
        ):
            with self.subTest(values=values):
                message = self._notify(**values)
                self.assertTrue(self._is_proven(message))
                with self.assertRaises(UserError):
                    message.sudo().write({"body": "Other"})
        among_us = self._notify(partner_ids=self.agent_2.partner_id.ids)
        self.assertFalse(self._is_proven(among_us))

    def test_value_of_a_field(self):
        files = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": b"Ours",
                    "res_model": self.case._name,
                    "res_id": self.case.id,
                    "res_field": name,
                }
                for name in ("description", "name")
            ]
        )
        files[0].write({"raw": b"Before it is sent"})
        self.case.message_post(
            body="See this",
            subtype_xmlid="mail.mt_comment",
            attachment_ids=files.ids,
        )
        for file in files:
            with self.assertRaises(UserError):
                file.write({"raw": b"Other"})
            with self.assertRaises(UserError):
                file.unlink()


class TestDigestedWhole(TamperCase):
    """Who got it, and what it answers, is proven as well."""

    def _get_findings(self):
        self.env.invalidate_all()
        proofs = self.env["complaint.proof"].sudo()
        return proofs._verify({(self.case._name, self.case.id)}).findings

    @promise("The recipients of what was sent are proven", "7.3.3")
    def test_recipients_and_threads(self):
        message = self._post(self.case, "<p>To you</p>", partner_ids=self.partner.ids)
        self.assertFalse(self._get_findings())
        cr = self.env.cr
        other = self.agent.partner_id.id
        for query, args in (
            (
                "INSERT INTO mail_message_res_partner_rel"
                " (mail_message_id, res_partner_id) VALUES (%s, %s)",
                (message.id, other),
            ),
            (
                "DELETE FROM mail_message_res_partner_rel WHERE mail_message_id = %s",
                (message.id,),
            ),
            (
                "UPDATE mail_message SET reply_to = 'x@example.org' WHERE id = %s",
                (message.id,),
            ),
            (
                "UPDATE mail_message SET message_id = '<x@example.org>' WHERE id = %s",
                (message.id,),
            ),
            (
                "UPDATE mail_message SET parent_id = %s WHERE id = %s",
                (self.note.id, message.id),
            ),
        ):
            with self.subTest(query=query):
                cr.execute("SAVEPOINT attack")
                cr.execute(query, args)
                self.assertTrue(self._get_findings())
                cr.execute("ROLLBACK TO SAVEPOINT attack")
                self.assertFalse(self._get_findings())

    def test_erased_recipients(self):
        """Recipients are personal: they can be erased for good, and the chain stays."""
        message = self._post(self.case, "<p>To you</p>", partner_ids=self.partner.ids)
        self.env["complaint.proof"]._erase(messages=message)
        self.assertFalse(message.partner_ids)
        self.assertFalse(self._get_findings())

    def test_company_of_a_decision(self):
        decision = self.case.decision_ids[:1]
        self.assertTrue(decision)
        self.assertFalse(self._get_findings())
        other = self.env["res.company"].create({"name": "Other"})
        self.env.cr.execute(
            "UPDATE complaint_decision SET company_id = %s WHERE id = %s",
            (other.id, decision.id),
        )
        findings = self._get_findings()
        self.assertEqual(len(findings), 1)
        self.assertTrue(self.env["complaint.proof"]._describe(findings))
