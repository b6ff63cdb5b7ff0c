from datetime import datetime

from odoo.tests import HttpCase

from .common import ComplaintCommon


class TestGraph(ComplaintCommon, HttpCase):
    """The two charts that Odoo's graph cannot draw by itself, in a real browser."""

    def test_pareto(self):
        rain, glue = self.env["complaint.root.cause"].create(
            [{"name": "Rain"}, {"name": "Glue"}]
        )
        causes = [glue] * 2 + [self.root_cause] * 5 + [rain] * 3
        self.env["complaint.complaint"].create(
            [
                {"name": "Lid", "team_id": self.team.id, "root_cause_id": cause.id}
                for cause in causes
            ]
        )
        self.start_tour(
            "/odoo/complaint-root-causes",
            "complaint_pareto_tour",
            login=self.manager.login,
        )

    def test_commitments(self):
        moment = datetime(2024, 3, 4)
        self.env["complaint.sla.status"].create(
            [
                {
                    "complaint_id": self.create_case().id,
                    "commitment": "resolve",
                    "target": 1,
                    "unit": "clock_hours",
                    "date_start": moment,
                    "deadline": moment,
                    "date_met": moment,
                    "state": state,
                }
                for state in ("met", "late", "met")
            ]
        )
        self.start_tour(
            "/odoo/complaint-commitments?view_type=graph",
            "complaint_commitment_graph_tour",
            login=self.manager.login,
        )
