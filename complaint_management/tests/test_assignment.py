from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from .common import ComplaintCommon


class AssignmentCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent_3 = cls._create_user("agent_3", "Alma Agent", "user")
        cls.team.member_ids = cls.agent | cls.agent_2 | cls.agent_3
        cls.members = (cls.agent | cls.agent_2 | cls.agent_3).sorted("id")

    def _enter(self, count, **vals):
        """Enter ``count`` cases at once, as a channel does: nobody names an owner."""
        return self.env["complaint.complaint"].create(
            [
                {"name": f"Case {n}", "team_id": self.team.id, **vals}
                for n in range(count)
            ]
        )

    def _owners(self, count):
        return [case.user_id for case in self._enter(count)]


class TestAssignmentRule(AssignmentCase):
    def test_manual(self):
        self.assertEqual(self.team.assignment_method, "manual")
        self.assertFalse(self._enter(2).user_id)

    def test_balanced(self):
        self.team.assignment_method = "balanced"
        one, two, three = self.members
        busy = self.create_case(user_id=one.id, confidential=True)
        self.create_case(user_id=one.id)
        self.create_case(user_id=two.id)
        # Neither ended cases nor those of another team are work of this one.
        self.work_to(self.create_case(user_id=three.id), "closed")
        self.work_to(self.create_case(user_id=three.id), "cancelled")
        self.create_case(user_id=three.id, team_id=self.team_other.id)
        self.assertEqual(self._owners(1), [three])
        self.assertEqual(self._owners(4), [two, three, one, two])
        busy.cancel("invalid", "No complaint")
        self.assertEqual(self._owners(1), [one])

    def test_round_robin(self):
        self.team.assignment_method = "round_robin"
        one, two, three = self.members
        self.assertEqual(self._owners(2), [one, two])
        self.assertEqual(self._owners(5), [three, one, two, three, one])
        self.assertEqual(self.team.last_assigned_id, one)
        # The turn goes on where it was, also when that member has left.
        self.team.member_ids -= one
        self.assertEqual(self._owners(3), [two, three, two])

    def test_batch_of_many(self):
        self.team.assignment_method = "balanced"
        self.team_other.write(
            {"assignment_method": "round_robin", "member_ids": [Command.set([])]}
        )
        cases = self.env["complaint.complaint"].create(
            [
                {
                    "name": f"Case {n}",
                    "team_id": (self.team if n % 2 else self.team_other).id,
                }
                for n in range(60)
            ]
        )
        for user in self.members:
            self.assertEqual(len(cases.filtered(lambda c, u=user: c.user_id == u)), 10)
        self.assertFalse(
            cases.filtered(lambda case: case.team_id == self.team_other).user_id
        )

    def test_a_named_owner_stays(self):
        self.team.assignment_method = "balanced"
        self.assertEqual(
            self.create_case(user_id=self.manager.id).user_id, self.manager
        )
        self.assertFalse(self.create_case(user_id=False).user_id)

    def test_the_leader_is_no_member(self):
        self.team.write({"assignment_method": "balanced", "user_id": self.manager.id})
        self.assertEqual(set(self._owners(6)), set(self.members))

    def test_reported_by_an_employee(self):
        """Who reports needs no right on teams or members."""
        self.team.assignment_method = "round_robin"
        entries = self.env["complaint.quick.entry"].with_user(self.employee)
        entries.create({"name": "Lid", "partner_name": "Room 12"}).action_register()
        case = self.env["complaint.complaint"].search(
            [("registered_by_id", "=", self.employee.id)]
        )
        self.assertEqual(case.user_id, self.members[0])

    def test_date_assigned(self):
        with freeze_time("2024-05-02 10:00:00"):
            case = self.create_case()
            self.assertFalse(case.date_assigned)
        with freeze_time("2024-05-02 12:00:00"):
            case.user_id = self.agent
            self.env.flush_all()
        self.assertEqual(
            case.date_assigned, fields.Datetime.to_datetime("2024-05-02 12:00:00")
        )


