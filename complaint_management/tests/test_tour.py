from odoo.tests import HttpCase

from .common import ComplaintCommon


class TestTour(ComplaintCommon, HttpCase):
    """What an agent does all day, in a real browser."""

    # Wide enough to show the kanban's last column.
    browser_size = "3000x1000"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category.name = "Kettle Trouble"
        cls.known = cls.create_case(name="My kettle leaks")

    def test_from_call_to_closing(self):
        self.start_tour(
            "/odoo/complaints", "complaint_agent_tour", login=self.agent.login
        )
        case = self.env["complaint.complaint"].search(
            [("name", "=", "The kettle leaks"), ("company_id", "=", self.company.id)]
        )
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.partner.id,
                    "category_id": self.category.id,
                    "severity": "minor",
                    "user_id": self.agent.id,
                    "registered_by_id": self.agent.id,
                    "resolution_kind": "replacement",
                    "outcome": "upheld",
                    "confirmation": "confirmed",
                    "phase": "closed",
                }
            ],
        )
        self.assertIn("seal is too short", case.findings)
        self.assertIn("new kettle", case.resolution)
        self.assertTrue(case.date_communicated)
        self.assertEqual(case.decision_ids.type, "closing")

    def test_drag_into_closed_is_refused(self):
        self.start_tour(
            "/odoo/complaints", "complaint_drag_tour", login=self.agent.login
        )
        self.assertEqual(self.known.phase, "received")
        self.assertFalse(self.known.decision_ids)
