from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from .attack_hidden import MARK, HiddenCase
from .common import FormCase
from .promise import promise

PREFIX = "complaint."
# The ways that are tried with each template, and not with one of each model.
FILLING = {"preview", "generated", "rendered"}
# Whoever reads a case may print these; the others are for the roles named on them.
OPEN_TO_READERS = {
    "complaint_management.report_complaint_form",
    "complaint_management.report_complaint_form_blank",
    "complaint_management.report_complaint_corrective_action",
    "complaint_management.report_complaint_investigation",
    "complaint_management.report_investigation_customer",
    "complaint_management.report_complaint_register",
}


class TestReports(HiddenCase):
    """Nobody prints a record that they may not read, by no name of the report."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reports = cls.env["ir.actions.report"].search(
            [("model", "=like", f"{PREFIX}%")]
        )

    def _ways(self, user, report, ids):
        """Yield each way in which Odoo's addresses and other code print a report."""
        reports = self.env["ir.actions.report"].with_user(user)
        for ref in (report.report_name, report.get_external_id()[report.id], report.id):
            yield lambda ref=ref: reports._render_qweb_html(ref, ids)
        yield lambda: reports._render_qweb_text(report.report_name, ids)
        yield lambda: reports._render_qweb_pdf(report.report_name, ids)
        yield lambda: reports._render_qweb_pdf_prepare_streams(
            report.report_name, {}, res_ids=ids
        )
        yield lambda: reports._render(report.report_name, ids)

    @promise(
        "Nobody prints a paper of a record that they may not read, by whatever name or address of the report",
        "4.1.1, 4.2.1",
    )
    def test_hidden_records(self):
        count = 0
        for report in self.reports.filtered(lambda r: r.model in self.hidden):
            for role, record in self.attacks(report.model):
                for way in self._ways(record.env.user, report, record.ids):
                    with self.subTest(report=report.report_name, role=role):
                        self.env.invalidate_all()
                        with self.assertRaises(AccessError) as refused:
                            way()
                        self.assertNotIn(MARK, str(refused.exception))
                        count += 1
        self.assertGreater(count, 300)

    def test_one_hidden_among_readable_ones(self):
        own = self.create_case(user_id=self.agent.id)
        hidden = self.hidden["complaint.complaint"]["confidential"]
        reports = self.env["ir.actions.report"].with_user(self.agent)
        with self.assertRaises(AccessError):
            reports._render_qweb_html(
                "complaint_management.report_complaint_form", (own | hidden).ids
            )

    @promise(
        "A paper is printed by the roles that are named on it, and by nobody else",
        "4.1.3",
    )
    def test_roles_of_a_report_count(self):
        """A letter that is not sent yet is not for whoever reported the case."""
        case = self.create_case(
            registered_by_id=self.employee.id, resolution=f"<p>{MARK}</p>"
        )
        self.assertTrue(case.with_user(self.employee).has_access("read"))
        for report in self.reports:
            self.assertEqual(
                not report.group_ids, report.report_name in OPEN_TO_READERS
            )
        for report in self.reports.filtered(lambda r: r.model == case._name):
            for way in self._ways(self.employee, report, case.ids):
                self.env.invalidate_all()
                with self.subTest(report=report.report_name):
                    if report.group_ids:
                        with self.assertRaises(AccessError):
                            way()
                    else:
                        told, __ = self.ask(way)
                        self.assertNotIn(MARK, str(told))

    @promise(
        "A paper of an action names only cases that its reader may see",
        "4.2.1",
    )
    def test_action_names_only_cases_of_the_reader(self):
        case = self.create_case(user_id=self.agent.id, name="The spout leaks")
        hidden = self.hidden["complaint.complaint"]["confidential"]
        action = self.env["complaint.corrective.action"].create(
            {
                "name": "Tighten the screws",
                "company_id": self.company.id,
                "user_id": self.employee.id,
                "complaint_ids": [Command.set((case | hidden).ids)],
            }
        )
        for user, sees_case in ((self.employee, False), (self.agent, True)):
            self.env.invalidate_all()
            page = (
                self.env["ir.actions.report"]
                .with_user(user)
                ._render_qweb_html(
                    "complaint_management.report_complaint_corrective_action",
                    action.ids,
                )[0]
                .decode()
            )
            with self.subTest(user=user.name):
                self.assertIn("Tighten the screws", page)
                self.assertNotIn(MARK, page)
                self.assertEqual("The spout leaks" in page, sees_case)

    def test_register_names_nothing_of_another_company(self):
        register = (
            self.env["complaint.register"]
            .with_user(self.agent)
            .sudo()
            .create({"company_id": self.company_b.id, "team_id": False})
        )
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(self.agent)._render_qweb_html(
                "complaint_management.report_complaint_register", register.ids
            )


