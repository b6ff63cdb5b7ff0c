from datetime import datetime

from odoo.tests import freeze_time, warmup
from odoo.tools import mute_logger

from .test_corrective_action import ActionCase

RECURRENCE = "complaint_management.mail_activity_type_recurrence"


@freeze_time("2024-05-20 10:00:00")
class TestRecurrence(ActionCase):
    """An action against the cause “Packing” was done on the 10th of May."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.complaint_recurrence_days = 90
        cls.action.write(
            cls.agreed(evidence="<p>Weighed</p>", effectiveness_date="2024-08-01")
        )
        with freeze_time("2024-05-10 10:00:00"):
            cls.action.action_done()
            cls.env.flush_all()

    def again(self, cause=True, **vals):
        case = self.create_case(
            **{
                "user_id": self.agent.id,
                "severity": "minor",
                "urgency": "normal",
                "product_id": self.product.id,
                "category_id": self.category_delivery.id,
                "date_received": datetime(2024, 5, 18, 9),
                **vals,
            }
        )
        before = case.priority
        if cause:
            case.with_user(self.agent).root_cause_id = self.root_cause
        return case, before

    def test_tells_the_owner_and_weighs_on_the_priority(self):
        with self.mock_mail_gateway(), self.mock_mail_app():
            case, before = self.again()
        self.assertEqual(case.recurrence_action_ids, self.action)
        self.assertEqual(self.action.recurrence_ids, case)
        self.assertEqual(self.action.recurrence_count, 1)
        self.assertEqual(int(case.priority), int(before) + 1)
        self.assertIn("Weigh every box", case.recurrence_text)
        [task] = self.action.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref(RECURRENCE)
        )
        self.assertEqual(task.user_id, self.agent)
        told = self._new_msgs.filtered(
            lambda m: m.model == self.action._name and "Came again" in (m.subject or "")
        )
        self.assertEqual(told.notified_partner_ids, self.agent.partner_id)
        [escalation] = case.escalation_ids
        self.assertEqual(
            (escalation.reason, escalation.level), ("recurrence", "manager")
        )
        self.assertIn("Weigh every box", escalation.note)

    def test_once(self):
        case, __ = self.again()
        case.with_user(self.agent).root_cause_id = self.root_cause
        case.with_user(self.agent).category_id = self.category
        case._find_recurrences()
        self.assertEqual(len(case.escalation_ids), 1)
        self.assertEqual(
            len(
                self.action.activity_ids.filtered(
                    lambda a: a.activity_type_id == self.env.ref(RECURRENCE)
                )
            ),
            1,
        )

    def test_product_or_category(self):
        case, __ = self.again(product_id=False, category_id=self.category.id)
        self.assertTrue(case.recurrence_action_ids)
        case, __ = self.again(product_id=self.product_2.id)
        self.assertFalse(case.recurrence_action_ids)
        # A further case of the action widens what the action is about.
        self.action.complaint_ids |= self.create_case(product_id=self.product_2.id)
        case, __ = self.again(product_id=self.product_2.id)
        self.assertTrue(case.recurrence_action_ids)

    def test_what_is_none(self):
        other = self.env["complaint.root.cause"].create({"name": "Weather"})
        early, __ = self.again(date_received=datetime(2024, 5, 9, 9))
        with freeze_time("2024-08-30 10:00:00"):
            late, __ = self.again(date_received=datetime(2024, 8, 9, 9))
            in_time, __ = self.again(date_received=datetime(2024, 8, 8, 9))
        self.assertFalse(early.recurrence_action_ids)
        self.assertFalse(late.recurrence_action_ids)
        self.assertTrue(in_time.recurrence_action_ids)
        case, __ = self.again(cause=False)
        self.assertFalse(case.recurrence_action_ids)
        case.root_cause_id = other
        self.assertFalse(case.recurrence_action_ids)
        inquiry, __ = self.again(kind="inquiry")
        self.assertFalse(inquiry.recurrence_action_ids)
        self.company.complaint_recurrence_days = 0
        off, __ = self.again()
        self.assertFalse(off.recurrence_action_ids)

    def test_each_case_has_its_own_window(self):
        """Found together, a case from before the action is no recurrence of it."""
        early, __ = self.again(cause=False, date_received=datetime(2024, 5, 9, 9))
        same_day, __ = self.again(cause=False, date_received=datetime(2024, 5, 10, 9))
        (early | same_day).root_cause_id = self.root_cause
        self.assertFalse(early.recurrence_action_ids)
        self.assertEqual(same_day.recurrence_action_ids, self.action)

    def test_open_actions_and_other_companies_do_not_count(self):
        self.action.with_user(self.manager).action_plan()
        case, __ = self.again()
        self.assertFalse(case.recurrence_action_ids)
        with mute_logger("odoo.models"):
            foreign = self.actions.create(
                {
                    "name": "Teapots",
                    "company_id": self.company_b.id,
                    "user_id": self.manager_b.id,
                    "root_cause_id": self.root_cause.id,
                    "category_id": self.category.id,
                    "evidence": "<p>Done</p>",
                    "state": "done",
                }
            )
        case, __ = self.again(category_id=self.category.id)
        self.assertNotIn(foreign, case.recurrence_action_ids)

    def test_a_corrected_cause_takes_it_back(self):
        case, before = self.again()
        case.root_cause_id = self.env["complaint.root.cause"].create({"name": "Rain"})
        self.assertFalse(case.recurrence_action_ids)
        self.assertEqual(case.priority, before)
        self.assertEqual(self.action.recurrence_count, 0)

    def test_known_from_the_start(self):
        case = self.create_case(
            root_cause_id=self.root_cause.id, product_id=self.product.id
        )
        self.assertEqual(case.recurrence_action_ids, self.action)
        self.assertTrue(case.escalation_ids)

    def test_found_at_closing(self):
        """The cause is often known only then: the owner hears, nobody is asked."""
        case, __ = self.again(cause=False, category_id=self.category.id)
        self.work_to(case, "follow_up")
        case.with_user(self.agent).write(
            {
                "stage_id": self.stage("closed").id,
                "root_cause_id": self.root_cause.id,
            }
        )
        self.assertEqual(case.recurrence_action_ids, self.action)
        self.assertFalse(case.escalation_ids)
        self.assertTrue(
            self.action.activity_ids.filtered(
                lambda a: a.activity_type_id == self.env.ref(RECURRENCE)
            )
        )

    def test_highest_priority_stays(self):
        case, before = self.again(severity="critical", urgency="high")
        self.assertEqual((before, case.priority), ("3", "3"))

    def test_filters(self):
        case, __ = self.again()
        cases = self.env["complaint.complaint"].with_user(self.agent)
        self.assertIn(case, cases.search([("recurrence_action_ids", "!=", False)]))
        actions = self.actions.with_user(self.agent)
        self.assertIn(self.action, actions.search([("recurrence_count", ">", 0)]))
        self.assertIn(
            case, cases.search(self.action.action_view_recurrences()["domain"])
        )

    def test_nobody_writes_it(self):
        with self.assertRefused("kept by the system"):
            self.case.with_user(self.manager).recurrence_action_ids = self.action

    @warmup
    def test_found_in_one_query_for_many(self):
        def make(count):
            cases = self.env["complaint.complaint"].create(
                [
                    {
                        "name": f"Case {n}",
                        "partner_id": self.partner.id,
                        "team_id": self.team.id,
                        "category_id": self.category_delivery.id,
                        "product_id": self.product_2.id,
                        "root_cause_id": self.root_cause.id,
                    }
                    for n in range(count)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            return cases

        def count(cases):
            cases.mapped("name")
            before = self.cr.sql_log_count
            cases._get_recurrences()
            return self.cr.sql_log_count - before

        few = count(make(5))
        many = count(make(60))
        if self.warm:
            self.assertLessEqual(many, few)
