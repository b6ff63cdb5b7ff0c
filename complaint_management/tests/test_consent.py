from datetime import timedelta

from freezegun import freeze_time
from lxml import html

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import ComplaintCommon


class ConsentCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.complaint_approval_critical = False
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls.work_to(
            cls.case,
            "resolution",
            date_communicated=False,
            resolution_reason="The lid was forgotten",
            resolution_due_date="2030-01-31",
        )

    def propose(self, case=None):
        case = case or self.case
        with self.mock_mail_gateway():
            case.with_user(self.agent).propose_resolution()
        return case

    def decisions(self, type_, case=None):
        return (case or self.case).decision_ids.filtered(lambda d: d.type == type_)

    def answer(self, accepted=True, name="Clara Buyer", comment="", **values):
        return self.case.with_user(self.agent).record_consent(
            accepted, name, comment, values.get("method", "phone")
        )


class TestConsent(ConsentCase):
    """A resolution is proposed, accepted or rejected, and all of it is kept."""

    def test_proposal(self):
        self.propose()
        self.assertEqual(self.case.consent_state, "proposed")
        self.assertTrue(self.case.waiting_customer)
        self.assertFalse(self.case.date_communicated)
        line = self.decisions("proposal")
        self.assertIn("A new kettle is on its way", line.content)
        self.assertIn("The lid was forgotten", line.content)
        [mail] = self._mails
        self.assertIn(self.case.reference, mail["subject"])
        self.assertIn("A new kettle is on its way", mail["body"])
        self.assertIn(f"/my/complaints/{self.case.id}/resolution?", mail["body"])
        self.assertNotIn("packed without its lid", mail["body"])

    def test_proposal_needs_its_parts_and_turn(self):
        case = self.create_case(user_id=self.agent.id).with_user(self.agent)
        with self.assertRefused("Resolution Text.*\n.*Stage"):
            case.propose_resolution()
        self.propose()
        with self.assertRefused("has the proposal before them"):
            self.case.with_user(self.agent).propose_resolution()
        with self.assertRaises(AccessError):
            self.case.with_user(self.agent_other).propose_resolution()

    def test_proposal_needs_approval(self):
        self.company.complaint_approval_always = True
        with self.assertRefused("Approval: the resolution waits"):
            self.propose()
        self.case.with_user(self.agent).action_request_approval()
        self.case.with_user(self.case.approver_id).action_approve()
        self.propose()
        self.assertEqual(self.case.consent_state, "proposed")
        # What loses its approval cannot be accepted any more.
        self.case.with_user(self.agent).resolution_cost = 900
        self.assertEqual(self.case.consent_state, "changed")

    def test_accepted_by_phone(self):
        self.propose()
        wizard = Form(
            self.env["complaint.consent"]
            .with_user(self.agent)
            .with_context(default_complaint_id=self.case.id)
        )
        self.assertEqual(wizard.name, "Clara Buyer")
        wizard.comment = "Fine with me"
        with freeze_time(fields.Datetime.now()):
            now = fields.Datetime.now()
            wizard.save().action_record()
        self.assertRecordValues(
            self.case,
            [
                {
                    "consent_state": "accepted",
                    "consent_date": now,
                    "consent_name": "Clara Buyer",
                    "consent_comment": "Fine with me",
                    "consent_method": "phone",
                    "date_communicated": now,
                    "waiting_customer": False,
                    "proposal_event": False,
                }
            ],
        )
        line = self.decisions("acceptance")
        self.assertRecordValues(
            line,
            [
                {
                    "customer_name": "Clara Buyer",
                    "method": "phone",
                    "reason": "Fine with me",
                    "user_id": self.agent.id,
                }
            ],
        )
        self.assertIn("A new kettle", line.content)
        with self.assertRefused("kept as it is"):
            line.sudo().write({"reason": "No"})
        self.case.stage_id = self.stage("implementation")

    def test_rejected_escalates_and_gets_the_final_resolution(self):
        self.propose()
        with self.assertRefused("Say why"):
            self.answer(accepted=False)
        self.answer(accepted=False, comment="I want my money")
        escalation = self.case.escalation_ids
        self.assertEqual(escalation.reason, "rejection")
        self.assertEqual(escalation.level, "manager")
        self.assertEqual(escalation.note, "I want my money")
        with self.assertRefused("rejected the proposal"):
            self.case.stage_id = self.stage("implementation")
        with self.assertRaises(AccessError):
            self.case.with_user(self.agent).give_final_resolution()
        self.company.complaint_further_rights = "<p>Turn to the ombudsman.</p>"
        with self.mock_mail_gateway():
            self.case.with_user(self.manager).give_final_resolution()
        self.assertEqual(self.case.consent_state, "final")
        self.assertTrue(self.case.date_communicated)
        self.assertEqual(escalation.outcome, "handled")
        self.assertTrue(self.decisions("final_resolution").content)
        [mail] = [m for m in self._mails if "clara@" in str(m["email_to"])]
        self.assertIn("final response", mail["body"])
        self.assertIn("Turn to the ombudsman.", mail["body"])
        self.assertEqual(
            [name.rpartition(".")[0] for name, __, __ in mail["attachments"]],
            [f"Response Letter - {self.case.reference.replace('/', '_')}"],
        )
        self.case.stage_id = self.stage("implementation")

    def test_a_changed_proposal_loses_the_consent(self):
        self.propose()
        self.answer()
        self.case.with_user(self.agent).write({"resolution_kind": "replacement"})
        self.assertEqual(self.case.consent_state, "accepted", "nothing changed")
        self.case.with_user(self.agent).redress_amount = 5
        self.assertEqual(self.case.consent_state, "changed")
        self.assertFalse(self.case.consent_name)
        self.assertFalse(self.case.date_communicated)
        self.assertTrue(self.decisions("proposal_change"))
        with self.assertRefused("another one than the customer was told"):
            self.case.stage_id = self.stage("implementation")
        self.propose()
        self.answer()
        self.case.stage_id = self.stage("implementation")
        # Once it is carried out, it is what they agreed to.
        with self.assertRefused("another one than the customer was told"):
            self.case.resolution = "<p>Something else</p>"

    def test_nobody_writes_the_consent(self):
        for user in self.agent, self.manager:
            with self.assertRefused("kept by the system"):
                self.case.with_user(user).consent_state = "accepted"
        context = {"default_consent_state": "accepted", "default_consent_name": "Me"}
        cases = self.env["complaint.complaint"].with_user(self.agent)
        case = cases.with_context(**context).create({"name": "Lid"})
        self.assertEqual(case.consent_state, "none")
        self.assertFalse(case.consent_name)
        with self.assertRefused("Say how"):
            self.propose().with_user(self.agent).record_consent(
                True, "Clara", "", "silence"
            )

    def test_answered_once(self):
        self.propose()
        self.answer()
        with self.assertRefused("answered or changed in the meantime"):
            self.answer(accepted=False, comment="No")
        self.assertEqual(self.case.consent_state, "accepted")

    def test_reopened_case_is_agreed_anew(self):
        self.propose()
        self.answer()
        self.work_to(self.case, "closed")
        self.case.with_user(self.manager).reopen("Broken again")
        self.assertEqual(self.case.consent_state, "none")
        self.assertFalse(self.case.consent_name)

    def test_an_answer_is_kept_whatever_the_company_lacks(self):
        self.propose()
        self.company.complaint_approval_always = True
        self.answer()
        self.assertEqual(self.case.consent_state, "accepted")
        self.assertFalse(self.case.date_communicated)
        self.assertIn(
            "The customer accepted the proposal",
            self.case.activity_ids.mapped("summary"),
        )