class TestTemplates(HiddenCase):
    """Nobody reads by a template, nor by the composer, what they may not read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.templates = cls.env["mail.template"].search(
            [("model", "=like", f"{PREFIX}%")]
        )
        cls.first = cls.templates.browse(
            template[0].id for template in cls.templates.grouped("model").values()
        )

    def _ways(self, template, record):
        """Yield each way in which a person fills a template, by name."""
        env, ids = template.env, record.ids
        preview = env["mail.template.preview"]
        ref = f"{record._name},{record.id}"
        composer = env["mail.compose.message"]
        values = {
            "model": record._name,
            "res_ids": str(ids),
            "template_id": template.id,
            "composition_mode": "comment",
        }
        specification = {"subject": {}, "body": {}, "partner_ids": {}}
        yield (
            "preview",
            lambda: preview.create(
                {"mail_template_id": template.id, "resource_ref": ref}
            ).read(["subject", "body_html", "email_to", "error_msg"]),
        )
        yield (
            "preview dialog",
            lambda: preview.onchange(
                {"mail_template_id": template.id, "resource_ref": ref},
                ["resource_ref"],
                {"subject": {}, "body_html": {}, "email_to": {}},
            ),
        )
        yield "composer", lambda: composer.create(values).read(["subject", "body"])
        yield (
            "composer without a template",
            lambda: composer.create({**values, "template_id": False}).read(["subject"]),
        )
        yield (
            "composer dialog",
            lambda: composer.onchange(values, ["template_id"], specification),
        )
        yield (
            "composer's defaults",
            lambda: composer.with_context(
                active_ids=ids,
                active_model=record._name,
                **{f"default_{name}": value for name, value in values.items()},
            ).onchange({}, [], specification),
        )
        yield (
            "moved composer",
            lambda: composer.create(
                {**values, "model": "res.partner", "res_ids": "[]"}
            ).write({"model": record._name, "res_ids": str(ids)}),
        )
        yield (
            "generated",
            lambda: template._generate_template(ids, ("subject", "body_html")),
        )
        yield (
            "generated in a language",
            lambda: template.with_context(
                template_preview_lang="en_US"
            )._generate_template(ids, ("email_to", "report_template_ids")),
        )
        yield "rendered", lambda: template._render_field("body_html", ids)
        yield "sent", lambda: template.send_mail(record.id)
        yield (
            "sent by activities",
            lambda: record.activity_send_mail(template.id),
        )

    @promise(
        "Nobody reads a hidden record by a mail template: preview, composer and sending ask first",
        "4.1.1, 4.2.1",
    )
    def test_hidden_records(self):
        count = 0
        for template in self.templates.filtered(lambda t: t.model in self.hidden):
            for role, record in self.attacks(template.model):
                own = template.with_env(record.env)
                if record.env.user.share:
                    continue
                for name, way in self._ways(own, record):
                    if name not in FILLING and template not in self.first:
                        continue  # The same code, whatever the template.
                    with self.subTest(
                        template=template.name, role=role, way=name, record=record
                    ):
                        self.env.invalidate_all()
                        with self.assertRaises(AccessError) as refused:
                            way()
                        self.assertNotIn(MARK, str(refused.exception))
                        count += 1
        self.assertGreater(count, 300)

    @promise(
        "Customers and visitors use no mail template",
        "4.1.3",
    )
    def test_customers_use_no_template(self):
        for template in self.templates:
            for role, record in self.attacks(template.model):
                if not record.env.user.share:
                    continue
                own = template.with_env(record.env)
                for name, way in self._ways(own, record):
                    with self.subTest(template=template.name, role=role, way=name):
                        told, written = self.ask(way)
                        self.assertTellsNothing(told)
                        self.assertFalse(written)

    def test_who_works_a_case_uses_them(self):
        case = self.create_case(user_id=self.agent.id, name="The spout leaks")
        for template in self.templates.filtered(lambda t: t.model == case._name):
            with self.subTest(template=template.name):
                form = Form(
                    self.env["mail.compose.message"]
                    .with_user(self.agent)
                    .with_context(
                        default_model=case._name,
                        default_res_ids=case.ids,
                        default_template_id=template.id,
                    )
                )
                self.assertIn("The spout leaks", form.subject)
                self.assertIn("The spout leaks", form.body)


@tagged("post_install", "-at_install")
class TestAddresses(FormCase, HttpCase):
    """Odoo's own addresses print nothing of a hidden case either."""

    @promise(
        "Odoo's own addresses of reports give no hidden record away",
        "4.2.1",
    )
    def test_addresses(self):
        case = self.create_case(
            name=f"{MARK} subject",
            team_id=self.team_other.id,
            user_id=self.manager.id,
            confidential=True,
            resolution=f"<p>{MARK}</p>",
        )
        names = (
            "report_complaint_response_letter",
            "report_complaint_holding_letter",
            "report_complaint_form",
            "report_complaint_decisions",
        )
        for user in (self.employee, self.stranger):
            self.login(user)
            for name in names:
                report = f"complaint_management.{name}"
                for address in (
                    f"/report/html/{report}/{case.id}",
                    f"/report/pdf/{report}/{case.id}",
                    f"/report/text/{report}/{case.id}",
                    f'/report/download?data=["/report/pdf/{report}/{case.id}",'
                    '"qweb-pdf"]',
                ):
                    with self.subTest(user=user.name, address=address):
                        answer = self.url_open(address)
                        self.assertIn(
                            "AccessError" if "?" in address else "403", answer.text
                        )
                        self.assertNotIn(MARK, answer.text)

    def test_whoever_may_read_it_prints_it(self):
        case = self.create_case(user_id=self.agent.id, name="The spout leaks")
        self.agent.password = self.agent.login
        self.login(self.agent)
        answer = self.url_open(
            f"/report/html/complaint_management.report_complaint_form/{case.id}"
        )
        self.assertEqual(answer.status_code, 200)
        self.assertIn("The spout leaks", answer.text)
