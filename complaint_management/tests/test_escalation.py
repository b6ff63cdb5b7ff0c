from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import ComplaintCommon

ESCALATION = "complaint_management.mail_activity_type_escalation"


class EscalationCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_2 = cls._create_user("manager_2", "Milo Manager", "manager")
        cls.case = cls.create_case(user_id=cls.agent.id)

    @classmethod
    def level(cls, level, user, substitute=None, team=None, company=None):
        return cls.env["complaint.escalation.level"].create(
            {
                "level": level,
                "user_id": user.id,
                "substitute_id": substitute.id if substitute else False,
                "team_id": team.id if team else False,
                "company_id": (company or cls.company).id,
            }
        )

    def away(self, users):
        users.complaint_away_until = fields.Date.today() + timedelta(days=3)

    def tasks(self, case, user=None):
        activities = case.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref(ESCALATION)
        )
        return activities.filtered(lambda a: not user or a.user_id == user)

    def notices(self, case, user):
        """Return what ``user`` was told about the case by a notification."""
        return self.env["mail.message"].search(
            [
                ("model", "=", case._name),
                ("res_id", "=", case.id),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", user.partner_id.ids),
            ]
        )


class TestResponsible(EscalationCase):
    """Who stands for a level: never nobody, never somebody who is away."""

    def responsible(self, level="supervisor", exclude=None):
        return self.case._get_responsible(level, exclude=exclude)

    def test_nobody_judges_a_complaint_about_themselves(self):
        case = self.create_case(user_id=self.agent.id)
        judge = case._get_responsibles("supervisor")[case]
        case.complained_user_id = judge
        for level in "supervisor", "manager":
            case.with_user(self.agent).escalate(level, "He was rude")
        self.assertTrue(case.escalation_ids.to_user_id)
        self.assertNotIn(judge, case.escalation_ids.to_user_id)
        with self.assertRefused("You are complained about"):
            case.escalation_ids[:1].with_user(judge).give_outcome("handled", "Nothing")

    def test_team_then_company_then_higher_level(self):
        self.level("supervisor", self.manager_2, team=self.team)
        self.level("supervisor", self.manager)
        self.level("manager", self.executive)
        self.assertEqual(self.responsible(), self.manager_2)
        self.away(self.manager_2)
        self.assertEqual(self.responsible(), self.manager)
        self.away(self.manager)
        self.assertEqual(self.responsible(), self.executive)

    def test_substitute_before_the_company(self):
        self.level("manager", self.manager_2, self.executive, team=self.team)
        self.level("manager", self.manager)
        self.manager_2.active = False
        self.assertEqual(self.responsible("manager"), self.executive)

    def test_entries_of_other_teams_and_companies_do_not_count(self):
        self.level("supervisor", self.executive, team=self.team_other)
        self.level("supervisor", self.manager_b, company=self.company_b)
        self.assertEqual(self.responsible(), self.manager)

    def test_without_entries_the_group_of_the_level(self):
        self.assertEqual(self.responsible("supervisor"), self.manager)
        self.assertEqual(self.responsible("manager"), self.manager)
        self.assertEqual(self.responsible("senior_management"), self.executive)

    def test_the_leader_of_the_team_first_among_equals(self):
        self.team.user_id = self.manager_2
        self.assertEqual(self.responsible(), self.manager_2)

    def test_administrator_when_all_others_are_away(self):
        self.away(self.manager | self.manager_2)
        self.assertEqual(self.responsible(), self.administrator)
        self.executive.active = False
        self.assertEqual(self.responsible("senior_management"), self.administrator)

    def test_never_to_nobody(self):
        everybody = self.env["res.users"].search(
            [("company_ids", "in", self.company.id)]
        )
        self.away(everybody)
        self.assertTrue(self.responsible())
        self.assertNotEqual(self.responsible(exclude=self.manager), self.manager)

    def test_on_leave_by_the_calendar(self):
        self.level("supervisor", self.manager_2, self.executive)
        resource = self.env["resource.resource"].create(
            {
                "name": "Milo",
                "user_id": self.manager_2.id,
                "company_id": self.company.id,
            }
        )
        now = fields.Datetime.now()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "resource_id": resource.id,
                "calendar_id": resource.calendar_id.id,
                "date_from": now - timedelta(days=1),
                "date_to": now + timedelta(days=1),
            }
        )
        self.assertEqual(self.responsible(), self.executive)
        with freeze_time(now + timedelta(days=2)):
            self.assertEqual(self.responsible(), self.manager_2)

    def test_who_is_excluded_is_never_asked(self):
        self.level("supervisor", self.manager_2, self.manager)
        self.assertEqual(self.responsible(exclude=self.manager_2), self.manager)
        everybody = self.env["res.users"].search([])
        self.assertFalse(self.responsible(exclude=everybody))

    def test_who_lost_the_role_is_passed_over(self):
        self.level("supervisor", self.manager_2)
        self.manager_2.group_ids = self.env.ref("base.group_user")
        self.assertEqual(self.responsible(), self.manager)

    def test_a_batch_costs_as_much_as_one(self):
        cases = self.env["complaint.complaint"].union(
            *[self.create_case() for __ in range(3)]
        )
        self.level("supervisor", self.manager_2)
        self.case._get_responsibles("supervisor")
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.case._get_responsibles("supervisor")
        one = self.env.cr.sql_log_count - before
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        found = cases._get_responsibles("supervisor")
        self.assertLessEqual(self.env.cr.sql_log_count - before, one)
        self.assertEqual(set(found.values()), {self.manager_2})

    def test_entries_are_checked(self):
        for user in self.agent, self.quality, self.manager_b:
            with self.subTest(user=user.name), self.assertRaises(Exception) as caught:
                self.level("supervisor", user)
            self.assertIn(user.name, str(caught.exception))
        with self.assertRaises(ValidationError):
            self.level("supervisor", self.manager, self.agent)
        self.level("supervisor", self.manager)
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.level("supervisor", self.manager_2)
        self.assertIn("complaint_escalation_level", str(caught.exception))


