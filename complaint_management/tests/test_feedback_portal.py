from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FormCase
from .test_feedback import FeedbackCase
from .test_form_guard import PNG

NEW, PUBLIC = "/my/feedback/new", "/feedback/new"
TYPED = {
    "type": "suggestion",
    "name": "A longer cord",
    "description": "The cord is <b>short</b>.",
}
PERSON = {
    "partner_name": "Nora New",
    "partner_email": "nora@new.example.com",
    "consent": "yes",
}


@tagged("post_install", "-at_install")
class TestFeedbackPortal(FormCase, FeedbackCase, HttpCase):
    """Customers give feedback and see their own, and nothing else; whatever is tried."""

    def setUp(self):
        super().setUp()
        self.feedback = self.create_feedback(
            name="Warm soup", description="<p>The soup was warm.</p>"
        )
        self.feedback.write(
            {"review": "<p>SECRET review</p>", "decision_reason": "SECRET reason"}
        )
        self.feedback.message_post(body="SECRET note", subtype_xmlid="mail.mt_note")
        self.page = f"/my/feedback/{self.feedback.id}"
        self.known = self._all()

    def _all(self):
        return self.env["complaint.feedback"].search([])

    def _new(self):
        self.env.invalidate_all()
        return self._all() - self.known

    def test_list_and_page(self):
        for user in self.customer, self.colleague:
            self.login(user)
            with self.subTest(user=user.name):
                self.assertIn(
                    self.feedback.reference, self.url_open("/my/feedback").text
                )
                page = self.url_open(self.page)
                self.assertIn("The soup was warm.", page.text)
                self.assertNotIn("SECRET", page.text)
        page = self.url_open("/my/feedback?search=%25_%27&sortby=id;drop")
        self.assertEqual(page.status_code, 200)

    def test_others_see_nothing(self):
        for user in self.stranger, self.employee, None:
            self.login(user)
            with self.subTest(user=user and user.name):
                self.assertNotIn("The soup was warm.", self.url_open(self.page).text)
                page = self.url_open("/my/feedback/999999999")
                self.assertIn(page.status_code, (200, 404))
        self.login(self.stranger)
        page = self.url_open("/my/feedback")
        self.assertNotIn(self.feedback.reference, page.text)

    def test_add(self):
        """By the form, with its limits and files; Odoo's own routes are closed."""
        self.login(self.customer)
        data = self.read_form(self.page, text="Blue, please")
        page = self.send_form(f"{self.page}/add", data, [("photo.png", PNG)])
        self.assertIn("What you added is with your feedback", page.text)
        message = self.feedback.message_ids.filtered(lambda m: "Blue" in m.body)
        self.assertEqual(message.author_id, self.partner)
        self.assertEqual(message.attachment_ids.name, "photo.png")
        page = self.send_form(
            f"{self.page}/add",
            self.read_form(self.page, text="See"),
            [("page.html", b"<html>")],
        )
        self.assertEqual(page.status_code, 422)
        self.assertIn("page.html cannot be sent", page.text)
        self.assertIn(">See</textarea>", page.text)
        known = self.feedback.message_ids
        self.login(self.stranger)
        page = self.send_form(f"{self.page}/add", data | {"form_nonce": "0" * 32})
        self.assertNotIn("Warm soup", page.text)
        for user, token in (
            (self.customer, ""),
            (None, self.feedback._portal_ensure_token()),
        ):
            self.login(user)
            with mute_logger("odoo.http"):
                self.call_route(
                    "/mail/message/post",
                    {
                        "thread_model": "complaint.feedback",
                        "thread_id": self.feedback.id,
                        "post_data": {"body": "Mine"},
                        **({"token": token} if token else {}),
                    },
                )
        self.assertEqual(self.feedback.message_ids, known)

    def test_in_the_language_of_the_form(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.login()
        data = self.read_form(f"/fr{PUBLIC}", **TYPED, **PERSON)
        self.send_form(f"/fr{PUBLIC}", data)
        self.assertEqual(self._new()._get_customer_lang(), "fr_FR")

    def test_tokens(self):
        token = self.feedback._portal_ensure_token()
        other = self.create_feedback(partner_id=self.partner_stranger.id, name="Other")
        case = self.create_case()
        self.login()
        page = self.url_open(f"{self.page}?access_token={token}")
        self.assertIn("The soup was warm.", page.text)
        for address, given in (
            (self.page, "x" * 36),
            (self.page, case._portal_ensure_token()),
            (self.page, other._portal_ensure_token()),
        ):
            page = self.url_open(f"{address}?access_token={given}")
            self.assertNotIn("The soup was warm.", page.text)
        page = self.url_open(f"/my/feedback/{other.id}?access_token={token}")
        self.assertNotIn("Other", page.text)

    def test_give_with_a_login(self):
        self.login(self.customer)
        data = self.read_form(
            NEW, **TYPED, category=str(self.category.id), order=str(self.order.id)
        )
        page = self.send_form(NEW, data, [("photo.png", PNG)])
        feedback = self._new()
        self.assertRecordValues(
            feedback,
            [
                {
                    "name": "A longer cord",
                    "type": "suggestion",
                    "channel": "portal",
                    "partner_id": self.partner.id,
                    "category_id": self.category.id,
                    "sale_order_id": self.order.id,
                    "state": "new",
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertIn("&lt;b&gt;short&lt;/b&gt;", feedback.description)
        self.assertEqual(
            feedback.message_ids.attachment_ids.mapped("name"), ["photo.png"]
        )
        self.assertIn("Thank you for telling us", page.text)
        # The same form again is the same feedback.
        self.send_form(NEW, data)
        self.assertEqual(self._new(), feedback)

    def test_give_without_a_login(self):
        self.login()
        data = self.read_form(PUBLIC, **TYPED, **PERSON)
        page = self.send_form(PUBLIC, data)
        feedback = self._new()
        self.assertEqual(feedback.partner_name, "Nora New")
        self.assertEqual(feedback.partner_email, "nora@new.example.com")
        self.assertEqual(feedback.channel, "website")
        self.assertTrue(feedback.date_processing_consent)
        self.assertIn(feedback.reference, page.text)

    def test_bad_input_is_kept_and_named(self):
        self.login()
        for change, sentence in (
            ({"name": ""}, "Say in a few words"),
            ({"description": " "}, "Tell us what you think"),
            ({"type": "praise"}, "Choose one from the list"),
            ({"category": "0"}, "Choose one from the list"),
            ({"consent": ""}, "need your consent"),
            ({"partner_email": "nora"}, "no e-mail address"),
            ({"name": "x" * 201}, "too long"),
            ({"website_address": "http://spam.example.com"}, "a program"),
            ({"csrf_token": "0"}, "nothing was sent"),
            ({"form_nonce": "0"}, "send the form again"),
        ):
            with self.subTest(change=change):
                data = {**self.read_form(PUBLIC, **TYPED, **PERSON), **change}
                page = self.send_form(PUBLIC, data)
                self.assertEqual(page.status_code, 422)
                self.assertIn(sentence, page.text)
                self.assertFalse(self._new())
                if "description" not in change:
                    self.assertIn("The cord is", page.text)

    def test_files_are_judged_by_content(self):
        self.login(self.customer)
        data = self.read_form(NEW, **TYPED)
        page = self.send_form(NEW, data, [("photo.png", b"<script>alert(1)</script>")])
        self.assertEqual(page.status_code, 422)
        self.assertIn("photo.png", page.text)
        self.assertFalse(self._new())

    def test_mass_assignment(self):
        self.login(self.customer)
        data = self.read_form(
            NEW,
            **TYPED,
            state="done",
            decision="no_action",
            partner_id=str(self.partner_stranger.id),
            user_id=str(self.agent.id),
            company_id=str(self.company_b.id),
            reference="FBK/1999/1",
            date_thanked="2024-01-01",
            channel="letter",
            order=str(self.order_other.id),
        )
        page = self.send_form(NEW, data)
        self.assertIn("one of your orders", page.text)
        self.assertFalse(self._new())
        page = self.send_form(NEW, {**data, "order": ""})
        feedback = self._new()
        self.assertEqual(feedback.state, "new")
        self.assertEqual(feedback.partner_id, self.partner)
        self.assertEqual(feedback.channel, "portal")
        self.assertEqual(feedback.company_id, self.company)
        self.assertFalse(feedback.user_id)
        self.assertFalse(feedback.decision)
        self.assertFalse(feedback.date_thanked)
        self.assertNotEqual(feedback.reference, "FBK/1999/1")

    def test_get_changes_nothing(self):
        for user, url in ((self.customer, NEW), (None, PUBLIC)):
            self.login(user)
            query = "&".join(f"{name}={value}" for name, value in TYPED.items())
            self.assertEqual(self.url_open(f"{url}?{query}").status_code, 200)
        self.assertFalse(self._new())
        page = self.url_open(self.page, data={"state": "done"})
        self.assertEqual(page.status_code, 405)

    def test_scripts_are_text(self):
        self.login(self.customer)
        script = "<script>alert(1)</script>"
        data = self.read_form(NEW, **{**TYPED, "name": script, "description": script})
        page = self.send_form(NEW, data)
        self.assertTrue(self._new())
        self.assertNotIn("<script>alert(1)", page.text)
        self.assertNotIn("<script>alert(1)", self.url_open("/my/feedback").text)

    def test_too_many(self):
        self.company.complaint_form_address_limit = 2
        self.login()
        for count in range(4):
            data = self.read_form(PUBLIC, **TYPED, **PERSON)
            page = self.send_form(PUBLIC, data)
            self.assertEqual(page.status_code, 200 if count < 2 else 422)
        self.assertEqual(len(self._new()), 2)

    def test_a_lost_login_loses_no_text(self):
        self.login(self.customer)
        data = self.read_form(NEW, **TYPED)
        self.login()
        page = self.send_form(NEW, data)
        self.assertIn("The cord is", page.text)
        self.assertFalse(self._new())

    def test_staff_are_no_customers(self):
        self.login(self.employee)
        data = self.read_form(NEW, **TYPED)
        self.assertIn("My Feedback", self.send_form(NEW, data).text)
        self.assertFalse(self._new())

    def test_rpc_of_customers(self):
        model = self.env["complaint.feedback"].with_user(self.customer)
        for call in (
            lambda: model.create({"name": "x"}),
            lambda: model.browse(self.feedback.id).write({"name": "x"}),
            lambda: model.browse(self.feedback.id).action_thanked(),
            lambda: model.browse(self.feedback.id).make_complaints(),
            lambda: model.browse(self.feedback.id).plan_improvement(),
        ):
            with self.assertRaises(AccessError):
                call()
