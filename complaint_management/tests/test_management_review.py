from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form

from .common import ComplaintCommon


class TestManagementReview(ComplaintCommon):
    """Management sees the figures of a period, decides, and follows the changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = fields.Date.today()
        cls.review = (
            cls.env["complaint.management.review"]
            .with_user(cls.manager)
            .create(
                {
                    "name": "Quarter",
                    "date_from": today - timedelta(days=60),
                    "date_to": today,
                    "participant_ids": [Command.set(cls.executive.ids)],
                }
            )
        )
        for severity in "minor", "major":
            case = cls.create_case(severity=severity, user_id=cls.agent.id)
            cls.work_to(case, "closed", root_cause_id=cls.root_cause.id)
        cls.create_case(kind="inquiry", channel="email")
        cls.create_case(date_received="2020-01-01 10:00:00")
        cls.env["complaint.corrective.action"].create(
            {
                "name": "Late",
                "company_id": cls.company.id,
                "date_due": today - timedelta(days=3),
            }
        )

    def _figures(self, section):
        return {
            figure.name: figure.value
            for figure in self.review.figure_ids
            if section in figure.section
        }

    def test_figures_of_the_period(self):
        self.review.action_take_figures()
        kinds = self._figures("by kind")
        self.assertEqual(kinds, {"Complaint": "2", "Inquiry": "1"})
        self.assertEqual(self._figures("causes"), {"Packing": "2 (100 % so far)"})
        self.assertEqual(self._figures("Time")["Cases closed"], "2")
        actions = self._figures("Actions")
        self.assertEqual(actions["Open now"], "1")
        self.assertEqual(actions["Overdue now"], "1")

    def test_figures_stay(self):
        with self.assertRefused("no figures"):
            self.review.action_hold()
        self.review.action_take_figures()
        self.review.action_hold()
        before = self.review.figure_ids.mapped("value")
        self.create_case()
        with self.assertRefused("was held with the figures"):
            self.review.action_take_figures()
        self.assertEqual(self.review.figure_ids.mapped("value"), before)
        for user in self.manager, self.executive, self.administrator:
            figure = self.review.figure_ids[0].with_user(user)
            for call in (
                lambda figure=figure: figure.write({"value": "0"}),
                figure.unlink,
                lambda figure=figure: figure.copy(),
            ):
                with self.subTest(user=user.name), self.assertRaises(AccessError):
                    call()

    def test_what_was_decided_stays(self):
        self.review.decision_ids = [Command.create({"name": "Drop test"})]
        self.review.action_take_figures()
        self.review.action_hold()
        for values in (
            {"findings": "<p>Other</p>"},
            {"date_from": "2020-01-01"},
            {"decision_ids": [Command.clear()]},
            {"participant_ids": [Command.clear()]},
            {"state": "planned"},
        ):
            with self.subTest(values=values), self.assertRefused("held"):
                self.review.write(values)
        with self.assertRefused("was held"):
            self.review.decision_ids.name = "No test"
        with self.assertRefused("was held"):
            self.review.decision_ids.unlink()
        with self.assertRaises(AccessError):
            self.review.unlink()
        with self.assertRefused("is kept"):
            self.review.sudo().unlink()

    def test_changes_are_followed_to_the_end(self):
        decisions = self.env["complaint.management.review.decision"]
        decision = decisions.with_user(self.executive).create(
            {
                "review_id": self.review.id,
                "name": "Drop test",
                "user_id": self.manager.id,
            }
        )
        decision.action_make_action()
        action = self.review.action_ids
        self.assertEqual(action, decision.action_id.with_user(self.manager))
        self.assertEqual(action.kind, "improvement")
        self.assertEqual(action.origin, "review")
        self.assertEqual(action.user_id, self.manager)
        with self.assertRefused("already"):
            decision.action_make_action()
        self.review.action_take_figures()
        self.review.action_hold()
        self.assertEqual(self.review.action_open_count, 1)
        with self.assertRefused("1 agreed changes"):
            self.review.action_close()
        action.sudo().write({"state": "done", "evidence": "<p>The report</p>"})
        self.assertEqual(self.review.action_done_count, 1)
        self.review.action_close()
        self.assertEqual(self.review.state, "closed")

    def test_what_was_found_is_counted_by_the_log(self):
        """An action that was taken up again was found not effective all the same."""
        action = self.review.plan_change("Drop test").sudo()
        lines = self.env["complaint.decision"]
        case = self.create_case()
        # In each of its cases' logs, it is one action.
        for about in ({}, {"complaint_id": case.id}):
            lines._log(
                [
                    {
                        "action_id": action.id,
                        "type": "effectiveness",
                        "result": "not_effective",
                        **about,
                    }
                ]
            )
        today = fields.Date.context_today(self.review)
        self.review.write({"date_from": today, "date_to": today})
        self.review.action_take_figures()
        found = dict(
            self.review.figure_ids.mapped(lambda line: (line.name, line.value))
        )
        self.assertEqual(found["Found not effective in the period"], "1")
        self.assertEqual(found["Found effective in the period"], "0")

    def test_agreed_changes_stay_agreed(self):
        action = self.review.plan_change("Drop test")
        self.review.action_take_figures()
        self.review.action_hold()
        for commands in ([Command.clear()], [Command.unlink(action.id)]):
            with self.assertRaises(UserError):
                self.review.action_ids = commands
        with self.assertRaises(UserError):
            action.with_user(self.manager).management_review_id = False
        self.assertEqual(self.review.action_ids.sudo(), action.sudo())

    def test_closing_with_open_actions_needs_a_reason(self):
        self.review.plan_change("Drop test")
        self.review.action_take_figures()
        self.review.action_hold()
        self.review.closing_reason = "Goes on in the next review"
        self.review.action_close()
        self.assertEqual(self.review.state, "closed")

    def test_not_held_before_the_meeting(self):
        self.review.action_take_figures()
        self.review.date_meeting = fields.Datetime.now() + timedelta(days=3)
        with self.assertRefused("still to come"):
            self.review.action_hold()
        self.review.write({"state": "held", "date_meeting": fields.Datetime.now()})
        self.assertEqual(self.review.state, "held")

    def test_states_cannot_be_skipped(self):
        with self.assertRefused("after it was held"):
            self.review.action_close()
        with self.assertRefused("after it was held"):
            self.review.write({"state": "closed", "closing_reason": "Enough"})
        with self.assertRefused("begins as planned"):
            self.review.create({"name": "x", "state": "held"})
        with self.assertRefused("Take Figures"):
            self.review.date_figures = fields.Datetime.now()

    def test_minutes(self):
        self.review.decision_ids = [Command.create({"name": "Drop test"})]
        self.review.findings = "<p>Packing is the cause</p>"
        self.review.action_take_figures()
        self.review.plan_change("Test every box")
        for user in self.manager, self.quality, self.executive:
            page = (
                self.env["ir.actions.report"]
                .with_user(user)
                ._render_qweb_html(
                    "complaint_management.report_complaint_management_review",
                    self.review.ids,
                )[0]
                .decode()
            )
            for text in (
                "Drop test",
                "Packing is the cause",
                "Test every box",
                "Eva Executive",
                "Median days",
            ):
                with self.subTest(user=user.name, text=text):
                    self.assertIn(text, page)

    def test_form(self):
        reviews = self.env["complaint.management.review"].with_user(self.executive)
        with Form(reviews) as form:
            form.name = "Next"
            with form.decision_ids.new() as line:
                line.name = "Go on"
        self.assertEqual(form.record.state, "planned")

    def test_figures_take_few_queries(self):
        # However many cases there are.
        self.review.action_take_figures()
        self.create_case()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            self.review.action_take_figures()
