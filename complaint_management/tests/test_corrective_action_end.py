from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form

from .test_corrective_action import ActionCase


class TestActionEnd(ActionCase):
    """An action that is not done is no way to close its case, nor to rewrite what was."""

    def log(self, kind):
        return self.case.decision_ids.filtered(lambda line: line.type == kind)

    def done(self, **vals):
        self.action.write({"evidence": "<p>Weighed</p>", "state": "done", **vals})

    def test_cancelled_with_a_reason(self):
        action = self.action.with_user(self.agent)
        for values in (
            {"state": "cancelled"},
            {"state": "cancelled", "cancel_reason": " "},
        ):
            with self.subTest(values=values), self.assertRefused("a reason"):
                action.write(values)
        dialog = action.action_cancel()
        self.assertEqual(dialog["res_model"], "complaint.corrective.action.cancel")
        form = Form(
            self.env[dialog["res_model"]]
            .with_user(self.agent)
            .with_context(**dialog["context"])
        )
        form.reason = "The scales are gone"
        form.save().action_confirm()
        self.assertEqual(action.state, "cancelled")
        line = self.log("cancellation")
        self.assertEqual(
            (line.user_id, line.reason), (self.agent, "The scales are gone")
        )
        # Another time, another reason.
        action.with_user(self.manager).action_plan()
        with self.assertRefused("a reason"):
            action.write({"state": "cancelled"})

    def test_employees_report_and_give_nothing_up(self):
        self.action.user_id = self.employee
        action = self.action.with_user(self.employee)
        with self.assertRaises(AccessError):
            action.action_cancel("No time")

    def test_taken_from_its_case_by_managers_only(self):
        """From either side, and on record."""
        ways = [
            (self.action, "complaint_ids", [Command.clear()]),
            (self.action, "complaint_ids", [Command.unlink(self.case.id)]),
            (self.case, "corrective_action_ids", [Command.set([])]),
            (self.case, "corrective_action_ids", [Command.unlink(self.action.id)]),
        ]
        for record, name, commands in ways:
            with self.subTest(record=record, commands=commands):
                with self.assertRefused("Only a manager"):
                    record.with_user(self.agent)[name] = commands
                self.assertEqual(self.action.complaint_ids, self.case)
        self.case.with_user(self.manager).corrective_action_ids = [Command.clear()]
        line = self.log("detaching")
        self.assertEqual((line.user_id, line.action_id), (self.manager, self.action))
        self.action.with_user(self.manager).complaint_ids = self.case
        self.action.with_user(self.manager).complaint_ids = False
        self.assertEqual(len(self.log("detaching")), 2)

    def test_settled_stays_as_it_is(self):
        self.action.step_ids = [Command.create({"name": "Buy scales", "done": True})]
        self.done()
        step = self.action.step_ids
        for user in self.agent, self.manager:
            action = self.action.with_user(user)
            for values in (
                {"evidence": "<p>Another</p>"},
                {"plan": "<p>Another</p>"},
                {"cost": 5},
                {"problem": "<p>Another</p>"},
                {"root_cause_id": False},
                {"user_id": self.manager.id},
                {"step_ids": [Command.create({"name": "Another"})]},
                {"step_ids": [Command.update(step.id, {"name": "Another"})]},
            ):
                with (
                    self.subTest(user=user.name, values=values),
                    self.assertRefused("Plan Again"),
                ):
                    action.write(values)
            for change in (
                lambda user=user: step.with_user(user).write({"done": False}),
                lambda user=user: step.with_user(user).create(
                    {"action_id": self.action.id, "name": "Another"}
                ),
            ):
                with self.subTest(user=user.name), self.assertRefused("Plan Again"):
                    change()
        # Its review is given to somebody else by a manager.
        with self.assertRefused("Plan Again"):
            self.action.with_user(self.agent).reviewer_id = self.agent_2
        self.action.with_user(self.manager).reviewer_id = self.quality
        # The same again is no change, and the case of somebody else may learn from it.
        other = self.create_case(user_id=self.agent.id)
        self.action.with_user(self.agent).write(
            {"cost": 0, "complaint_ids": [Command.link(other.id)]}
        )
        with self.assertRefused("Plan Again"):
            self.action.with_user(self.manager).write({"state": "planned", "cost": 5})
        self.action.with_user(self.manager).action_plan()
        self.action.with_user(self.manager).cost = 5
        self.assertEqual(self.action.cost, 5)
        self.assertEqual(self.log("reopening").user_id, self.manager)

    def test_steps_are_ticked_with_the_end(self):
        self.action.step_ids = [Command.create({"name": "Buy scales"})]
        step = self.action.step_ids
        self.action.with_user(self.agent).write(
            {
                "state": "done",
                "evidence": "<p>Weighed</p>",
                "step_ids": [Command.update(step.id, {"done": True})],
            }
        )
        self.assertEqual((self.action.state, step.done), ("done", True))

    def test_begins_as_planned(self):
        values = {
            "name": "Weigh",
            "company_id": self.company.id,
            "evidence": "<p>Weighed</p>",
        }
        for settled in (
            {"state": "done"},
            {"state": "cancelled", "cancel_reason": "None"},
        ):
            defaults = {f"default_{name}": value for name, value in settled.items()}
            for context, given in (({}, settled), (defaults, {})):
                with (
                    self.subTest(settled=settled, context=context),
                    self.assertRefused("cannot begin"),
                ):
                    self.actions.with_user(self.agent).with_context(**context).create(
                        {**values, **given}
                    )
        found = self.actions.with_user(self.agent).with_context(
            default_effectiveness="effective",
            default_approval_authors={"plan": self.manager.id},
        )
        action = found.create(values)
        self.assertFalse(action.effectiveness or action.approval_authors)
        action = self.actions.with_user(self.manager).create(
            {**values, "state": "done"}
        )
        self.assertEqual(action.state, "done")

    def test_columns_of_the_kanban(self):
        groups = self.actions._read_group(
            [("id", "=", self.action.id)], ["state"], ["__count"]
        )
        self.assertEqual(len(groups), 1)
        actions = self.actions.with_context(read_group_expand=True)
        shown = actions.web_read_group(
            [("id", "=", self.action.id)], ["state"], ["__count"]
        )["groups"]
        self.assertEqual(
            [group["state"] for group in shown],
            ["planned", "in_progress", "done", "cancelled"],
        )

    def test_feedback_keeps_its_improvement(self):
        feedback = self.env["complaint.feedback"].create(
            {
                "name": "Weigh them",
                "company_id": self.company.id,
                "decision": "improvement",
                "corrective_action_ids": [Command.link(self.action.id)],
                "state": "decided",
            }
        )
        with self.assertRefused("to lead to an improvement"):
            self.action.with_user(self.manager).feedback_ids = [Command.clear()]
        self.assertEqual(feedback.corrective_action_ids, self.action)
