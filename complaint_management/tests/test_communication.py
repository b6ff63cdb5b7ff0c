from odoo.tests import Form

from .common import ComplaintCommon

PURPOSES = (
    "acknowledgement",
    "request_information",
    "update",
    "proposal",
    "proposal_reminder",
    "final_response",
    "follow_up",
    "closing",
    "reopening",
    "withdrawal",
    "rating",
    "extension",
    "holding_letter",
)
TEMPLATE = "complaint_management.mail_template_complaint_%s"


class TestCommunication(ComplaintCommon):
    """One click opens the fitting text; sending it does what it says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.complaint_approval_critical = False
        cls.case = cls.create_case(
            user_id=cls.agent.id, findings="<p>SECRET findings</p>"
        )

    def composer(self, user=None):
        case = self.case.with_user(user or self.agent)
        action = case.action_write_customer()
        return Form(
            self.env["mail.compose.message"]
            .with_user(user or self.agent)
            .with_context(**action["context"]),
            view="mail.email_compose_message_wizard_form",
        )

    def fitting(self, user=None):
        template = self.case.with_user(user or self.agent)._get_fitting_template()
        return template.complaint_purpose

    def send(self, composer):
        with self.mock_mail_gateway():
            composer.save()._action_send_mail()

    def test_every_template_renders_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner.lang = "fr_FR"
        self.work_to(self.case, "resolution", date_communicated=False)
        for name in PURPOSES:
            with self.subTest(template=name):
                template = self.env.ref(TEMPLATE % name)
                template.with_context(
                    lang="fr_FR"
                ).subject = "Bonjour {{ object.name }}"
                subject = template._render_field(
                    "subject", self.case.ids, compute_lang=True
                )[self.case.id]
                self.assertEqual(subject, "Bonjour The lid is missing")
                body = template._render_field("body_html", self.case.ids)[self.case.id]
                self.assertIn(self.case.reference, body)
                self.assertNotIn("SECRET", body)

    def test_the_fitting_template(self):
        self.assertEqual(self.fitting(), "acknowledgement")
        self.send(self.composer())
        self.assertEqual(self.fitting(), "update")
        self.work_to(self.case, "resolution", date_communicated=False)
        self.assertEqual(self.fitting(), "proposal")
        self.send(self.composer())
        self.assertEqual(self.case.consent_state, "proposed")
        self.assertEqual(self.fitting(), "update")
        case = self.case.with_user(self.agent)
        case.record_consent(False, "Clara", "No", "phone")
        self.assertEqual(self.fitting(), "update")
        self.assertEqual(self.fitting(self.manager), "final_response")
        self.send(self.composer(self.manager))
        self.assertEqual(self.case.consent_state, "final")
        self.assertEqual(self.fitting(), "follow_up")
        self.work_to(self.case, "closed")
        self.assertEqual(self.fitting(), "closing")

    def test_another_template_does_what_it_is_for(self):
        composer = self.composer()
        composer.template_id = self.env.ref(TEMPLATE % "request_information")
        self.send(composer)
        self.assertTrue(self.case.waiting_customer)

    def test_what_may_not_be_said_is_not_sent(self):
        composer = self.composer()
        composer.template_id = self.env.ref(TEMPLATE % "proposal")
        count = len(self.case.message_ids)
        with self.assertRefused("cannot be proposed yet"):
            self.send(composer)
        self.assertEqual(len(self.case.message_ids), count)

    def test_the_final_response_is_the_decision(self):
        self.work_to(self.case, "resolution", date_communicated=False)
        composer = self.composer()
        composer.template_id = self.env.ref(TEMPLATE % "final_response")
        self.send(composer)
        self.assertTrue(self.case.date_communicated)
        resolve = self.case.sla_status_ids._of("resolve")
        self.assertEqual(resolve.state, "met")
        self.assertIn("final response", resolve.message_id.body)

    def test_the_follow_up_is_asked(self):
        self.work_to(self.case, "follow_up", confirmation=False)
        self.assertEqual(self.case.sla_status_ids._of("follow_up").state, "running")
        self.send(self.composer())
        follow_up = self.case.sla_status_ids._of("follow_up")
        self.assertEqual(follow_up.state, "met")
        self.assertTrue(follow_up.message_id)

    def test_response_letter_tells_nothing_internal(self):
        self.work_to(self.case, "resolution", date_communicated=False)
        self.case.write(
            {
                "customer_findings": "<p>The lid was left out</p>",
                "resolution_cost": 4711,
            }
        )
        self.company.complaint_further_rights = "<p>Turn to the ombudsman.</p>"
        report = "complaint_management.report_complaint_response_letter"
        html, __ = self.env["ir.actions.report"]._render_qweb_html(
            report, self.case.ids
        )
        text = html.decode()
        for word in (self.case.reference, "The lid was left out", "A new kettle"):
            self.assertIn(word, text)
        self.assertIn("Turn to the ombudsman.", text)
        for word in ("SECRET", "4711"):
            self.assertNotIn(word, text)

    def test_response_letter_tells_whose_words_they_are(self):
        """What the staff wrote down is not put into the customer's mouth."""
        report = "complaint_management.report_complaint_response_letter"
        own, reported = (
            ("What you told us", "you told us:"),
            (
                "What was reported",
                "this was reported:",
            ),
        )
        for channel, user, words, others in [
            ("email", self.env.user, own, reported),
            ("portal", self.customer, own, reported),
            ("website", self.env.ref("base.public_user"), own, reported),
            ("email", self.agent, reported, own),
            ("phone", self.agent, reported, own),
            ("letter", self.env.user, reported, own),
        ]:
            case = self.create_case(channel=channel, registered_by_id=user.id)
            html = (
                self.env["ir.actions.report"]
                .with_user(self.agent)
                ._render_qweb_html(report, case.ids)[0]
                .decode()
            )
            with self.subTest(channel=channel, user=user.name):
                for word in words:
                    self.assertIn(word, html)
                for word in others:
                    self.assertNotIn(word, html)

    def test_canned_answers(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner.lang = "fr_FR"
        answers = self.env["complaint.canned.answer"].create(
            [
                {
                    "name": "Send it back",
                    "category_id": self.category.id,
                    "body": "<p>Use the label</p>",
                },
                {
                    "name": "Driver",
                    "category_id": self.category_delivery.id,
                    "company_id": self.company.id,
                    "body": "<p>The driver</p>",
                },
                {"name": "Sorry", "body": "<p>We are sorry</p>"},
            ]
        )
        answers[0].with_context(lang="fr_FR").body = "<p>Avec l'étiquette</p>"
        self.case.category_id = self.category_leak
        composer = self.composer()
        self.assertEqual(
            composer.complaint_answer_ids[:] & answers, answers[0] | answers[2]
        )
        composer.complaint_answer_id = answers[0]
        self.assertIn("thank you for telling us", composer.body)
        self.assertIn("Avec l'étiquette", composer.body)
        self.assertFalse(composer.complaint_answer_id)

    def test_the_policy_is_read_from_the_case(self):
        self.company.complaint_communication_policy = "<p>Be kind</p>"
        action = self.case.with_user(self.agent).action_open_policy()
        company = self.env["res.company"].with_user(self.agent).browse(action["res_id"])
        form = Form(company, view=self.env["ir.ui.view"].browse(action["views"][0][0]))
        self.assertIn("Be kind", form.complaint_communication_policy)
