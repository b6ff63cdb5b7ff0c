from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, warmup
from odoo.tools.safe_eval import safe_eval

from .common import ComplaintCommon

APPROVAL = "complaint_management.mail_activity_type_approval"
STEP = "complaint_management.mail_activity_type_action"
# At most so many queries, once Odoo's caches are warm.
LIMITS = {"kanban": 20, "list": 20, "form": 45}


class ActionCase(ComplaintCommon):
    """An action of the agent about a case of the first team."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.actions = cls.env["complaint.corrective.action"]
        cls.case = cls.create_case(
            user_id=cls.agent.id,
            root_cause_id=cls.root_cause.id,
            product_id=cls.product.id,
        )
        cls.action = cls.create_action()

    @classmethod
    def create_action(cls, **vals):
        return cls.actions.create(
            {
                "name": "Weigh every box",
                "kind": "correction",
                "company_id": cls.company.id,
                "user_id": cls.agent.id,
                "complaint_ids": [Command.set(cls.case.ids)],
                "plan": "<p>With the new scales.</p>",
                **vals,
            }
        )

    @classmethod
    def agreed(cls, **vals):
        """Return what has to be agreed on before a cure is done."""
        return {
            "kind": "corrective",
            "effectiveness_criterion": "No lid is missing for a month",
            "effectiveness_date": "2024-06-10",
            "reviewer_id": cls.quality.id,
            **vals,
        }


class TestCorrectiveAction(ActionCase):
    def test_takes_over_what_the_case_knows(self):
        action = self.action
        self.assertEqual(action.origin, "complaint")
        self.assertEqual(action.team_id, self.team)
        self.assertEqual(action.root_cause_id, self.root_cause)
        self.assertEqual(action.product_id, self.product)
        self.assertEqual(action.category_id, self.category)
        # Changed by hand, it stays, whatever other case is linked.
        action.product_id = self.product_2
        other = self.create_case(product_id=self.product.id)
        action.complaint_ids |= other
        self.assertEqual(action.product_id, self.product_2)
        self.assertEqual(action.complaint_count, 2)

    def test_by_itself(self):
        form = Form(self.actions.with_user(self.agent))
        form.name = "Ask the customers"
        action = form.save()
        self.assertEqual(action.origin, "internal")
        self.assertEqual(action.user_id, self.agent)
        self.assertFalse(action.complaint_ids)
        self.assertEqual(action.company_id, self.company)
        action.origin = "audit"
        self.assertEqual(action.origin, "audit")

    def test_done_names_all_that_is_missing(self):
        self.action.step_ids = [Command.create({"name": "Buy scales"})]
        self.action.write({"kind": "corrective", "state": "in_progress"})
        with self.assertRefused("evidence of completion") as caught:
            self.action.action_done()
        for word in ("Buy scales", "Criterion", "Review On", "Reviewer"):
            self.assertIn(word, str(caught.exception))
        self.assertEqual(self.action.state, "in_progress")

    def test_steps_are_ticked_by_their_owners(self):
        self.action.step_ids = [
            Command.create({"name": "Buy scales", "user_id": self.employee.id}),
            Command.create({"name": "Use them", "user_id": self.agent_2.id}),
        ]
        buy, use = self.action.step_ids
        self.assertEqual(buy.activity_id.user_id, self.employee)
        as_employee = buy.with_user(self.employee)
        as_employee.done = True
        self.assertEqual(buy.done_by_id, self.employee)
        self.assertTrue(buy.date_done)
        self.assertFalse(buy.activity_id)
        self.assertEqual((self.action.step_done_count, self.action.step_count), (1, 2))
        # Who did it stays who did it.
        buy.with_user(self.manager).write({"done": True})
        self.assertEqual(buy.done_by_id, self.employee)
        with self.assertRaises(AccessError):
            as_employee.name = "Buy cheap scales"
        with self.assertRaises(AccessError):
            use.with_user(self.employee).done = True
        with self.assertRaises(AccessError):
            as_employee.copy()
        with self.assertRefused("stays with the action"):
            buy.with_user(self.agent).unlink()
        use.with_user(self.agent).unlink()
        self.assertEqual(self.action.step_ids, buy)

    def test_who_did_a_step_is_nobody_elses_to_say(self):
        self.action.step_ids = [Command.create({"name": "Buy scales"})]
        step = self.action.step_ids
        with self.assertRefused("kept by the system"):
            step.with_user(self.agent).write(
                {"done": True, "done_by_id": self.manager.id}
            )
        step.with_user(self.agent).with_context(
            default_date_done="2020-01-01"
        ).done = True
        self.assertEqual(step.done_by_id, self.agent)
        self.assertNotEqual(str(step.date_done), "2020-01-01")

    def test_employee_reports_on_the_own_action_and_nothing_else(self):
        self.action.user_id = self.employee
        action = self.action.with_user(self.employee)
        self.assertEqual(action.read(["name"])[0]["name"], "Weigh every box")
        with Form(action) as form:
            form.evidence = "<p>Scales are here</p>"
        action.action_start()
        action.action_done()
        self.assertEqual(self.action.state, "done")
        for vals in (
            {"name": "Nothing"},
            {"user_id": self.agent.id},
            {"date_due": "2030-01-01"},
            {"cost": 5},
            {"complaint_ids": [Command.clear()]},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                action.write(vals)
        with self.assertRefused("Only a manager"):
            action.action_plan()
        with self.assertRaises(AccessError):
            action.copy()
        with self.assertRaises(AccessError):
            action.unlink()
        other = self.create_action()
        with self.assertRaises(AccessError):
            other.with_user(self.employee).read(["name"])

    def test_quality_works_the_own_action_only(self):
        with self.assertRaises(AccessError):
            self.action.with_user(self.quality).action_start()
        self.action.user_id = self.quality
        self.action.with_user(self.quality).action_start()
        self.assertEqual(self.action.state, "in_progress")

    def test_system_fields_are_not_written(self):
        for vals in (
            {"effectiveness": "effective"},
            {"date_done": "2020-01-01"},
            {"overdue_count": 7},
            {"level_reached": "manager"},
            {"recurrence_ids": [Command.set(self.create_case().ids)]},
        ):
            with self.subTest(vals=vals), self.assertRefused("kept by the system"):
                self.action.with_user(self.manager).write(vals)
        with self.subTest("An exported list is imported again"):
            self.action.with_user(self.manager).write(
                {"overdue_count": self.action.overdue_count, "date_done": False}
            )
        made = self.actions.with_user(self.manager).create(
            {"name": "New", "effectiveness": "effective"}
        )
        self.assertFalse(made.effectiveness)

    def test_lives_on_after_its_case(self):
        self.work_to(self.case, "follow_up")
        closed = {"stage_id": self.stage("closed").id}
        # By form, kanban, list, RPC, import: all of them write.
        for user in (self.agent, self.manager):
            with self.subTest(user=user.name), self.assertRefused("Weigh every box"):
                self.case.with_user(user).write(closed)
        result = self.case.with_user(self.manager).load(
            [".id", "stage_id/.id"], [[str(self.case.id), str(closed["stage_id"])]]
        )
        self.assertIn("Weigh every box", result["messages"][0]["message"])
        self.case.with_user(self.manager).write(
            {**closed, "handover_reason": "The plant goes on"}
        )
        action = self.action.with_user(self.agent)
        action.write({"evidence": "<p>Weighed</p>", "state": "done"})
        self.assertEqual(self.case.phase, "closed")
        self.assertEqual(action.state, "done")

    def test_kanban_move_meets_the_same_rule(self):
        with self.assertRefused("evidence"):
            self.action.with_user(self.agent).web_save({"state": "done"}, {"state": {}})


class TestActionApproval(ActionCase):
    def ask(self, user=None, **vals):
        self.action.write({"cost": 900, **vals})
        self.action.with_user(user or self.agent).action_request_approval()
        return self.action

    def test_above_the_amount(self):
        self.action.cost = 500
        self.assertFalse(self.action.approval_needed)
        self.action.action_start()
        self.action.action_plan()
        self.action.cost = 501
        self.assertTrue(self.action.approval_needed)
        with self.assertRefused("approval"):
            self.action.with_user(self.agent).action_start()
        with self.assertRefused("approval"):
            self.action.with_user(self.agent).write(
                {"state": "done", "evidence": "<p>Done</p>"}
            )
        self.ask()
        self.assertEqual(self.action.approver_id, self.manager)
        self.action.with_user(self.manager).action_approve()
        self.action.with_user(self.agent).action_start()
        self.assertEqual(self.action.state, "in_progress")

    def test_for_kinds(self):
        self.company.complaint_action_approval = "cures"
        self.assertFalse(self.action.approval_needed)
        self.action.kind = "preventive"
        self.assertTrue(self.action.approval_needed)
        self.company.complaint_action_approval = "all"
        self.action.kind = "containment"
        self.assertTrue(self.action.approval_needed)

    def test_never_by_requester_or_owner(self):
        second = self._create_user("manager_2", "Max Manager", "manager")
        self.ask(user_id=self.manager.id)
        self.assertNotIn(self.action.approver_id, self.manager | self.agent)
        with self.assertRefused("cannot decide"):
            self.action.with_user(self.manager).action_approve()
        with self.assertRefused("only a manager"):
            self.action.with_user(self.agent).action_approve()
        self.action.with_user(second).action_refuse("Too dear")
        self.assertEqual(self.action.approval_state, "refused")
        self.ask(user=second, user_id=self.agent.id)
        with self.assertRefused("cannot give it"):
            self.action.with_user(second).action_approve()

    def test_senior_management_above_its_amount(self):
        self.company.complaint_executive_amount = 800
        self.ask()
        self.assertEqual(self.action.approver_id, self.executive)
        with self.assertRefused("senior management"):
            self.action.with_user(self.manager).action_approve()
        self.action.with_user(self.executive).action_approve()
        self.assertEqual(self.action.approval_state, "approved")

    def test_lost_with_a_change(self):
        self.ask()
        self.action.with_user(self.manager).action_approve()
        self.action.with_user(self.agent).cost = 950
        self.assertEqual(self.action.approval_state, "none")
        with self.assertRefused("approval"):
            self.action.with_user(self.agent).action_start()

    def test_what_was_begun_waits_again(self):
        self.ask()
        self.action.with_user(self.manager).action_approve()
        self.action.with_user(self.agent).action_start()
        self.action.with_user(self.agent).plan = "<p>By hand.</p>"
        self.assertEqual(self.action.approval_state, "none")
        self.assertEqual(self.action.state, "planned")
        # Also what needed none before.
        small = self.create_action(cost=10)
        small.with_user(self.agent).action_start()
        small.with_user(self.agent).cost = 950
        self.assertEqual(small.state, "planned")
        self.assertIn("Ask for it", small.message_ids[0].body)

    def test_never_by_who_wrote_the_plan(self):
        self.action.with_user(self.manager).cost = 950
        self.assertIn(self.manager, self.action._get_authors())
        second = self._create_user("manager_2", "Mona Manager", "manager")
        self.action.with_user(self.agent).action_request_approval()
        self.assertNotEqual(self.action.approver_id, self.manager)
        with self.assertRefused("who wrote it"):
            self.action.with_user(self.manager).action_approve()
        self.action.with_user(second).action_approve()
        self.assertEqual(self.action.approval_state, "approved")

    def test_log_of_each_case_and_of_an_action_without(self):
        other = self.create_case()
        self.action.complaint_ids |= other
        self.ask()
        self.action.with_user(self.manager).action_approve()
        for case in (self.case, other):
            [line] = case.decision_ids.filtered(lambda d: d.type == "approval")
            self.assertEqual(line.action_id, self.action)
            self.assertEqual(line.user_id, self.manager)
            self.assertIn("900", line.new_value)
        alone = self.create_action(complaint_ids=False, cost=900)
        alone.with_user(self.agent).action_request_approval()
        alone.with_user(self.manager).action_refuse("Not now")
        [line] = alone.decision_ids
        self.assertFalse(line.complaint_id)
        self.assertEqual(line.company_id, self.company)
        self.assertEqual(line.reason, "Not now")
        with self.assertRefused("cannot be changed"):
            line.sudo().reason = "Perhaps"
        with self.assertRefused("cannot be deleted"):
            line.sudo().unlink()
        self.assertTrue(line.with_user(self.agent).has_access("read"))
        self.assertFalse(line.with_user(self.manager_b).has_access("read"))


class TestActionScreens(ActionCase):
    def test_forms_open_for_everybody(self):
        self.action.write(
            {
                "user_id": self.employee.id,
                "step_ids": [Command.create({"name": "Buy scales"})],
            }
        )
        for user in (
            self.employee,
            self.agent,
            self.manager,
            self.quality,
            self.executive,
            self.administrator,
        ):
            with self.subTest(user=user.name):
                form = Form(self.action.with_user(user))
                self.assertEqual(form.name, "Weigh every box")
                self.assertEqual(
                    form.may_plan,
                    user.has_group("complaint_management.group_complaint_user"),
                )

    def test_filters_find_what_they_say(self):
        late = self.create_action(date_due="2020-01-01")
        arch = etree.fromstring(self.actions.get_view(view_type="search")["arch"])

        def found(name, user=None):
            actions = self.actions.with_user(user or self.agent)
            domain = arch.xpath(f"//filter[@name='{name}']/@domain")[0]
            uid = (user or self.agent).id
            return actions.search(
                [*safe_eval(domain, {"uid": uid}), ("company_id", "=", self.company.id)]
            )

        self.assertEqual(found("late"), late)
        self.assertEqual(found("open"), late | self.action)
        self.assertEqual(found("my"), late | self.action)
        self.action.step_ids = [
            Command.create({"name": "Buy", "user_id": self.employee.id})
        ]
        self.assertEqual(found("my", self.employee), self.action)

    def _specification(self, view_type):
        arch = self.actions.with_user(self.agent).get_view(view_type=view_type)["arch"]
        names = etree.fromstring(arch).xpath("//field[not(ancestor::field)]/@name")
        return {
            name: {"fields": {"display_name": {}}}
            if self.actions._fields[name].relational
            else {}
            for name in names
        }

    def _fill(self, count):
        self.create_case()
        for n in range(count):
            self.create_action(
                name=f"Action {n}",
                date_due="2030-01-01",
                step_ids=[Command.create({"name": "Step", "user_id": self.agent_2.id})],
            )

    def _count(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        call()
        return self.cr.sql_log_count - before

    @warmup
    def test_query_counts_do_not_grow(self):
        actions = self.actions.with_user(self.agent)
        domain = [("company_id", "=", self.company.id)]
        calls = {
            view: lambda view=view: actions.web_search_read(
                domain, self._specification(view), limit=80
            )
            for view in ("kanban", "list")
        }
        self._fill(10)
        few = {view: self._count(call) for view, call in calls.items()}
        self._fill(30)
        for view, call in calls.items():
            with self.subTest(view=view):
                many = self._count(call)
                if self.warm:
                    self.assertLessEqual(many, few[view])
                    self.assertLessEqual(many, LIMITS[view])

    @warmup
    def test_form_query_count(self):
        self._fill(1)
        action = self.actions.search([], limit=1, order="id desc").with_user(self.agent)
        specification = self._specification("form")
        count = self._count(lambda: action.web_read(specification))
        if self.warm:
            self.assertLessEqual(count, LIMITS["form"])
