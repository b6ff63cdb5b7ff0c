from contextlib import closing

from odoo.fields import Command
from odoo.tests import Form
from odoo.tools.safe_eval import safe_eval

from .test_investigation import InvestigationCase


class TestTeam(InvestigationCase):
    """Who works on an investigation or reviews it can open it."""

    def test_strangers_are_refused(self):
        left = self._create_user("left", "Lea Left", "user", active=False)
        for user in self.employee, self.customer, self.agent_b, left:
            for vals in (
                {"member_ids": [Command.link(user.id)]},
                {"reviewer_id": user.id},
            ):
                if user == left and "member_ids" in vals:
                    continue  # Odoo shows no archived users in such a list.
                with (
                    self.subTest(user=user.name, **vals),
                    self.assertRefused(f"{user.name} cannot open"),
                ):
                    self.investigation.write(vals)
            with self.subTest(user=user.name), self.assertRefused("cannot lead"):
                self.investigation.user_id = user
            with self.assertRefused("cannot open"):
                self.env["complaint.investigation"].create(
                    {
                        "complaint_id": self.create_case().id,
                        "user_id": self.agent.id,
                        "reviewer_id": user.id,
                    }
                )

    def test_import(self):
        result = (
            self.env["complaint.investigation"]
            .with_user(self.manager)
            .load(
                [".id", "member_ids/.id"],
                [[str(self.investigation.id), str(self.employee.id)]],
            )
        )
        self.assertIn("cannot open", result["messages"][0]["message"])

    def test_whoever_can_open_it_may(self):
        self.investigation.member_ids = self.agent_other | self.executive
        for user in self.quality, self.manager:
            self.investigation.reviewer_id = user
            self.assertEqual(self.investigation.reviewer_id, user)
        self.assertEqual(
            self.investigation.member_ids, self.agent_other | self.executive
        )
        with Form(self.investigation.with_user(self.agent)) as form:
            form.reviewer_id = self.quality
        self.assertEqual(self.investigation.reviewer_id, self.quality)

    def test_form_offers_who_can_open_it(self):
        users = self.env["res.users"]
        fields = self.investigation.fields_get(["user_id", "member_ids", "reviewer_id"])
        for name, offered in {
            "user_id": self.agent | self.manager,
            "member_ids": self.agent | self.manager | self.quality | self.executive,
            "reviewer_id": self.agent | self.manager | self.quality | self.executive,
        }.items():
            domain = safe_eval(fields[name]["domain"], {"company_id": self.company.id})
            found = users.search(domain)
            with self.subTest(name=name):
                self.assertLessEqual(offered, found)
                self.assertFalse((self.employee | self.customer | self.agent_b) & found)

    def test_begins_without_a_signature(self):
        investigations = self.env["complaint.investigation"].with_user(self.agent)
        case = self.create_case()
        for vals in (
            {"state": "signed"},
            {"signed_by_id": self.manager.id},
            {"past_investigator_ids": [Command.link(self.manager.id)]},
        ):
            context = {f"default_{name}": value for name, value in vals.items()}
            for given, model in (
                (vals, investigations),
                ({}, investigations.with_context(**context)),
            ):
                with self.subTest(**vals), closing(self.env.cr.savepoint()):
                    made = model.create({"complaint_id": case.id, **given})
                    self.assertEqual(made.state, "planned")
                    self.assertFalse(made.signed_by_id or made.past_investigator_ids)


class TestPastInvestigators(InvestigationCase):
    """Who ever investigated does not review, whoever signs in the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.investigation.with_user(cls.manager).write(
            {"user_id": cls.manager.id, "member_ids": [Command.set(cls.agent_2.ids)]}
        )
        cls.investigation.with_user(cls.manager).write(
            {"user_id": cls.agent_2.id, "member_ids": [Command.clear()]}
        )

    def _sign(self):
        investigation = self.investigation.with_user(self.agent_2)
        self.fill(investigation, evidence_ids=[]).action_sign()

    def test_kept(self):
        self.assertEqual(
            self.investigation.past_investigator_ids, self.agent | self.manager
        )
        with self.assertRefused("kept by the system"):
            self.investigation.past_investigator_ids = [Command.clear()]
        self.investigation.user_id = self.agent
        self.assertIn(self.agent_2, self.investigation.past_investigator_ids)

    def test_earlier_lead_does_not_review(self):
        for user in self.agent, self.manager:
            with self.subTest(user=user.name), self.assertRefused("has investigated"):
                self.investigation.reviewer_id = user
        with self.assertRefused("has investigated"):
            self.investigation.write(
                {"user_id": self.manager.id, "reviewer_id": self.agent_2.id}
            )
        self._sign()
        with self.assertRefused("investigated this yourself"):
            self.investigation.with_user(self.manager).action_review()
        with self.assertRefused("investigated this yourself"):
            self.investigation.with_user(self.manager).send_back("Not clear")
        self.investigation.with_user(self.quality).action_review()
        self.assertEqual(self.investigation.state, "reviewed")

    def test_earlier_member_does_not_review(self):
        self.investigation.member_ids = self.quality
        self.investigation.member_ids = [Command.clear()]
        self._sign()
        with self.assertRefused("investigated this yourself"):
            self.investigation.with_user(self.quality).action_review()
