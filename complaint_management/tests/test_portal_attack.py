from markupsafe import Markup

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FormCase
from .test_form_guard import PNG
from .test_lodging import NEW, PERSON, PUBLIC, TYPED

SCRIPT = '<script>alert("x")</script>'
ACTIONS = ("add", "withdraw", "reopen")


@tagged("post_install", "-at_install")
class TestPortalAttack(FormCase, HttpCase):
    """Whatever is sent: refused, nothing disclosed, nothing changed."""

    def setUp(self):
        super().setUp()
        self.case = self.create_case(
            user_id=self.agent.id, description="<p>The box was open.</p>"
        )
        self.other = self.create_case(
            partner_id=self.partner_stranger.id, name="Stella's own kettle"
        )
        self.url = f"/my/complaints/{self.case.id}"
        self.token = self.case._portal_ensure_token()
        self.other_token = self.other._portal_ensure_token()
        self.known = self.cases()

    def _new_cases(self):
        return self.cases() - self.known

    def _state(self):
        self.env.invalidate_all()
        return self.case.read(["phase", "name", "description", "waiting_customer"]), (
            len(self.case.message_ids)
        )

    # Ids and tokens of others

    def test_ids_and_tokens_of_others(self):
        before = self._state()
        for user in (self.stranger, self.employee, None):
            self.login(user)
            stranger = user == self.stranger
            own = self.read_form(
                f"/my/complaints/{self.other.id}" if stranger else PUBLIC
            )
            for token in ("", self.other_token, "0" * 36, "%00", self.token[:-1]):
                query = f"?access_token={token}" if token else ""
                with self.subTest(user=user and user.login, token=token):
                    for path in (self.url, f"{self.url}/resolution"):
                        page = self.url_open(path + query)
                        self.assertNotIn("The box was open.", page.text)
                        self.assertNotIn(self.case.reference, page.text)
                    page = self.url_open(f"{self.url}{query}&report_type=pdf")
                    self.assertNotIn(self.case.reference, page.text)
                    for action in ACTIONS:
                        data = {**own, "text": "Mine", "confirm": "yes"}
                        page = self.send_form(f"{self.url}/{action}{query}", data)
                        self.assertNotIn(self.case.reference, page.text)
        self.assertEqual(self._state(), before)

    def test_chatter_of_others(self):
        self.login(self.stranger)
        for route, params in [
            ("/mail/message/post", {"post_data": {"body": "Mine"}}),
            ("/mail/thread/messages", {}),
            ("/portal/chatter_init", {}),
            ("/mail/chatter_fetch", {}),
        ]:
            for token in ("", self.other_token):
                with self.subTest(route=route, token=token), mute_logger("odoo.http"):
                    answer = self.call_route(
                        route,
                        {
                            "thread_model": "complaint.complaint",
                            "thread_id": self.case.id,
                            **({"token": token} if token else {}),
                            **params,
                        },
                    )
                    self.assertNotIn("The box was open", answer)
                    self.assertNotIn(self.case.name, answer)
        self.assertFalse(self.case.message_ids.filtered(lambda m: "Mine" in m.body))

    def test_the_record_stays_as_it_was(self):
        """By Odoo's own routes, too, customers add nothing but by the forms."""
        self.case.with_user(self.customer).sudo()._post_as_customer(
            "It was wet", [("photo.png", PNG)]
        )
        message = self.case.message_ids[:1]
        file = message.attachment_ids
        known = self.case.message_ids
        where = {"thread_model": "complaint.complaint", "thread_id": self.case.id}
        token = self.case._portal_ensure_token()
        for user, params in [(self.customer, {}), (None, {"token": token})]:
            self.login(user)
            for route, values in [
                ("/mail/message/post", {**where, "post_data": {"body": "Mine"}}),
                (
                    "/mail/message/post",
                    {
                        **where,
                        "post_data": {"body": "Mine", "subtype_xmlid": "mail.mt_note"},
                    },
                ),
                (
                    "/mail/message/update_content",
                    {"message_id": message.id, "update_data": {"body": "Changed"}},
                ),
                (
                    "/mail/update_is_internal",
                    {"message_id": message.id, "is_internal": True},
                ),
                (
                    "/mail/attachment/delete",
                    {
                        "attachment_id": file.id,
                        "access_token": file._get_ownership_token(),
                    },
                ),
            ]:
                with self.subTest(user=user and user.name, route=route):
                    with mute_logger("odoo.http"):
                        answer = self.call_route(route, {**values, **params})
                    self.assertIn("error", answer)
            with mute_logger("odoo.http"):
                self.url_open(
                    "/mail/attachment/upload",
                    data={**where, **params, "csrf_token": "x"},
                    files={"ufile": ("evil.html", b"<script>1</script>")},
                )
        with self.assertRaises(AccessError):
            self.case.with_user(self.customer).message_post(
                body="Mine", subtype_xmlid="mail.mt_note"
            )
        self.env.invalidate_all()
        self.assertEqual(self.case.message_ids, known)
        self.assertIn("It was wet", message.body)
        self.assertFalse(message.is_internal)
        self.assertTrue(file.exists())
        self.assertFalse(self.env["ir.attachment"].search([("name", "=", "evil.html")]))

    def test_order_tokens(self):
        """An order's token opens that order's form, and no other."""
        token = self.order._portal_ensure_token()
        for url in (
            f"{PUBLIC}?order_id={self.order_other.id}&access_token={token}",
            f"{PUBLIC}?order_id={self.order.id}",
            f"{PUBLIC}?order_id={self.order.id}&access_token={self.token}",
            f"{PUBLIC}?order_id=9999999999999999999999&access_token={token}",
            f"{PUBLIC}?order_id=-1&access_token={token}",
        ):
            with self.subTest(url=url):
                page = self.url_open(url)
                self.assertEqual(page.status_code, 200)
                self.assertNotIn(self.order.name, page.text)
                self.assertNotIn(self.order_other.name, page.text)
        data = self.read_form(
            f"{PUBLIC}?order_id={self.order.id}&access_token={token}",
            **TYPED,
            **PERSON,
            order=str(self.order_other.id),
        )
        self.send_form(PUBLIC, data)
        self.assertFalse(self._new_cases())

    # Fields that the form does not have

    def test_mass_assignment(self):
        extra = {
            "partner_id": self.partner_stranger.id,
            "user_id": self.manager.id,
            "team_id": self.team_other.id,
            "company_id": self.company_b.id,
            "stage_id": self.stage("closed").id,
            "phase": "closed",
            "severity": "critical",
            "priority": "3",
            "confidential": "1",
            "reference": "CMP/1",
            "channel": "phone",
            "date_received": "2020-01-01",
            "category_id": self.category_delivery.id,
            "sale_order_id": self.order_other.id,
            "resolution": "<p>A million</p>",
            "redress_amount": "1000000",
            "form_token": "1",
            "access_token": "known",
            "registered_by_id": self.manager.id,
        }
        self.login(self.customer)
        self.send_form(NEW, {**extra, **self.read_form(NEW, **TYPED)})
        self.login(None)
        self.send_form(PUBLIC, {**extra, **self.read_form(PUBLIC, **TYPED, **PERSON)})
        cases = self._new_cases()
        self.assertEqual(len(cases), 2)
        self.assertEqual(cases[0].partner_id, self.partner)
        for case in cases:
            self.assertFalse(case.user_id)
            self.assertEqual(case.team_id, self.team)
            self.assertEqual(case.company_id, self.company)
            self.assertEqual(case.phase, "received")
            self.assertFalse(case.severity)
            self.assertFalse(case.confidential)
            self.assertNotEqual(case.reference, "CMP/1")
            self.assertIn(case.channel, ("portal", "website"))
            self.assertGreater(str(case.date_received), "2021")
            self.assertFalse(case.category_id)
            self.assertFalse(case.sale_order_id)
            self.assertFalse(case.resolution)
            self.assertNotEqual(case.access_token, "known")
            self.assertNotEqual(case.registered_by_id, self.manager)

    def test_hidden_categories(self):
        self.login(self.customer)
        for category in (self.category_delivery, self.category_b):
            data = self.read_form(NEW, **TYPED, category=str(category.id))
            self.assertIn("Choose one from the list", self.send_form(NEW, data).text)
        self.assertFalse(self._new_cases())

    # Scripts

    def test_scripts_in_every_text(self):
        self.login(None)
        texts = dict.fromkeys(
            ("name", "description", "remedy_note", "partner_name", "partner_phone"),
            SCRIPT,
        )
        texts["order_number"] = SCRIPT
        data = self.read_form(PUBLIC, **{**TYPED, **PERSON, **texts})
        # Shown again, beside the errors.
        page = self.send_form(PUBLIC, {**data, "consent": "", "partner_email": SCRIPT})
        self.assertEqual(page.status_code, 422)
        self.assertNotIn(SCRIPT, page.text)
        data = self.read_form(PUBLIC, **{**TYPED, **PERSON, **texts})
        page = self.send_form(PUBLIC, data, [(f"{SCRIPT}.png", PNG)])
        self.assertNotIn(SCRIPT, page.text)
        case = self._new_cases()
        self.assertEqual(len(case), 1)
        token = case._portal_ensure_token()
        page = self.url_open(f"/my/complaints/{case.id}?access_token={token}")
        self.assertIn("&lt;script&gt;", page.text)
        self.assertNotIn(SCRIPT, page.text)
        for message in case.message_ids:
            self.assertNotIn("<script", message.body or "")
        self.assertNotIn("<script", case.description)
        data = self.read_form(f"/my/complaints/{case.id}?access_token={token}")
        page = self.send_form(
            f"/my/complaints/{case.id}/add?access_token={token}",
            data | {"text": SCRIPT},
            [(f"{SCRIPT}.html", Markup(SCRIPT).encode())],
        )
        self.assertEqual(page.status_code, 422)
        self.assertNotIn(SCRIPT, page.text)

    # Too much

    def test_huge_input(self):
        self.login(None)
        for name in ("name", "description", "partner_name", "order_number"):
            with self.subTest(field=name):
                data = self.read_form(PUBLIC, **{**TYPED, **PERSON, name: "x" * 10**6})
                page = self.send_form(PUBLIC, data)
                self.assertEqual(page.status_code, 422)
                self.assertIn("This is too long", page.text)
        with mute_logger("odoo.http"):
            page = self.send_form(PUBLIC, {**data, "description": "x" * (11 * 2**20)})
        self.assertEqual(page.status_code, 413)
        self.assertFalse(self._new_cases())

    def test_null_characters(self):
        self.login(None)
        data = self.read_form(PUBLIC, **{**TYPED, **PERSON, "name": "a\x00b"})
        page = self.send_form(PUBLIC, data)
        self.assertEqual(page.status_code, 422)
        self.assertFalse(self._new_cases())

    def test_what_is_no_number_and_no_token(self):
        """Odd addresses find nothing, and break nothing."""
        self.login(self.customer)
        for address in (
            f"{self.url}?access_token=%C3%A9",
            "/my/complaints/99999999999999999999",
            "/my/feedback/99999999999999999999",
            "/my/feedback/1?access_token=%C3%A9",
            "/my/complaints?search=%00",
            "/my/feedback?search=%00",
            "/my/complaints/new?order_id=%C2%B2",
            "/complaint/new?order_id=%C2%B2&access_token=x",
            f"{self.url}/resolution?access_token=%C3%A9",
        ):
            for user in self.customer, None:
                self.login(user)
                with self.subTest(address=address, user=user and user.login):
                    self.assertIn(self.url_open(address).status_code, (200, 404))

    def test_writing_by_rpc(self):
        """The forms know limits; by RPC customers write nothing."""
        feedback = self.env["complaint.feedback"].create(
            {
                "name": "Idea",
                "company_id": self.company.id,
                "partner_id": self.partner.id,
            }
        )
        for record in self.case, feedback:
            for subtype in "mail.mt_comment", "mail.mt_note":
                with (
                    self.subTest(record=record, subtype=subtype),
                    self.assertRaises(AccessError),
                ):
                    record.with_user(self.customer).message_post(
                        body="Mine", subtype_xmlid=subtype
                    )

    def test_200_quick_posts(self):
        """The limit of the network holds, whatever address is named."""
        self.login(None)
        data = self.read_form(PUBLIC, **TYPED, **PERSON)
        refused = 0
        for number in range(200):
            given = {
                "partner_email": f"n{number}@x.com",
                "form_nonce": f"{number:032x}",
            }
            # A spare request: each is a case, as long as the limit is not reached.
            page = self.send_form(PUBLIC, {**data, **given}, follow=False)
            refused += page.status_code == 422
        limit = self.company.complaint_form_network_limit
        self.assertEqual(len(self._new_cases()), limit)
        self.assertEqual(refused, 200 - limit)

    def test_one_address_from_anywhere(self):
        self.company.complaint_form_address_limit = 2
        self.login(None)
        for number in range(4):
            data = self.read_form(PUBLIC, **TYPED, **PERSON)
            address = PERSON["partner_email"]
            data["partner_email"] = address.upper() if number else address
            page = self.send_form(PUBLIC, data)
        self.assertEqual(len(self._new_cases()), 2)
        self.assertIn("Too much was sent", page.text)
        self.assertIn("The kettle leaks", page.text)

    def test_programs(self):
        """Who fills in the hidden field is told, so that a person can send it again."""
        self.login(None)
        data = self.read_form(PUBLIC, **TYPED, **PERSON, website_address="http://x.com")
        page = self.send_form(PUBLIC, data)
        self.assertIn("as if a program", page.text)
        self.assertIn("The kettle leaks", page.text)
        self.assertFalse(self._new_cases())

    # Replayed, forged, by another way

    def test_replay_by_somebody_else(self):
        self.login(self.customer)
        data = self.read_form(NEW, **TYPED)
        self.send_form(NEW, data)
        own = self._new_cases()
        self.login(self.stranger)
        page = self.send_form(NEW, data)
        self.assertNotIn(own.reference, page.text)
        self.assertEqual(self._new_cases(), own)

    def test_csrf(self):
        before = self._state()
        for url, user in [(NEW, self.customer), (PUBLIC, None)]:
            self.login(user)
            data = self.read_form(url, **TYPED, **PERSON)
            for token in ("", "x", data["csrf_token"][:-3]):
                with self.subTest(url=url, token=token):
                    page = self.send_form(url, {**data, "csrf_token": token})
                    self.assertEqual(page.status_code, 422)
        self.assertFalse(self._new_cases())
        self.login(self.customer)
        data = self.read_form(self.url, text="Forged", confirm="yes")
        for action in ACTIONS:
            self.send_form(f"{self.url}/{action}", {**data, "csrf_token": ""})
        self.assertEqual(self._state(), before)

    def test_get_changes_nothing(self):
        self.login(self.customer)
        before = self._state()
        data = self.read_form(self.url)
        query = "&".join(f"{name}={value}" for name, value in data.items())
        for action in ACTIONS:
            with self.subTest(action=action):
                page = self.url_open(f"{self.url}/{action}?text=x&confirm=yes&{query}")
                self.assertEqual(page.status_code, 405)
        self.url_open(f"{NEW}?name=x&description=x&kind=complaint&{query}")
        self.url_open(f"{PUBLIC}?name=x&description=x&kind=complaint&{query}")
        self.assertEqual(self._state(), before)
        self.assertFalse(self._new_cases())

    def test_open_redirects(self):
        for user in (self.customer, None):
            self.login(user)
            for path in (
                f"{NEW}?redirect=//evil.example.com&order_id=//evil.example.com",
                f"{PUBLIC}?redirect=//evil.example.com&order_id=//evil.example.com",
                f"{PUBLIC}/done?redirect=//evil.example.com",
                f"{self.url}?redirect=//evil.example.com&access_token=//evil.example.com",
            ):
                with self.subTest(path=path):
                    page = self.url_open(path)
                    for step in [*page.history, page]:
                        self.assertTrue(step.url.startswith(self.base_url()))
                    self.assertNotIn('href="//evil', page.text)
                    self.assertNotIn('action="//evil', page.text)