class TestEscalation(EscalationCase):
    """Cases are handed over to management, on record, by whatever occasion."""

    def test_by_hand(self):
        self.level("manager", self.manager_2)
        with Form(
            self.env["complaint.escalate"]
            .with_user(self.agent)
            .with_context(default_complaint_id=self.case.id)
        ) as form:
            form.level = "manager"
            self.assertEqual(form.user_id, self.manager_2)
            form.note = "The customer wants to speak to somebody above me"
        form.record.action_escalate()
        escalation = self.case.escalation_ids
        self.assertRecordValues(
            escalation,
            [
                {
                    "level": "manager",
                    "reason": "manual",
                    "note": "The customer wants to speak to somebody above me",
                    "from_user_id": self.agent.id,
                    "to_user_id": self.manager_2.id,
                    "outcome": False,
                }
            ],
        )
        self.assertTrue(escalation.date)
        self.assertEqual(self.case.escalation_level, "manager")
        decision = self.case.decision_ids
        self.assertEqual(decision.type, "escalation")
        self.assertEqual(decision.user_id, self.agent)
        self.assertIn("Milo Manager", decision.new_value)
        task = self.tasks(self.case)
        self.assertEqual(task.user_id, self.manager_2)
        self.assertIn("speak to somebody", task.note)
        notice = self.notices(self.case, self.manager_2)
        self.assertEqual(len(notice), 1)
        self.assertIn("speak to somebody", notice.body)
        self.assertEqual(notice.notified_partner_ids, self.manager_2.partner_id)

    def test_by_hand_needs_a_reason_an_open_case_and_the_right(self):
        case = self.case.with_user(self.agent)
        for level, note in [("manager", "  "), ("manager", None), ("king", "Why not")]:
            with self.subTest(level=level, note=note), self.assertRaises(UserError):
                case.escalate(level, note)
        for user in self.employee, self.agent_other, self.quality, self.customer:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.case.with_user(user).escalate("manager", "Please")
        self.work_to(self.case, "cancelled")
        with self.assertRaisesRegex(UserError, "has ended"):
            case.escalate("manager", "Please")
        self.assertFalse(self.case.escalation_ids)

    def test_critical_on_arrival(self):
        case = self.create_case(category_id=self.category_leak.id)
        self.assertRecordValues(
            case.escalation_ids,
            [
                {
                    "level": "manager",
                    "reason": "severity",
                    "to_user_id": self.manager.id,
                    "from_user_id": False,
                }
            ],
        )
        self.assertEqual(len(self.tasks(case, self.manager)), 1)
        self.assertEqual(len(self.notices(case, self.manager)), 1)

    def test_critical_later_and_only_once(self):
        self.assertFalse(self.case.escalation_ids)
        self.case.with_user(self.agent).severity = "critical"
        self.assertEqual(self.case.escalation_ids.reason, "severity")
        self.assertEqual(self.case.escalation_ids.from_user_id, self.agent)
        self.case.reclassify({"severity": "major"}, "Nobody was hurt")
        self.case.severity = "critical"
        self.assertEqual(len(self.case.escalation_ids), 1)
        self.case.write(
            {
                "urgency": "high",
                "complexity": "simple",
                "stage_id": self.stage("investigation").id,
            }
        )
        self.case.reclassify({"severity": "minor"}, "Nobody was hurt")
        self.case.escalation_ids.with_user(self.manager).give_outcome("handled", "Ok")
        self.case.reclassify({"severity": "critical"}, "Somebody was hurt")
        self.assertEqual(len(self.case.escalation_ids), 2)

    def test_critical_from_a_customer(self):
        """What the portal or a mail brings in is told by the system, to staff only."""
        with self.mock_mail_gateway():
            case = (
                self.env["complaint.complaint"]
                .with_user(self.customer)
                .sudo()
                .create(
                    {
                        "name": "It burnt me",
                        "partner_id": self.partner.id,
                        "team_id": self.team.id,
                        "severity": "critical",
                    }
                )
            )
        self.assertEqual(case.escalation_ids.to_user_id, self.manager)
        notice = self.notices(case, self.manager)
        self.assertEqual(notice.author_id, self.env.ref("base.partner_root"))
        mails = self._new_mails.filtered(lambda m: m.mail_message_id == notice)
        self.assertEqual(mails.recipient_ids, self.manager.partner_id)

    def test_ended_cases_of_an_old_register_are_not_escalated(self):
        case = self.create_case(
            severity="critical",
            stage_id=self.stage("cancelled").id,
            cancel_reason="invalid",
            cancel_note="From the old register",
        )
        self.assertFalse(case.escalation_ids)

    def test_rejection_goes_to_the_manager(self):
        self.case.write(
            {"confirmation": "not_satisfied", "confirmation_note": "Wants the money"}
        )
        self.assertRecordValues(
            self.case.escalation_ids,
            [{"level": "manager", "reason": "rejection", "note": "Wants the money"}],
        )
        self.case.confirmation_note = "Wants all the money"
        self.assertEqual(len(self.case.escalation_ids), 1)

    def test_rejection_that_closes_the_case_goes_to_the_manager_too(self):
        self.work_to(self.case, "follow_up")
        self.case.with_user(self.agent).write(
            {
                "stage_id": self.stage("closed").id,
                "outcome": "upheld",
                "confirmation": "not_satisfied",
                "confirmation_note": "Wants the money",
            }
        )
        self.assertEqual(self.case.phase, "closed")
        escalation = self.case.escalation_ids
        self.assertRecordValues(
            escalation,
            [{"level": "manager", "reason": "rejection", "outcome": False}],
        )
        escalation.with_user(self.manager).give_outcome("handled", "Called them")
        self.assertEqual(escalation.outcome, "handled")

    def test_not_to_the_owner_nor_to_who_asks(self):
        self.level("supervisor", self.manager, self.manager_2)
        self.case.user_id = self.manager
        self.case._escalate("supervisor", "recurrence")
        self.assertEqual(self.case.escalation_ids.to_user_id, self.manager_2)
        other = self.create_case()
        other.with_user(self.manager).escalate("supervisor", "Too much for me")
        self.assertEqual(other.escalation_ids.to_user_id, self.manager_2)
        alone = self.create_case(
            company_id=self.company_b.id,
            team_id=self.team_b.id,
            category_id=False,
            user_id=self.manager_b.id,
        )
        alone._escalate("supervisor", "recurrence")
        self.assertEqual(alone.escalation_ids.to_user_id, self.manager_b)

    def test_the_higher_level_takes_over(self):
        self.level("supervisor", self.manager_2)
        self.case._escalate("supervisor", "recurrence")
        self.case._escalate("supervisor", "recurrence")
        self.assertEqual(len(self.tasks(self.case, self.manager_2)), 1)
        self.assertEqual(len(self.notices(self.case, self.manager_2)), 2)
        self.case._escalate("senior_management", "recurrence")
        high, *low = self.case.escalation_ids
        self.assertEqual({e.outcome for e in low}, {"passed_on"})
        self.assertFalse(high.outcome)
        self.assertEqual(high.from_user_id, self.manager_2)
        self.assertEqual(self.case.escalation_level, "senior_management")
        self.assertFalse(self.tasks(self.case, self.manager_2))
        self.assertEqual(len(self.tasks(self.case, self.executive)), 1)

    def test_outcome_is_given_once_by_whom_it_concerns(self):
        self.level("supervisor", self.executive)
        self.case._escalate("supervisor", "recurrence")
        escalation = self.case.escalation_ids
        for user in self.agent, self.quality:
            with (
                self.subTest(user=user.name),
                self.assertRaisesRegex(UserError, "is given by Eva Executive"),
            ):
                escalation.with_user(user).give_outcome("handled", "Done")
        for user in self.employee, self.agent_other, self.manager_b, self.customer:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                escalation.with_user(user).give_outcome("handled", "Done")
        addressee = escalation.with_user(self.executive)
        for outcome, note in [("handled", " "), ("ended", "Done"), (False, "Done")]:
            with self.subTest(outcome=outcome), self.assertRaises(UserError):
                addressee.give_outcome(outcome, note)
        with Form(
            self.env["complaint.escalate.outcome"]
            .with_user(self.executive)
            .with_context(**self.case.action_give_outcome()["context"])
        ) as form:
            form.outcome = "returned"
            form.note = "Refund it"
        form.record.action_give_outcome()
        self.assertRecordValues(
            escalation,
            [
                {
                    "outcome": "returned",
                    "outcome_note": "Refund it",
                    "outcome_user_id": self.executive.id,
                }
            ],
        )
        self.assertTrue(escalation.outcome_date)
        self.assertFalse(self.case.escalation_level)
        self.assertFalse(self.tasks(self.case))
        with self.assertRaisesRegex(UserError, "already"):
            escalation.with_user(self.manager).give_outcome("handled", "Done")
        self.case._escalate("supervisor", "recurrence")
        self.case.open_escalation_id.with_user(self.manager).give_outcome(
            "handled", "I"
        )
        self.assertFalse(self.case.escalation_level)

    def test_the_dialog_shows_nothing_of_hidden_cases(self):
        self.case.write({"confidential": True, "user_id": self.manager.id})
        self.case._escalate("manager", "recurrence", note="About our own people")
        dialogs = self.env["complaint.escalate.outcome"]
        values = {"escalation_id": self.case.escalation_ids.id, "note": "Let me see"}
        with self.assertRaises(AccessError):
            dialogs.with_user(self.agent_2).create(values)
        # One that was open before the case became confidential.
        dialog = dialogs.create(values).with_user(self.agent_2)
        with self.assertRaises(AccessError):
            dialog.read(["reason_note"])
        with self.assertRaises(AccessError):
            dialog.action_give_outcome()

    def test_rows_are_never_edited_nor_deleted(self):
        self.case._escalate("supervisor", "recurrence")
        escalation = self.case.escalation_ids
        users = self.agent | self.manager | self.executive | self.administrator
        for user in users:
            with self.subTest(user=user.name):
                with self.assertRaises(UserError):
                    escalation.with_user(user).write({"outcome": "handled"})
                with self.assertRaises(UserError):
                    escalation.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    escalation.with_user(user).copy()
        with self.assertRaises(UserError):
            escalation.sudo().write({"note": "Never happened"})
        with self.assertRaises(UserError):
            escalation.sudo().unlink()

    def test_the_end_of_the_case_ends_it(self):
        self.case._escalate("supervisor", "recurrence")
        self.assertTrue(self.tasks(self.case))
        self.work_to(self.case, "cancelled")
        self.assertEqual(self.case.escalation_ids.outcome, "ended")
        self.assertFalse(self.case.escalation_level)
        self.assertFalse(self.tasks(self.case))

    def test_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.manager.lang = "fr_FR"
        label = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", "complaint.escalation"),
                ("field_id.name", "=", "reason"),
                ("value", "=", "severity"),
            ]
        )
        label.with_context(lang="fr_FR").name = "Gravité critique"
        with self.mock_mail_gateway():
            self.case.with_user(self.agent).severity = "critical"
        self.assertIn("Gravité critique", self.notices(self.case, self.manager).body)
        self.assertEqual(self.tasks(self.case).summary, "Gravité critique")
        self.assertIn("Gravité critique", self._new_mails.body_html)

    def test_customers_never_see_it(self):
        self.case.message_subscribe(self.partner.ids)
        with self.mock_mail_gateway():
            self.case.with_user(self.agent).severity = "critical"
            self.case.escalation_ids.with_user(self.manager).give_outcome(
                "handled", "A"
            )
        self.assertNotIn(self.partner, self._new_mails.recipient_ids)
        customer = self.case.with_user(self.customer)
        self.assertEqual(customer.read(["name"])[0]["name"], self.case.name)
        for name in (
            "escalation_ids",
            "escalation_level",
            "escalation_count",
            "open_escalation_id",
            "escalated_to_id",
        ):
            with self.subTest(field=name), self.assertRaises(AccessError):
                customer.read([name])
        with self.assertRaises(AccessError):
            self.env["complaint.escalation"].with_user(self.customer).search([])
        with self.assertRaises(AccessError):
            customer.read(["message_ids"])
        told = self.env["mail.message"].with_user(self.customer)
        told = told.search(
            [("model", "=", customer._name), ("res_id", "=", customer.id)]
        )
        self.assertFalse(told.filtered(lambda m: "scalat" in (m.body or "")))

    def test_confidential_cases_open_for_the_addressee(self):
        self.case.confidential = True
        self.assertFalse(self.case.with_user(self.executive).has_access("read"))
        self.case._escalate("senior_management", "recurrence")
        self.assertEqual(self.case.escalation_ids.to_user_id, self.executive)
        self.assertTrue(self.case.with_user(self.executive).has_access("read"))
        self.assertTrue(
            self.case.escalation_ids.with_user(self.executive).has_access("read")
        )

    def test_found_on_the_screens(self):
        self.case.severity = "critical"
        cases = self.env["complaint.complaint"].with_user(self.agent)
        found = cases.search(
            [("escalation_level", "!=", False), ("id", "=", self.case.id)]
        )
        self.assertEqual(found, self.case)
        form = Form(self.case.with_user(self.agent))
        self.assertEqual(form.escalation_level, "manager")
        self.assertEqual(form.escalated_to_id, self.manager)
        action = self.case.with_user(self.agent).action_view_escalations()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]),
            self.case.escalation_ids,
        )

    def test_a_batch_of_critical_cases(self):
        vals = {
            "name": "Burnt",
            "partner_id": self.partner.id,
            "team_id": self.team.id,
            "severity": "critical",
        }
        cases = self.env["complaint.complaint"].create([dict(vals) for __ in range(3)])
        self.assertEqual(len(cases.escalation_ids), 3)
        self.assertEqual(set(cases.mapped("escalation_level")), {"manager"})
        self.assertEqual(len(self.tasks(cases)), 3)

    @mute_logger("odoo.tests")
    def test_the_activity_type_may_be_gone(self):
        self.env.ref(ESCALATION).unlink()
        self.case._escalate("manager", "recurrence")
        self.assertEqual(self.case.escalation_level, "manager")
        self.case.escalation_ids.with_user(self.manager).give_outcome("handled", "Done")
        self.assertFalse(self.case.escalation_level)
