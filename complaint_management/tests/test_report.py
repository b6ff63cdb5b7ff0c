import io
import re
import unittest
from base64 import b64encode
from datetime import datetime
from unittest.mock import patch

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time
from odoo.tools.pdf import PdfFileReader
from odoo.tools.safe_eval import safe_eval

from ..report import complaint_register_report
from .common import ComplaintCommon

FORM = "complaint_management.complaint_form_action_report"
BLANK = "complaint_management.complaint_form_blank_action_report"
REGISTER = "complaint_management.complaint_register_action_report"
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00"
    b"\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00"
    b"\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


class ReportCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.phone = "+32 2 555 00 00"

    def render(self, report, user, ids=None, **context):
        """Return the page that ``user`` prints, as an element tree."""
        reports = self.env["ir.actions.report"].with_user(user)
        context = {"lang": user.lang or "en_US", "tz": "UTC", **context}
        content = reports.with_context(**context)._render_qweb_html(report, ids)[0]
        return html.fromstring(content)

    def text(self, page):
        """Return the words on the paper, without the layout's own header and footer."""
        articles = page.xpath("//div[hasclass('article')]")
        for style in page.xpath("//style"):
            style.drop_tree()
        return " ".join(" ".join(a.text_content() for a in articles).split())

    def translate(self, template, **terms):
        """Give words of a template a translation to German."""
        self.env.ref(f"complaint_management.{template}").update_field_translations(
            "arch_db", {"de_DE": terms}
        )


