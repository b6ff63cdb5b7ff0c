import io
import re
import unittest

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools.pdf import PdfFileReader

from .test_investigation import InvestigationCase
from .test_report import ReportCase

REPORT = "complaint_management.complaint_investigation_action_report"
CUSTOMER = "complaint_management.complaint_investigation_customer_action_report"


class TestInvestigationReport(ReportCase, InvestigationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fill(
            cls.investigation,
            customer_summary="<p>The packing list was wrong.</p>",
            recommendation="<p>Weigh each box.</p>",
            root_cause_note="Old list in the file",
            cause_ids=[
                Command.create(
                    {"branch": "method", "name": "Old list", "verdict": "root"}
                ),
                Command.create(
                    {"branch": "people", "name": "New staff", "verdict": "ruled_out"}
                ),
            ],
            step_ids=[Command.create({"name": "Look at the list", "state": "done"})],
            event_ids=[
                Command.create({"name": "List changed", "date": "2024-05-02 08:00:00"})
            ],
        )
        cls.investigation.action_sign()

    def test_holds_all(self):
        text = self.text(self.render(REPORT, self.quality, self.investigation.ids))
        [sealed] = self.investigation.evidence_ids.sealed_files
        for expected in (
            self.case.reference,
            "Internal.",
            "Lids are missing.",
            "Look at the list",
            "List changed",
            "Packing list",
            sealed["sha256"],
            "Iris Packer",
            "The foam inlay was left out",
            "Why no lid?",
            "Not on the list",
            "Old list",
            "root cause",
            "New staff",
            "The packing list has no lid.",
            "Packing",
            "Old list in the file",
            "tolerance of 200 g",
            "They Could Occur",
            "The list is wrong.",
            "Weigh each box.",
            "Signed by Anna Agent",
        ):
            self.assertIn(expected, text)

    def test_customer_version_tells_whose_words_they_are(self):
        self.case.description = "<p>No lid</p>"
        for channel, heading in [
            ("email", "What you told us"),
            ("phone", "What was reported"),
        ]:
            self.case.channel = channel
            text = self.text(self.render(CUSTOMER, self.agent, self.investigation.ids))
            with self.subTest(channel=channel):
                self.assertIn(heading, text)

    def test_customer_version_holds_nothing_internal(self):
        self.case.with_user(self.agent_2).message_post(body="Secret note")
        text = self.text(self.render(CUSTOMER, self.agent, self.investigation.ids))
        self.assertIn("The packing list was wrong.", text)
        self.assertIn(self.case.reference, text)
        self.assertIn("Clara Buyer", text)
        for secret in (
            "Iris Packer",
            "foam inlay",
            "no lid",
            "Lids are missing",
            "Anna Agent",
            "Aron Agent",
            "Old list",
            "tolerance",
            "Weigh each box",
            "Secret note",
            "SHA-256",
            "Similar",
        ):
            self.assertNotIn(secret, text)

    def test_rights(self):
        for report in REPORT, CUSTOMER:
            for user in self.employee, self.agent_other, self.customer:
                with (
                    self.subTest(report=report, user=user.name),
                    self.assertRaises(AccessError),
                ):
                    self.render(report, user, self.investigation.ids)

    def test_diagram_on_the_form(self):
        diagram = self.investigation.ishikawa
        for word in "Old list", "Method", "Environment", self.case.name:
            self.assertIn(word, diagram)
        self.investigation.with_user(self.manager).reopen("One more")
        self.investigation.cause_ids[0].name = "<script>alert(1)</script>"
        self.assertNotIn("<script>", self.investigation.ishikawa)

    def test_paper_cuts_no_row(self):
        reports = self.env["ir.actions.report"]
        if reports.get_wkhtmltopdf_state() not in ("ok", "workers"):
            raise unittest.SkipTest("wkhtmltopdf is not installed")
        self.investigation.with_user(self.manager).reopen("More interviews")
        self.investigation.interview_ids = [
            Command.create(
                {
                    "name": f"Person {n}",
                    "statement": f"<p>First{n:02} {'word ' * 70 * (n % 4)} Last{n:02}</p>",
                }
            )
            for n in range(25)
        ]
        report = self.env.ref(REPORT).with_user(self.manager)
        content = reports.with_user(self.manager)._render_qweb_html(
            REPORT, self.investigation.ids, data={"report_type": "pdf"}
        )[0]
        bodies, __, __, __, paper = report.sudo()._prepare_html(
            content, report_model=report.model
        )
        # No server answers in a test: without the layout's style sheets.
        body = re.sub(r"<link\b[^>]*>|<base\b[^>]*>", "", bodies[0])
        pdf = PdfFileReader(
            io.BytesIO(
                reports._run_wkhtmltopdf(
                    [body], report_ref=REPORT, specific_paperformat_args=paper
                )
            )
        )
        texts = [page.extract_text() for page in pdf.pages]
        self.assertGreater(len(texts), 2)
        for n in range(25):
            first, last = (
                [number for number, text in enumerate(texts) if word in text]
                for word in (f"First{n:02}", f"Last{n:02}")
            )
            self.assertEqual(len(first), 1)
            self.assertEqual(first, last)
