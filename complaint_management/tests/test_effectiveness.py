from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time

from .test_corrective_action import ActionCase


@freeze_time("2024-05-10 10:00:00")
class EffectivenessCase(ActionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action.write(cls.agreed(date_due="2024-05-12", evidence="<p>Weighed</p>"))

    def done(self, action=None):
        action = action or self.action
        action.with_user(self.agent).action_done()
        return action

    def review(self, result="effective", user=None, day="2024-06-10", **args):
        with freeze_time(f"{day} 10:00:00"):
            return self.action.with_user(user or self.quality).review_effectiveness(
                result, "Counted for a month", **args
            )


@freeze_time("2024-05-10 10:00:00")
class TestEffectiveness(EffectivenessCase):
    def test_agreed_on_before_it_is_done(self):
        for name in ("effectiveness_criterion", "effectiveness_date", "reviewer_id"):
            with self.subTest(field=name):
                action = self.create_action(
                    **self.agreed(**{name: False}), evidence="<p>Done</p>"
                )
                label = action._fields[name]._description_string(self.env)
                with self.assertRefused(label):
                    action.action_done()
        for kind in ("containment", "correction", "improvement"):
            action = self.create_action(kind=kind, evidence="<p>Done</p>")
            action.action_done()
            self.assertFalse(action.effectiveness)

    def test_and_not_changed_after(self):
        self.done()
        self.assertEqual(self.action.effectiveness, "to_review")
        for vals in (
            {"effectiveness_criterion": "Anything will do"},
            {"effectiveness_date": "2024-05-11"},
        ):
            with self.subTest(vals=vals), self.assertRefused("agreed on before"):
                self.action.with_user(self.manager).write(vals)
        self.action.with_user(self.manager).reviewer_id = self.executive

    def test_not_before_the_date(self):
        self.done()
        with self.assertRefused("cannot be seen before"):
            self.review(day="2024-06-09")
        self.assertEqual(self.action.effectiveness, "to_review")
        self.review()
        self.assertEqual(self.action.effectiveness, "effective")

    def test_never_before_it_is_done(self):
        with self.assertRefused("nothing to review"):
            self.review()
        with self.assertRaises(ValidationError):
            self.action.effectiveness_date = "2024-05-11"

    def test_by_another_person_than_the_owner(self):
        with self.assertRaises(ValidationError):
            self.action.reviewer_id = self.agent
        self.done()
        self.action.user_id = self.manager
        with self.assertRefused("its owner does not judge"):
            self.review(user=self.manager)
        with self.assertRefused("only its reviewer"):
            self.review(user=self.agent_2)
        self.action.reviewer_id = self.employee
        self.review(user=self.employee)
        self.assertEqual(self.action.reviewed_by_id, self.employee)

    def test_effective(self):
        self.done()
        with self.mock_mail_gateway(), self.mock_mail_app():
            self.assertFalse(self.review())
        told = self._new_msgs.filtered(lambda m: "Effective:" in (m.subject or ""))
        self.assertEqual(told.notified_partner_ids, self.agent.partner_id)
        action = self.action
        self.assertEqual(action.state, "done")
        self.assertEqual(action.date_reviewed, date(2024, 6, 10))
        self.assertEqual(action.effectiveness_note, "Counted for a month")
        [line] = self.case.decision_ids.filtered(lambda d: d.type == "effectiveness")
        self.assertEqual(line.user_id, self.quality)
        self.assertEqual(line.reason, "Counted for a month")
        with self.assertRefused("nothing to review"):
            self.review("not_effective", follow_up="new")

    def test_not_effective_needs_a_way_to_go_on(self):
        self.done()
        for follow_up in (None, "ignore"):
            with self.assertRefused("taken up again"):
                self.review("not_effective", follow_up=follow_up)
        with self.assertRefused("Say what was found"), freeze_time("2024-06-10"):
            self.action.with_user(self.quality).review_effectiveness("effective", " ")
        with self.assertRefused("effective or not"), freeze_time("2024-06-10"):
            self.action.with_user(self.quality).review_effectiveness("maybe", "Hm")
        self.assertEqual(self.action.effectiveness, "to_review")

    def test_reopened(self):
        self.done()
        self.work_to(self.case, "closed")
        action = self.review("not_effective", follow_up="reopen", date_due="2024-07-01")
        self.assertEqual(action, self.action)
        self.assertEqual(action.state, "in_progress")
        self.assertEqual(action.effectiveness, "not_effective")
        self.assertEqual(action.ineffective_count, 1)
        self.assertEqual(action.date_due, date(2024, 7, 1))
        self.assertEqual(self.case.phase, "closed")
        # The next time, a date is agreed on anew, and it is reviewed again.
        with self.assertRefused("Review On"):
            self.done()
        self.action.effectiveness_date = "2024-08-01"
        self.done()
        self.assertEqual(action.effectiveness, "to_review")
        self.review(day="2024-08-01")
        self.assertEqual(
            (action.effectiveness, action.ineffective_count),
            (
                "effective",
                1,
            ),
        )

    def test_begets_a_new_action_linked_both_ways(self):
        self.done()
        new = self.review("not_effective", follow_up="new", date_due="2024-07-01")
        self.assertNotEqual(new, self.action)
        self.assertEqual(new.origin_action_id, self.action)
        self.assertEqual(self.action.follow_up_action_ids, new)
        self.assertEqual(self.action.effectiveness, "not_effective")
        self.assertEqual(self.action.state, "done")
        self.assertEqual(new.complaint_ids, self.case)
        self.assertEqual(new.root_cause_id, self.root_cause)
        self.assertEqual((new.state, new.effectiveness), ("planned", False))
        self.assertFalse(new.evidence)
        self.assertEqual(new.user_id, self.agent)

    def test_dialog(self):
        self.done()
        with self.assertRefused("cannot be seen before"):
            self.action.with_user(self.quality).action_review()
        with freeze_time("2024-06-10 10:00:00"):
            action = self.action.with_user(self.quality)
            self.assertTrue(action.may_review)
            opened = action.action_review()
            dialogs = self.env[opened["res_model"]].with_user(self.quality)
            form = Form(dialogs.with_context(**opened["context"]))
            self.assertEqual(form.criterion, "No lid is missing for a month")
            form.result = "not_effective"
            form.note = "Two lids are missing"
            form.follow_up = "reopen"
            form.date_due = "2024-07-01"
            form.save().action_review()
        self.assertEqual(self.action.state, "in_progress")

    def test_dialog_tells_nothing_of_a_hidden_action(self):
        hidden = self.create_case(confidential=True, user_id=self.manager.id)
        action = self.create_action(
            complaint_ids=[Command.set(hidden.ids)], user_id=self.manager.id
        )
        dialogs = self.env["complaint.effectiveness"].with_user(self.agent)
        with self.assertRaises(AccessError):
            dialogs.create({"action_id": action.id, "note": "?"}).read(["criterion"])
        with self.assertRaises(AccessError):
            action.with_user(self.agent).review_effectiveness("effective", "Fine")

    def test_who_worked_on_it_does_not_judge(self):
        """Neither who owned it while it was under way, nor who completed it."""
        self.action.state = "in_progress"
        self.action.with_user(self.agent).user_id = self.agent_2
        self.action.with_user(self.manager).write(
            {"state": "done", "evidence": "<p>Weighed</p>"}
        )
        self.assertEqual(
            self.action.past_owner_ids, self.agent | self.agent_2 | self.manager
        )
        self.action.sudo().reviewer_id = self.quality
        with freeze_time("2024-06-10"):
            for user in self.agent, self.agent_2, self.manager:
                with self.subTest(user=user.name), self.assertRaises(UserError):
                    self.action.with_user(user).review_effectiveness(
                        "effective", "Fine"
                    )
        with self.assertRaises(ValidationError):
            self.action.reviewer_id = self.agent
        self.assertEqual(self.action.effectiveness, "to_review")

    def test_reviewed_again_once_taken_up(self):
        """Also what was found effective, when a manager takes it up again."""
        self.done()
        self.review()
        self.assertEqual(self.action.effectiveness, "effective")
        self.action.with_user(self.manager).action_plan()
        self.assertFalse(self.action.effectiveness or self.action.date_reviewed)
        with self.assertRefused("Review On"):
            self.done()
        self.action.effectiveness_date = "2024-09-01"
        self.done()
        self.assertEqual(self.action.effectiveness, "to_review")

    def test_cancelled_or_taken_up_again_by_a_manager(self):
        self.done()
        self.action.with_user(self.manager).action_plan()
        self.assertFalse(self.action.effectiveness)
        self.assertFalse(self.action.deadline == self.action.effectiveness_date)
