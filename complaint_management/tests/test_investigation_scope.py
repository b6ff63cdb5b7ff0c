from odoo.fields import Command

from .common import ComplaintCommon


class TestInvestigationScope(ComplaintCommon):
    """Severity, safety, complexity and impact decide how deep; the guard asks for it."""

    def _scope(self, **vals):
        return self.create_case(**vals).investigation_scope

    def test_rules_of_the_start(self):
        self.assertEqual(self._scope(severity="critical"), "none")
        self.assertEqual(self._scope(severity="minor", safety=True), "full")
        self.assertEqual(self._scope(impact="many"), "full")
        self.assertEqual(self._scope(impact="several"), "short")
        self.assertEqual(self._scope(severity="critical", complexity="complex"), "full")
        self.assertEqual(self._scope(severity="major", complexity="complex"), "short")
        self.assertEqual(self._scope(kind="inquiry", safety=True), "none")

    def test_deepest_rule_counts(self):
        case = self.create_case(impact="several")
        case.safety = True
        self.assertEqual(case.investigation_scope, "full")
        case.reclassify({"safety": False}, "Nobody could be hurt")
        self.assertEqual(case.investigation_scope, "short")

    def test_company_has_its_own_rules(self):
        case = self.create_case(severity="major", safety=True)
        rules = self.env["complaint.investigation.rule"].with_user(self.administrator)
        rule = rules.create(
            {"severity": "major", "scope": "short", "company_id": self.company.id}
        )
        self.assertEqual(case.investigation_scope, "short")
        rule.scope = "full"
        self.assertEqual(case.investigation_scope, "full")
        rule.unlink()
        case.reclassify({"safety": False}, "Nobody could be hurt")
        self.assertEqual(case.investigation_scope, "none")

    def test_new_rule_leaves_what_is_past_the_investigation(self):
        case = self.work_to(self.create_case(), "resolution")
        self.env["complaint.investigation.rule"].create(
            {"severity": "minor", "scope": "full"}
        )
        self.assertEqual(case.investigation_scope, "none")
        case.resolution = "<p>Sorry</p>"

    def test_scope_is_not_written(self):
        case = self.create_case(safety=True).with_user(self.manager)
        with self.assertRefused("kept by the system"):
            case.investigation_scope = "none"

    # Guard

    def test_short_asks_for_findings_and_cause(self):
        case = self.work_to(self.create_case(impact="several"), "investigation")
        stage = self.stage("resolution")
        case.root_cause_id = False
        with self.assertRefused("Root Cause"):
            case.stage_id = stage
        case.root_cause_id = self.root_cause
        case.stage_id = stage

    def test_full_asks_for_a_signed_one(self):
        case = self.work_to(self.create_case(safety=True), "investigation")
        stage = self.stage("resolution")
        self.assertIn("full one, signed", case.missing_text)
        with self.assertRefused("full one, signed"):
            case.stage_id = stage
        investigation = (
            self.env["complaint.investigation"]
            .create(
                {
                    "complaint_id": case.id,
                    "user_id": self.agent.id,
                    "problem": "<p>No lid</p>",
                    "findings": "<p>Wrong list</p>",
                    "root_cause_id": self.root_cause.id,
                    "escape_cause": "Nobody weighs it",
                    "similar": "no",
                    "conclusion": "<p>Wrong list</p>",
                    "why_ids": [Command.create({"name": "Why?", "because": "List"})],
                    "interview_ids": [
                        Command.create(
                            {"name": "Iris", "statement": "<p>So it is.</p>"}
                        )
                    ],
                }
            )
            .with_user(self.agent)
        )
        self.assertEqual(investigation.scope, "full")
        self.assertIn("has not signed", case.missing_text)
        with self.assertRefused("Anna Agent has not signed"):
            case.stage_id = stage
        investigation.search_similar()
        self.company.complaint_investigation_review = "full"
        investigation.action_sign()
        with self.assertRefused("waits for the review"):
            case.stage_id = stage
        investigation.with_user(self.manager).action_review()
        self.assertFalse(case.missing_text)
        case.stage_id = stage

    def test_deeper_triage_after_the_investigation(self):
        case = self.work_to(self.create_case(), "resolution")
        with self.assertRefused("full one, signed"):
            case.safety = True

    def test_history_is_exempt(self):
        case = self.create_case(
            **self.worked_values(safety=True), stage_id=self.stage("closed").id
        )
        self.assertEqual(case.investigation_scope, "full")

    def test_inquiry_needs_none(self):
        case = self.create_case(kind="inquiry", safety=True, user_id=self.agent.id)
        case.stage_id = self.stage("resolution")
        self.assertEqual(case.phase, "resolution")
        self.assertFalse(case.investigation_ids)
