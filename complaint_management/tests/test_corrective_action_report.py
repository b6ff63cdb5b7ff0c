from datetime import datetime

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time

from .test_corrective_action import ActionCase
from .test_report import ReportCase

ACTION = "complaint_management.complaint_corrective_action_action_report"
EIGHT_D = "complaint_management.complaint_8d_action_report"


@freeze_time("2024-05-10 10:00:00")
class TestActionReports(ActionCase, ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action.write(
            cls.agreed(
                problem="<p>Two lids in a hundred are missing</p>",
                evidence="<p>Secret evidence</p>",
                plan="<p>Secret plan</p>",
                cost=123,
                date_due="2024-05-12",
                step_ids=[
                    Command.create({"name": "Secret step", "user_id": cls.employee.id})
                ],
            )
        )
        cls.action.step_ids.with_user(cls.employee).done = True
        cls.action.action_done()
        cls.create_action(name="Stop the line", kind="containment")
        cls.create_action(name="Weigh cups too", kind="preventive")
        cls.create_action(name="Dropped idea", kind="corrective").action_cancel(
            "Not needed"
        )
        cls.case.write({"description": "<p>The <b>lid</b> is missing</p>"})

    def test_corrective_action_form(self):
        text = self.text(self.render(ACTION, self.agent, self.action.ids))
        for expected in (
            "Corrective Action Form",
            "Weigh every box",
            self.case.reference,
            "Packing",
            "Two lids in a hundred",
            "Secret plan",
            "Secret step",
            "Emil Employee",
            "Secret evidence",
            "No lid is missing for a month",
            "06/10/2024",
            "Quinn Quality",
            "To Review",
        ):
            self.assertIn(expected, text)
        dropped = self.case.corrective_action_ids.filtered(
            lambda action: action.state == "cancelled"
        )
        self.assertIn(
            "Not needed", self.text(self.render(ACTION, self.agent, dropped.ids))
        )
        with self.assertRaises(AccessError):
            self.render(ACTION, self.agent_other, self.action.ids)

    def test_8d_holds_what_was_done(self):
        page = self.render(EIGHT_D, self.agent, self.case.ids)
        for discipline, expected in (
            ("d0", [self.case.reference, "Alba Retail", "Kettle 2000"]),
            ("d1", ["Anna Agent", "Quinn Quality"]),
            ("d2", ["The lid is missing"]),
            ("d3", ["Stop the line"]),
            ("d4", ["Packing"]),
            ("d5", ["Weigh every box", "No lid is missing for a month"]),
            ("d6", ["Weigh every box", "05/10/2024", "06/10/2024"]),
            ("d7", ["Weigh cups too"]),
            ("d8", ["Not closed yet"]),
        ):
            [part] = page.xpath(f"//*[@name='{discipline}']")
            found = " ".join(part.text_content().split())
            for words in expected:
                with self.subTest(discipline=discipline, words=words):
                    self.assertIn(words, found)
        text = self.text(page)
        self.assertIn("Two lids in a hundred are missing", text)
        self.assertNotIn("Dropped idea", text)

    def test_8d_tells_whether_it_worked(self):
        with freeze_time("2024-06-10 10:00:00"):
            self.action.with_user(self.quality).review_effectiveness(
                "effective", "Secret finding"
            )
        text = self.text(self.render(EIGHT_D, self.agent, self.case.ids))
        self.assertIn("Verification: effective", text)
        self.assertNotIn("Secret finding", text)

    def test_8d_holds_nothing_internal(self):
        self.case.message_post(body="Secret note", subtype_xmlid="mail.mt_note")
        self.work_to(
            self.case,
            "resolution",
            findings="<p>Secret findings</p>",
            tag_ids=[Command.set(self.tag.ids)],
            process_review_note="Secret improvement",
            resolution="<p>Secret draft of the resolution</p>",
        )
        for user in (self.agent, self.manager, self.quality, self.executive):
            text = self.text(self.render(EIGHT_D, user, self.case.ids))
            for word in ("Secret", "123", self.agent.email, self.tag.name):
                with self.subTest(user=user.name, word=word):
                    self.assertNotIn(word, text)

    def test_8d_is_printed_by_who_works_in_complaints(self):
        self.case.sudo().registered_by_id = self.employee
        for user in (self.employee, self.customer, self.agent_other, self.manager_b):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.render(EIGHT_D, user, self.case.ids)

    def test_8d_of_a_fresh_case(self):
        case = self.create_case(date_received=datetime(2024, 5, 9))
        text = self.text(self.render(EIGHT_D, self.agent, case.ids))
        self.assertIn("Still under investigation.", text)
        self.assertIn("None so far.", text)

    def test_8d_tells_of_signed_investigations_only(self):
        investigation = self.env["complaint.investigation"].create(
            {
                "complaint_id": self.case.id,
                "user_id": self.agent_2.id,
                "escape_cause": "Nobody weighs the box",
                "findings": "<p>Secret findings</p>",
                "root_cause_note": "Secret cause",
                "conclusion": "<p>Secret conclusion</p>",
                "customer_summary": "<p>The line was changed in spring</p>",
            }
        )
        text = self.text(self.render(EIGHT_D, self.agent, self.case.ids))
        self.assertIn("Aron Agent", text)
        self.assertNotIn("Nobody weighs", text)
        investigation.sudo()._write({"state": "signed"})
        investigation.invalidate_recordset()
        text = self.text(self.render(EIGHT_D, self.agent, self.case.ids))
        self.assertIn("Nobody weighs the box", text)
        self.assertIn("The line was changed in spring", text)
        self.assertNotIn("Secret", text)

    def test_8d_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.partner.lang = "de_DE"
        self.translate("report_complaint_8d_document", **{"D2 Problem": "D2 Fehler"})
        page = self.render(EIGHT_D, self.agent, self.case.ids)
        self.assertIn("D2 Fehler", self.text(page))