class TestUnanswered(ConsentCase):
    """Without an answer: one reminder, then the way that the company set."""

    def run_job(self, days):
        with (
            freeze_time(fields.Datetime.now() + timedelta(days=days)),
            self.enter_registry_test_mode(),
            self.mock_mail_gateway(),
        ):
            self.env.ref(
                "complaint_management.ir_cron_complaint_proposals"
            ).method_direct_trigger()
        self.env.invalidate_all()
        self.told = self._new_mails.filtered(
            lambda mail: self.partner in mail.recipient_ids
        )
        return len(self.told)

    def test_reminded_once(self):
        self.propose()
        self.assertEqual(self.run_job(4), 0)
        self.assertEqual(self.run_job(6), 1)
        self.assertIn("have no answer yet", self.told.body_html)
        self.assertEqual(self.run_job(6), 0)

    def test_keep_waiting_and_tell_the_owner(self):
        self.propose()
        # After weeks of downtime nobody is passed over without a reminder.
        self.assertEqual(self.run_job(30), 1)
        self.assertEqual(self.case.consent_state, "proposed")
        self.assertEqual(self.run_job(36), 0)
        self.assertEqual(self.case.consent_state, "proposed")
        activity = self.case.activity_ids.filtered(
            lambda a: a.summary == "The customer does not answer the proposal"
        )
        self.assertEqual(activity.user_id, self.agent)
        self.run_job(60)
        self.assertEqual(len(activity.exists()), 1)
        self.assertFalse(self.case.proposal_event)

    def test_counts_as_accepted(self):
        self.company.complaint_proposal_no_answer = "accept"
        self.propose()
        self.assertIn("take the proposal as accepted", self._mails[0]["body"])
        self.run_job(6)
        self.run_job(12)
        self.assertEqual(self.case.consent_state, "accepted")
        self.assertEqual(self.case.consent_method, "silence")
        self.assertEqual(self.decisions("acceptance").method, "silence")

    def test_closed_as_not_answered(self):
        self.company.complaint_proposal_no_answer = "close"
        lacking = self.create_case(user_id=self.agent.id)
        self.work_to(lacking, "resolution", date_communicated=False, outcome=False)
        self.propose(lacking)
        self.propose()
        self.run_job(6)
        self.run_job(12)
        self.assertEqual(self.case.phase, "closed")
        self.assertEqual(self.case.confirmation, "no_answer")
        self.assertEqual(self.case.consent_state, "unanswered")
        # What cannot be closed becomes a task that says why.
        self.assertEqual(lacking.phase, "resolution")
        self.assertEqual(lacking.consent_state, "unanswered")
        task = lacking.activity_ids.filtered(lambda a: "close the case" in a.summary)
        self.assertIn("Outcome", task.note)

    def test_one_bad_case_stops_none(self):
        good = self.create_case(user_id=self.agent.id)
        self.work_to(good, "resolution", date_communicated=False)
        self.propose()
        self.propose(good)
        bad, method = self.case, type(self.case)._tell_customer_by_template

        def fail(case, *args, **kwargs):
            if case == bad:
                raise ValueError("No template renders")
            return method(case, *args, **kwargs)

        self.patch(type(self.case), "_tell_customer_by_template", fail)
        with mute_logger("odoo.addons.complaint_management.models"):
            self.run_job(6)
        self.assertEqual(good.proposal_event, "no_answer")
        self.assertEqual(bad.proposal_event, "remind")
        self.patch(type(self.case), "_tell_customer_by_template", method)
        self.run_job(6)
        self.assertEqual(bad.proposal_event, "no_answer")

    def test_ended_cases_are_left(self):
        self.propose()
        self.case.cancel("withdrawn", "Changed their mind")
        self.assertFalse(self.case.proposal_event)
        self.assertEqual(self.run_job(6), 0)


