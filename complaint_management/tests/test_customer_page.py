from datetime import timedelta

from freezegun import freeze_time
from lxml import html

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import FormCase
from .test_form_guard import PDF, PNG


@tagged("post_install", "-at_install")
class TestCustomerPage(FormCase, HttpCase):
    """What a customer sees of a case, and does about it."""

    def setUp(self):
        super().setUp()
        self.case = self.create_case(user_id=self.agent.id)
        self.url = f"/my/complaints/{self.case.id}"
        self.login(self.customer)

    def _act(self, action, files=(), token="", **given):
        data = self.read_form(self.url + token, **given)
        return self.send_form(f"{self.url}/{action}{token}", data, files)

    def _timeline(self, text):
        return html.fromstring(text).get_element_by_id("complaint_timeline")

    # What is shown

    def test_timeline(self):
        page = self.url_open(self.url)
        text = " ".join(self._timeline(page.text).text_content().split())
        for words in (
            "You told us",
            "We confirm that we have it Promised by",
            "You have our decision Promised by",
        ):
            self.assertIn(words, text)
        self.assertIn(self.agent.name, page.text)
        self.assertNotIn(self.agent.email, page.text)
        self.case.message_post(
            body="We look into it.",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
        )
        page = self.url_open(self.url)
        text = " ".join(self._timeline(page.text).text_content().split())
        self.assertRegex(text, r"We confirm that we have it .{5,40} \(promised by ")

    def test_late_is_said(self):
        with freeze_time(fields.Datetime.now() + timedelta(days=60)):
            events = self.case._get_customer_timeline()
        self.assertIn("late", [event["state"] for event in events])

    def test_waiting_is_said(self):
        self.case.waiting_customer = True
        page = self.url_open(self.url)
        self.assertIn("Waiting for you", page.text)
        self.assertIn("Stands still until you answer", page.text)

    def test_nothing_dropped_at_the_end_counts_as_kept(self):
        self.case.cancel("invalid", "SECRET")
        events = self.case._get_customer_timeline()
        titles = [event["title"] for event in events]
        self.assertEqual(titles[0], "You told us")
        self.assertEqual(titles[-1], "Cancelled")
        self.assertNotIn("You have our decision", titles)

    def test_form_as_pdf(self):
        page = self.url_open(f"{self.url}?report_type=pdf&download=true")
        # Tests print no PDF: they get the page that would be printed.
        self.assertIn("o_complaint_cells", page.text)
        self.assertIn(self.case.reference, page.text)
        self.login(self.stranger)
        page = self.url_open(f"{self.url}?report_type=pdf&download=true")
        self.assertNotIn(self.case.reference, page.text)

    def test_files(self):
        """Files of both sides; downloaded, never opened by the browser."""
        self._act("add", [("photo.png", PNG)], text="See")
        self.case.message_post(
            body="Our letter",
            attachments=[("letter.pdf", PDF)],
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
        )
        self.case.message_post(
            body="Note",
            attachments=[("secret.pdf", PDF)],
            subtype_xmlid="mail.mt_note",
        )
        page = self.url_open(self.url)
        tree = html.fromstring(page.text)
        links = {
            link.text: link.get("href")
            for link in tree.xpath("//a[contains(@href, '/web/content/')]")
        }
        self.assertEqual(set(links), {"photo.png", "letter.pdf"})
        file = self.url_open(links["photo.png"])
        self.assertEqual(file.content, PNG)
        self.assertIn("attachment", file.headers["Content-Disposition"])

    # Adding

    def test_add(self):
        self.case.waiting_customer = True
        with self.mock_mail_gateway():
            page = self._act(
                "add", [("photo.png", PNG)], text="It was <b>open</b>\nand wet."
            )
        self.assertIn("What you added is with your case", page.text)
        message = self.case.message_ids.filtered("attachment_ids")
        self.assertEqual(message.author_id, self.partner)
        self.assertIn("It was &lt;b&gt;open&lt;/b&gt;", message.body)
        self.assertFalse(message.is_internal)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(message.attachment_ids.mapped("name"), ["photo.png"])
        self.assertFalse(self.case.waiting_customer)
        told = [str(mail["email_to"]) for mail in self._mails]
        self.assertEqual(len([to for to in told if self.agent.email in to]), 1)

    def test_add_by_the_secret_link(self):
        token = f"?access_token={self.case._portal_ensure_token()}"
        self.login(None)
        self._act("add", token=token, text="By the link")
        message = self.case.message_ids.filtered(lambda m: "By the link" in m.body)
        self.assertEqual(message.author_id, self.partner)

    def test_add_without_a_contact(self):
        self.case.write(
            {"partner_id": False, "partner_name": "Nora", "partner_email": "n@x.com"}
        )
        self.case.waiting_customer = True
        token = f"?access_token={self.case._portal_ensure_token()}"
        self.login(None)
        self._act("add", token=token, text="By the link")
        message = self.case.message_ids.filtered(lambda m: "By the link" in m.body)
        self.assertFalse(message.author_id)
        self.assertIn("n@x.com", message.email_from)
        self.assertFalse(self.case.waiting_customer)

    def test_add_refused(self):
        before = self.case.message_ids
        for given, files, words in [
            ({"text": " "}, (), "Write what you want to add"),
            ({"text": "x" * 20001}, (), "This is too long"),
            ({"text": "See"}, [("page.html", b"<html>")], "page.html cannot be sent"),
            ({"text": "See", "csrf_token": "x"}, (), "open for a long time"),
            ({"text": "See", "form_nonce": "x"}, (), "send it once more"),
        ]:
            with self.subTest(words=words):
                page = self._act("add", files, **given)
                self.assertEqual(page.status_code, 422)
                self.assertIn(words, page.text)
                if given["text"] == "See":
                    self.assertIn(">See</textarea>", page.text)
        self.assertEqual(self.case.message_ids, before)

    def test_sent_twice_is_one_message(self):
        data = self.read_form(self.url, text="Only once")
        self.send_form(f"{self.url}/add", data)
        self.send_form(f"{self.url}/add", data)
        messages = self.case.message_ids.filtered(lambda m: "Only once" in m.body)
        self.assertEqual(len(messages), 1)

    def test_too_many_at_once(self):
        self.company.complaint_form_address_limit = 2
        for number in range(4):
            page = self._act("add", text=f"Message {number}")
        self.assertIn("Too much was sent", page.text)
        self.assertIn(">Message 3</textarea>", page.text)
        sent = self.case.message_ids.filtered(lambda m: "Message" in (m.body or ""))
        self.assertEqual(len(sent), 2)

    def test_a_login_that_expired(self):
        """What was written waits for the next login, of the same person only."""
        data = self.read_form(self.url, text="A long story")
        self.login(None)
        page = self.send_form(f"{self.url}/add", data)
        self.assertIn("/web/login", page.url)
        self.assertIn(self.case.access_url.replace("/", "%2F"), page.url)
        # As the login form does, without a new session.
        login = html.fromstring(page.text).xpath("//input[@name='csrf_token']")[0]
        page = self.url_open(
            "/web/login",
            data={
                "csrf_token": login.get("value"),
                "login": self.customer.login,
                "password": self.customer.login,
                "redirect": self.url,
            },
        )
        self.assertIn(">A long story</textarea>", page.text)
        self.assertIn("nothing was sent", page.text)
        self.assertFalse(
            self.case.message_ids.filtered(lambda m: "A long story" in (m.body or ""))
        )
        # Once only.
        self.assertNotIn("A long story", self.url_open(self.url).text)

    def test_what_is_told_is_done(self):
        page = self.url_open(f"{self.url}?done=withdraw")
        self.assertNotIn("You have withdrawn", page.text)
        page = self._act("add", text="See")
        self.assertIn("What you added is with your case", page.text)
        self.assertNotIn("What you added", self.url_open(self.url).text)

    def test_names_of_who_wrote(self):
        """The company where the system wrote, and customers without a contact."""
        self.case.with_user(self.env.ref("base.user_root")).message_post(
            body="We have it.",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
        )
        messages = self.case._get_customer_messages()
        self.assertEqual(self.case._get_customer_author(messages), self.company.name)
        page = html.fromstring(self.url_open(self.url).text)
        [shown] = page.get_element_by_id("complaint_messages")
        self.assertIn(self.company.name, shown.text_content())
        self.assertIn("We have it.", shown.text_content())
        other = self.create_case(
            partner_id=False, partner_name="Nora", partner_email="n@x.com"
        )
        other.with_user(self.env.ref("base.public_user")).sudo()._customer_add("Hello")
        messages = other._get_customer_messages()
        self.assertEqual(other._get_customer_author(messages), "Nora")

    # Withdrawing

    def test_withdraw(self):
        page = self._act("withdraw", text="It works again")
        self.assertIn("Tick the box", page.text)
        self.assertEqual(self.case.phase, "received")
        page = self._act("withdraw", text="It works again", confirm="yes")
        self.assertIn("You have withdrawn this case", page.text)
        self.assertEqual(self.case.phase, "cancelled")
        self.assertEqual(self.case.cancel_reason, "withdrawn")
        self.assertEqual(self.case.outcome, "withdrawn")
        decision = self.case.decision_ids[0]
        self.assertEqual(decision.type, "cancellation")
        self.assertEqual(decision.user_id, self.customer)
        self.assertEqual(decision.reason, "It works again")
        self.assertTrue(
            self.case.message_ids.filtered(lambda m: "I withdraw" in m.body)
        )
        # No task for a late word: it came with the end.
        self.assertFalse(self.case.activity_ids)

    def test_withdraw_an_ended_case(self):
        data = self.read_form(self.url, confirm="yes")
        self.work_to(self.case, "closed")
        page = self.send_form(f"{self.url}/withdraw", data)
        self.assertIn("This case has ended already", page.text)
        self.assertEqual(self.case.phase, "closed")

    # Opening again

    def test_reopen(self):
        self.work_to(self.case, "closed")
        self.assertIn("complaint_reopen", self.url_open(self.url).text)
        page = self._act("reopen", text=" ")
        self.assertIn("Tell us why", page.text)
        self.assertEqual(self.case.phase, "closed")
        with self.mock_mail_gateway():
            page = self._act("reopen", text="It leaks again")
        self.assertIn("The case is open again", page.text)
        self.assertEqual(self.case.phase, "assessment")
        decision = self.case.decision_ids[0]
        self.assertEqual(decision.type, "reopening")
        self.assertEqual(decision.reason, "It leaks again")
        self.assertEqual(decision.user_id, self.customer)
        told = [str(mail["email_to"]) for mail in self._mails]
        self.assertTrue([to for to in told if self.agent.email in to])

    def test_reopen_a_withdrawn_case(self):
        self._act("withdraw", confirm="yes")
        self._act("reopen", text="It leaks after all")
        self.assertEqual(self.case.phase, "assessment")

    def test_reopen_refused(self):
        self.company.complaint_reopen_days = 14
        data = self.read_form(self.url, text="Again")
        self.send_form(f"{self.url}/reopen", data)
        self.assertEqual(self.case.phase, "received")
        self.work_to(self.case, "closed")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE complaint_complaint SET date_closed = date_closed"
            " - interval '15 days', date_received = date_received"
            " - interval '20 days' WHERE id = %s",
            [self.case.id],
        )
        self.env.invalidate_all()
        self.assertNotIn("complaint_reopen", self.url_open(self.url).text)
        page = self._act("reopen", text="Again")
        self.assertIn("cannot be opened again", page.text)
        self.assertEqual(self.case.phase, "closed")

    def test_duplicates_are_not_reopened(self):
        target = self.create_case(name="The first one")
        self.case.merge_into(target.id)
        page = self._act("reopen", text="Again")
        self.assertIn("cannot be opened again", page.text)
        self.assertEqual(self.case.phase, "cancelled")

    def test_colleague_of_the_company(self):
        self.login(self.colleague)
        self._act("add", text="From my desk")
        message = self.case.message_ids.filtered(lambda m: "From my desk" in m.body)
        self.assertEqual(message.author_id, self.partner_colleague)

    def test_employees_do_not_write_as_customers(self):
        token = f"?access_token={self.case._portal_ensure_token()}"
        self.login(self.employee)
        page = self.url_open(self.url + token)
        self.assertNotIn("complaint_actions", page.text)
        self.login(self.customer)
        data = self.read_form(self.url, text="As a customer")
        self.login(self.employee)
        for action in ("add", "withdraw", "reopen"):
            self.send_form(f"{self.url}/{action}{token}", data | {"confirm": "yes"})
        self.assertFalse(
            self.case.message_ids.filtered(lambda m: "As a customer" in m.body)
        )
        self.assertEqual(self.case.phase, "received")
