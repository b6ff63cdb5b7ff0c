import re
from unittest.mock import patch

from lxml import html

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .common import FormCase
from .test_form_guard import PDF, PNG

NEW, PUBLIC = "/my/complaints/new", "/complaint/new"
TYPED = {
    "kind": "complaint",
    "name": "The kettle leaks",
    "description": "It leaks <b>at</b> the handle.\nSince Monday.",
}
PERSON = {
    "partner_name": "Nora New",
    "partner_email": "nora@new.example.com",
    "consent": "yes",
}


@tagged("post_install", "-at_install")
class TestLodging(FormCase, HttpCase):
    """A customer with a login reports something, without JavaScript."""

    def setUp(self):
        super().setUp()
        self.login(self.customer)
        self.known = self.cases()

    def _new_cases(self):
        return self.cases() - self.known

    def test_everything(self):
        data = self.read_form(
            f"{NEW}?order_id={self.order.id}",
            **TYPED,
            category=str(self.category.id),
            order=str(self.order.id),
            line=str(self.order_line.id),
            date_occurred="2024-05-06",
            remedy_requested="replacement",
            remedy_note="A new one, please",
        )
        with self.mock_mail_gateway():
            page = self.send_form(NEW, data, [("photo.png", PNG), ("receipt.pdf", PDF)])
        case = self._new_cases()
        self.assertEqual(len(case), 1)
        self.assertRecordValues(
            case,
            [
                {
                    "name": "The kettle leaks",
                    "kind": "complaint",
                    "channel": "portal",
                    "company_id": self.company.id,
                    "partner_id": self.partner.id,
                    "category_id": self.category.id,
                    "sale_order_id": self.order.id,
                    "sale_order_line_id": self.order_line.id,
                    "product_id": self.product.id,
                    "date_occurred": fields.Date.to_date("2024-05-06"),
                    "remedy_requested": "replacement",
                    "remedy_note": "A new one, please",
                    "phase": "received",
                }
            ],
        )
        self.assertIn("It leaks &lt;b&gt;at&lt;/b&gt; the handle.", case.description)
        names = case.message_ids.attachment_ids.mapped("name")
        self.assertLessEqual({"photo.png", "receipt.pdf"}, set(names))
        self.assertURLEqual(page.url, f"/my/complaints/{case.id}")
        for words in (case.reference, "photo.png", "You have our decision"):
            self.assertIn(words, page.text)
        # Shown once: it is no news the next time.
        self.assertIn("complaint_lodged", page.text)
        self.assertNotIn("complaint_lodged", self.url_open(page.url).text)

    def test_acknowledgement(self):
        """The mail confirms it with number, dates, secret link and a copy as PDF."""
        data = self.read_form(NEW, **TYPED)
        with self.mock_mail_gateway():
            self.send_form(NEW, data)
            # The customer does not wait for the paper.
            self.assertFalse(self._new_cases().date_acknowledged)
            self.acknowledge()
        case = self._new_cases()
        mails = [
            mail
            for mail in self._mails
            if self.partner.email in str(mail["email_to"])
            and case.reference in mail["subject"]
        ]
        self.assertEqual(len(mails), 1)
        body = mails[0]["body"]
        self.assertIn(case.reference, body)
        self.assertIn(case.access_token, body)
        self.assertIn("You have our decision by", body)
        self.assertIn(self.company.name, mails[0]["email_from"])
        names = [file[0] for file in mails[0]["attachments"]]
        self.assertEqual(len(names), 1, names)
        self.assertIn("Complaint Form", names[0])
        self.assertTrue(case.date_acknowledged)

    def test_errors_beside_the_fields(self):
        data = self.read_form(
            NEW,
            **{**TYPED, "name": " ", "kind": "bug"},
            category="0",
            order=str(self.order_other.id),
            line="x",
            date_occurred="yesterday",
            remedy_requested="gold",
            remedy_note="y" * 501,
        )
        page = self.send_form(NEW, data, [("evil.html", b"<html></html>")])
        self.assertEqual(page.status_code, 422)
        self.assertFalse(self._new_cases())
        tree = html.fromstring(page.text)
        for name in (
            "name",
            "category",
            "order",
            "line",
            "date_occurred",
            "remedy_requested",
            "remedy_note",
            "files",
        ):
            with self.subTest(field=name):
                field = tree.get_element_by_id(f"field_{name}")
                self.assertEqual(field.get("aria-invalid"), "true")
                self.assertIn(f"error_{name}", field.get("aria-describedby").split())
                self.assertTrue(tree.get_element_by_id(f"error_{name}").text_content())
                self.assertTrue(tree.xpath(f"//a[@href='#field_{name}']"))
        self.assertTrue(tree.get_element_by_id("error_kind").text_content().strip())
        # What was right stays as it was entered.
        kept = tree.get_element_by_id("field_description").text_content()
        self.assertEqual(kept.strip(), TYPED["description"])
        self.assertIn("evil.html cannot be sent", page.text)

    def test_one_bad_file_sends_nothing(self):
        data = self.read_form(NEW, **TYPED)
        page = self.send_form(NEW, data, [("good.png", PNG), ("bad.png", b"GIF, no")])
        self.assertIn("bad.png is not what its name says", page.text)
        self.assertFalse(self._new_cases())

    def test_line_of_another_order(self):
        second = self._create_order(self.partner, self.product)
        data = self.read_form(
            NEW, **TYPED, order=str(self.order.id), line=str(second.order_line.id)
        )
        page = self.send_form(NEW, data)
        self.assertIn("This product is of another order", page.text)
        # The line alone names its order.
        data = self.read_form(NEW, **TYPED, line=str(second.order_line.id))
        self.send_form(NEW, data)
        self.assertEqual(self._new_cases().sale_order_id, second)

    def test_own_orders_only(self):
        page = self.url_open(NEW).text
        self.assertIn(self.order.name, page)
        self.assertNotIn(self.order_other.name, page)
        self.login(self.colleague)
        self.assertIn(self.order.name, self.url_open(NEW).text)

    def test_categories_in_the_customers_words(self):
        page = self.url_open(NEW).text
        self.assertIn("It does not boil", page)
        self.assertNotIn(self.category_delivery.name, page)
        self.assertNotIn(self.category_b.name, page)

    def test_sent_twice_is_one_case(self):
        data = self.read_form(NEW, **TYPED)
        first = self.send_form(NEW, data)
        second = self.send_form(NEW, data)
        self.assertEqual(len(self._new_cases()), 1)
        self.assertEqual(first.url, second.url)

    def test_draft_survives_an_expired_login(self):
        data = self.read_form(NEW, **TYPED)
        self.login(None)
        page = self.send_form(NEW, data)
        self.assertIn("/web/login", page.url)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        login = {
            "csrf_token": token,
            "login": self.customer.login,
            "password": self.customer.login,
            "redirect": NEW,
        }
        page = self.url_open("/web/login", data=login)
        self.assertIn("It leaks &lt;b&gt;at&lt;/b&gt; the handle.", page.text)
        self.assertIn("nothing was sent", page.text)
        self.assertFalse(self._new_cases())
        # Once: another visit starts empty.
        self.assertNotIn("It leaks", self.url_open(NEW).text)

    def test_draft_is_not_shown_to_another_user(self):
        data = self.read_form(NEW, **TYPED)
        self.login(None)
        page = self.send_form(NEW, data)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        login = {
            "csrf_token": token,
            "login": self.colleague.login,
            "password": self.colleague.login,
            "redirect": NEW,
        }
        self.assertNotIn("It leaks", self.url_open("/web/login", data=login).text)

    def test_old_page_keeps_what_was_entered(self):
        data = self.read_form(NEW, **TYPED) | {"csrf_token": "0" * 40 + "o1"}
        page = self.send_form(NEW, data)
        self.assertIn("nothing was sent", page.text)
        self.assertIn("It leaks &lt;b&gt;at&lt;/b&gt; the handle.", page.text)
        self.assertFalse(self._new_cases())

    def test_team_hears_of_it_without_an_owner(self):
        data = self.read_form(NEW, **TYPED)
        with self.mock_mail_gateway():
            self.send_form(NEW, data)
        self.assertFalse(self._new_cases().user_id)
        told = str([mail["email_to"] for mail in self._mails])
        self.assertIn(self.agent.email, told)

    def test_employees_report_elsewhere(self):
        self.login(self.employee)
        data = self.read_form(NEW, **TYPED)
        page = self.send_form(NEW, data)
        self.assertIn("Customers report here", page.text)
        self.assertFalse(self._new_cases())