class TestComplaintForm(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.write({"street": "Rue de la Loi 1", "city": "Brussels"})
        cls.invoice = cls._create_invoice(cls.partner, cls.order_line)
        cls.case = cls.create_case(
            name="Kettle leaks",
            reference="CASE/7",
            date_received=datetime(2024, 5, 3, 9, 30),
            channel="letter",
            sale_order_id=cls.order.id,
            sale_order_line_id=cls.order_line.id,
            invoice_id=cls.invoice.id,
            category_id=cls.category_leak.id,
            severity="minor",
            user_id=cls.agent.id,
            description="<p>Water runs out of the <b>bottom</b>.</p>",
            remedy_requested="replacement",
            remedy_note="A new one by Friday",
        )

    def form(self, user=None, case=None, **context):
        return self.render(FORM, user or self.agent, (case or self.case).ids, **context)

    def test_filled_holds_what_the_customer_said(self):
        text = self.text(self.form())
        for expected in [
            "Complaint Form " + self.case.reference,
            "05/03/2024 09:30",
            "Letter",
            "Kettle leaks",
            "Clara Buyer",
            "Alba Retail",
            "clara@alba.example.com",
            "+32 2 555 01 01",
            "Rue de la Loi 1",
            self.order.name,
            self.invoice.name,
            "Kettle 2000",
            "Kettle / Leak",
            "Water runs out of the bottom.",
            "Replacement",
            "A new one by Friday",
            "Anna Agent",
            "Kettle Service",
            self.team.alias_email,
            "+32 2 555 00 00",
            "Date, signature of the customer",
            "Date, signature for Kettle Works",
        ]:
            self.assertIn(expected, text)
        # The staff's own addresses stay inside.
        self.assertNotIn(self.agent.email, text)

    def test_filled_holds_nothing_internal(self):
        other = self.create_case(name="Another matter of Clara")
        self.case.message_post(
            body="Secret note", subtype_xmlid="mail.mt_note", message_type="comment"
        )
        self.work_to(
            self.case,
            "closed",
            findings="<p>Secret findings</p>",
            root_cause_id=self.root_cause.id,
            urgency="high",
            complexity="complex",
            confirmation="no_answer",
            confirmation_note="Secret reason",
            tag_ids=[Command.set(self.tag.ids)],
            process_review=True,
            process_review_note="Secret improvement",
            corrective_action_ids=[
                Command.create(
                    {
                        "name": "Secret action",
                        "kind": "correction",
                        "state": "done",
                        "evidence": "<p>Secret evidence</p>",
                        "date_due": "2024-06-01",
                        "user_id": self.agent.id,
                    }
                )
            ],
        )
        self.case.with_user(self.manager).reopen("Secret reopening")
        page = self.form()
        content = html.tostring(page, encoding="unicode")
        self.assertIn("Water runs out", content)
        labels = dict(self.case._fields["priority"].selection)
        for hidden in [
            "Secret",
            "Packing",
            "Kettle Campaign",
            other.name,
            other.reference,
            "Priority",
            labels[self.case.priority],
            self.case.stage_id.name,
        ]:
            self.assertNotIn(hidden, content)

    def test_resolution_only_when_told(self):
        self.case.write(
            {
                "urgency": "normal",
                "complexity": "simple",
                "resolution_kind": "repair",
                "resolution": "<p>We mend it.</p>",
            }
        )
        text = self.text(self.form())
        self.assertNotIn("We mend it.", text)
        self.assertNotIn("Our decision", text)
        self.assertIn("We tell you our decision", text)
        self.case.date_communicated = datetime(2024, 5, 6, 9, 0)
        text = self.text(self.form())
        self.assertIn("Our decision Told to you on 05/06/2024", text)
        self.assertIn("What we do Repair We mend it.", text)
        # What lies behind is not announced any more.
        self.assertNotIn("We tell you our decision", text)
        self.assertIn("We ask you whether you are satisfied", text)

    def test_promises_are_those_of_the_policy(self):
        policy = self.env["complaint.sla.policy"].create(
            {
                "name": "Alba",
                "company_id": self.company.id,
                "partner_id": self.partner_company.id,
                "kind": "complaint",
                "category_id": self.category.id,
                "line_ids": [
                    Command.create({"commitment": c, "target": target, "unit": unit})
                    for c, target, unit in [
                        ("acknowledge", 1, "clock_hours"),
                        ("update", 7, "working_hours"),
                        ("resolve", 9, "working_days"),
                    ]
                ],
            }
        )
        case = self.create_case()
        self.assertEqual(case.sla_policy_id, policy)
        text = self.text(self.form(case=case))
        self.assertIn("Within 1 hour We confirm", text)
        self.assertIn("Then One person", text)
        self.assertIn("Every 7 working hours We tell you how far", text)
        self.assertIn("Within 9 business days We tell you our decision", text)

    def test_language_and_time_of_the_customer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.translate("report_complaint_form_document", Customer="Kunde")
        self.category_leak.with_context(lang="de_DE").name = "Undicht"
        text = self.text(self.form())
        self.assertIn("Customer", text)
        self.assertIn("Kettle / Leak", text)
        self.partner.write({"lang": "de_DE", "tz": "Europe/Berlin"})
        text = self.text(self.form())
        self.assertIn("Kunde", text)
        self.assertNotIn("Customer", text)
        self.assertIn("Kettle / Undicht", text)
        self.assertIn("03.05.2024 11:30", text)

    def test_language_that_is_not_active(self):
        self.env["res.lang"]._activate_lang("de_DE")
        german = self.env["res.partner"].create({"name": "Günther", "lang": "de_DE"})
        case = self.create_case(partner_id=german.id)
        german.active = False
        self.env["res.lang"]._lang_get("de_DE").active = False
        text = self.text(self.form(case=case))
        self.assertIn("Customer", text)
        self.assertIn("Günther", text)

    def test_unknown_customer_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.translate("report_complaint_form_document", Customer="Kunde")
        case = self.create_case(partner_id=False, partner_name="Voice on the Phone")
        self.agent.lang = "de_DE"
        text = self.text(self.form(case=case))
        self.assertIn("Kunde", text)
        self.assertIn("Voice on the Phone", text)

    def test_inquiry_has_its_own_words(self):
        case = self.create_case(kind="inquiry", name="Opening hours")
        text = self.text(self.form(case=case))
        self.assertIn("Inquiry Form", text)
        self.assertIn("Your question", text)
        self.assertNotIn("Complaint Form", text)

    def test_draft_invoice_is_not_named(self):
        draft = self.invoice.copy()
        self.case.invoice_id = draft
        self.assertEqual(draft.state, "draft")
        text = self.text(self.form())
        self.assertNotIn(self.invoice.name, text)
        self.assertIn("Invoice Product", text)

    def test_several_at_once_each_in_its_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.translate("report_complaint_form_document", Customer="Kunde")
        self.partner_stranger.lang = "de_DE"
        german = self.create_case(partner_id=self.partner_stranger.id)
        page = self.render(FORM, self.agent, (self.case | german).ids)
        first, second = page.xpath("//div[hasclass('article')]")
        self.assertIn("Customer", first.text_content())
        self.assertIn("Kunde", second.text_content())
        self.assertNotIn(german.reference, first.text_content())

    # Who may print

    def test_no_right_on_sales_is_needed(self):
        self.assertFalse(self.order.with_user(self.quality).has_access("read"))
        self.assertFalse(self.invoice.with_user(self.quality).has_access("read"))
        text = self.text(self.form(self.quality))
        self.assertIn(self.order.name, text)
        self.assertIn(self.invoice.name, text)

    def test_who_may_read_may_print(self):
        self.case.registered_by_id = self.employee
        for user in [
            self.employee,
            self.manager,
            self.quality,
            self.executive,
            self.customer,
            self.colleague,
        ]:
            with self.subTest(user=user.name):
                self.assertIn(self.case.reference, self.text(self.form(user)))

    def test_who_may_not_read_may_not_print(self):
        self.case.confidential = True
        for user in [
            self.employee,
            self.agent_other,
            self.quality,
            self.executive,
            self.manager_b,
            self.colleague,
            self.stranger,
        ]:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.form(user)

    def test_one_forbidden_case_among_others(self):
        hidden = self.create_case(team_id=self.team_other.id)
        with self.assertRaises(AccessError):
            self.render(FORM, self.agent, (self.case | hidden).ids)

    # Hostile text

    def test_hostile_text(self):
        self.case.write(
            {
                "name": "<script>alert(1)</script>",
                "remedy_note": "<img src=x onerror=alert(2)>",
                "partner_name": "<b>Bold</b>",
                "description": '<p style="position:fixed" class="o_complaint_sign">Words'
                '<a href="https://evil.example.com">there</a></p>'
                '<img src="https://evil.example.com/a.png"/>'
                '<img src="/web/session/logout"/>'
                '<table background="https://evil.example.com/b"><tr>'
                '<td colspan="2">cell</td></tr></table>',
            }
        )
        page = self.form()
        article = page.xpath("//div[hasclass('article')]")[0]
        self.assertFalse(article.xpath(".//script | .//b[text()='Bold']"))
        self.assertIn("<script>alert(1)</script>", article.text_content())
        self.assertIn("<img src=x onerror=alert(2)>", article.text_content())
        [box] = article.xpath(".//div[@name='description']")
        content = html.tostring(box, encoding="unicode")
        self.assertNotIn("evil.example.com", content)
        self.assertNotIn("logout", content)
        self.assertNotIn("position", content)
        self.assertFalse(box.xpath(".//img"))
        self.assertTrue(box.xpath(".//td[@colspan='2']"))
        self.assertIn("Words", box.text_content())

    def test_pictures_of_the_text_itself_only(self):
        picture, other = self.env["ir.attachment"].create(
            [
                {
                    "name": f"{name}.png",
                    "raw": PIXEL,
                    "res_model": self.case._name,
                    "res_id": self.case.id,
                }
                for name in ("leak", "internal")
            ]
        )
        token = picture.generate_access_token()[0]
        other.generate_access_token()
        self.case.description = (
            f'<p>See <img src="/web/image/{picture.id}-abc/leak.png?access_token={token}"/>'
            f'<img src="/web/image/{other.id}?access_token={token}"/></p>'
        )
        [box] = self.form().xpath("//div[@name='description']")
        self.assertEqual(
            box.xpath(".//img/@src"),
            ["data:image/png;base64," + b64encode(PIXEL).decode()],
        )

    def test_file_name_holds_the_number(self):
        report = self.env.ref(FORM)
        self.assertEqual(report.binding_model_id.model, "complaint.complaint")
        name = safe_eval(report.print_report_name, {"object": self.case})
        self.assertEqual(
            name, "Complaint Form - " + self.case.reference.replace("/", "_")
        )


class TestBlankForm(ReportCase):
    def test_prints_without_any_case(self):
        for user in (self.agent, self.quality, self.executive):
            with self.subTest(user=user.name):
                page = self.render(BLANK, user)
                text = self.text(page)
                self.assertIn("Complaint Form", text)
                self.assertIn(self.team.alias_email, text)
                # Ruled lines to write on, and boxes to tick.
                self.assertGreaterEqual(
                    len(page.xpath("//div[hasclass('o_complaint_rule')]")), 10
                )
                boxes = [
                    box.getparent().text_content().strip()
                    for box in page.xpath("//span[hasclass('o_complaint_box')]")
                ]
                for label in ("Complaint", "Inquiry", "Letter", "Refund", "Kettle"):
                    self.assertIn(label, boxes)
                # Subcategories are the office's, other companies' none of theirs.
                self.assertNotIn("Leak", boxes)
                self.assertNotIn("Teapot", boxes)

    def test_asks_for_what_the_filled_form_shows(self):
        case = self.create_case(
            sale_order_id=self.order.id, sale_order_line_id=self.order_line.id
        )

        def labels(page):
            cells = page.xpath("//table[@name!='process' or not(@name)]//th/text()")
            return {text.strip() for text in cells if text.strip()}

        filled = labels(self.render(FORM, self.agent, case.ids))
        blank = labels(self.render(BLANK, self.agent))
        # Ticked rather than written, or known by the company alone.
        self.assertEqual(filled - blank, {"Remedy", "Responsible", "Team"})

    def test_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.translate("report_complaint_form_blank", Customer="Kunde")
        self.category.with_context(lang="de_DE").name = "Wasserkocher"
        text = self.text(self.render(BLANK, self.agent, lang="de_DE"))
        self.assertIn("Kunde", text)
        self.assertIn("Wasserkocher", text)

    def test_menu_for_agents_quality_and_executives(self):
        menu = self.env.ref("complaint_management.complaint_menu_form_blank")
        self.assertEqual(menu.action, self.env.ref(BLANK))
        for user in (self.agent, self.quality, self.executive):
            with self.subTest(user=user.name):
                menus = self.env["ir.ui.menu"].with_user(user)
                self.assertIn(menu.id, menus.load_menus(False))
        menus = self.env["ir.ui.menu"].with_user(self.employee)
        self.assertNotIn(menu.id, menus.load_menus(False))


@freeze_time("2024-06-20 12:00:00")
class TestRegister(ReportCase):
    def wizard(self, user, **vals):
        values = {
            "date_from": "2024-05-01",
            "date_to": "2024-05-31",
            "company_id": self.company.id,
        }
        return self.env["complaint.register"].with_user(user).create(values | vals)

    def register(self, user, **vals):
        return self.render(REGISTER, user, self.wizard(user, **vals).ids)

    def rows(self, page):
        """Return the printed rows of cases, as lists of texts."""
        return [
            [" ".join(cell.text_content().split()) for cell in row.xpath("td")]
            for row in page.xpath("//table[hasclass('o_complaint_cases')]//tr[td]")
        ]

    def create_may_case(self, day=2, **vals):
        return self.create_case(
            **{"date_received": datetime(2024, 5, day, 10, 0), **vals}
        )

    def test_row(self):
        case = self.create_may_case(
            name="Leaks badly",
            product_id=self.product.id,
            category_id=self.category_leak.id,
            severity="critical",
            user_id=self.agent.id,
        )
        case.cancel("withdrawn", "Clara found the lid")
        [row] = self.rows(self.register(self.agent))
        self.assertEqual(
            row,
            [
                case.reference,
                "05/02/2024",
                "Complaint",
                "Clara Buyer",
                "Leaks badly",
                "Kettle / Leak",
                "Kettle 2000",
                "Critical",
                "Anna Agent",
                case.stage_id.name,
                "Withdrawn",
                "06/20/2024",
            ],
        )

    def test_heading_names_period_company_and_filters(self):
        text = self.text(self.register(self.agent))
        self.assertIn("Kettle Works, received from 05/01/2024 to 05/31/2024", text)
        self.assertNotIn("Team:", text)
        self.assertNotIn("Kind:", text)
        self.assertIn("No case was received in this period.", text)
        text = self.text(
            self.register(self.agent, kind="inquiry", team_id=self.team.id)
        )
        self.assertIn("Kind: Inquiry", text)
        self.assertIn("Team: Kettle Service", text)

    def test_period_and_filters(self):
        first = self.create_may_case(1)
        inquiry = self.create_may_case(3, kind="inquiry")
        last = self.create_may_case(31, team_id=self.team_other.id)
        last.active = False
        self.create_case(date_received=datetime(2024, 4, 30, 23, 59, 59))
        self.create_case(date_received=datetime(2024, 6, 1, 0, 0, 0))

        def numbers(**vals):
            return [row[0] for row in self.rows(self.register(self.manager, **vals))]

        self.assertEqual(
            numbers(), [first.reference, inquiry.reference, last.reference]
        )
        self.assertEqual(numbers(kind="inquiry"), [inquiry.reference])
        self.assertEqual(numbers(team_id=self.team_other.id), [last.reference])
        self.assertEqual(
            numbers(date_from="2024-05-02", date_to="2024-05-30"), [inquiry.reference]
        )

    def test_only_what_the_reader_may_see(self):
        own = self.create_may_case(2)
        other = self.create_may_case(3, team_id=self.team_other.id)
        hidden = self.create_may_case(4, confidential=True)
        foreign = self.create_may_case(
            5,
            company_id=self.company_b.id,
            team_id=self.team_b.id,
            category_id=self.category_b.id,
        )

        def numbers(user, **vals):
            return [row[0] for row in self.rows(self.register(user, **vals))]

        self.assertEqual(numbers(self.agent), [own.reference])
        self.assertEqual(
            numbers(self.manager), [own.reference, other.reference, hidden.reference]
        )
        for user in (self.quality, self.executive):
            self.assertEqual(numbers(user), [own.reference, other.reference])
        self.assertEqual(
            numbers(self.manager_b, company_id=self.company_b.id), [foreign.reference]
        )
        wizard = self.wizard(self.manager)
        # The rights count of who prints, not of who chose the period.
        for user in (self.employee, self.customer):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.render(REGISTER, user, wizard.ids)

    def test_totals_by_outcome_and_severity(self):
        self.create_may_case(severity="minor")
        self.create_may_case(severity="critical")
        self.create_may_case(severity="critical").cancel("withdrawn", "Found")
        self.create_may_case(severity="critical").cancel("invalid", "No customer")
        self.create_may_case(severity=False, category_id=False)
        page = self.register(self.manager)
        [table] = page.xpath("//table[@name='totals']")
        self.assertEqual(
            [cell.text_content().strip() for cell in table.xpath(".//th")][1:],
            ["Minor", "Major", "Critical", "Not assessed", "Total"],
        )
        lines = {
            row[0]: [int(number) for number in row[1:]]
            for row in (
                [cell.text_content().strip() for cell in line.xpath("td")]
                for line in table.xpath(".//tr[td]")
            )
        }
        self.assertEqual(lines["Upheld"], [0, 0, 0, 0, 0])
        self.assertEqual(lines["Withdrawn"], [0, 0, 1, 0, 1])
        self.assertEqual(lines["No outcome yet"], [1, 0, 2, 1, 4])
        self.assertEqual(lines["Total"], [1, 0, 3, 1, 5])
        self.assertIn("Cases: 5, still open: 3", self.text(page))

    def test_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.translate("report_complaint_register_document", Customer="Kunde")
        self.category_leak.with_context(lang="de_DE").name = "Undicht"
        # The customer's language has no say in a paper of the company.
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner.lang = "fr_FR"
        self.create_may_case(category_id=self.category_leak.id)
        page = self.render(
            REGISTER, self.agent, self.wizard(self.agent).ids, lang="de_DE"
        )
        [row] = self.rows(page)
        self.assertEqual(row[1], "02.05.2024")
        self.assertEqual(row[5], "Kettle / Undicht")
        self.assertIn("Kunde", self.text(page))

    def test_hostile_text_is_only_text(self):
        self.create_may_case(
            name="<script>alert('subject')</script>",
            partner_id=False,
            partner_name="<img src=x>",
        )
        page = self.register(self.agent)
        [row] = self.rows(page)
        self.assertEqual(row[3], "<img src=x>")
        self.assertEqual(row[4], "<script>alert('subject')</script>")
        tables = page.xpath("//table[hasclass('o_complaint_cases')]")
        self.assertFalse([t for t in tables if t.xpath(".//script | .//img")])

    def test_customer_known_by_address_or_phone_only(self):
        self.create_may_case(2, partner_id=False, partner_email="a@b.example.com")
        self.create_may_case(3, partner_id=False, partner_phone="+32 99")
        rows = self.rows(self.register(self.agent))
        self.assertEqual([row[3] for row in rows], ["a@b.example.com", "+32 99"])

    def test_owner_and_product_that_moved_away(self):
        self.create_may_case(user_id=self.agent_2.id, product_id=self.product.id)
        self.agent_2.write(
            {
                "company_id": self.company_b.id,
                "company_ids": [Command.set(self.company_b.ids)],
            }
        )
        self.product.active = False
        [row] = self.rows(self.register(self.agent))
        self.assertEqual((row[6], row[8]), ("Kettle 2000", "Aron Agent"))

    def test_asks_for_the_period(self):
        with self.assertRaises(UserError):
            self.render(REGISTER, self.agent)

    def test_print_button_prints_the_wizard(self):
        form = Form(self.env["complaint.register"].with_user(self.agent))
        wizard = form.save()
        action = wizard.action_print()
        self.assertEqual(action["report_name"], self.env.ref(REGISTER).report_name)
        self.assertEqual(action["context"]["active_ids"], wizard.ids)
        name = safe_eval(self.env.ref(REGISTER).print_report_name, {"object": wizard})
        self.assertEqual(name, "Complaint Register 2024-06-01 - 2024-06-20")

    # Paging and size

    def test_tables_follow_the_build_of_wkhtmltopdf(self):
        for day in range(1, 5):
            self.create_may_case(day)
        report = "report.complaint_management.report_complaint_register"
        for patched, tables in ((True, 1), (False, 4)):
            with (
                self.subTest(patched=patched),
                patch.object(
                    self.registry[report], "_is_patched", lambda self, p=patched: p
                ),
            ):
                page = self.register(self.agent)
                printed = page.xpath("//table[hasclass('o_complaint_cases')]")
                self.assertEqual(len(printed), tables)
                self.assertEqual(len(self.rows(page)), 4)
                # One heading; a long table repeats it on each page.
                self.assertEqual(len(page.xpath("//th[text()='Number']")), 1)

    def test_headings_where_none_are_repeated(self):
        """Without a patched wkhtmltopdf each page has the titles of the columns."""
        for day in range(1, 8):
            self.create_may_case(day)
        report = "report.complaint_management.report_complaint_register"
        with (
            patch.object(self.registry[report], "_is_patched", lambda self: False),
            patch.object(complaint_register_report, "HEADING_EVERY", 3),
        ):
            page = self.register(self.agent)
        self.assertEqual(len(self.rows(page)), 7)
        self.assertEqual(len(page.xpath("//th[text()='Number']")), 3)

    def test_no_query_per_row(self):
        def create(number, day):
            products = self.env["product.product"].create(
                [{"name": f"Product {day} {n}"} for n in range(number)]
            )
            categories = self.env["complaint.category"].create(
                [
                    {"name": f"Category {day} {n}", "parent_id": self.category.id}
                    for n in range(number)
                ]
            )
            partners = self.env["res.partner"].create(
                [{"name": f"Customer {day} {n}"} for n in range(number)]
            )
            users = self.env["res.users"].create(
                [
                    {
                        "name": f"Owner {day} {n}",
                        "login": f"complaint_owner_{day}_{n}",
                        "group_ids": self.agent.group_ids.ids,
                        "company_id": self.company.id,
                        "company_ids": [Command.set(self.company.ids)],
                    }
                    for n in range(number)
                ]
            )
            for product, category, partner, user in zip(
                products, categories, partners, users, strict=True
            ):
                self.create_may_case(
                    day,
                    product_id=product.id,
                    category_id=category.id,
                    partner_id=partner.id,
                    user_id=user.id,
                )
            wizard = self.wizard(
                self.manager, date_from=f"2024-05-{day:02}", date_to=f"2024-05-{day:02}"
            )
            self.env.flush_all()
            return wizard

        def count(wizard):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page = self.render(REGISTER, self.manager, wizard.ids)
            return self.env.cr.sql_log_count - before, len(self.rows(page))

        few, many = create(5, 10), create(50, 11)
        # The first rendering also reads the templates.
        count(few)
        queries, rows = count(few)
        self.assertEqual(rows, 5)
        self.assertEqual(count(many), (queries, 50))

    def test_paper_is_landscape_and_cuts_no_row(self):
        reports = self.env["ir.actions.report"]
        if reports.get_wkhtmltopdf_state() not in ("ok", "workers"):
            raise unittest.SkipTest("wkhtmltopdf is not installed")
        # 60 rows of one to five lines: page ends fall on every kind of them.
        for n in range(60):
            words = "a subject that goes on and on " * (n % 5)
            self.create_may_case(2, name=f"First{n:02} {words} Last{n:02}")
        report = self.env.ref(REGISTER).with_user(self.manager)
        wizard = self.wizard(self.manager)
        content = reports.with_user(self.manager)._render_qweb_html(
            REGISTER, wizard.ids, data={"report_type": "pdf"}
        )[0]
        bodies, ids, __, __, paper = report.sudo()._prepare_html(
            content, report_model=report.model
        )
        self.assertEqual(ids, wizard.ids)
        # No server answers in a test: without the layout's style sheets.
        body = re.sub(r"<link\b[^>]*>|<base\b[^>]*>", "", bodies[0])
        pdf = PdfFileReader(
            io.BytesIO(
                reports._run_wkhtmltopdf(
                    [body],
                    report_ref=REGISTER,
                    landscape=None,
                    specific_paperformat_args=paper,
                )
            )
        )
        box = pdf.pages[0].mediabox
        self.assertGreater(box.width, box.height)
        texts = [page.extract_text() for page in pdf.pages]
        self.assertGreater(len(texts), 2)
        for n in range(60):
            first, last = (
                [number for number, text in enumerate(texts) if word in text]
                for word in (f"First{n:02}", f"Last{n:02}")
            )
            self.assertEqual(len(first), 1)
            self.assertEqual(first, last)
