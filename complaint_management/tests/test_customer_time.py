from datetime import datetime

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, TransactionCase, tagged

from .common import ComplaintCommon, FormCase

ACKNOWLEDGEMENT = "complaint_management.mail_template_complaint_acknowledgement"
EXTENSION = "complaint_management.mail_template_complaint_extension"
FORM = "complaint_management.report_complaint_form"
LETTER = "complaint_management.report_complaint_response_letter"


@tagged("post_install", "-at_install")
class TestCustomerTime(ComplaintCommon, TransactionCase):
    """Moments that a customer is told are by the customer's clock, which is named."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._lang_get("en_US").write(
            {"date_format": "%m/%d/%Y", "time_format": "%H:%M:%S"}
        )
        cls.company.resource_calendar_id.tz = "Europe/Brussels"
        cls.agent.tz = "Asia/Tokyo"
        cls.case = cls.create_case(date_received=datetime(2024, 3, 8, 23, 30))

    def test_the_clock_is_named(self):
        moment = datetime(2024, 3, 8, 16, 0)
        for zone, expected in (
            ("Europe/Paris", "03/08/2024 17:00 CET"),
            ("America/New_York", "03/08/2024 11:00 EST"),
            ("America/Sao_Paulo", "03/08/2024 13:00 UTC-0300"),
            ("UTC", "03/08/2024 16:00 UTC"),
            # Not the customer's own, so it says more.
            (False, "03/08/2024 17:00 (Europe/Brussels)"),
        ):
            self.partner.tz = zone
            for case in (self.case, self.case.with_user(self.agent)):
                with self.subTest(zone=zone, user=case.env.user.name):
                    self.assertEqual(case._format_customer_time(moment), expected)
        self.assertEqual(self.case._format_customer_time(False), "")

    def test_without_hours_of_the_company(self):
        self.partner.tz = False
        self.company.resource_calendar_id = False
        moment = datetime(2024, 3, 8, 16, 0)
        self.assertEqual(
            self.case._format_customer_time(moment), "03/08/2024 16:00 (UTC)"
        )

    def _paper(self, paper, tz="Asia/Tokyo"):
        reports = self.env["ir.actions.report"].with_user(self.agent)
        page = reports.with_context(tz=tz)._render_qweb_html(paper, self.case.ids)[0]
        return " ".join(html.fromstring(page).text_content().split())

    def test_papers_are_by_the_customers_clock(self):
        """At half past eleven in Lisbon it is tomorrow already in Tokyo."""
        self.partner.tz = "Europe/Lisbon"
        self.assertIn("03/08/2024 23:30 WET", self._paper(FORM))
        self.assertIn("On 03/08/2024", self._paper(LETTER))
        self.partner.tz = "Asia/Tokyo"
        self.assertIn("03/09/2024 08:30 JST", self._paper(FORM, tz="UTC"))
        self.assertIn("On 03/09/2024", self._paper(LETTER, tz="UTC"))

    def test_mails_are_by_the_customers_clock(self):
        self.partner.tz = "America/New_York"
        case = self.case.with_user(self.agent).with_context(tz="Asia/Tokyo")
        mail = self.env.ref(ACKNOWLEDGEMENT).with_env(case.env)
        body = mail._generate_template(case.ids, ("body_html",))[case.id]["body_html"]
        # Received at half past six in the evening there.
        self.assertIn("03/08/2024", body)
        self.assertNotIn("03/09/2024", body)

    def test_feedback_has_the_same_clock(self):
        self.partner.tz = "Asia/Tokyo"
        feedback = self.env["complaint.feedback"].create(
            {"name": "Cord", "type": "comment", "partner_id": self.partner.id}
        )
        self.assertEqual(
            feedback._format_customer_day(datetime(2024, 3, 8, 16, 0)), "03/09/2024"
        )


@tagged("post_install", "-at_install")
class TestSameTimeEverywhere(FormCase, HttpCase):
    """The mail and the page name the same promises, whoever sends and opens them."""

    def test_mail_and_page_agree(self):
        self.company.resource_calendar_id.tz = "Europe/Brussels"
        for zone in ("America/New_York", False):
            self.partner.tz = zone
            self.agent.tz = "Asia/Tokyo"
            case = self.create_case()
            promises = case.with_user(self.agent)._get_promises()
            self.assertTrue(promises)
            token = f"?access_token={case._portal_ensure_token()}"
            for reader in (self.customer, None):
                self.login(reader)
                self.opener.cookies["tz"] = "Asia/Kolkata"
                page = self.url_open(f"/my/complaints/{case.id}{token}").text
                shown = " ".join(html.fromstring(page).text_content().split())
                for what, until in promises:
                    with self.subTest(zone=zone, reader=reader, what=what):
                        self.assertIn(until, shown)

    def test_mail_of_an_extension(self):
        self.partner.tz = "America/New_York"
        case = self.create_case(user_id=self.agent.id)
        until = fields.Datetime.add(case.sla_status_ids._of("resolve").deadline, days=3)
        with self.mock_mail_gateway():
            case.with_user(self.manager).extend("resolve", until, "We wait")
        said = " ".join(case.message_ids.mapped("body"))
        self.assertIn(case._format_customer_time(until), said)
