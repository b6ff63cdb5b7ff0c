from odoo.tests import tagged

from ..tools.mail_parts import get_only_sender
from .common import ComplaintCommon
from .promise import promise
from .test_mail import CLARA, GatewayCase, write_mail

EVIL = "Eve <evil@evil.example>"


class TestFoundLink(ComplaintCommon):
    """The secret link does not follow an address that an agent writes on the case."""

    @promise(
        "The link goes to no address that an agent has written, nor to staff", "8.3.1"
    )
    def test_address_of_an_agent(self):
        case = self.create_case(user_id=self.agent.id)
        own = case.partner_id.email_normalized
        self.assertTrue(case._is_customers_alone([own]))
        for address in self.agent.email_normalized, "private@agent.example":
            with self.subTest(address=address):
                case.with_user(self.agent).partner_email = address
                self.assertFalse(case._is_customers_alone([address]))
                self.assertFalse(case._is_customers_alone([own, address]))
        self.assertTrue(case._is_customers_alone([own]))

    def test_without_a_contact(self):
        case = self.create_case(partner_id=False, partner_email="new@example.com")
        self.assertTrue(case._is_customers_alone(["new@example.com"]))
        case.partner_email = self.agent.email
        self.assertFalse(case._is_customers_alone([self.agent.email_normalized]))


class TestFoundReaddressed(ComplaintCommon):
    """Another customer on the record: the old links end, and a line says who did it."""

    def assertRenewed(self, record, renewed, **values):
        token = record._portal_ensure_token()
        record.with_user(self.agent).write(values)
        self.assertEqual(record._portal_ensure_token() != token, renewed)

    def get_lines(self, case):
        return case.sudo().decision_ids.filtered(lambda line: line.type == "customer")

    @promise(
        "Another customer or address ends the links sent before, and is on record",
        "3.3.1, 7.1.3",
    )
    def test_case(self):
        case = self.create_case(user_id=self.agent.id)
        own = case.partner_email
        self.assertRenewed(case, True, partner_email="private@agent.example")
        line = self.get_lines(case)
        self.assertIn(own, line.old_value)
        self.assertIn("private@agent.example", line.new_value)
        self.assertEqual(line.user_id, self.agent)
        self.assertRenewed(case, True, partner_id=self.partner_stranger.id)
        self.assertEqual(len(self.get_lines(case)), 2)

    def test_vote(self):
        case = self.create_case(user_id=self.agent.id)
        case._rating_get_access_token()
        vote = case.rating_ids.access_token
        self.assertRenewed(case, True, partner_email="private@agent.example")
        self.assertTrue(case.rating_ids.access_token)
        self.assertNotEqual(case.rating_ids.access_token, vote)

    def test_feedback(self):
        feedback = self.env["complaint.feedback"].create(
            {"name": "Lids", "partner_id": self.partner.id, "team_id": self.team.id}
        )
        self.assertRenewed(feedback, True, partner_email="private@agent.example")
        self.assertRenewed(feedback, True, partner_id=self.partner_stranger.id)
        self.assertRenewed(feedback, False, name="More lids")

    def test_what_changes_nobody(self):
        case = self.create_case(user_id=self.agent.id)
        own = case.partner_email
        self.assertRenewed(case, False, partner_email=f"Alba <{own.upper()}>")
        self.assertRenewed(case, False, partner_id=case.partner_id.id)
        bare = self.create_case(
            user_id=self.agent.id, partner_id=False, partner_email="new@example.com"
        )
        contact = self.env["res.partner"].create(
            {"name": "New", "email": "new@example.com"}
        )
        self.assertRenewed(bare, False, partner_id=contact.id)
        empty = self.create_case(user_id=self.agent.id, partner_id=False)
        self.assertRenewed(empty, False, partner_email="first@example.com")
        self.assertFalse(self.get_lines(case | bare | empty))


@tagged("post_install", "-at_install")
class TestFoundSenders(GatewayCase):
    """A mail of several senders is that of none of them."""

    @promise("A mail that names several senders acts for none of them", "4.1.1")
    def test_answer(self):
        case = self.create_case(user_id=self.agent.id, channel="email")
        message = self.write_customer(case)
        staff = self.agent.email_formatted
        for sender in (
            f"{CLARA}, {EVIL}",
            f"{EVIL}, {CLARA}",
            f"{staff}, {EVIL}",
            f"{EVIL}, {staff}",
        ):
            with self.subTest(sender=sender):
                case.waiting_customer = True
                self.reply(case, message, sender, "I give up.")
                note = case.message_ids.sorted("id")[-1]
                self.assertIn("an address that does not stand here", note.body)
                self.assertTrue(note.is_internal)
                self.assertFalse(note.author_id)
                self.assertTrue(case.waiting_customer)
                told = str([mail["email_to"] for mail in self.sent])
                self.assertNotIn(self.partner.email, told)

    def test_number_in_the_subject(self):
        case = self.create_case(user_id=self.agent.id, channel="email")
        before = case.message_ids
        new = self.receive(
            write_mail(sender=f"{CLARA}, {EVIL}", Subject=f"Re: [{case.reference}] x")
        )
        self.assertEqual(len(new), 1)
        self.assertEqual(case.message_ids, before)

    def test_one_sender(self):
        for text, address in (
            ("clara@x.org", "clara@x.org"),
            ("Clara <CLARA@x.org>", "clara@x.org"),
            ("\"'clara@x.org'\" <clara@x.org>", "clara@x.org"),
            ("O'Brien <o'brien@x.org>", "o'brien@x.org"),
            ("Jörg <jörg@x.org>", "jörg@x.org"),
            ("clara@x.org eve@y.org", ""),
            ('"clara@x.org" <eve@y.org>', ""),
            ("nobody", ""),
            (False, ""),
        ):
            with self.subTest(text=text):
                self.assertEqual(get_only_sender(text), address)
