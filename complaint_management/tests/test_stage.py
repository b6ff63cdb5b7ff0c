from psycopg2.errors import ForeignKeyViolation

from odoo.tests import Form
from odoo.tools import mute_logger

from .common import ComplaintCommon


class TestStage(ComplaintCommon):
    """Stages are the company's; the rules look at their phases alone."""

    def _archive(self, phase):
        stages = self.env["complaint.stage"].search([("phase", "=", phase)])
        stages.active = False
        return stages

    def test_renamed_stage_obeys(self):
        stage = self.stage("closed")
        stage.name = "Filed Away"
        case = self.create_case()
        with self.assertRefused("“Filed Away” yet. Still missing"):
            case.stage_id = stage

    def test_added_stage_obeys_and_is_on_the_way(self):
        laboratory = self.env["complaint.stage"].create(
            {
                "name": "Laboratory",
                "phase": "investigation",
                "sequence": self.stage("investigation").sequence + 1,
                "inquiry": False,
            }
        )
        case = self.create_case()
        with self.assertRefused("“Laboratory” yet"):
            case.stage_id = laboratory
        self.work_to(case, "investigation")
        self.assertEqual(case.next_stage_id, laboratory)
        case.action_next_stage()
        self.assertEqual(case.phase, "investigation")
        self.assertEqual(case.next_stage_id, self.stage("resolution"))

    def test_reordered_stages_obey(self):
        """A stage moved to the front asks for what its phase asks for, all the same."""
        closed = self.stage("closed")
        closed.sequence = 0
        case = self.create_case()
        with self.assertRefused("Still missing"):
            case.stage_id = closed
        self.work_to(case, "follow_up")
        case.stage_id = closed
        self.assertTrue(case.date_closed)

    def test_inquiries_take_only_their_stages(self):
        case = self.create_case(kind="inquiry", user_id=self.agent.id)
        self.work_to(case, "resolution")
        with self.assertRefused(
            "is an inquiry and cannot be in stage “Investigation”.*Inquiries take: New, "
            "Assessment, Resolution, Closed"
        ):
            case.stage_id = self.stage("investigation")
        with self.assertRefused("is an inquiry"):
            self.create_case(
                kind="inquiry",
                stage_id=self.stage("follow_up").id,
                **self.worked_values(),
            )
        self.work_to(case, "closed")

    def test_a_complaint_that_becomes_an_inquiry_goes_back(self):
        """To the last stage that inquiries take; nothing that is known is lost."""
        for phase, expected in [
            ("investigation", "assessment"),
            ("implementation", "resolution"),
            ("resolution", "resolution"),
        ]:
            with self.subTest(phase):
                case = self.work_to(self.create_case(user_id=self.agent.id), phase)
                case.reclassify({"kind": "inquiry"}, "Only a question")
                self.assertEqual(case.phase, expected)
                self.assertIn("without its lid", case.findings)
        with self.assertRefused("is an inquiry"):
            case.write({"kind": "inquiry", "stage_id": self.stage("follow_up").id})

    def test_an_inquiry_comes_in_by_the_first_stage_it_may_take(self):
        self.stage("received").inquiry = False
        case = self.create_case(kind="inquiry")
        self.assertEqual(case.phase, "assessment")
        self.assertEqual(self.create_case().phase, "received")

    def test_a_case_moves_within_its_phase_freely(self):
        second = self.env["complaint.stage"].create(
            {"name": "Triage", "phase": "received", "sequence": 11}
        )
        case = self.create_case(partner_id=False)
        case.stage_id = second
        self.assertEqual(case.phase, "received")

    def test_phase_of_a_stage_in_use_stays(self):
        stage = self.env["complaint.stage"].create(
            {"name": "Triage", "phase": "received"}
        )
        stage.phase = "assessment"
        self.assertEqual(stage.phase, "assessment")
        case = self.create_case(stage_id=stage.id, confidential=True)
        case.active = False
        with self.assertRefused("cannot change while cases are in it"):
            stage.with_user(self.administrator).phase = "closed"
        stage.with_user(self.administrator).write(
            {"phase": "assessment", "name": "See"}
        )
        self.assertEqual(stage.name, "See")

    def test_stage_in_use_is_not_deleted(self):
        stage = self.env["complaint.stage"].create({"name": "Triage"})
        case = self.create_case(stage_id=stage.id)
        with self.assertRaises(ForeignKeyViolation), mute_logger("odoo.sql_db"):
            stage.unlink()
        self.assertEqual(case.stage_id.exists(), stage)

    def test_every_stage_is_a_column(self):
        """An empty stage shows in the kanban, an archived one does not."""
        empty = self.env["complaint.stage"].create(
            {"name": "Empty", "phase": "received"}
        )
        archived = self.env["complaint.stage"].create({"name": "Old", "active": False})
        case = self.create_case()
        cases = self.env["complaint.complaint"].with_context(read_group_expand=True)
        groups = cases.web_read_group([("id", "=", case.id)], ["stage_id"])["groups"]
        shown = {group["stage_id"][0] for group in groups}
        self.assertIn(empty.id, shown)
        self.assertNotIn(archived.id, shown)
        self.assertEqual(sum(group["__count"] for group in groups), 1)

    def test_phase_without_a_stage_says_what_to_do(self):
        """Whoever archives the only stage of a phase gets an answer, no crash."""
        case, other = self.create_case(), self.create_case(name="The same")
        closed = self.work_to(self.create_case(), "closed")
        close_dialog = Form(
            self.env["complaint.close"].with_context(default_complaint_id=other.id)
        )
        close_dialog.outcome = "upheld"
        close_dialog.resolution_kind = "refund"
        close_dialog.date_communicated = "2024-05-01 00:00:00"
        close_dialog.confirmation = "confirmed"
        close_dialog = close_dialog.save()
        merge = self.env["complaint.merge"].create(
            {"complaint_ids": (case | other).ids, "target_id": case.id}
        )
        cancel = self.env["complaint.cancel"].create(
            {"complaint_id": case.id, "cancel_reason": "invalid", "note": "No"}
        )
        reopen = self.env["complaint.reopen"].create(
            {"complaint_id": closed.id, "reason": "Again"}
        )
        for phase, label, calls in [
            ("cancelled", "Cancelled", (cancel.action_cancel_case, merge.action_merge)),
            ("assessment", "Assessment", (reopen.action_reopen,)),
            ("closed", "Closed", (close_dialog.action_close_case,)),
            ("received", "Received", (self.create_case,)),
        ]:
            self._archive(phase)
            for call in calls:
                with (
                    self.subTest(phase=phase, call=call.__name__),
                    self.assertRefused(
                        f"the phase “{label}”. An administrator can add one"
                    ),
                ):
                    call()
        self.assertEqual(case.phase, "received")

    def test_way_skips_a_phase_without_stages(self):
        """A company without an implementation stage still has its guards."""
        self._archive("implementation")
        case = self.create_case()
        self.work_to(case, "resolution", resolution=False)
        self.assertEqual(case.next_stage_id, self.stage("follow_up"))
        self.assertIn("Resolution Text", case.missing_text)

    def test_case_in_an_archived_stage_goes_on(self):
        case = self.work_to(self.create_case(), "investigation")
        self._archive("investigation")
        self.assertEqual(case.next_stage_id, self.stage("resolution"))
        case.action_next_stage()
        self.assertEqual(case.phase, "resolution")
