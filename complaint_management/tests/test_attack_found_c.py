from odoo.tests import tagged

from ..tools.mail_parts import get_only_sender
from .common import ComplaintCommon
from .promise import promise
from .test_mail import CLARA, GatewayCase, write_mail
from .test_remedy import RemedyCase

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


class TestFoundReversals(RemedyCase):
    """Only what Odoo reverses takes a credit note back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.complaint_approval_amount = 30

    def post_refund(self):
        refund = self.make(self.dialog("refund"))
        refund.action_post()
        return refund

    def post_invoice(self):
        invoice = self.invoice.copy({"invoice_date": self.invoice.invoice_date})
        invoice.action_post()
        return invoice

    @promise(
        "No document is named as the reversal of a credit note to give more", "11.1.5"
    )
    def test_written_link(self):
        refund = self.post_refund()
        for move in (self.post_invoice(), self.invoice.copy()):
            for user in self.env.user, self.clerk:
                with (
                    self.subTest(move=move.state, user=user.name),
                    self.assertRefused("stays as Odoo made it"),
                ):
                    move.with_user(user).write({"reversed_entry_id": refund.id})
                self.env.invalidate_all()
        self.assertEqual(self.case.redress_documented, refund.amount_total)
        self.assertTrue(self.invoice.copy().write({"reversed_entry_id": False}))

    def test_link_given_at_creation(self):
        refund = self.post_refund()
        values = {"reversed_entry_id": refund.id}
        with self.assertRefused("stays as Odoo made it"):
            self.invoice.copy(values)
        defaults = {f"default_{name}": value for name, value in values.items()}
        for context in defaults, {**defaults, "complaint_reversing": True}:
            moves = self.env["account.move"].with_user(self.clerk)
            with self.assertRefused("stays as Odoo made it"):
                moves.with_context(**context).create(
                    {
                        "move_type": "out_invoice",
                        "partner_id": self.partner.id,
                        "journal_id": self.invoice.journal_id.id,
                    }
                )

    def test_counts_by_what_is_owed_again(self):
        """A draft that was made smaller, or somebody else's, takes less back."""
        for values, given in (
            ({"partner_id": self.partner_stranger.id}, 30),
            ({}, 20),
        ):
            refund = self.post_refund()
            reversal = refund._reverse_moves()
            reversal.write({**values, "invoice_date": refund.invoice_date})
            reversal.invoice_line_ids.quantity = 1
            reversal.action_post()
            with self.subTest(given=given):
                self.assertEqual(refund._get_given_amount(), given)
            refund.button_draft()
            refund.button_cancel()

    def test_real_reversal_stays(self):
        refund = self.post_refund()
        reversal = refund._reverse_moves()
        reversal.invoice_date = refund.invoice_date
        reversal.action_post()
        self.assertEqual(self.case.redress_documented, 0)
        with self.assertRefused("stays as Odoo made it"):
            reversal.reversed_entry_id = False

    def test_credit_note_beside_stays(self):
        """What is credited beside the case goes on counting for its invoice."""
        refund = self.post_refund()
        beside = self.invoice._reverse_moves()
        with self.assertRefused("stays as Odoo made it"):
            beside.reversed_entry_id = False
        self.assertEqual(refund.reversed_entry_id, self.invoice)