class TestAbsence(AssignmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.assignment_method = "balanced"

    def _leave(self, user, start, end):
        """Record a leave as Time Off does: in the calendar, for the person."""
        resource = self.env["resource.resource"].create(
            {"name": user.name, "user_id": user.id, "company_id": self.company.id}
        )
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Away",
                "company_id": self.company.id,
                "calendar_id": resource.calendar_id.id,
                "resource_id": resource.id,
                "date_from": start,
                "date_to": end,
            }
        )

    def test_on_leave(self):
        now = fields.Datetime.now()
        day = timedelta(days=1)
        self._leave(self.agent, now - day, now + day)
        self._leave(self.agent_2, now - 5 * day, now - day)
        self._leave(self.agent_3, now + day, now + 5 * day)
        self.assertEqual(set(self._owners(4)), {self.agent_2, self.agent_3})

    @freeze_time("2024-05-02 10:00:00")
    def test_away_until(self):
        self.agent.complaint_away_until = "2024-05-02"
        self.agent_2.complaint_away_until = "2024-05-01"
        self.assertEqual(set(self._owners(4)), {self.agent_2, self.agent_3})

    def test_everybody_tells_when_away(self):
        """An agent enters the own absence without a right on users."""
        self.agent.with_user(self.agent).complaint_away_until = "2999-12-31"
        self.assertNotIn(self.agent, self._owners(6))

    def test_archived(self):
        self.agent.active = False
        self.assertEqual(set(self._owners(4)), {self.agent_2, self.agent_3})

    def test_nobody_at_work(self):
        self.members.complaint_away_until = "2999-12-31"
        for method in "balanced", "round_robin":
            with self.subTest(method=method):
                self.team.assignment_method = method
                self.assertFalse(self._enter(2).user_id)

    def test_round_robin_skips_who_is_away(self):
        self.team.assignment_method = "round_robin"
        one, two, three = self.members
        two.complaint_away_until = "2999-12-31"
        self.assertEqual(self._owners(3), [one, three, one])
        two.complaint_away_until = False
        self.assertEqual(self._owners(2), [two, three])


class TestAssignmentByHand(AssignmentCase):
    def test_take(self):
        cases = self._enter(2).with_user(self.agent)
        cases.action_assign_to_me()
        self.assertEqual(cases.user_id, self.agent)

    def test_by_rule(self):
        cases = self._enter(4)
        cases[0].user_id = self.agent_2
        with self.assertRefused("Kettle Service.*Choose the owner yourself"):
            cases.with_user(self.agent).action_assign_by_rule()
        self.team.assignment_method = "balanced"
        cases.with_user(self.agent).action_assign_by_rule()
        self.assertEqual(cases[0].user_id, self.agent_2)
        self.assertEqual(
            [case.user_id for case in cases[1:]], [self.agent, self.agent_3, self.agent]
        )

    def test_by_rule_needs_a_team(self):
        case = self._enter(1, team_id=False)
        with self.assertRefused("no team"):
            case.with_user(self.agent).action_assign_by_rule()

    def test_by_rule_when_all_are_away(self):
        self.team.assignment_method = "round_robin"
        cases = self._enter(1, user_id=False)
        self.members.complaint_away_until = "2999-12-31"
        with self.assertRefused("every member is away"):
            cases.action_assign_by_rule()

    def test_counts_of_the_team(self):
        self._enter(2)
        self.create_case(user_id=self.agent.id)
        self.work_to(self.create_case(user_id=self.agent.id), "closed")
        self.assertEqual((self.team.open_count, self.team.unassigned_count), (3, 2))
        action = self.team.action_view_open()
        self.assertEqual(action["context"]["default_team_id"], self.team.id)


class TestOwnerIsTold(AssignmentCase):
    def _notified_by(self, call):
        """Return who got a notification of anything that ``call`` does."""
        self.flush_tracking()
        last = self.env["mail.message"].search([], order="id desc", limit=1).id
        with self.mock_mail_gateway():
            call()
            self.flush_tracking()
        messages = self.env["mail.message"].search([("id", ">", last)])
        self.mailed = {
            address
            for mail in self._mails
            for address in mail["email_to"]
            if "@" in address
        }
        return messages.notified_partner_ids

    def test_new_owner_but_not_the_customer(self):
        case = self.create_case(user_id=self.agent.id)
        self.assertIn(self.partner, case.message_partner_ids)
        notified = self._notified_by(
            lambda: case.with_user(self.agent).write({"user_id": self.agent_2.id})
        )
        self.assertEqual(notified, self.agent_2.partner_id)
        self.assertFalse([to for to in self.mailed if "clara" in to])
        self.assertIn(self.agent_2.partner_id, case.message_partner_ids)

    def test_who_takes_a_case_is_not_told(self):
        case = self.create_case()
        notified = self._notified_by(case.with_user(self.agent).action_assign_to_me)
        self.assertFalse(notified)

    def test_owner_of_a_new_case(self):
        self.team.assignment_method = "round_robin"
        notified = self._notified_by(lambda: self._enter(1, partner_id=self.partner.id))
        self.assertEqual(notified, self.members[0].partner_id)

    def test_stages_and_judgements_are_not_told_to_the_customer(self):
        case = self.create_case(user_id=self.agent.id)
        notified = self._notified_by(
            lambda: self.work_to(case.with_user(self.agent), "closed")
        )
        self.assertNotIn(self.partner, notified)
        self.assertFalse([to for to in self.mailed if "clara" in to])
