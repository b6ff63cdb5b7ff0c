from psycopg2 import IntegrityError

from odoo.tools import mute_logger

from .common import ComplaintCommon

# severity: priority for low, normal and high urgency
MATRIX = {"minor": "001", "major": "122", "critical": "233"}


class TestPriority(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["complaint.priority.rule"]
        cls.rules.search([]).unlink()
        cls.cells = {}
        for severity, priorities in MATRIX.items():
            for urgency, priority in zip(
                ("low", "normal", "high"), priorities, strict=True
            ):
                cls.cells[severity, urgency] = cls.rules.create(
                    {"severity": severity, "urgency": urgency, "priority": priority}
                )

    def _case(self, severity="minor", urgency="low", **vals):
        case = self.create_case(severity=severity, urgency=urgency, **vals)
        self.env.flush_all()
        return case

    def _case_b(self, **vals):
        return self._case(
            company_id=self.company_b.id,
            team_id=self.team_b.id,
            category_id=False,
            **vals,
        )

    def test_matrix(self):
        for (severity, urgency), cell in self.cells.items():
            with self.subTest(severity=severity, urgency=urgency):
                case = self._case(severity, urgency)
                self.assertEqual(case.priority, cell.priority)

    def test_follows_the_judgements(self):
        case = self._case()
        self.assertEqual(case.priority, "0")
        case.severity = "critical"
        self.assertEqual(case.priority, "2")
        case.urgency = "high"
        self.assertEqual(case.priority, "3")

    def test_not_judged_yet(self):
        self.assertEqual(self._case("critical", False).priority, "3")
        self.assertEqual(self._case(False, False, category_id=False).priority, "1")

    def test_a_missing_cell_is_medium(self):
        self.cells["minor", "low"].unlink()
        self.assertEqual(self._case().priority, "1")

    def test_own_cell_of_a_company(self):
        own = self.rules.create(
            {
                "severity": "minor",
                "urgency": "low",
                "priority": "3",
                "company_id": self.company_b.id,
            }
        )
        self.assertEqual(self._case_b().priority, "3")
        self.assertEqual(self._case().priority, "0")
        # What the company did not say itself is as everywhere.
        self.assertEqual(self._case_b(urgency="high").priority, "1")
        case = self._case_b()
        own.unlink()
        self.assertEqual(case.priority, "0")

    def test_editing_refreshes_open_cases(self):
        case, closed, cancelled = self._case(), self._case(), self._case()
        archived = self._case(active=False)
        self.work_to(closed, "closed", urgency="low")
        self.work_to(cancelled, "cancelled")
        self.cells["minor", "low"].priority = "3"
        self.assertEqual(case.priority, "3")
        self.assertEqual(archived.priority, "3")
        self.assertEqual(closed.priority, "0")
        self.assertEqual(cancelled.priority, "0")

    def test_editing_refreshes_cases_without_urgency(self):
        """They count as normal."""
        case = self._case(urgency=False)
        self.cells["minor", "normal"].priority = "3"
        self.assertEqual(case.priority, "3")
        self.cells["minor", "normal"].unlink()
        self.assertEqual(case.priority, "1")

    def test_new_cell_refreshes(self):
        self.cells["minor", "low"].unlink()
        case = self._case()
        self.rules.create({"severity": "minor", "urgency": "low", "priority": "2"})
        self.assertEqual(case.priority, "2")

    def test_a_cell_that_moves_refreshes_both_places(self):
        self.cells["major", "low"].unlink()
        left, entered = self._case(), self._case("major")
        self.cells["minor", "low"].write({"severity": "major", "priority": "3"})
        self.assertEqual(entered.priority, "3")
        self.assertEqual(left.priority, "1")

    def test_administrators_edit_for_cases_they_do_not_see(self):
        case = self._case_b(confidential=True)
        self.cells["minor", "low"].with_user(self.administrator).priority = "3"
        self.assertEqual(case.priority, "3")

    def test_one_cell_for_each_combination(self):
        cell = {"severity": "minor", "urgency": "low", "priority": "3"}
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.rules.create(cell)
        self.rules.create({**cell, "company_id": self.company.id})
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.rules.create({**cell, "company_id": self.company.id})