@tagged("post_install", "-at_install")
class TestPublicLodging(FormCase, HttpCase):
    """Somebody without a login reports something."""

    def setUp(self):
        super().setUp()
        self.login(None)
        self.known = self.cases()

    def _send(self, *files, **given):
        data = self.read_form(PUBLIC, **TYPED, **{**PERSON, **given})
        return self.send_form(PUBLIC, data, files)

    def _new_cases(self):
        return self.cases() - self.known

    def test_unknown_person(self):
        with self.mock_mail_gateway():
            page = self._send(("photo.png", PNG))
            self.acknowledge()
        case = self._new_cases()
        self.assertRecordValues(
            case,
            [
                {
                    "channel": "website",
                    "company_id": self.company.id,
                    "partner_name": "Nora New",
                    "partner_email": "nora@new.example.com",
                    "sale_order_id": False,
                }
            ],
        )
        self.assertTrue(case.date_processing_consent)
        self.assertIn(self.company.name, case.processing_consent)
        self.assertURLEqual(page.url, f"{PUBLIC}/done")
        self.assertIn(case.reference, page.text)
        self.assertIn("You have our decision", page.text)
        # No way in but by mail: whoever typed the address need not own it.
        self.assertNotIn(f"/my/complaints/{case.id}", page.text)
        self.assertNotIn(case.access_token or "no token", page.text)
        mail = next(m for m in self._mails if "nora@new" in str(m["email_to"]))
        link = re.search(r'href="([^"]*/my/complaints/[^"]+)"', mail["body"])[1]
        path = "/" + link.replace("&amp;", "&").split("/", 3)[3]
        followed = self.url_open(path)
        self.assertIn("It leaks &lt;b&gt;at&lt;/b&gt; the handle.", followed.text)
        self.assertIn("photo.png", followed.text)

    def test_in_the_language_of_the_form(self):
        """Who fills it in in French is answered in French, whatever the company's."""
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref(
            "complaint_management.mail_template_complaint_acknowledgement"
        )
        template.with_context(lang="fr_FR").subject = "Bien reçu"
        data = self.read_form(f"/fr{PUBLIC}", **TYPED, **PERSON)
        with self.mock_mail_gateway():
            self.send_form(f"/fr{PUBLIC}", data)
            self.acknowledge()
        case = self._new_cases()
        self.assertEqual(case.partner_lang, "fr_FR")
        mail = next(m for m in self._mails if "nora@new" in str(m["email_to"]))
        self.assertIn("Bien reçu", mail["subject"])
        # The contact that the first answer makes reads French as well.
        known = case._get_customer_information()["nora@new.example.com"]
        self.assertEqual(known["lang"], "fr_FR")

    def test_errors(self):
        for name, value, words in [
            ("partner_name", "", "Tell us your name"),
            ("partner_email", "", "We need your e-mail address"),
            ("partner_email", "nora at home", "This is no e-mail address"),
            ("partner_email", "a@x.com, b@x.com", "This is no e-mail address"),
            ("consent", "", "We need your consent"),
        ]:
            with self.subTest(field=name, value=value):
                page = self._send(**{name: value})
                self.assertEqual(page.status_code, 422)
                self.assertIn(words, page.text)
                self.assertIn("The kettle leaks", page.text)
        self.assertFalse(self._new_cases())

    def test_companys_own_consent(self):
        self.company.complaint_consent_text = (
            "<p>As the <a href='/p'>policy</a> says</p>"
        )
        self.assertIn("As the <a", self.url_open(PUBLIC).text)
        self._send()
        self.assertIn("As the policy", self._new_cases().processing_consent)

    def test_order_number(self):
        """The number counts only with an address of that order's customer."""
        number = self.order.name
        for address, order in [
            (self.partner.email, self.order),
            (self.partner_colleague.email, self.order),
            (self.partner_stranger.email, self.order.browse()),
            ("nora@new.example.com", self.order.browse()),
        ]:
            with self.subTest(address=address):
                self.known = self.cases()
                page = self._send(
                    order_number=f" {number.lower()} ", partner_email=address
                )
                case = self._new_cases()
                self.assertEqual(len(case), 1, page.text)
                self.assertEqual(case.sale_order_id, order)
                self.assertEqual(case.order_number, number.lower())
                self.assertEqual(
                    case.partner_id.email or "nora@new.example.com", address
                )
                # The same answer in each case, but for the number.
                self.assertNotIn(self.product.name, page.text)
                self.assertNotIn(number, page.text)

    def test_wildcards_find_no_order(self):
        for number in ("%", "_" * len(self.order.name), self.order.name[:-1] + "%"):
            with self.subTest(number=number):
                self.known = self.cases()
                self._send(order_number=number, partner_email=self.partner.email)
                case = self._new_cases()
                self.assertEqual(case.order_number, number)
                self.assertFalse(case.sale_order_id)

    def test_from_the_orders_own_link(self):
        token = self.order._portal_ensure_token()
        page = self.url_open(f"/my/orders/{self.order.id}?access_token={token}")
        link = html.fromstring(page.text).get_element_by_id("complaint_report")
        url = link.get("href")
        form = self.url_open(url)
        self.assertIn(self.product.name, form.text)
        data = self.read_form(
            url,
            **TYPED,
            **PERSON,
            order=str(self.order.id),
            line=str(self.order_line.id),
        )
        self.send_form(PUBLIC, data)
        case = self._new_cases()
        self.assertEqual(case.sale_order_line_id, self.order_line)
        self.assertEqual(case.product_id, self.product)
        # The case is of whoever wrote, not of the order's customer.
        self.assertNotEqual(
            case.commercial_partner_id, self.partner.commercial_partner_id
        )
        self.assertEqual(case.partner_email, PERSON["partner_email"])

    def test_sent_twice_is_one_case(self):
        data = self.read_form(PUBLIC, **TYPED, **PERSON)
        first = self.send_form(PUBLIC, data)
        second = self.send_form(PUBLIC, data)
        self.assertEqual(len(self._new_cases()), 1)
        self.assertIn(self._new_cases().reference, first.text)
        self.assertIn(self._new_cases().reference, second.text)

    def test_done_page_is_the_sessions_own(self):
        self._send()
        reference = self._new_cases().reference
        self.assertIn(reference, self.url_open(f"{PUBLIC}/done").text)
        self.login(None)
        self.opener.cookies.clear()
        page = self.url_open(f"{PUBLIC}/done")
        self.assertURLEqual(page.url, PUBLIC)
        self.assertNotIn(reference, page.text)

    def test_with_a_login_the_better_form(self):
        self.login(self.customer)
        page = self.url_open(f"{PUBLIC}?order_id={self.order.id}")
        self.assertURLEqual(page.url, f"{NEW}?order_id={self.order.id}")

    def test_captcha(self):
        """What Odoo's captcha modules refuse is refused, and the input kept."""
        http = type(self.env["ir.http"])

        def refuse(self, action):
            raise UserError(self.env._("No human: %s", action))

        with patch.object(http, "_verify_request_recaptcha_token", refuse):
            page = self._send()
        self.assertIn("No human: complaint_lodging", page.text)
        self.assertIn("The kettle leaks", page.text)
        self.assertIn('data-captcha="complaint_lodging"', page.text)
        self.assertFalse(self._new_cases())
