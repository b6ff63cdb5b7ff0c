from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import ComplaintCommon


@tagged("post_install", "-at_install")
class TestPortal(ComplaintCommon, HttpCase):
    """Customers see their own cases and their company's, and nothing internal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.customer, cls.colleague, cls.stranger):
            user.password = user.login
        cls.case = cls.create_case(
            user_id=cls.agent.id,
            description="<p>The box was open.</p>",
            findings="<p>SECRET findings</p>",
            process_review_note="SECRET review",
        )
        cls.case.message_post(
            body="We look into it.",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
        )
        cls.case.message_post(body="SECRET note", subtype_xmlid="mail.mt_note")

    def _get(self, user, path):
        if user:
            self.authenticate(user.login, user.login)
        else:
            self.authenticate(None, None)
        return self.url_open(path)

    def test_own_and_company(self):
        for user in (self.customer, self.colleague):
            with self.subTest(user=user.login):
                page = self._get(user, "/my/complaints")
                self.assertIn(self.case.reference, page.text)
                page = self._get(user, f"/my/complaints/{self.case.id}")
                self.assertIn("The box was open.", page.text)

    def test_others_see_nothing(self):
        page = self._get(self.stranger, "/my/complaints")
        self.assertNotIn(self.case.reference, page.text)
        for user in (self.stranger, None):
            page = self._get(user, f"/my/complaints/{self.case.id}")
            self.assertNotIn("The box was open.", page.text)
            self.assertNotIn(self.case.name, page.text)

    def test_confidential_is_the_persons_own(self):
        self.case.confidential = True
        page = self._get(self.customer, f"/my/complaints/{self.case.id}")
        self.assertIn("The box was open.", page.text)
        page = self._get(self.colleague, f"/my/complaints/{self.case.id}")
        self.assertNotIn("The box was open.", page.text)

    def test_token(self):
        token = self.case._portal_ensure_token()
        url = f"/my/complaints/{self.case.id}?access_token="
        self.assertIn("The box was open.", self._get(None, url + token).text)
        self.assertNotIn("The box was open.", self._get(None, url + "x" * 36).text)
        other = self.create_case(partner_id=self.partner_stranger.id, name="Other")
        page = self._get(None, f"/my/complaints/{other.id}?access_token={token}")
        self.assertNotIn("Other", page.text)

    def test_nothing_internal(self):
        for path in ("/my/complaints", f"/my/complaints/{self.case.id}"):
            page = self._get(self.customer, path)
            self.assertEqual(page.status_code, 200)
            self.assertNotIn("SECRET", page.text)

    def test_decision_shows_when_told(self):
        self.work_to(self.case, "resolution", date_communicated=False)
        url = f"/my/complaints/{self.case.id}"
        self.assertNotIn("A new kettle", self._get(self.customer, url).text)
        self.case.action_communicated()
        self.assertIn("A new kettle", self._get(self.customer, url).text)

    def test_list(self):
        self.create_case(name="Handle too hot")
        page = self._get(self.customer, "/my/complaints?search=handle")
        self.assertIn("Handle too hot", page.text)
        self.assertNotIn(self.case.reference, page.text)
        page = self._get(self.customer, "/my/complaints?filterby=ended")
        self.assertNotIn("Handle too hot", page.text)
        # Whatever stands in the address, the page opens.
        page = self._get(
            self.customer, "/my/complaints?sortby=id;drop&filterby=%27&search=%25_%27"
        )
        self.assertEqual(page.status_code, 200)

    def test_hostile_text(self):
        self.case.name = "<script>alert(1)</script>"
        page = self._get(self.customer, f"/my/complaints/{self.case.id}")
        self.assertNotIn("<script>alert(1)", page.text)

    def test_employee_is_no_customer(self):
        page = self._get(self.employee, f"/my/complaints/{self.case.id}")
        self.assertNotIn("The box was open.", page.text)

    def test_files(self):
        """A file of an internal note is out of a customer's reach, a sent one is not."""
        files = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": b"content",
                    "res_model": "complaint.complaint",
                    "res_id": self.case.id,
                }
                for name in ("sent.txt", "noted.txt", "loose.txt")
            ]
        )
        sent, noted, loose = files
        self.case.message_post(
            body="See the file",
            attachment_ids=sent.ids,
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
        )
        self.case.message_post(
            body="For us", attachment_ids=noted.ids, subtype_xmlid="mail.mt_note"
        )
        # Customers get files by the token that comes with a message to them.
        self.authenticate(self.customer.login, self.customer.login)
        token = sent.generate_access_token()[0]
        page = self.url_open(f"/web/content/{sent.id}?access_token={token}")
        self.assertEqual(page.content, b"content")
        for file in (noted, loose):
            with self.subTest(file=file.name):
                page = self.url_open(f"/web/content/{file.id}?access_token={token}")
                self.assertEqual(page.status_code, 404)
                with self.assertRaises(AccessError):
                    file.with_user(self.customer).read(["name"])
