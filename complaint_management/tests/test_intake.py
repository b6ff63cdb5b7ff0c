from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .common import ComplaintCommon


class TestFunnel(ComplaintCommon):
    """Whatever the channel knows, ``create`` finds the rest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.complaints = cls.env["complaint.complaint"]

    def test_customer_by_address(self):
        case = self.complaints.create(
            {"name": "Lid", "partner_email": '"C. Buyer" <CLARA@Alba.example.com>'}
        )
        self.assertEqual(case.partner_id, self.partner)
        self.assertEqual(case.commercial_partner_id, self.partner_company)
        self.assertEqual(case.partner_name, "Clara Buyer")
        self.assertEqual(case.partner_phone, self.partner.phone)
        self.assertEqual(case.email_normalized, "clara@alba.example.com")

    def test_unknown_customer_is_kept_as_told(self):
        case = self.complaints.create(
            {
                "name": "Lid",
                "partner_name": "Ugo Unknown",
                "partner_email": "ugo@example.com",
                "partner_phone": "555",
            }
        )
        self.assertFalse(case.partner_id)
        self.assertEqual(
            (case.partner_name, case.partner_email, case.partner_phone),
            ("Ugo Unknown", "ugo@example.com", "555"),
        )

    def test_what_the_caller_says_of_the_customer_stays(self):
        case = self.create_case(partner_name="Clara B.", partner_email="c@example.com")
        self.assertEqual(case.partner_id, self.partner)
        self.assertEqual(case.partner_name, "Clara B.")
        self.assertEqual(case.partner_email, "c@example.com")

    def test_customer_of_another_company_is_not_found(self):
        address = "shared@example.com"
        partners = self.env["res.partner"].create(
            [
                {"name": "At B", "email": address, "company_id": self.company_b.id},
                {"name": "At A", "email": address, "company_id": self.company.id},
            ]
        )
        vals = {"name": "Lid", "partner_email": address}
        cases = self.complaints.create(
            [vals, {**vals, "company_id": self.company_b.id}]
        )
        self.assertEqual(cases.mapped("partner_id.name"), ["At A", "At B"])
        partners.active = False
        self.assertFalse(self.complaints.create(vals).partner_id)

    def test_customers_are_preferred_to_staff(self):
        """Of two contacts with one address, the customer complained."""
        self.env["res.partner"].create(
            {"name": "The private Anna", "email": self.agent.email}
        )
        case = self.complaints.create({"name": "x", "partner_email": self.agent.email})
        self.assertEqual(case.partner_id.name, "The private Anna")

    def test_order_line_brings_order_product_and_customer(self):
        case = self.complaints.create(
            {"name": "Lid", "sale_order_line_id": self.order_line.id}
        )
        self.assertEqual(case.sale_order_id, self.order)
        self.assertEqual(case.product_id, self.product)
        self.assertEqual(case.partner_id, self.partner)

    def test_order_and_invoice_bring_the_customer(self):
        invoice = self._create_invoice(self.partner_stranger, self.order_line)
        cases = self.complaints.create(
            [
                {"name": "Of an order", "sale_order_id": self.order.id},
                {"name": "Of an invoice", "invoice_id": invoice.id},
                {
                    "name": "Somebody else's order",
                    "sale_order_id": self.order.id,
                    "partner_id": self.partner_stranger.id,
                },
            ]
        )
        self.assertEqual(
            cases.partner_id.ids, [self.partner.id, self.partner_stranger.id]
        )
        self.assertEqual(cases[2].partner_id, self.partner_stranger)

    def test_agent_without_rights_in_sales_names_a_document(self):
        invoice = self._create_invoice(self.partner, self.order_line)
        case = self.complaints.with_user(self.agent).create(
            {"name": "Lid", "invoice_id": invoice.id}
        )
        self.assertEqual(case.partner_id, self.partner)

    def test_line_of_another_order_is_refused(self):
        with self.assertRefused("belongs to another order"):
            self.create_case(
                sale_order_id=self.order_other.id,
                sale_order_line_id=self.order_line.id,
            )

    def test_category_brings_severity_and_team(self):
        case = self.complaints.create(
            {"name": "Late", "category_id": self.category_delivery.id}
        )
        self.assertEqual(case.severity, "major")
        self.assertEqual(case.team_id, self.team_other)
        own = self.create_case(
            category_id=self.category_delivery.id, severity="critical"
        )
        self.assertEqual(own.severity, "critical")
        self.assertEqual(own.team_id, self.team)

    def test_category_shared_by_companies(self):
        """Its team belongs to one of them, and is the default only there."""
        self.category.team_id = self.team_other
        cases = self.complaints.create(
            [
                {"name": "Here", "category_id": self.category.id},
                {
                    "name": "There",
                    "category_id": self.category.id,
                    "company_id": self.company_b.id,
                },
            ]
        )
        self.assertEqual(
            cases.mapped("team_id.name"), ["Delivery Desk", "Teapot Service"]
        )

    def test_team_without_any_hint(self):
        cases = self.complaints.create(
            [
                {"name": "First team", "company_id": self.company.id},
                {"name": "First team there", "company_id": self.company_b.id},
                {"name": "None, as said", "team_id": False},
            ]
        )
        self.assertEqual(cases[0].team_id, self.team)
        self.assertEqual(cases[1].team_id, self.team_b)
        self.assertFalse(cases[2].team_id)

    def test_a_batch_mixes_all(self):
        """No row of a batch takes over what belongs to another row."""
        cases = self.complaints.create(
            [
                {"name": "A", "partner_email": "clara@alba.example.com"},
                {"name": "B", "partner_email": "stella@borealis.example.com"},
                {"name": "C", "category_id": self.category_leak.id},
                {"name": "D", "sale_order_id": self.order_other.id},
                {"name": "E", "company_id": self.company_b.id},
            ]
        )
        self.assertEqual(
            [case.partner_id.name or "" for case in cases],
            ["Clara Buyer", "Stella Stranger", "", "Stella Stranger", ""],
        )
        self.assertEqual(
            [case.severity for case in cases], [False, False, "critical", False, False]
        )
        self.assertEqual(cases[4].team_id, self.team_b)
        self.assertEqual(len(set(cases[:4].mapped("reference"))), 4)

    def test_customer_follows_the_case(self):
        case = self.complaints.with_user(self.agent).create(
            {"name": "Lid", "partner_id": self.partner.id}
        )
        self.assertIn(self.partner, case.message_partner_ids)
        unfollowed = self.complaints.with_context(mail_create_nosubscribe=True).create(
            {"name": "Lid", "partner_id": self.partner.id}
        )
        self.assertEqual(unfollowed.message_partner_ids, self.partner)

    def test_colleague_as_customer_does_not_follow_by_that(self):
        """A complaint of an employee, entered by another, does not write to them."""
        case = self.create_case(partner_id=self.employee.partner_id.id)
        self.assertNotIn(self.employee.partner_id, case.message_partner_ids)

    def test_copy_is_a_new_case(self):
        case = self.work_to(self.create_case(user_id=self.agent.id), "closed")
        copy = case.copy()
        self.assertNotEqual(copy.reference, case.reference)
        self.assertEqual(copy.phase, "received")
        self.assertFalse(copy.date_closed)
        self.assertFalse(copy.findings)
        self.assertFalse(copy.decision_ids)
        self.assertFalse(copy.user_id)


class TestReference(ComplaintCommon):
    """Numbers run per company and year of receipt, without a gap or a double."""

    def _numbers(self, *days, company=None):
        cases = self.env["complaint.complaint"].create(
            [
                {
                    "name": "Lid",
                    "company_id": (company or self.company).id,
                    "date_received": f"{day} 12:00:00",
                }
                for day in days
            ]
        )
        return cases.mapped("reference")

    def test_per_company_and_year(self):
        self.assertEqual(
            self._numbers("2021-12-31", "2022-01-01", "2021-02-03"),
            ["CMP/2021/00001", "CMP/2022/00001", "CMP/2021/00002"],
        )
        self.assertEqual(
            self._numbers("2021-05-05", company=self.company_b), ["CMP/2021/00001"]
        )
        self.assertEqual(self._numbers("2021-05-05"), ["CMP/2021/00003"])

    def test_year_is_that_of_the_company(self):
        """In Tokyo it is New Year's Day already, for a mail and for people abroad."""
        self.company.resource_calendar_id.tz = "Asia/Tokyo"
        for tz in (False, "Europe/London"):
            cases = self.env["complaint.complaint"].with_context(tz=tz)
            case = cases.create({"name": "Lid", "date_received": "2021-12-31 20:00:00"})
            self.assertIn("/2022/", case.reference)

    def test_old_numbers_of_an_import_stay(self):
        case = self.create_case(reference="OLD-17")
        self.assertEqual(case.reference, "OLD-17")
        other = self.create_case(
            reference="OLD-17",
            company_id=self.company_b.id,
            team_id=self.team_b.id,
            category_id=False,
        )
        self.assertEqual(other.reference, "OLD-17")

    def test_the_company_may_change_its_format(self):
        sequence = self.env["ir.sequence"].search(
            [
                ("code", "=", "complaint.complaint"),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertEqual(len(sequence), 1)
        sequence.write({"prefix": "K-%(range_y)s-", "padding": 3})
        self.assertEqual(self._numbers("2023-05-05"), ["K-23-001"])

    def test_lost_numbering_is_made_anew(self):
        self.env["ir.sequence"].search(
            [
                ("code", "=", "complaint.complaint"),
                ("company_id", "=", self.company.id),
            ]
        ).unlink()
        self.assertEqual(self._numbers("2023-05-05"), ["CMP/2023/00001"])


class TestReceived(ComplaintCommon):
    @freeze_time("2024-05-02 10:00:00")
    def test_past_and_present(self):
        case = self.create_case(date_received="2019-01-31 08:00:00")
        self.assertEqual(case.date_received, datetime(2019, 1, 31, 8))
        self.assertEqual(case.age_days, 1918)
        self.assertEqual(self.create_case().date_received, datetime(2024, 5, 2, 10))

    @freeze_time("2024-05-02 10:00:00")
    def test_never_in_the_future(self):
        with self.assertRefused("received in the future"):
            self.create_case(date_received="2024-05-02 10:30:00")
        case = self.create_case(date_received="2024-05-02 10:04:00")
        with self.assertRefused("received in the future"):
            case.date_received = "2024-05-03 10:00:00"

    @freeze_time("2024-05-02 10:00:00")
    def test_quick_entry(self):
        entry = self.env["complaint.quick.entry"].create(
            {
                "name": "Lid",
                "partner_phone": "555",
                "date_received": "2024-05-03 10:00:00",
            }
        )
        with self.assertRefused("received in the future"):
            entry.action_register()
        entry.date_received = "2024-04-30 10:00:00"
        case = self.env["complaint.complaint"].browse(entry.action_register()["res_id"])
        self.assertEqual(case.date_received, datetime(2024, 4, 30, 10))

    def test_age_ends_with_the_case(self):
        received = fields.Datetime.now() - timedelta(days=10)
        case = self.create_case(date_received=received, user_id=self.agent.id)
        self.work_to(case, "closed")
        with freeze_time(datetime.now() + timedelta(days=30)):
            case.invalidate_recordset(["age_days"])
            self.assertEqual(case.age_days, 10)


class TestQuickEntry(ComplaintCommon):
    """The dialog for phone and counter, and the employees' “Report a Complaint”."""

    def _form(self, user, **context):
        entries = self.env["complaint.quick.entry"].with_user(user)
        return Form(entries.with_context(**context))

    def _registered(self, action):
        return self.env["complaint.complaint"].browse(action["res_id"])

    def test_agent_registers_a_call(self):
        form = self._form(self.agent)
        self.assertEqual(form.channel, "phone")
        form.name = "The kettle leaks"
        form.partner_id = self.partner
        self.assertEqual(form.partner_email, "clara@alba.example.com")
        form.sale_order_id = self.order
        form.sale_order_line_id = self.order_line
        form.category_id = self.category_leak
        self.assertEqual(form.severity, "critical")
        form.urgency = "high"
        form.description = "All over the kitchen.\n<The lid, too>"
        form.remedy_requested = "refund"
        case = self._registered(form.save().action_register())
        self.assertIn("All over the kitchen.<br>&lt;The lid, too&gt;", case.description)
        self.assertRecordValues(
            case,
            [
                {
                    "name": "The kettle leaks",
                    "channel": "phone",
                    "kind": "complaint",
                    "partner_id": self.partner.id,
                    "partner_phone": self.partner.phone,
                    "sale_order_id": self.order.id,
                    "sale_order_line_id": self.order_line.id,
                    "product_id": self.product.id,
                    "category_id": self.category_leak.id,
                    "severity": "critical",
                    "urgency": "high",
                    "remedy_requested": "refund",
                    "registered_by_id": self.agent.id,
                    "team_id": self.team.id,
                }
            ],
        )

    def test_order_alone_brings_the_customer(self):
        form = self._form(self.agent)
        form.name = "Lid"
        form.sale_order_id = self.order
        self.assertEqual(form.partner_id, self.partner)

    def test_somebody_must_complain(self):
        entry = self.env["complaint.quick.entry"].create({"name": "Lid"})
        with self.assertRefused("Say who complains"):
            entry.action_register()
        entry.partner_name = "A man at the counter"
        case = self._registered(entry.action_register())
        self.assertEqual(case.partner_name, "A man at the counter")

    def test_duplicates_are_shown_while_entering(self):
        known = self.create_case(name="The kettle leaks badly")
        form = self._form(self.agent)
        form.name = "Kettle leaks badly"
        self.assertFalse(form.duplicate_ids[:])
        form.partner_id = self.partner_colleague
        self.assertEqual(form.duplicate_ids[:], known)
        form.partner_id = self.partner_stranger
        self.assertFalse(form.duplicate_ids[:])

    def test_duplicates_hide_what_one_may_not_see(self):
        self.create_case(name="The kettle leaks", confidential=True)
        for user in self.agent, self.employee:
            form = self._form(user)
            form.name = "The kettle leaks"
            form.partner_id = self.partner
            self.assertFalse(form.duplicate_ids[:])

    def test_register_and_new(self):
        form = self._form(self.agent, default_channel="in_person")
        form.name = "First"
        form.partner_id = self.partner
        action = form.save().action_register_new()
        self.assertIn("First", action["params"]["message"])
        following = action["params"]["next"]
        self.assertEqual(following["res_model"], "complaint.quick.entry")
        self.assertEqual(following["context"], {"default_channel": "in_person"})

    def test_agent_registers_for_another_team(self):
        """Who takes the call enters the case, whoever is going to work it."""
        form = self._form(self.agent)
        form.name = "Never delivered"
        form.partner_id = self.partner
        form.category_id = self.category_delivery
        action = form.save().action_register()
        case = self.env["complaint.complaint"].search(
            [("name", "=", "Never delivered")]
        )
        self.assertEqual(case.team_id, self.team_other)
        self.assertEqual(action["res_model"], "complaint.complaint")
        self.assertEqual(
            case.with_user(self.agent).read(["phase"])[0]["phase"], "received"
        )
        with self.assertRaises(AccessError):
            case.with_user(self.agent).name = "Delivered after all"

    def test_employee_reports_and_follows_up(self):
        form = self._form(self.employee)
        form.name = "A guest was angry"
        form.partner_name = "Room 12"
        form.channel = "in_person"
        action = form.save().action_register()
        reports = self.env["complaint.complaint"].with_user(self.employee)
        self.assertEqual(action["res_model"], "complaint.complaint")
        self.assertIn("uid", action["domain"])
        case = reports.search([("registered_by_id", "=", self.employee.id)])
        self.assertEqual(case.name, "A guest was angry")
        self.assertEqual(case.team_id, self.team)
        self.work_to(case.sudo(), "closed", user_id=self.agent.id)
        [report] = case.read(["phase", "outcome", "user_id"])
        self.assertEqual((report["phase"], report["outcome"]), ("closed", "upheld"))
        self.assertEqual(report["user_id"][0], self.agent.id)

    def test_the_team_learns_of_a_report(self):
        """A case that nobody owns and that came by no mail does not lie unseen."""
        self.team.user_id = self.agent_2
        form = self._form(self.employee)
        form.name = "A guest was angry"
        form.partner_name = "Room 12"
        with self.mock_mail_gateway():
            form.save().action_register()
        case = self.env["complaint.complaint"].search(
            [("registered_by_id", "=", self.employee.id)]
        )
        notified = (
            self.env["mail.message"]
            .search([("model", "=", case._name), ("res_id", "=", case.id)])
            .notified_partner_ids
        )
        self.assertEqual(notified, self.agent_2.partner_id)

    def test_employee_cannot_smuggle_internal_values(self):
        """The dialog passes on what it asks for, nothing from its context."""
        entries = self.env["complaint.quick.entry"].with_user(self.employee)
        entry = entries.with_context(
            default_user_id=self.employee.id,
            default_stage_id=self.stage("assessment").id,
            default_findings="<p>Guilty</p>",
            default_registered_by_id=self.manager.id,
            default_team_id=self.team_other.id,
        ).create({"name": "Lid", "partner_name": "Room 12"})
        entry.action_register()
        case = self.env["complaint.complaint"].search(
            [("registered_by_id", "=", self.employee.id)]
        )
        self.assertEqual(len(case), 1)
        self.assertFalse(case.user_id)
        self.assertFalse(case.findings)
        self.assertEqual(case.phase, "received")
        self.assertEqual(case.team_id, self.team)

    def test_report_in_own_companies_only(self):
        entries = self.env["complaint.quick.entry"]
        entry = entries.with_user(self.employee).create(
            {"name": "Lid", "partner_name": "x", "company_id": self.company_b.id}
        )
        with self.assertRefused("own companies only"):
            entry.action_register()

    def test_customers_have_no_dialog(self):
        entries = self.env["complaint.quick.entry"].with_user(self.customer)
        with self.assertRaises(AccessError):
            entries.create({"name": "Lid"})

    def test_person_in_two_companies(self):
        user = new_test_user(
            self.env,
            login="complaint_two_companies",
            groups="base.group_user",
            company_id=self.company.id,
            company_ids=[Command.set((self.company | self.company_b).ids)],
        )
        entries = self.env["complaint.quick.entry"].with_user(user)
        entry = entries.create(
            {"name": "Lid", "partner_name": "x", "company_id": self.company_b.id}
        )
        entry.action_register()
        case = self.env["complaint.complaint"].search(
            [("registered_by_id", "=", user.id)]
        )
        self.assertEqual(case.company_id, self.company_b)
        self.assertEqual(case.team_id, self.team_b)

    def test_unknown_field_of_the_dialog_is_refused(self):
        with self.assertRaises(ValueError):
            self.env["complaint.quick.entry"].create({"name": "Lid", "user_id": 1})
