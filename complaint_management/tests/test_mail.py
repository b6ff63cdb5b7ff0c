import base64
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from itertools import count
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ComplaintCommon

ALIAS = "kettle-service@test.mycompany.com"
OTHER_ALIAS = "kettle-delivery@test.mycompany.com"
CLARA = "Clara Buyer <clara@alba.example.com>"
NEWCOMER = "Nora Newcomer <nora@home.example.org>"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
NUMBERS = count(1)


def write_mail(body="It leaks.", html=None, sender=CLARA, to=ALIAS, **headers):
    """Return a mail; keyword arguments are headers, ``_`` standing for ``-``."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Message-Id"] = headers.pop("Message_Id", f"<{next(NUMBERS)}@mua.example.org>")
    mail["Date"] = format_datetime(datetime.now())
    subject = headers.pop("Subject", "The kettle leaks")
    if subject is not None:
        mail["Subject"] = subject
    for name, value in headers.items():
        name = name.replace("_", "-")
        del mail[name]
        mail[name] = value
    if body is not None:
        mail.set_content(body)
    if html is not None and body is not None:
        mail.add_alternative(html, subtype="html")
    elif html is not None:
        mail.set_content(html, subtype="html")
    return mail


class GatewayCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The gateway script logs in as a user, and has that user's rights.
        cls.gateway = cls.env.ref("base.user_admin")
        cls.gateway.company_ids = [Command.link(cls.company.id)]
        cls.team.user_id = cls.manager
        cls.newcomer = NEWCOMER

    def receive(self, mail):
        """Let a mail come in; return the cases that it made.

        ``self.sent`` are the mails which Odoo sent because of it.
        """
        cases = self.env["complaint.complaint"].with_context(active_test=False)
        last = cases.search([], order="id desc", limit=1).id or 0
        raw = mail.as_bytes() if isinstance(mail, EmailMessage) else mail
        with self.outgoing():
            threads = self.env["mail.thread"].with_user(self.gateway)
            threads.message_process(False, raw)
        self.env.invalidate_all()
        return cases.search([("id", ">", last)], order="id")

    @contextmanager
    def outgoing(self):
        with self.mock_mail_gateway():
            yield
        self.sent = list(self._mails)

    def assertSent(self, *addresses):
        """Exactly these addresses, each once, got a mail of Odoo's."""
        found = sorted(
            address.split("<")[-1].rstrip(">")
            for mail in self.sent
            for address in mail["email_to"]
        )
        self.assertEqual(found, sorted(addresses))

    def reply(self, case, message, sender=CLARA, body="Any news?", **headers):
        """Let an answer to ``message`` come in; return what is kept on the case."""
        headers = {"Subject": f"Re: {case.display_name}", **headers}
        new = self.receive(
            write_mail(
                body,
                sender=sender,
                In_Reply_To=message.message_id,
                References=message.message_id,
                **headers,
            )
        )
        self.assertFalse(new, "an answer opens no case")
        return case.message_ids.sorted("id")[-1:]

    def write_customer(self, case, user=None, **values):
        """Let an agent write to the customer, as the chatter does."""
        with self.outgoing():
            message = case.with_user(user or self.agent).message_post(
                body="We are looking into it.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                **values,
            )
        return message


