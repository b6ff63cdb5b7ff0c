from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import Form

from .common import ComplaintCommon
from .promise import promise


class TestReclassification(ComplaintCommon):
    """After the assessment a judgement changes with a reason only, on record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls.create_case(user_id=cls.agent.id)
        cls.case = cls.work_to(case, "investigation").with_user(cls.agent)
        cls.changes = {
            "kind": "inquiry",
            "category_id": cls.category_delivery.id,
            "severity": "critical",
        }

    def test_before_the_assessment_it_is_free_and_kept(self):
        """Whoever gave the first value: another one leaves a line."""
        case = self.create_case(user_id=self.agent.id).with_user(self.agent)
        case.write({"category_id": self.category_delivery.id, "severity": "critical"})
        lines = case.decision_ids.filtered(lambda d: d.type == "reclassification")
        self.assertEqual(
            {(line.subject, line.old_value, line.new_value) for line in lines},
            {
                ("Severity", "Minor", "Critical"),
                (
                    "Category",
                    self.category.display_name,
                    self.category_delivery.display_name,
                ),
            },
        )

    def test_the_first_judgement_is_none_anew(self):
        case = self.create_case(category_id=False).with_user(self.agent)
        case.write({"category_id": self.category.id, "severity": "major"})
        self.assertFalse(case.decision_ids)

    @promise(
        "No case is made milder without a reason in the log, from the first value on",
        "7.1.3",
    )
    def test_milder_before_the_assessment_needs_a_reason(self):
        """Neither the customer's word nor the category's is softened in silence."""
        case = self.create_case(severity="critical", safety=True)
        case = case.with_user(self.agent)
        for name, value in (
            ("severity", "minor"),
            ("severity", False),
            ("safety", False),
            ("kind", "inquiry"),
        ):
            with self.subTest(name), self.assertRefused("changes only with a reason"):
                case.write({name: value})
        case.reclassify({"severity": "major", "safety": False}, "Nobody was hurt")
        lines = case.decision_ids.filtered(lambda d: d.type == "reclassification")
        self.assertEqual(
            {(line.subject, line.old_value, line.new_value) for line in lines},
            {("Severity", "Critical", "Major"), ("Safety", "Yes", "No")},
        )

    def test_silent_changes_are_refused(self):
        for name, value in self.changes.items():
            label = self.case._fields[name]._description_string(self.env)
            for user in self.agent, self.manager, self.administrator, self.env.user:
                with (
                    self.subTest(field=name, user=user.name),
                    self.assertRefused(f"{label} changes only with a reason"),
                ):
                    self.case.with_user(user).write({name: value})
        self.assertFalse(self.case.decision_ids)

    def test_import_is_no_way_around(self):
        result = self.case.load([".id", "severity"], [[str(self.case.id), "Major"]])
        self.assertIn("only with a reason", result["messages"][0]["message"])
        self.assertEqual(self.case.severity, "minor")

    def test_with_a_reason(self):
        self.case.reclassify(
            {"category_id": self.category_delivery.id, "severity": "major"},
            "  The photo shows the carrier's mark ",
        )
        self.assertRecordValues(
            self.case.decision_ids.sorted("subject"),
            [
                {
                    "type": "reclassification",
                    "subject": "Category",
                    "old_value": "Kettle",
                    "new_value": "Kettle Delivery",
                    "reason": "The photo shows the carrier's mark",
                    "user_id": self.agent.id,
                },
                {
                    "type": "reclassification",
                    "subject": "Severity",
                    "old_value": "Minor",
                    "new_value": "Major",
                    "reason": "The photo shows the carrier's mark",
                    "user_id": self.agent.id,
                },
            ],
        )

    def test_complaint_to_inquiry_is_on_record(self):
        self.case.reclassify({"kind": "inquiry"}, "Only a question")
        self.assertEqual(self.case.decision_ids.old_value, "Complaint")
        self.assertEqual(self.case.decision_ids.new_value, "Inquiry")

    def test_no_change_is_no_decision(self):
        self.case.write({"severity": "minor", "kind": "complaint"})
        self.case.reclassify({"severity": "minor"}, "Looked again")
        self.assertFalse(self.case.decision_ids)

    def test_reason_is_needed(self):
        for reason in "", "  ", False, None, 7, ["x"]:
            with self.subTest(reason=reason), self.assertRefused("Say why"):
                self.case.reclassify({"severity": "major"}, reason)

    def test_nothing_else_comes_along(self):
        for values in {"user_id": self.agent_2.id}, {"severity": "major", "name": "x"}:
            with self.subTest(values=values), self.assertRefused("only"):
                self.case.reclassify(values, "By the way")

    def test_guards_hold(self):
        with self.assertRefused("Severity: how bad it is"):
            self.case.reclassify({"severity": False}, "Nobody knows")

    def test_another_team_may_not(self):
        with self.assertRaises(AccessError):
            self.case.with_user(self.agent_other).reclassify(
                {"severity": "major"}, "I know better"
            )

    def test_still_needed_after_moving_back(self):
        """Nobody gets rid of the log by going back to the assessment."""
        self.case.stage_id = self.stage("assessment")
        with self.assertRefused("only with a reason"):
            self.case.severity = "major"

    def test_dialog(self):
        dialogs = self.env["complaint.reclassify"].with_user(self.agent)
        form = Form(dialogs.with_context(default_complaint_id=self.case.id))
        self.assertEqual(form.severity, "minor")
        self.assertEqual(form.category_id, self.category)
        form.severity = "major"
        with self.assertRaisesRegex(AssertionError, "reason"):
            form.save()
        form.reason = "Somebody was hurt"
        form.save().action_reclassify()
        self.assertEqual(self.case.severity, "major")
        self.assertEqual(self.case.decision_ids.subject, "Severity")
        self.assertEqual(self.case.decision_ids.reason, "Somebody was hurt")


class TestDecisionLog(ComplaintCommon):
    """The log only grows, whoever asks and by whatever way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls.case.with_user(cls.agent).cancel("withdrawn", "Settled on the phone")
        cls.decision = cls.case.decision_ids

    def test_reads_well(self):
        self.assertEqual(
            self.decision.display_name, "Cancellation Withdrawn by the Customer"
        )
        self.assertEqual(self.decision.company_id, self.company)

    def test_nobody_changes_or_deletes_a_line(self):
        for user in (
            self.employee,
            self.agent,
            self.manager,
            self.quality,
            self.executive,
            self.administrator,
            self.env.user,
        ):
            line = self.decision.with_user(user)
            for name, call in [
                ("write", lambda line=line: line.write({"reason": "Never said"})),
                ("sudo write", lambda line=line: line.sudo().write({"reason": "x"})),
                ("unlink", line.unlink),
                ("sudo unlink", line.sudo().unlink),
            ]:
                with (
                    self.subTest(user=user.name, way=name),
                    self.assertRaises(UserError),
                ):
                    call()
        self.assertEqual(self.decision.reason, "Settled on the phone")

    def test_nobody_adds_a_line_by_hand(self):
        vals = {"complaint_id": self.case.id, "type": "closing", "reason": "Invented"}
        for user in self.agent, self.manager, self.administrator, self.quality:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.env["complaint.decision"].with_user(user).create(vals)

    def test_no_way_through_the_case(self):
        for user in self.agent, self.administrator:
            case = self.case.with_user(user)
            for command in (
                Command.create({"type": "closing", "reason": "Invented"}),
                Command.update(self.decision.id, {"reason": "Never said"}),
                Command.delete(self.decision.id),
                Command.unlink(self.decision.id),
                Command.set([]),
            ):
                with (
                    self.subTest(user=user.name, command=command[0].name),
                    self.assertRaises(UserError),
                ):
                    case.write({"decision_ids": [command]})
        self.assertEqual(self.case.decision_ids, self.decision)

    def test_the_writer_is_not_reachable_by_rpc(self):
        with self.assertRaises(AccessError):
            get_public_method(self.env["complaint.decision"], "_log")

    def test_copies_start_a_log_of_their_own(self):
        self.assertFalse(self.case.copy().decision_ids)
