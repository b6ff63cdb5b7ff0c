from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import Form

from .common import ComplaintCommon


class TestOwner(ComplaintCommon):
    """Who should not handle cases is refused or noted, however they become the owner."""

    def setUp(self):
        super().setUp()
        untrained = self.agent_2

        def objections(users, company):
            return {
                user: "The training “Complaints” is missing."
                for user in users & untrained
                if company == self.company
            }

        model = type(self.env["res.users"])
        self.startPatcher(
            patch.object(model, "_get_complaint_handling_objections", objections)
        )

    def notes(self, case):
        return case.message_ids.filtered(lambda m: "training" in (m.body or ""))

    def test_nobody_is_objected_to_by_default(self):
        self.doCleanups()
        users = self.agent | self.agent_2
        self.assertEqual(users._get_complaint_handling_objections(self.company), {})
        self.assertEqual(self.company.complaint_owner_objection, "warn")

    def test_owners_handle_cases(self):
        """Neither customers nor colleagues without a role, by no way in."""
        case = self.create_case(user_id=self.agent.id).with_user(self.agent)
        for user in self.customer, self.employee, self.quality:
            with (
                self.subTest(user=user.name),
                self.assertRefused("cannot be the owner"),
            ):
                case.user_id = user
            with self.assertRefused("cannot be the owner"):
                self.create_case(user_id=user.id)
        self.agent_2.active = False
        with self.assertRefused("cannot be the owner"):
            case.user_id = self.agent_2
        self.assertEqual(case.user_id, self.agent)

    def test_the_rule_passes_over_members_without_a_role(self):
        self.team.write(
            {
                "member_ids": [Command.set((self.employee | self.agent).ids)],
                "assignment_method": "round_robin",
            }
        )
        owners = [self.create_case(team_id=self.team.id).user_id for __ in range(2)]
        self.assertEqual(owners, [self.agent, self.agent])

    def test_warned(self):
        case = self.create_case(user_id=self.agent.id)
        with Form(case.with_user(self.agent)) as form:
            form.user_id = self.agent_2
        self.assertEqual(case.user_id, self.agent_2)
        self.assertEqual(len(self.notes(case)), 1)
        self.assertTrue(self.notes(case).subtype_id.internal)
        case.name = "Another subject"
        case.user_id = self.agent_2
        self.assertEqual(len(self.notes(case)), 1)

    def test_refused_by_any_way(self):
        self.company.complaint_owner_objection = "refuse"
        case = self.create_case(user_id=self.agent.id)
        refusal = "Aron Agent cannot be the owner: The training"
        with self.assertRefused(refusal):
            case.user_id = self.agent_2
        with self.assertRefused(refusal):
            case.with_user(self.agent_2).action_assign_to_me()
        with self.assertRefused(refusal):
            self.create_case(user_id=self.agent_2.id)
        result = (
            self.env["complaint.complaint"]
            .with_user(self.manager)
            .load(["name", "user_id/.id"], [["Imported", str(self.agent_2.id)]])
        )
        self.assertIn("training", str(result["messages"]))
        # What has ended is history.
        ended = self.create_case(user_id=self.agent.id)
        self.work_to(ended, "closed")
        ended.user_id = self.agent_2

    def test_the_rule_of_the_team_passes_them_over(self):
        """A case must come in, so it goes to somebody who may have it."""
        self.company.complaint_owner_objection = "refuse"
        self.team.assignment_method = "balanced"
        cases = self.env["complaint.complaint"].create(
            [{"name": f"Case {n}", "team_id": self.team.id} for n in range(3)]
        )
        self.assertEqual(cases.user_id, self.agent)