@tagged("post_install", "-at_install")
class TestPortalConsent(ConsentCase, HttpCase):
    """The customer answers the proposal that they see, once, and nobody else does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.customer, cls.stranger, cls.agent):
            user.password = user.login

    def setUp(self):
        super().setUp()
        self.propose()
        self.url = f"/my/complaints/{self.case.id}/resolution"

    def login(self, user):
        login = user.login if user else None
        self.authenticate(login, login)

    def post(self, answer="accept", token=None, csrf=True, url=None, **values):
        data = {
            "version": self.case.proposal_version,
            "answer": answer,
            "name": "Clara Buyer",
            "comment": "",
            **values,
        }
        if csrf:
            # The page's own token, as a browser without JavaScript sends it.
            page = self.url_open(
                self.url + (f"?access_token={token}" if token else "")
            ).text
            mark = 'name="csrf_token" value="'
            if mark in page:
                data["csrf_token"] = page.split(mark)[1].split('"')[0]
        if token:
            data["access_token"] = token
        response = self.url_open(f"{url or self.url}/answer", data=data)
        self.env.invalidate_all()
        return response

    def test_login_accepts(self):
        self.login(self.customer)
        page = self.url_open(f"/my/complaints/{self.case.id}")
        self.assertIn("complaint_consent_form", page.text)
        self.assertIn("The lid was forgotten", page.text)
        response = self.post(comment="Thank you")
        self.assertEqual(response.status_code, 200)
        self.assertIn("Accepted by", response.text)
        self.assertNotIn("complaint_consent_form", response.text)
        self.assertRecordValues(
            self.case,
            [{"consent_state": "accepted", "consent_method": "portal"}],
        )
        line = self.decisions("acceptance")
        self.assertEqual(line.user_id, self.customer)
        self.assertEqual(line.reason, "Thank you")
        message = self.case.message_ids.filtered(lambda m: "accepts" in m.body)
        self.assertEqual(message.author_id, self.partner)
        self.assertFalse(message.is_internal)
        self.assertIn(self.agent.partner_id, message.notified_partner_ids)

    def test_token_rejects(self):
        self.login(None)
        token = self.case._portal_ensure_token()
        response = self.post("reject", token=token)
        self.assertIn("Say why it is not accepted", response.text)
        self.assertIn('value="Clara Buyer"', response.text, "input is kept")
        self.assertEqual(self.case.consent_state, "proposed")
        response = self.post("reject", token=token, comment="<b>No</b>")
        self.assertIn("Not accepted by", response.text)
        self.assertEqual(self.case.consent_state, "rejected")
        self.assertEqual(self.case.escalation_ids.reason, "rejection")
        message = self.case.message_ids.filtered(lambda m: "not accept" in m.body)
        self.assertIn("&lt;b&gt;No", message.body)

    def test_opening_decides_nothing(self):
        self.login(None)
        token = self.case._portal_ensure_token()
        self.url_open(f"{self.url}?access_token={token}")
        page = self.url_open(f"{self.url}/answer?access_token={token}&answer=accept")
        self.assertEqual(page.status_code, 405)
        self.env.invalidate_all()
        self.assertEqual(self.case.consent_state, "proposed")

    def test_an_old_page_accepts_no_newer_text(self):
        self.login(self.customer)
        old = self.case.proposal_version
        self.case.with_user(self.agent).resolution = "<p>Nothing at all</p>"
        self.propose()
        response = self.post(version=old)
        self.assertEqual(response.status_code, 422)
        self.assertIn("answered or changed in the meantime", response.text)
        self.assertEqual(self.case.consent_state, "proposed")
        self.post(version="")
        self.assertEqual(self.case.consent_state, "proposed")

    def test_an_old_page_keeps_what_was_written(self):
        self.login(self.customer)
        response = self.post(csrf=False, csrf_token="x", comment="Well chosen")
        self.assertEqual(response.status_code, 422)
        self.assertIn("open for a long time", response.text)
        self.assertIn("Well chosen", response.text)
        self.assertEqual(self.case.consent_state, "proposed")

    def test_a_login_that_expired(self):
        """The answer waits for the next login; nobody else gets to see it."""
        self.login(self.customer)
        page = html.fromstring(self.url_open(self.url).text)
        owner = page.xpath("//input[@name='draft_owner']")[0].get("value")
        self.login(None)
        for draft, seen in [(owner, True), ("x", False)]:
            with self.subTest(seen=seen):
                self.opener.cookies.clear()
                response = self.post(csrf=False, draft_owner=draft, comment="Fine")
                self.assertIn("/web/login", response.url)
                form = html.fromstring(response.text)
                token = form.xpath("//input[@name='csrf_token']")[0].get("value")
                response = self.url_open(
                    "/web/login",
                    data={
                        "csrf_token": token,
                        "login": self.customer.login,
                        "password": self.customer.login,
                        "redirect": self.url,
                    },
                )
                self.assertEqual("Fine" in response.text, seen)
        self.assertEqual(self.case.consent_state, "proposed")

    def test_no_text_and_no_token(self):
        """What is no text, or no token of ours, breaks nothing."""
        self.login(self.customer)
        for values in ({"name": "a\x00b"}, {"comment": "\x00"}, {"version": "é"}):
            with self.subTest(values=values):
                self.assertEqual(self.post(**values).status_code, 422)
        self.assertEqual(self.case.consent_state, "proposed")

    def test_the_language_of_the_page(self):
        """Who reads the page in English sees the whole of it in English."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner.lang = "fr_FR"
        self.env["ir.module.module"]._load_module_terms(
            ["complaint_management"], ["fr_FR"]
        )
        self.case.resolution_due_date = "2030-01-31"
        self.assertNotIn("By when", self.case._get_proposal_html())
        self.assertIn("By when", self.case._get_proposal_html("en_US"))

    def test_replayed(self):
        self.login(self.customer)
        version = self.case.proposal_version
        self.post()
        response = self.post("reject", version=version, comment="No")
        self.assertEqual(self.case.consent_state, "accepted")
        self.assertNotIn("complaint_consent_form", response.text)

    @mute_logger("odoo.http")
    def test_strangers_cannot(self):
        token = self.case._portal_ensure_token()
        other = self.create_case(partner_id=self.partner_stranger.id)
        foreign = other._portal_ensure_token()
        for user, values in [
            (self.stranger, {}),
            (None, {}),
            (None, {"token": "x" * 36}),
            (None, {"token": foreign}),
            (self.agent, {}),
            (self.customer, {"csrf": False}),
            (self.customer, {"answer": "other"}),
            (self.customer, {"name": "x" * 101}),
            (self.customer, {"comment": "x" * 5001}),
        ]:
            with self.subTest(user=user and user.login, values=list(values)):
                self.login(user)
                self.post(**values)
                self.assertEqual(self.case.consent_state, "proposed")
        # The link of one case opens no other one.
        self.login(None)
        self.post(token=token, url=f"/my/complaints/{other.id}/resolution")
        self.assertEqual(self.case.consent_state, "proposed")

    def test_nothing_internal(self):
        self.case.approval_note = "SECRET"
        self.case.resolution_cost = 4711
        self.login(self.customer)
        for path in (self.url, f"/my/complaints/{self.case.id}"):
            text = self.url_open(path).text
            self.assertNotIn("SECRET", text)
            self.assertNotIn("4711", text)
            self.assertNotIn("packed without its lid", text)

    def test_final_response_names_further_rights(self):
        self.company.complaint_further_rights = "<p>Turn to the ombudsman.</p>"
        self.answer(accepted=False, comment="No")
        with self.mock_mail_gateway():
            self.case.with_user(self.manager).give_final_resolution()
        self.login(self.customer)
        page = self.url_open(f"/my/complaints/{self.case.id}").text
        self.assertIn("Our final response", page)
        self.assertIn("Turn to the ombudsman.", page)
        # Said once: the decision and the final response are the same.
        self.assertNotIn("complaint_decision", page)
        # Without a text of the company, it is said in general.
        self.company.complaint_further_rights = False
        page = self.url_open(f"/my/complaints/{self.case.id}").text
        self.assertIn("arbitration board", page)
