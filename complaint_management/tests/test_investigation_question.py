from datetime import date, datetime

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time

from .test_investigation import InvestigationCase

LOGGER = "odoo.addons.complaint_management.models.complaint_investigation_question"
MAIL = """Return-Path: <lab@lab.example.com>
From: "Lab" <lab@lab.example.com>
To: {to}
Subject: Re: Batch
Message-Id: <answer.{number}@lab.example.com>
In-Reply-To: {reply_to}
Date: Thu, 02 May 2024 10:00:00 +0000
Content-Type: text/plain; charset="utf-8"

The batch is 4711.
"""


class TestQuestion(InvestigationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab = cls.env["res.partner"].create(
            {"name": "Lab", "email": "lab@lab.example.com"}
        )

    def ask(self, **vals):
        question = (
            self.env["complaint.investigation.question"]
            .with_user(self.agent)
            .create(
                {
                    "investigation_id": self.investigation.id,
                    "name": "Batch",
                    "question": "<p>Which batch was packed?</p>",
                    "department": "Packing",
                    "user_id": self.employee.id,
                    "date_due": date(2024, 5, 8),
                    **vals,
                }
            )
        )
        question.action_ask()
        return question

    def ask_lab(self):
        return self.ask(
            kind="external", user_id=False, department=False, partner_id=self.lab.id
        )

    def test_employee_sees_and_answers_this_only(self):
        question = self.ask()
        [activity] = question.sudo().activity_ids
        self.assertEqual(activity.user_id, self.employee)
        self.assertEqual(activity.date_deadline, date(2024, 5, 8))
        mine = question.with_user(self.employee)
        self.assertIn("Which batch", mine.question)
        for record in self.investigation, self.case:
            with self.assertRaises(AccessError):
                record.with_user(self.employee).read(["display_name"])
        with self.assertRefused("nothing else"):
            mine.write({"answer": "<p>4711</p>", "name": "Other"})
        with self.assertRefused("nothing else"):
            mine.action_withdraw()
        with self.assertRaises(AccessError):
            question.with_user(self.agent_other).read(["name"])
        with Form(mine) as form:
            form.answer = "<p>It was 4711.</p>"
        self.assertEqual(question.state, "answered")
        self.assertEqual(question.answered_by, "Emil Employee")
        self.assertTrue(question.date_answered)
        self.assertFalse(question.sudo().activity_ids)

    def test_draft_is_not_seen_yet(self):
        question = self.env["complaint.investigation.question"].create(
            {
                "investigation_id": self.investigation.id,
                "name": "Batch",
                "question": "<p>Which?</p>",
                "user_id": self.employee.id,
            }
        )
        with self.assertRaises(AccessError):
            question.with_user(self.employee).read(["question"])
        with self.assertRefused("until when"):
            question.with_user(self.agent).action_ask()

    def test_who_is_complained_about_is_heard(self):
        self.case.complained_user_id = self.employee
        question = self.ask()
        question.with_user(self.employee).answer = "<p>I did not do it.</p>"
        self.assertEqual(question.state, "answered")

    def test_outsider_is_asked_by_mail_and_the_reply_is_the_answer(self):
        with self.mock_mail_gateway():
            question = self.ask_lab()
        self.assertEqual(len(self._new_mails), 1)
        body = self._new_mails.body_html
        self.assertIn("Which batch", body)
        self.assertNotIn(self.case.name, body)
        sent = question.sudo().message_ids.filtered(lambda m: self.lab in m.partner_ids)
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(
                None,
                MAIL.format(
                    to=f"catchall@{self.mail_alias_domain.name}",
                    number=1,
                    reply_to=sent.message_id,
                ),
            )
        self.assertEqual(question.state, "answered")
        self.assertIn("4711", question.answer)
        self.assertEqual(question.answered_by, "Lab")

    def test_refuses_what_cannot_be_asked(self):
        with self.assertRefused("choose the person"):
            self.ask(user_id=False)
        with self.assertRefused("e-mail address"):
            self.lab.email = False
            self.ask_lab()
        with self.assertRefused("not of the staff"):
            self.ask(user_id=self.customer.id)
        question = self.ask()
        with self.assertRefused("asked already"):
            question.action_ask()
        with self.assertRefused("kept by the system"):
            question.state = "answered"

    def test_open_question_keeps_from_signing(self):
        question = self.ask()
        self.fill(self.investigation)
        with self.assertRefused("no answer yet to “Batch”"):
            self.investigation.action_sign()
        question.action_withdraw()
        self.assertFalse(question.sudo().activity_ids)
        self.investigation.action_sign()
        with self.assertRefused("is signed"):
            question.with_user(self.employee).answer = "<p>Too late</p>"

    def _remind(self):
        with self.enter_registry_test_mode(), self.mock_mail_gateway():
            self.env.ref(
                "complaint_management.ir_cron_complaint_question_remind"
            ).method_direct_trigger()

    def test_reminded_when_due_once_and_again(self):
        with freeze_time("2024-05-06 09:00:00"):
            inside, outside = self.ask(), self.ask_lab()
        questions = inside | outside
        with freeze_time("2024-05-07 15:00:00"):
            self._remind()
            self.assertEqual(questions.mapped("reminder_count"), [0, 0])
        # A downtime over the day itself.
        with freeze_time("2024-05-09 10:00:00"):
            self._remind()
            self.assertEqual(questions.mapped("reminder_count"), [1, 1])
            self._remind()
            self.assertEqual(questions.mapped("reminder_count"), [1, 1])
        self.assertGreater(inside.next_reminder, datetime(2024, 5, 10))
        inside.with_user(self.employee).answer = "<p>4711</p>"
        with freeze_time("2024-05-20 10:00:00"):
            self._remind()
        self.assertEqual((inside.reminder_count, outside.reminder_count), (1, 2))

    def test_third_parties_read_their_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(
            ["complaint_management"], ["de_DE"]
        )
        self.lab.lang = "de_DE"
        with freeze_time("2024-05-06 09:00:00"):
            question = self.ask_lab()
        self.assertIn(
            "Bitte antworten Sie bis zum 08.05.2024", question.message_ids[0].body
        )
        with freeze_time("2024-05-09 10:00:00"):
            self._remind()
        self.assertIn("Erinnerung: Batch", question.message_ids[0].subject)

    def test_one_bad_question_stops_no_other(self):
        with freeze_time("2024-05-06 09:00:00"):
            bad, good = self.ask_lab(), self.ask()
        self.patch(
            type(bad),
            "_mail_outside",
            lambda question, subject: 1 / 0,
        )
        with freeze_time("2024-05-09 10:00:00"), self.assertLogs(LOGGER, level="ERROR"):
            self._remind()
        self.assertEqual((bad.reminder_count, good.reminder_count), (0, 1))
