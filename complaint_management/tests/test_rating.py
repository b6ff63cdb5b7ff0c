from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ComplaintCommon


class RatingCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.work_to(cls.create_case(user_id=cls.agent.id), "closed")

    def run_job(self, days):
        with (
            freeze_time(fields.Datetime.now() + timedelta(days=days)),
            self.enter_registry_test_mode(),
            self.mock_mail_gateway(),
        ):
            self.env.ref(
                "complaint_management.ir_cron_complaint_ratings"
            ).method_direct_trigger()
        self.env.invalidate_all()
        return self._new_mails

    def tasks(self):
        return self.case.activity_ids.filtered(lambda a: "unhappy" in a.summary)


class TestRating(RatingCase):
    """Customers are asked once how satisfied they are, and reminded once."""

    def test_asked_and_reminded_once(self):
        self.assertFalse(self.run_job(0))
        mail = self.run_job(2)
        self.assertEqual(mail.recipient_ids, self.partner, "nobody of the staff")
        self.assertIn("How satisfied", mail.subject)
        token = self.case.rating_ids.access_token
        self.assertNotIn(token, mail.body_html, "what the staff read has no secret")
        [sent] = mail._prepare_outgoing_list()
        self.assertIn(f"/rate/{token}/5", sent["body"])
        self.assertFalse(self.run_job(2))
        self.assertEqual(len(self.run_job(30)), 1)
        self.assertFalse(self.run_job(60))
        self.assertEqual(len(self.case.rating_ids), 1)

    def test_who_answered_is_not_reminded(self):
        self.run_job(2)
        self.case.sudo().rating_apply(5, rating=self.case.rating_ids.sudo())
        self.assertFalse(self.case.rating_event)
        self.assertFalse(self.run_job(30))

    def test_not_asked(self):
        self.company.complaint_rating = False
        case = self.work_to(self.create_case(user_id=self.agent.id), "closed")
        self.assertFalse(case.rating_event)
        cancelled = self.create_case()
        self.company.complaint_rating = True
        self.work_to(cancelled, "cancelled")
        self.assertFalse(cancelled.rating_event)
        # Reopened before the mail went out.
        self.case.with_user(self.manager).reopen("Broken again")
        self.assertFalse(self.run_job(2))

    def test_one_bad_case_stops_none(self):
        other = self.work_to(self.create_case(user_id=self.agent.id), "closed")
        bad, method = self.case, type(self.case)._request_rating

        def fail(case, now):
            if case == bad:
                raise ValueError("No template renders")
            return method(case, now)

        self.patch(type(self.case), "_request_rating", fail)
        with mute_logger("odoo.addons.complaint_management.models"):
            self.run_job(2)
        self.assertEqual(other.rating_event, "remind")
        self.assertEqual(bad.rating_event, "request")

    def test_recorded_on_the_customers_word(self):
        case = self.case.with_user(self.agent)
        wizard = self.env["complaint.call"].with_user(self.agent)
        wizard.create(
            {"complaint_id": case.id, "note": "Still no lid", "rating": "1"}
        ).action_log()
        self.assertEqual(self.case.satisfaction, "unhappy")
        self.assertEqual(self.case.rating_last_feedback, "Still no lid")
        [task] = self.tasks()
        self.assertEqual(task.user_id, self.case._get_responsible("manager"))
        case.record_rating(5, "All is well now")
        self.assertEqual(self.case.satisfaction, "happy")
        with self.assertRefused("A rating is"):
            case.record_rating(4)
        for user in self.employee, self.quality, self.agent_other:
            with self.assertRaises(AccessError):
                self.case.with_user(user).record_rating(5)

    def test_unhappy_is_reopened_in_one_click(self):
        self.case.with_user(self.agent).record_rating(1, "Still no lid")
        with self.assertRefused("Only a manager"):
            self.case.with_user(self.agent).action_reopen_unhappy()
        self.case.with_user(self.manager).action_reopen_unhappy()
        self.assertEqual(self.case.phase, "assessment")
        line = self.case.decision_ids.filtered(lambda d: d.type == "reopening")
        self.assertIn("Still no lid", line.reason)

    def test_confirms_in_the_follow_up(self):
        happy, unhappy = (
            self.work_to(
                self.create_case(user_id=self.agent.id), "follow_up", confirmation=False
            )
            for __ in range(2)
        )
        happy.with_user(self.agent).record_rating(5)
        self.assertEqual(happy.confirmation, "confirmed")
        self.assertEqual(happy.sla_status_ids._of("follow_up").state, "met")
        unhappy.with_user(self.agent).record_rating(1, "No lid")
        self.assertEqual(unhappy.confirmation, "not_satisfied")
        self.assertEqual(unhappy.escalation_ids.reason, "rejection")

    def test_ratings_are_read_as_their_case(self):
        self.case.with_user(self.agent).record_rating(1, "SECRET")
        rating = self.case.rating_ids
        self.assertEqual(rating.with_user(self.agent).feedback, "SECRET")
        self.assertEqual(rating.with_user(self.manager).feedback, "SECRET")
        for user in (self.employee, self.agent_other, self.manager_b, self.customer):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                rating.with_user(user).read(["feedback"])
        for user in (self.agent, self.manager):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                rating.with_user(user).write({"rating": 5})
        with self.assertRaises(AccessError):
            rating.with_user(self.agent).create(
                {
                    "res_model_id": rating.res_model_id.id,
                    "res_id": self.case.id,
                    "rating": 5,
                    "consumed": True,
                }
            )


@tagged("post_install", "-at_install")
class TestRatingPage(RatingCase, HttpCase):
    """A link opens a page; only what a person sends from it is a vote."""

    def setUp(self):
        super().setUp()
        self.case._rating_get_access_token()
        self.token = self.case.rating_ids.access_token
        self.env.flush_all()

    def test_opening_votes_for_nothing(self):
        for value in (5, 3, 1):
            page = self.url_open(f"/rate/{self.token}/{value}")
            self.assertEqual(page.status_code, 200)
        self.url_open(f"/rate/{self.token}/submit_feedback?rate=1&feedback=No")
        self.env.invalidate_all()
        self.assertFalse(self.case.rating_ids.consumed)
        self.assertFalse(self.case.satisfaction)
        self.assertFalse(self.tasks())

    def test_sending_votes(self):
        page = self.url_open(f"/rate/{self.token}/1").text
        csrf = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        data = {"rate": "1", "feedback": "<b>No lid</b>", "csrf_token": csrf}
        url = f"/rate/{self.token}/submit_feedback"
        for __ in range(2):
            self.assertEqual(self.url_open(url, data=data).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.case.satisfaction, "unhappy")
        self.assertEqual(self.case.rating_last_feedback, "<b>No lid</b>")
        [task] = self.tasks()
        self.assertIn("&lt;b&gt;No lid", task.note)
        self.assertEqual(self.case.phase, "closed")
        late = self.case.activity_ids.filtered(
            lambda a: "wrote after the case" in a.summary
        )
        self.assertFalse(late)

    def test_foreign_token(self):
        with mute_logger("odoo.http"):
            page = self.url_open(f"/rate/{'x' * 32}/5")
        self.assertEqual(page.status_code, 404)