@tagged("post_install", "-at_install")
class TestMailIntake(GatewayCase):
    def test_known_customer(self):
        case = self.receive(
            write_mail(
                "It leaks.\nThe lid, too.", Subject="The kettle  leaks ", Cc=NEWCOMER
            )
        )
        self.assertRecordValues(
            case,
            [
                {
                    "name": "The kettle leaks",
                    "channel": "email",
                    "kind": "complaint",
                    "partner_id": self.partner.id,
                    "partner_name": "Clara Buyer",
                    "partner_email": "clara@alba.example.com",
                    "partner_phone": "+32 2 555 01 01",
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    "phase": "received",
                    "email_cc": '"Nora Newcomer" <nora@home.example.org>',
                }
            ],
        )
        self.assertIn("The lid, too.", case.description)
        message = case.message_ids
        self.assertEqual(len(message), 1, "the mail, and nothing else")
        self.assertEqual(message.message_type, "email")
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(message.author_id, self.partner)
        self.assertIn(self.partner, case.message_partner_ids)
        self.assertSent("manager@kettle.example.com")

    def test_unknown_customer_is_kept_as_name_and_address(self):
        partners = self.env["res.partner"].search_count([])
        case = self.receive(write_mail(sender=NEWCOMER))
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": False,
                    "partner_name": "Nora Newcomer",
                    "partner_email": "nora@home.example.org",
                    "email_normalized": "nora@home.example.org",
                }
            ],
        )
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_address_without_name(self):
        case = self.receive(write_mail(sender="nora@home.example.org"))
        self.assertEqual(case.partner_name, "nora@home.example.org")
        self.assertEqual(case.partner_email, "nora@home.example.org")

    def test_company_of_the_alias(self):
        case = self.receive(write_mail(to="teapot-service@test.mycompany.com"))
        self.assertEqual(case.company_id, self.company_b)
        self.assertEqual(case.team_id, self.team_b)
        self.assertEqual(case.partner_id, self.partner, "shared by the companies")

    def test_gateway_of_another_company(self):
        """What its user may not read must not change what becomes of a mail."""
        self.gateway.company_ids = [Command.unlink(self.company.id)]
        case = self.receive(write_mail())
        self.assertEqual(case.company_id, self.company)
        note = case.with_user(self.agent).message_post(
            body="Hm.", partner_ids=self.agent_2.partner_id.ids
        )
        answer = self.reply(case, note, sender=self.agent_2.email_formatted)
        self.assertTrue(answer.subtype_id.internal)
        self.assertSent("agent@kettle.example.com")

    def test_contact_of_another_company_is_not_taken(self):
        self.env["res.partner"].create(
            {
                "name": "Nora of Teapot Trade",
                "email": "nora@home.example.org",
                "company_id": self.company_b.id,
            }
        )
        case = self.receive(write_mail(sender=NEWCOMER))
        self.assertFalse(case.partner_id)
        self.assertEqual(case.partner_name, "Nora Newcomer")

    def test_two_contacts_with_one_address(self):
        self.partner.copy({"name": "Clara Again"})
        case = self.receive(write_mail())
        self.assertEqual(case.message_ids.author_id, case.partner_id)
        self.assertSent("manager@kettle.example.com")
        self.reply(case, case.message_ids)
        self.assertEqual(case.message_ids.author_id, case.partner_id)
        self.assertSent("manager@kettle.example.com")

    def test_attachments(self):
        mail = write_mail()
        mail.add_attachment(
            b"%PDF-1.4 receipt",
            maintype="application",
            subtype="pdf",
            filename="Reçu n° 12.pdf",
        )
        case = self.receive(mail)
        files = self.env["ir.attachment"].search(
            [("res_model", "=", case._name), ("res_id", "=", case.id)]
        )
        self.assertEqual(files.mapped("name"), ["Reçu n° 12.pdf"])
        self.assertEqual(files.raw, b"%PDF-1.4 receipt")
        self.assertEqual(case.message_ids.attachment_ids, files)

    def test_inline_picture_shows_in_description(self):
        mail = write_mail("See", html='<p>See <img src="cid:pic@mua"></p>')
        mail.get_payload()[1].add_related(
            PIXEL, "image", "png", cid="<pic@mua>", filename="leak.png"
        )
        case = self.receive(mail)
        picture = case.message_ids.attachment_ids
        self.assertEqual(picture.name, "leak.png")
        self.assertIn(f"/web/image/{picture.id}", case.description)
        self.assertNotIn("cid:", case.description)

    def test_owner_by_rule_is_told_instead_of_the_leader(self):
        self.team.assignment_method = "round_robin"
        case = self.receive(write_mail())
        self.assertEqual(case.user_id, self.agent)
        self.assertIn(self.agent.partner_id, case.message_partner_ids)
        told = {address for mail in self.sent for address in mail["email_to"]}
        self.assertEqual(len(told), 1)
        self.assertIn("agent@kettle.example.com", told.pop())

    def test_members_are_told_without_leader(self):
        self.team.user_id = False
        self.receive(write_mail())
        self.assertSent("agent@kettle.example.com", "agent_2@kettle.example.com")

    def test_management_is_told_where_the_team_has_nobody(self):
        self.team.write({"user_id": False, "member_ids": [Command.clear()]})
        self.receive(write_mail())
        self.assertEqual(len(self.sent), 1, "never nobody")
        self.assertIn("New case without an owner", self.sent[0]["body"])

    def test_leader_who_is_the_gateway_is_told(self):
        self.gateway.write(
            {"notification_type": "email", "email": "gate@kettle.example.com"}
        )
        self.team.user_id = self.gateway
        self.receive(write_mail())
        self.assertSent("gate@kettle.example.com")

    def test_two_aliases_make_one_case(self):
        mail = write_mail(to=f"{ALIAS}, {OTHER_ALIAS}", Cc=NEWCOMER)
        case = self.receive(mail)
        self.assertEqual(len(case), 1)
        self.assertEqual(case.team_id, self.team)
        self.assertSent("manager@kettle.example.com", "agent_other@kettle.example.com")
        second = next(m for m in self.sent if "agent_other" in m["email_to"][0])
        self.assertIn("was also sent to Kettle Service", second["body"])
        # A mail server delivers to each address by itself.
        self.assertFalse(self.receive(mail))
        self.assertSent()
        self.assertEqual(len(case.message_ids), 1)

    def test_team_that_the_mail_names_first_has_the_case(self):
        case = self.receive(write_mail(to=OTHER_ALIAS, Cc=ALIAS))
        self.assertEqual(case.team_id, self.team_other)
        self.assertFalse(case.email_cc, "an alias is no correspondent")

    def test_same_mail_while_the_other_delivery_is_under_way(self):
        """Two gateway processes: the second waits, then sees what the first wrote."""
        mail = write_mail(Message_Id="<twice@mua.example.org>")

        class Elsewhere:
            def __enter__(self):
                return self

            def __exit__(self, *args):
                return False

            def execute(self, query):
                self.query = query

            def fetchone(self):
                return (1,)

        with patch.object(self.registry, "cursor", Elsewhere):
            self.assertFalse(self.receive(mail))
        self.assertEqual(len(self.receive(mail)), 1)

    def test_contact_form_of_a_web_shop(self):
        for sender, headers in [
            ("Web Shop <no-reply@shop.example.net>", {}),
            ("Web Shop <form@shop.example.net>", {"Auto_Submitted": "auto-generated"}),
            ("Web Site <website@test.mycompany.com>", {}),
            (f"Nora via Service <{ALIAS}>", {"List_Id": f"<x.{ALIAS.split('@')[1]}>"}),
        ]:
            with self.subTest(sender=sender):
                case = self.receive(
                    write_mail(sender=sender, Reply_To=NEWCOMER, **headers)
                )
                self.assertEqual(case.partner_email, "nora@home.example.org")
                self.assertEqual(case.partner_name, "Nora Newcomer")
                self.assertEqual(
                    case.message_ids.filtered(
                        lambda m: m.message_type == "email"
                    ).email_from,
                    '"Nora Newcomer" <nora@home.example.org>',
                )
                self.assertSent("manager@kettle.example.com")

    def test_contact_form_of_a_known_customer_sends_no_echo(self):
        case = self.receive(
            write_mail(sender="no-reply@shop.example.net", Reply_To=CLARA)
        )
        self.assertEqual(case.partner_id, self.partner)
        self.assertSent("manager@kettle.example.com")

    def test_other_answer_address_of_a_person_changes_nothing(self):
        case = self.receive(write_mail(sender=NEWCOMER, Reply_To=CLARA))
        self.assertEqual(case.partner_email, "nora@home.example.org")

    def test_alias_that_does_not_accept_strangers_answers_no_program(self):
        self.team.alias_contact = "partners"
        self.assertFalse(self.receive(write_mail(sender=NEWCOMER)))
        self.assertSent("nora@home.example.org")
        self.assertFalse(
            self.receive(write_mail(sender=NEWCOMER, Auto_Submitted="auto-replied"))
        )
        self.assertSent()

    def test_mail_to_other_models_is_as_it_was(self):
        """Odoo answers a program that an alias of another model refuses."""
        self.env["mail.alias"].create(
            {
                "alias_name": "partners-only",
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
                "alias_contact": "partners",
                "alias_domain_id": self.mail_alias_domain.id,
            }
        )
        self.receive(
            write_mail(
                sender=NEWCOMER,
                to="partners-only@test.mycompany.com",
                Auto_Submitted="auto-replied",
            )
        )
        self.assertSent("nora@home.example.org")


@tagged("post_install", "-at_install")
class TestMailThreading(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id, channel="email")

    def test_answer_ends_waiting_and_reaches_the_owner(self):
        message = self.write_customer(self.case)
        self.case.waiting_customer = True
        answer = self.reply(self.case, message)
        self.assertFalse(self.case.waiting_customer)
        self.assertEqual(answer.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertFalse(answer.is_internal)
        self.assertEqual(answer.author_id, self.partner)
        self.assertSent("agent@kettle.example.com")

    def test_answer_in_the_portal_ends_waiting_and_reaches_the_owner(self):
        self.case.waiting_customer = True
        with self.outgoing():
            self.case.with_user(self.customer).sudo()._customer_add("It is here now.")
        self.assertFalse(self.case.waiting_customer)
        self.assertSent("agent@kettle.example.com")

    def test_answer_to_a_note_is_no_note(self):
        """Such as an acknowledgement that is posted as a note."""
        note = self.case.message_post(
            body="Thank you, we received it.", partner_ids=self.partner.ids
        )
        self.assertTrue(note.subtype_id.internal)
        answer = self.reply(self.case, note)
        self.assertEqual(answer.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertFalse(answer.is_internal)
        self.assertSent("agent@kettle.example.com")

    def test_answer_of_an_unknown_customer_without_owner_tells_the_team(self):
        case = self.receive(write_mail(sender=NEWCOMER))
        mail = case.message_ids.filtered(lambda m: m.message_type == "email")
        self.reply(case, mail, sender=NEWCOMER)
        self.assertSent("manager@kettle.example.com")
        self.assertIn("The customer wrote", self.sent[0]["body"])

    def test_answer_of_who_is_in_copy(self):
        """They answer the customer's own mail, which Odoo never sent them."""
        mail = write_mail(Cc=NEWCOMER, Message_Id="<first@alba.example.com>")
        case = self.receive(mail)
        answer = self.receive(
            write_mail(
                "I saw it, too.",
                sender=NEWCOMER,
                to=f"{CLARA}, {ALIAS}",
                In_Reply_To="<first@alba.example.com>",
                Cc="Otto Other <otto@home.example.org>",
            )
        )
        self.assertFalse(answer)
        note = case.message_ids.sorted("id")[-1]
        self.assertIn("I saw it, too.", note.body)
        self.assertTrue(note.is_internal, "who is in copy is not the customer")
        self.assertIn("nora@home.example.org", case.email_cc)
        self.assertNotIn("otto", case.email_cc, "not the customer's correspondent")
        self.assertNotIn(
            "clara@alba.example.com",
            [address for mail in self.sent for address in mail["email_to"]],
            "who got the mail itself gets it no second time",
        )

    def test_number_in_the_subject(self):
        subject = f"AW: [{self.case.reference}] still leaking"
        self.assertFalse(self.receive(write_mail(Subject=subject)))
        self.assertEqual(self.case.message_ids.sorted("id")[-1].author_id, self.partner)
        self.assertSent("agent@kettle.example.com")

    def test_number_in_the_subject_of_a_stranger_opens_a_case(self):
        subject = f"Re: [{self.case.reference}] The lid is missing"
        case = self.receive(write_mail(sender=NEWCOMER, Subject=subject))
        self.assertEqual(case.partner_email, "nora@home.example.org")
        self.assertNotIn(self.partner, case.message_partner_ids)

    def test_number_in_the_subject_of_who_is_in_copy(self):
        self.case.email_cc = NEWCOMER
        subject = f"Re: [{self.case.reference}] The lid is missing"
        self.assertFalse(self.receive(write_mail(sender=NEWCOMER, Subject=subject)))

    def test_number_of_another_company_opens_a_case(self):
        foreign = self.create_case(
            company_id=self.company_b.id,
            team_id=self.team_b.id,
            category_id=False,
            reference=self.case.reference,
        )
        mail = write_mail(Subject=f"[{foreign.reference}]")
        self.assertFalse(self.receive(mail))
        self.assertTrue(self.case.message_ids.filtered("email_from"))
        self.assertFalse(
            foreign.message_ids.filtered(lambda m: m.message_type == "email")
        )

    def test_answer_to_a_merged_case_goes_on_with_its_customer(self):
        second, third = (
            self.create_case(user_id=self.agent.id),
            self.create_case(user_id=self.agent.id),
        )
        message = self.write_customer(self.case)
        self.case.merge_into(second)
        second.merge_into(third)
        self.reply(third, message)
        self.assertFalse(self.receive(write_mail(Subject=f"[{self.case.reference}]")))
        self.assertEqual(third.message_ids.sorted("id")[-1].message_type, "email")

    def test_answer_to_a_case_merged_into_another_customers(self):
        other = self.create_case(
            partner_id=self.partner_stranger.id, user_id=self.agent.id
        )
        message = self.write_customer(self.case)
        self.case.merge_into(other)
        self.reply(self.case, message)
        self.assertNotIn(self.partner, other.message_ids.author_id)
        self.assertNotIn("stella@borealis.example.com", str(self.sent))

    def test_answer_after_closing_is_a_task_and_reopens_nothing(self):
        message = self.write_customer(self.case)
        self.work_to(self.case, "closed")
        closed = self.case.date_closed
        self.reply(self.case, message)
        self.reply(self.case, message, body="Hello?")
        self.assertEqual(self.case.phase, "closed")
        self.assertEqual(self.case.date_closed, closed)
        activity = self.case.activity_ids
        self.assertEqual(len(activity), 1, "one task, however often they write")
        self.assertEqual(activity.user_id, self.agent)
        self.assertIn("after the case was closed", activity.summary)

    def test_answer_after_closing_where_the_owner_has_left(self):
        message = self.write_customer(self.case)
        self.work_to(self.case, "closed")
        self.agent.active = False
        self.reply(self.case, message)
        self.assertEqual(self.case.activity_ids.user_id, self.manager)

    def test_answer_to_an_archived_case_is_seen(self):
        message = self.write_customer(self.case)
        self.case.active = False
        self.reply(self.case, message)
        self.assertTrue(self.case.active)

    def test_staff_answer_by_mail_goes_to_the_customer(self):
        mail = self.receive(write_mail()).message_ids.filtered(
            lambda m: m.message_type == "email"
        )
        case = self.env["complaint.complaint"].browse(mail.res_id)
        answer = self.reply(case, mail, sender=self.agent.email_formatted)
        self.assertEqual(answer.author_id, self.agent.partner_id)
        self.assertIn("clara@alba.example.com", str([m["email_to"] for m in self.sent]))

    def test_staff_answer_to_a_note_stays_a_note(self):
        note = self.case.message_post(
            body="Is this the third one?", partner_ids=self.agent_2.partner_id.ids
        )
        answer = self.reply(self.case, note, sender=self.agent_2.email_formatted)
        self.assertTrue(answer.subtype_id.internal)
        self.assertNotIn("clara@alba", str([m["email_to"] for m in self.sent]))


@tagged("post_install", "-at_install")
class TestMailMachines(GatewayCase):
    MACHINES = {
        "auto-replied": {"Auto_Submitted": "auto-replied"},
        "auto-replied with a parameter": {"Auto_Submitted": "auto-replied; owner=x"},
        "auto-generated": {"Auto_Submitted": "auto-generated"},
        "auto-notified": {"Auto_Submitted": "auto-notified"},
        "X-Autoreply": {"X_Autoreply": "yes"},
        "X-Autorespond": {"X_Autorespond": "vacation"},
        "bulk": {"Precedence": "bulk"},
        "auto_reply": {"Precedence": "auto_reply"},
        "mailing list": {"List_Id": "Gardeners <garden.lists.example.org>"},
        "null return path": {"Return_Path": "<>"},
        "English subject": {"Subject": "Automatic reply: your order"},
        "subject alone": {"Subject": "Out of Office"},
        "German subject": {"Subject": "Abwesenheitsnotiz: Ihre Bestellung"},
        "German subject 2": {"Subject": "Automatische Antwort: Ihre Bestellung"},
        "French subject": {"Subject": "Réponse automatique : votre commande"},
        "Spanish subject": {"Subject": "Respuesta automática: su pedido"},
        "mailer daemon": {"sender": "MAILER-DAEMON@mx.example.org"},
        "own alias": {"sender": ALIAS},
    }
    PEOPLE = {
        "not automatic": {"Auto_Submitted": "no"},
        "not an automatic reply": {"X_Autoreply": "no"},
        "a complaint about one": {"Subject": "Automatic reply was rude"},
        "an answer to one": {"Subject": "RE: Automatic reply: your order"},
        "the company's own group": {
            "List_Id": "<complaints.test.mycompany.com>",
            "Precedence": "list",
        },
        "no suppressing": {"X_Auto_Response_Suppress": "OOF, AutoReply"},
        "ordinary return path": {"Return_Path": "<clara@alba.example.com>"},
        "urgent": {"Precedence": "first-class"},
    }

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_machines_make_no_case_and_get_no_answer(self):
        for shape, headers in self.MACHINES.items():
            with self.subTest(shape=shape):
                self.assertFalse(self.receive(write_mail(**headers)))
                self.assertSent()

    def test_people_make_a_case(self):
        for shape, headers in self.PEOPLE.items():
            with self.subTest(shape=shape):
                self.assertEqual(len(self.receive(write_mail(**headers))), 1)

    def test_delivery_report(self):
        report = EmailMessage(policy=SMTP)
        report["From"] = "Postmaster <postmaster@mx.example.org>"
        report["To"] = ALIAS
        report["Subject"] = "Undeliverable: your case"
        report["Message-Id"] = "<report@mx.example.org>"
        report["Content-Type"] = "multipart/report; report-type=delivery-status"
        part = EmailMessage(policy=SMTP)
        part.set_content("The mailbox is full.")
        report.attach(part)
        self.assertFalse(self.receive(report))
        self.assertSent()

    def test_delivery_report_marks_the_message(self):
        case = self.create_case(user_id=self.agent.id)
        message = self.write_customer(case)
        raw = (
            "From: MAILER-DAEMON@mx.example.org\r\n"
            f"To: {ALIAS}\r\nSubject: Undelivered\r\nMessage-Id: <r2@mx.example.org>\r\n"
            f"In-Reply-To: {message.message_id}\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
            "\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; mx.example.org\r\n\r\n"
            "Final-Recipient: rfc822; clara@alba.example.com\r\nAction: failed\r\n"
            "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            f"Message-Id: {message.message_id}\r\n\r\n--b--\r\n"
        )
        count_before = len(case.message_ids)
        self.assertFalse(self.receive(raw.encode()))
        self.assertEqual(len(case.message_ids), count_before)
        self.assertIn("bounce", message.notification_ids.mapped("notification_status"))
        # The owner gets a task of it; nobody else hears of it.
        self.assertSent(self.agent.email)

    def test_too_many_mails_are_a_loop_and_get_no_answer(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 3)
        cases = self.env["complaint.complaint"]
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            for __ in range(5):
                cases |= self.receive(write_mail(sender=NEWCOMER))
        self.assertEqual(len(cases), 3)
        self.assertSent()

    def test_an_import_is_no_loop(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 3)
        for __ in range(4):
            self.create_case(channel="email")
        self.assertEqual(len(self.receive(write_mail())), 1)

    def _assert_kept_aside(self, case, message, **headers):
        before = len(case.message_ids)
        self.reply(case, message, body="I am away.", **headers)
        self.assertEqual(len(case.message_ids), before + 1, "kept for the staff")
        kept = case.message_ids.sorted("id")[-1]
        self.assertTrue(kept.is_internal)
        self.assertTrue(kept.subtype_id.internal)
        self.assertSent()

    def test_out_of_office_on_a_case(self):
        case = self.create_case(user_id=self.agent.id)
        message = self.write_customer(case)
        case.waiting_customer = True
        for shape, headers in self.MACHINES.items():
            if "sender" in headers:
                continue
            with self.subTest(shape=shape):
                self._assert_kept_aside(case, message, **headers)
                self.assertTrue(case.waiting_customer)

    def test_out_of_office_reaches_no_other_customer(self):
        """As an answer to the customer's mail it would go to the customer."""
        case = self.receive(write_mail(Cc=NEWCOMER, Message_Id="<m1@alba.example.com>"))
        mail = case.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(mail.author_id, self.partner)
        self._assert_kept_aside(
            case, mail, sender=NEWCOMER, Auto_Submitted="auto-replied"
        )

    def test_out_of_office_is_not_answered_by_the_owners(self):
        case = self.create_case(user_id=self.agent.id)
        message = case.message_post(body="Called.", partner_ids=self.partner.ids)
        self.agent.write(
            {
                "out_of_office_from": datetime.now() - timedelta(days=1),
                "out_of_office_message": "<p>I am away, too.</p>",
            }
        )
        # The address of a program may be another one every time.
        for number in range(3):
            self._assert_kept_aside(
                case,
                message,
                sender=f"bot{number}@bots.example.org",
                Auto_Submitted="auto-replied",
            )
        self.reply(case, message)
        told = str([mail["email_to"] for mail in self.sent])
        self.assertIn("clara@alba.example.com", told, "people get the owner's answer")
        self.assertFalse(
            case.sla_status_ids._of("acknowledge").date_met,
            "an answering machine acknowledges nothing",
        )

    def test_out_of_office_on_a_closed_case(self):
        case = self.create_case(user_id=self.agent.id)
        message = self.write_customer(case)
        self.work_to(case, "closed")
        self._assert_kept_aside(case, message, Auto_Submitted="auto-replied")
        self.assertEqual(case.phase, "closed")
        self.assertFalse(case.activity_ids)

    def test_out_of_office_found_by_the_number_only(self):
        case = self.create_case(user_id=self.agent.id)
        subject = f"Automatic reply: [{case.reference}] The lid is missing"
        self.assertFalse(self.receive(write_mail("Away.", Subject=subject)))
        self.assertIn("Away.", case.message_ids.sorted("id")[-1].body)
        self.assertSent()


@tagged("post_install", "-at_install")
class TestMailFromStaff(GatewayCase):
    def forward(self, body=None, html=None, sender=None):
        return self.receive(
            write_mail(
                body,
                html=html,
                sender=(sender or self.employee).email_formatted,
                Subject="Fwd: The kettle leaks",
            )
        )

    def assertForwarded(self, case):
        self.assertEqual(case.partner_id, self.partner)
        self.assertEqual(case.partner_email, "clara@alba.example.com")
        self.assertEqual(case.registered_by_id, self.employee)
        self.assertIn("It leaks.", case.description)
        self.assertNotIn("difficult", case.description, "the customer sees it")
        message = case.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertTrue(message.is_internal)
        self.assertTrue(message.subtype_id.internal)
        self.assertSent("manager@kettle.example.com")

    def test_forwarded_by_gmail(self):
        case = self.forward(
            "A difficult one.\n\n---------- Forwarded message ---------\n"
            "From: Clara Buyer <clara@alba.example.com>\n"
            "Date: Mon, 4 May 2026 at 10:12\nSubject: The kettle leaks\n"
            f"To: {self.employee.email}\n\nIt leaks.\n"
        )
        self.assertForwarded(case)

    def test_forwarded_by_outlook(self):
        case = self.forward(
            None,
            html="<p>A difficult one.</p><hr><div><p><b>Von:</b> Clara Buyer "
            '&lt;<a href="mailto:clara@alba.example.com">clara@alba.example.com</a>&gt;'
            "<br><b>Gesendet:</b> Montag, 4. Mai 2026<br><b>Betreff:</b> The kettle "
            "leaks</p></div><p>It leaks.</p>",
        )
        self.assertForwarded(case)

    def test_forwarded_by_apple_mail(self):
        case = self.forward(
            "A difficult one.\n\nBegin forwarded message:\n\n"
            "> From: Clara Buyer <clara@alba.example.com>\n"
            "> Subject: The kettle leaks\n>\n> It leaks.\n"
        )
        self.assertForwarded(case)

    def test_forwarded_from_colleague_to_colleague(self):
        case = self.forward(
            "A difficult one.\n\nFrom: Anna Agent <agent@kettle.example.com>\n"
            "Subject: Fw: The kettle leaks\n\nYours?\n\n"
            "From: Clara Buyer [mailto:clara@alba.example.com]\n\nIt leaks.\n"
        )
        self.assertForwarded(case)

    def test_forwarded_as_attachment(self):
        mail = write_mail(
            "A difficult one.",
            sender=self.employee.email_formatted,
            Subject="Fwd: The kettle leaks",
        )
        mail.add_attachment(write_mail("It leaks."))
        self.assertForwarded(self.receive(mail))

    def test_forwarded_mail_of_an_unknown_customer(self):
        case = self.forward(f"From: {NEWCOMER}\n\nIt leaks.\n")
        self.assertFalse(case.partner_id)
        self.assertEqual(case.partner_name, "Nora Newcomer")
        self.assertEqual(case.partner_email, "nora@home.example.org")

    def test_staff_who_write_themselves(self):
        case = self.forward("The canteen's kettle leaks.")
        self.assertEqual(case.partner_id, self.employee.partner_id)
        self.assertIn("canteen", case.description)

    def test_staff_who_name_the_number_write_a_note(self):
        case = self.create_case(user_id=self.agent.id)
        mail = write_mail(
            "Watch out with this one.",
            sender=self.agent.email_formatted,
            Subject=f"Fw: [{case.reference}] The lid is missing",
        )
        self.assertFalse(self.receive(mail))
        note = case.message_ids.sorted("id")[-1]
        self.assertIn("Watch out", note.body)
        self.assertTrue(note.subtype_id.internal)
        self.assertSent()

    def test_staff_who_are_no_part_of_the_case_open_one(self):
        case = self.create_case(user_id=self.agent.id)
        subject = f"Fw: [{case.reference}] The lid is missing"
        mail = write_mail(sender=self.employee.email_formatted, Subject=subject)
        self.assertEqual(len(self.receive(mail)), 1)


@tagged("post_install", "-at_install")
class TestMailHostile(GatewayCase):
    def test_scripts_do_not_survive(self):
        case = self.receive(
            write_mail(
                None,
                html='<p onclick="x()">It leaks.</p><script>alert(1)</script>'
                '<a href="javascript:alert(1)">here</a><iframe src="//evil"></iframe>'
                '<img src="x" onerror="alert(1)"><form action="//evil"><input></form>'
                '<div style="position:fixed;top:0;color:red">You won</div>',
                sender='"<script>alert(1)</script>" <nora@home.example.org>',
                Subject="<script>alert(1)</script>",
            )
        )
        mail = case.message_ids.filtered(lambda m: m.message_type == "email")
        for html in (case.description, mail.body):
            self.assertIn("It leaks.", html)
            for bad in ("<script", "javascript:", "<iframe", "onerror", "onclick"):
                self.assertNotIn(bad, html)
            self.assertNotIn("<form", html)
            self.assertNotIn("position", html)
        self.assertEqual(case.name, "<script>alert(1)</script>", "text stays text")
        self.assertNotIn("<script>", self.sent[0]["body"])

    def test_subject_tricks(self):
        tricks = {
            "=?utf-8?q?Kettle=0D=0ABcc=3A_everybody=40example=2Eorg?=": (
                "Kettle Bcc: everybody@example.org"
            ),
            "=?utf-8?b?S2V0dGxlAGxlYWtz?=": "Kettleleaks",
            "=?iso-8859-1?q?Wasserkocher_d=FCster?=": "Wasserkocher düster",
            "=?utf-8?q?=F0=9F=98=A1_Leck?=": "😡 Leck",
            "x" * 5000: "x" * 200,
            "=?unknown-8bit?q?Kettle?=": "Kettle",
        }
        for subject, name in tricks.items():
            with self.subTest(subject=subject[:40]):
                raw = write_mail(Subject=None).as_bytes()
                raw = f"Subject: {subject}\r\n".encode() + raw
                case = self.receive(raw)
                self.assertEqual(case.name, name)
                self.assertSent("manager@kettle.example.com")
                self.assertNotIn("\n", self.sent[0]["subject"])

    def test_raw_bytes_in_headers_and_body(self):
        raw = (
            b"From: N\xf6ra <nora@home.example.org>\r\nTo: " + ALIAS.encode() + b"\r\n"
            b"Message-Id: <8bit@home.example.org>\r\nSubject: D\xfcster\r\n"
            b"Content-Type: text/plain; charset=iso-8859-1\r\n"
            b"Content-Transfer-Encoding: 8bit\r\n\r\nEs r\xe4chelt.\r\n"
        )
        case = self.receive(raw)
        self.assertEqual(case.email_normalized, "nora@home.example.org")
        self.assertIn("Es rächelt.", case.description)

    def test_null_characters(self):
        mail = write_mail(Subject=None).as_bytes()
        mail = mail.replace(b"It leaks.", b"It\x00leaks.")
        case = self.receive(b"Subject: Kettle\x00leaks\r\n" + mail)
        self.assertEqual(len(case), 1)
        self.assertIn("leaks", case.name)

    @freeze_time("2026-05-04 09:00:00")
    def test_dates(self):
        now = datetime(2026, 5, 4, 9)
        for header, received in [
            ("Thu, 1 Jan 1970 00:00:00 +0000", now),
            ("Fri, 4 May 2046 09:00:00 +0000", now),
            ("Mon, 4 May 2026 09:02:00 +0000", now),
            ("yesterday, or so", now),
            ("Mon, 4 May 2026 10:30:00 +0200", datetime(2026, 5, 4, 8, 30)),
            ("Thu, 30 Apr 2026 18:00:00 +0000", datetime(2026, 4, 30, 18)),
        ]:
            with self.subTest(header=header):
                case = self.receive(write_mail(Date=header))
                self.assertEqual(case.date_received, received)

    @freeze_time("2026-05-04 09:00:00")
    def test_backdated_mail(self):
        """Deadlines count from the line of the company's own mail server."""
        own = (
            "from mx.evil by mx.kettle with ESMTP id 1; Mon, 4 May 2026 10:58:00 +0200"
        )
        forged = "from a by b; Mon, 20 Apr 2026 09:00:00 +0000"
        raw = write_mail(Date="Mon, 20 Apr 2026 09:00:00 +0000").as_bytes()
        trace = f"Received: {own}\r\nReceived: {forged}\r\n"
        case = self.receive(trace.encode() + raw)
        self.assertEqual(case.date_received, datetime(2026, 5, 4, 8, 58))
        raw = write_mail(Date="Mon, 4 May 2026 08:30:00 +0000").as_bytes()
        case = self.receive(b"Received: from nobody knows when\r\n" + raw)
        self.assertEqual(case.date_received, datetime(2026, 5, 4, 8, 30))

    def test_no_subject(self):
        case = self.receive(write_mail("The lid\nis missing.", Subject=None))
        self.assertEqual(case.name, "The lid is missing.")
        case = self.receive(write_mail("", Subject=None))
        self.assertEqual(case.name, "(no subject)")

    def test_html_only(self):
        case = self.receive(write_mail(None, html="<p>It <b>leaks</b>.</p>"))
        self.assertIn("<b>leaks</b>", case.description)

    def test_charsets(self):
        for charset, text in [
            ("iso-8859-15", "42 € für den Kessel"),
            ("windows-1252", "“Kessel” – kaputt"),
            ("koi8-r", "Чайник течёт"),
            ("shift_jis", "やかんが漏れる"),
            ("gb2312", "水壶漏水"),
            ("utf-8", "🫖 tropft"),
        ]:
            with self.subTest(charset=charset):
                mail = write_mail(None, Subject=text)
                mail.set_content(text, charset=charset)
                case = self.receive(mail)
                self.assertEqual(case.name, text)
                self.assertIn(text, case.description)

    def test_unknown_charset(self):
        raw = write_mail(None).as_bytes()
        raw += (
            b'Content-Type: text/plain; charset="x-unheard-of"\r\n\r\nIt leaks.\r\n'
        ).join([b"", b""])
        head, __, body = raw.partition(b"\r\n\r\n")
        case = self.receive(head + b"\r\n\r\n" + (body or b"It leaks."))
        self.assertEqual(len(case), 1)

    def test_two_senders(self):
        raw = write_mail(sender=NEWCOMER).as_bytes()
        case = self.receive(b"From: Clara Buyer <clara@alba.example.com>\r\n" + raw)
        self.assertEqual(len(case), 1)
        self.assertEqual(case.partner_email, "clara@alba.example.com")

    def test_no_sender(self):
        raw = write_mail().as_bytes().replace(b"From: " + CLARA.encode(), b"From: <>")
        case = self.receive(raw)
        self.assertEqual(len(case), 1)
        self.assertFalse(case.partner_id)

    def test_winmail(self):
        mail = write_mail("It leaks.")
        mail.add_attachment(
            b"\x78\x9f\x3e\x22 not quite TNEF",
            maintype="application",
            subtype="ms-tnef",
            filename="winmail.dat",
        )
        case = self.receive(mail)
        self.assertIn("It leaks.", case.description)
        names = case.message_ids.attachment_ids.mapped("name")
        self.assertEqual(names, ["winmail.dat"])

    def test_files_that_a_browser_would_run(self):
        mail = write_mail()
        for name, subtype in [("a.html", "html"), ("b.svg", "svg+xml")]:
            mail.add_attachment(
                b"<svg onload='alert(1)'/>",
                maintype="text" if subtype == "html" else "image",
                subtype=subtype,
                filename=name,
            )
        case = self.receive(mail)
        files = case.message_ids.attachment_ids
        self.assertEqual(len(files), 2)
        self.assertEqual(set(files.mapped("mimetype")), {"text/plain"})


@tagged("post_install", "-at_install")
class TestMailOut(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(
            user_id=cls.agent.id,
            findings="<p>The night shift is to blame.</p>",
        )

    def assertNothingInternal(self, mail):
        shown = f"{mail['subject']} {mail['body']} {mail['email_to']}"
        for internal in ("night shift", "mara", "manager@", "agent_2", "investigation"):
            self.assertNotIn(internal, shown.lower())

    def test_message_to_the_customer(self):
        self.case.with_user(self.agent).message_post(body="Third time this month!")
        self.write_customer(self.case)
        self.assertSent("clara@alba.example.com")
        mail = self.sent[0]
        self.assertIn(f"[{self.case.reference}]", mail["subject"])
        self.assertIn("We are looking into it.", mail["body"])
        self.assertNotIn("Third time", mail["body"])
        self.assertIn(ALIAS, mail["reply_to"])
        self.assertNothingInternal(mail)

    def test_own_subject_gets_the_number_once(self):
        self.write_customer(self.case, subject="Good news\nfor you")
        number = f"[{self.case.reference}]"
        self.assertEqual(self.sent[0]["subject"], f"{number} Good news for you")
        self.write_customer(self.case, subject=f"Re: {number} Good news")
        self.assertEqual(self.sent[0]["subject"], f"Re: {number} Good news")

    def test_notes_and_steps_never_reach_the_customer(self):
        with self.outgoing():
            case = self.case.with_user(self.agent)
            case.message_post(body="Third time this month!")
            case.activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.agent_2.id, summary="Look"
            )
            case.write({"user_id": self.agent_2.id, "confidential": True})
            self.work_to(case, "closed", user_id=self.agent_2.id)
            self.flush_tracking()
        self.assertTrue(self.sent, "the new owner is told")
        self.assertNotIn("alba.example.com", str([m["email_to"] for m in self.sent]))

    def test_customer_without_contact_gets_what_staff_write(self):
        case = self.receive(write_mail(sender=NEWCOMER))
        case.user_id = self.agent
        acknowledge = case.sla_status_ids._of("acknowledge")
        self.assertFalse(acknowledge.date_met)
        self.write_customer(case)
        self.assertSent("nora@home.example.org")
        self.assertIn(case.reference, self.sent[0]["subject"])
        self.assertTrue(acknowledge.date_met, "the customer was told")
        # The contact that the composer makes is told once, and becomes the customer.
        contact = self.env["res.partner"].create(
            {"name": "Nora Newcomer", "email": "nora@home.example.org"}
        )
        case.partner_phone = "+32 2 555 02 02"
        self.write_customer(case, partner_ids=contact.ids)
        self.assertSent("nora@home.example.org")
        self.assertEqual(case.partner_id, contact)
        self.assertEqual(case.partner_phone, "+32 2 555 02 02")
        self.assertIn(contact, case.message_partner_ids)
        self.write_customer(case)
        self.assertSent("nora@home.example.org")

    def test_note_does_not_reach_a_customer_without_contact(self):
        case = self.create_case(partner_id=False, partner_email="nora@home.example.org")
        with self.outgoing():
            case.with_user(self.agent).message_post(body="Hm.")
            case.message_post(
                body="Registered",
                message_type="notification",
                subtype_xmlid="mail.mt_note",
            )
        self.assertSent()

    def test_corrected_customer_hears_the_case_and_the_wrong_one_does_not(self):
        self.case.with_user(self.agent).partner_id = self.partner_stranger
        self.assertIn(self.partner_stranger, self.case.message_partner_ids)
        self.assertNotIn(self.partner, self.case.message_partner_ids)
        self.write_customer(self.case)
        self.assertSent("stella@borealis.example.com")

    def test_suggested_recipients_are_the_customer_and_copies(self):
        case = self.receive(
            write_mail(
                sender=NEWCOMER, Cc=f"Otto <otto@home.example.org>, {OTHER_ALIAS}"
            )
        )
        suggested = case.with_user(self.agent)._message_get_suggested_recipients(
            reply_discussion=True
        )
        self.assertEqual(
            [person["email"] for person in suggested],
            ["nora@home.example.org", "otto@home.example.org"],
        )
        nora = next(p for p in suggested if p["email"].startswith("nora"))
        self.assertEqual(nora["name"], "Nora Newcomer")

    def test_large_file_is_sent_as_a_link(self):
        self.env["ir.config_parameter"].set_param("base.default_max_email_size", 1)
        content = b"\x00\xff" * 1024 * 1024
        message = self.write_customer(self.case, attachments=[("manual.bin", content)])
        self.assertSent("clara@alba.example.com")
        self.assertFalse(self.sent[0]["attachments"])
        link = f"/web/content/{message.attachment_ids.id}?"
        self.assertIn(link, self.sent[0]["body"])
        self.assertIn("manual.bin", self.sent[0]["body"])

    def test_owner_sees_the_customers_mail_under_its_number(self):
        message = self.write_customer(self.case)
        self.reply(self.case, message, Subject="Re: my kettle")
        self.assertSent("agent@kettle.example.com")
        self.assertEqual(
            self.sent[0]["subject"], f"[{self.case.reference}] Re: my kettle"
        )

    def test_waiting_since(self):
        with freeze_time("2026-05-04 09:00:00"):
            self.case.waiting_customer = True
            self.env.flush_all()
        self.assertEqual(
            self.case.date_waiting, fields.Datetime.to_datetime("2026-05-04 09:00:00")
        )
        message = self.write_customer(self.case)
        self.reply(self.case, message)
        self.assertFalse(self.case.date_waiting)
