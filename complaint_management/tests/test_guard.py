from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form

from ..models.complaint_complaint_guard import PATHS
from .common import ASKED, ComplaintCommon

LABELS = {
    "partner_name": "Customer",
    "category_id": "Category",
    "severity": "Severity",
    "urgency": "Urgency",
    "complexity": "Complexity",
    "user_id": "Owner",
    "findings": "Findings",
    "resolution_kind": "Resolution",
    "resolution": "Resolution Text",
    "date_communicated": "Decision Communicated On",
    "outcome": "Outcome",
    "confirmation": "Customer's Confirmation",
    "confirmation_note": "Why Not Confirmed",
    "root_cause_id": "Root Cause",
}


class GuardCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.complaints = cls.env["complaint.complaint"].with_user(cls.agent)

    def _bare_values(self, **vals):
        """Return what the least known case has: a subject."""
        return {"name": "Something is wrong", "team_id": self.team.id, **vals}

    def _asked_until(self, phase):
        """Return the fields that a complaint must have to be in ``phase``."""
        fields = []
        for step, names in ASKED.items():
            fields += names
            if step == phase:
                return fields
        return []

    def assertMissing(self, message, names):
        """Check that ``message`` names exactly the missing fields."""
        lines = [line[2:] for line in message.splitlines() if line.startswith("• ")]
        self.assertEqual(
            [line.split(":")[0] for line in lines], [LABELS[n] for n in names]
        )

    def _refused(self, phase, names, call):
        """Check that ``call`` is refused with one message that names all of it."""
        with self.assertRaises(UserError) as caught:
            call()
        self.assertIn("Still missing", str(caught.exception))
        self.assertMissing(str(caught.exception), names)


class TestGuardWays(GuardCase):
    """Whatever the way into a phase, the same rule is met with the same message."""

    def test_drag_and_drop(self):
        for phase in ASKED:
            with self.subTest(phase=phase):
                case = self.complaints.create(self._bare_values())
                self._refused(
                    phase,
                    self._asked_until(phase),
                    lambda case=case, phase=phase: case.write(
                        {"stage_id": self.stage(phase).id}
                    ),
                )
                self.assertEqual(case.phase, "received")

    def test_create_in_a_late_stage(self):
        for phase in ASKED:
            with self.subTest(phase=phase):
                vals = self._bare_values(stage_id=self.stage(phase).id)
                self._refused(
                    phase,
                    self._asked_until(phase),
                    lambda vals=vals: self.complaints.create(vals),
                )

    def test_nothing_of_the_systems_is_claimed_at_the_start(self):
        """Whoever enters a case says what happened, not what the system found."""
        vals = {
            **self.worked_values(date_communicated=False),
            "name": "Nobody approved it",
            "partner_id": self.partner.id,
            "team_id": self.team.id,
            "severity": "critical",
            "resolution_cost": 99999,
            "stage_id": self.stage("resolution").id,
        }
        claims = {
            "approval_settled": True,
            "date_acknowledged": "2024-05-02 10:00:00",
            "consent_state": "accepted",
            "proposal_version": 7,
        }
        cases = self.env["complaint.complaint"].with_user(self.agent)
        honest = cases.create(vals)
        claimed = cases.create({**vals, **claims})
        by_default = cases.with_context(
            **{f"default_{name}": value for name, value in claims.items()}
        ).create(vals)
        for case in claimed, by_default:
            for name in claims:
                self.assertEqual(case.sudo()[name], honest.sudo()[name], name)
            with self.assertRefused("Approval"):
                case.stage_id = self.stage("implementation")

    def test_an_open_case_is_not_put_out_of_sight(self):
        case = self.create_case()
        for user in self.agent, self.manager:
            with self.assertRefused("still open"):
                case.with_user(user).action_archive()
        case.cancel("invalid", "Sent to the wrong company")
        case.with_user(self.agent).action_archive()
        self.assertFalse(case.active)

    def test_a_subject_says_something(self):
        case = self.create_case()
        for name in "", " \t ":
            with self.assertRefused("subject is empty"):
                case.name = name
            with self.assertRefused("subject is empty"):
                self.create_case(name=name)

    def test_create_with_a_default_stage(self):
        """As the button “New” in a column of the kanban does."""
        cases = self.complaints.with_context(
            default_stage_id=self.stage("resolution").id
        )
        self._refused(
            "resolution",
            self._asked_until("resolution"),
            lambda: cases.create(self._bare_values()),
        )

    def test_import(self):
        """An imported register names the faulty row, with all that it lacks."""
        header = ["name", "team_id/.id", "stage_id/.id"]
        rows = [
            ["First", str(self.team.id), str(self.stage("received").id)],
            ["Second", str(self.team.id), str(self.stage("closed").id)],
        ]
        result = self.complaints.load(header, rows)
        self.assertFalse(result["ids"])
        # Odoo adds what the whole batch was refused for, on its first row.
        by_row = {m["rows"]["from"]: m["message"] for m in result["messages"]}
        self.assertMissing(by_row[1], self._asked_until("closed"))
        self.assertFalse(self.complaints.search([("name", "in", ["First", "Second"])]))

    def test_import_of_changes(self):
        case = self.create_case()
        result = self.complaints.load(
            [".id", "stage_id/.id"],
            [[str(case.id), str(self.stage("implementation").id)]],
        )
        self.assertIn("Still missing", result["messages"][0]["message"])
        self.assertEqual(case.phase, "received")

    def test_button_next_step(self):
        case = self.complaints.create(self._bare_values())
        self._refused("assessment", ["partner_name"], case.action_next_stage)
        case.partner_phone = "+32 2 555 09 09"
        case.action_next_stage()
        self.assertEqual(case.phase, "assessment")
        case.write({"category_id": self.category.id, "user_id": self.agent.id})
        self._refused(
            "investigation",
            ["severity", "urgency", "complexity"],
            case.action_next_stage,
        )

    def test_form(self):
        case = self.complaints.create(self._bare_values())
        form = Form(case)
        form.partner_name = "A voice on the phone"
        form.stage_id = self.stage("investigation")
        self._refused(
            "investigation", self._asked_until("investigation")[1:], form.save
        )

    def test_close_dialog(self):
        case = self.create_case(user_id=self.agent.id)
        self.work_to(case, "follow_up", outcome=False, confirmation=False)
        action = case.with_user(self.agent).action_next_stage()
        self.assertEqual(action["res_model"], "complaint.close")
        dialogs = self.env["complaint.close"].with_user(self.agent)
        dialog = dialogs.with_context(**action["context"]).create({})
        self._refused("closed", ["outcome", "confirmation"], dialog.action_close_case)
        form = Form(dialogs.with_context(**action["context"]))
        self.assertEqual(form.resolution_kind, "replacement")
        form.outcome = "partly_upheld"
        form.confirmation = "no_answer"
        with self.assertRaisesRegex(AssertionError, "confirmation_note"):
            form.save()
        form.confirmation_note = "Called three times"
        form.process_review = True
        form.process_review_note = "Check the lids before packing"
        form.save().action_close_case()
        self.assertEqual(case.phase, "closed")
        self.assertEqual(case.outcome, "partly_upheld")
        self.assertEqual(case.confirmation_note, "Called three times")
        self.assertTrue(case.process_review)
        self.assertTrue(case.date_closed)

    def test_several_cases_in_one_message(self):
        cases = self.complaints.create(
            [self._bare_values(name="First"), self._bare_values(name="Second")]
        )
        with self.assertRaises(UserError) as caught:
            cases.write({"stage_id": self.stage("assessment").id})
        for case in cases:
            self.assertIn(case.display_name, str(caught.exception))
        self.assertEqual(set(cases.mapped("phase")), {"received"})


class TestGuardRules(GuardCase):
    """What each phase asks for, one thing after the other."""

    def test_the_whole_way(self):
        case = self.create_case(severity=False, category_id=False).with_user(self.agent)
        values = self.worked_values()
        for phase in PATHS["complaint"][2:]:
            with self.subTest(phase=phase):
                names = ASKED[phase]
                self._refused(
                    phase,
                    names,
                    lambda phase=phase: case.write({"stage_id": self.stage(phase).id}),
                )
                if phase != "closed":
                    case.stage_id = self.stage("assessment")
                self.assertEqual(
                    [line.split(":")[0] for line in case._get_missing(phase)],
                    [LABELS[name] for name in names],
                )
                case.write({name: values[name] for name in names})
                case.stage_id = self.stage(phase)
                self.assertEqual(case.phase, phase)

    def test_what_is_missing_is_shown(self):
        category = self.category.copy({"severity": False})
        case = self.create_case(category_id=category.id).with_user(self.agent)
        self.work_to(
            case, "assessment", severity=False, complexity=False, user_id=False
        )
        self.assertEqual(case.next_stage_id, self.stage("investigation"))
        self.assertEqual(
            [line.split(":")[0] for line in case.missing_text.splitlines()],
            ["Severity", "Complexity", "Owner"],
        )
        case.write({"severity": "minor", "complexity": "simple"})
        case.action_assign_to_me()
        self.assertFalse(case.missing_text)

    def test_blank_text_does_not_count(self):
        case = self.work_to(self.create_case(), "investigation")
        case.findings = "<p><br></p>"
        self._refused(
            "resolution",
            ["findings"],
            lambda: case.write({"stage_id": self.stage("resolution").id}),
        )
        bare = self.complaints.create(self._bare_values(partner_name="   "))
        self._refused("assessment", ["partner_name"], bare.action_next_stage)

    def test_what_was_needed_cannot_be_cleared(self):
        case = self.work_to(self.create_case(), "follow_up").with_user(self.agent)
        for name in (
            "urgency",
            "complexity",
            "user_id",
            "findings",
            "resolution_kind",
            "resolution",
            "date_communicated",
        ):
            with self.subTest(field=name):
                self._refused(
                    "follow_up", [name], lambda name=name: case.write({name: False})
                )
        self._refused(
            "follow_up",
            ["partner_name"],
            lambda: case.write(
                {
                    "partner_id": False,
                    "partner_name": False,
                    "partner_email": False,
                    "partner_phone": False,
                }
            ),
        )

    def test_root_cause_where_the_category_needs_it(self):
        case = self.create_case(category_id=self.category_leak.id, severity="minor")
        self.work_to(case, "follow_up")
        closed = {"stage_id": self.stage("closed").id}
        self._refused("closed", ["root_cause_id"], lambda: case.write(closed))
        case.write({"root_cause_id": self.root_cause.id, **closed})
        self.assertEqual(case.phase, "closed")

    def test_reason_when_the_customer_did_not_confirm(self):
        case = self.work_to(self.create_case(), "follow_up", confirmation="not_asked")
        closed = {"stage_id": self.stage("closed").id}
        self._refused("closed", ["confirmation_note"], lambda: case.write(closed))
        case.write({"confirmation_note": "The customer has moved away", **closed})
        self.assertEqual(case.phase, "closed")

    def test_open_actions(self):
        case = self.create_case(user_id=self.agent.id)
        self.work_to(case, "follow_up")
        action = (
            self.env["complaint.corrective.action"]
            .with_user(self.agent)
            .create(
                {"name": "Count the lids", "complaint_ids": [Command.set(case.ids)]}
            )
        )
        closed = {"stage_id": self.stage("closed").id}
        as_agent = case.with_user(self.agent)
        with self.assertRefused("Count the lids"):
            as_agent.write(closed)
        with self.assertRefused("Only a manager"):
            as_agent.write({**closed, "handover_reason": "The plant goes on"})
        case.with_user(self.manager).handover_reason = "The plant goes on"
        # An action of a colleague blocks as well, seen or not.
        hidden = action.sudo().copy({"user_id": self.manager.id})
        hidden.complaint_ids = case
        case.with_user(self.manager).handover_reason = False
        with self.assertRefused("Actions"):
            as_agent.write(closed)
        action.write({"evidence": "<p>Photo</p>", "state": "done"})
        hidden.action_cancel("Not needed")
        as_agent.write(closed)
        self.assertEqual(case.phase, "closed")

    def test_manager_hands_open_actions_over_in_the_dialog(self):
        case = self.work_to(self.create_case(), "follow_up")
        case.corrective_action_ids = [Command.create({"name": "Count the lids"})]
        dialogs = self.env["complaint.close"].with_user(self.manager)
        form = Form(dialogs.with_context(default_complaint_id=case.id))
        form.handover_reason = "The plant manager goes on"
        form.save().action_close_case()
        self.assertEqual(case.phase, "closed")
        self.assertEqual(case.handover_reason, "The plant manager goes on")
        case.with_user(self.manager).reopen("They wrote again")
        self.assertFalse(case.handover_reason, "Another end, another reason")
        [closing] = case.decision_ids.filtered(lambda d: d.type == "closing")
        self.assertIn("The plant manager goes on", closing.reason)

    def test_action_is_done_with_evidence_only(self):
        action = self.env["complaint.corrective.action"].create({"name": "Count"})
        action.action_start()
        with self.assertRefused("evidence of completion"):
            action.action_done()
        action.evidence = "<p>Photo</p>"
        action.action_done()
        self.assertTrue(action.date_done)
        action.action_plan()
        self.assertFalse(action.date_done)

    def test_inquiries_take_the_short_way(self):
        case = self.create_case(kind="inquiry", category_id=False, partner_id=False)
        self._refused("assessment", ["partner_name"], case.action_next_stage)
        case.partner_email = "curious@example.com"
        way = []
        for vals in (
            {},
            {"category_id": self.category.id, "user_id": self.agent.id},
            {"resolution": "<p>Two litres</p>", "date_communicated": "2024-05-01"},
        ):
            case.write(vals)
            way.append(case.next_stage_id.phase)
            self.assertFalse(case.missing_text)
            case.stage_id = case.next_stage_id
        self.assertEqual(way, ["assessment", "resolution", "closed"])
        self.assertEqual(case.phase, "closed")

    def test_inquiries_need_an_answer(self):
        case = self.create_case(kind="inquiry")
        self._refused(
            "closed",
            ["user_id", "resolution", "date_communicated"],
            lambda: case.write({"stage_id": self.stage("closed").id}),
        )

    def test_an_inquiry_that_becomes_a_complaint_takes_the_long_way(self):
        case = self.create_case(kind="inquiry", user_id=self.agent.id)
        case.stage_id = self.stage("assessment")
        case.stage_id = self.stage("resolution")
        with self.assertRefused("Still missing"):
            case.reclassify({"kind": "complaint"}, "It was no question")
        self.assertEqual(case.kind, "inquiry")


class TestGuardEnd(GuardCase):
    """Closed is sealed; only a manager opens it again, and cancelling has a reason."""

    def _closed(self, **vals):
        return self.work_to(self.create_case(user_id=self.agent.id, **vals), "closed")

    def test_closing_is_recorded(self):
        case = self._closed()
        self.assertTrue(case.date_closed)
        self.assertFalse(case.missing_text)
        self.assertFalse(case.next_stage_id)
        decision = case.decision_ids
        self.assertEqual(decision.type, "closing")
        self.assertEqual(decision.new_value, "Upheld")
        with self.assertRefused("ended already"):
            case.action_next_stage()

    def test_assessment_is_recorded(self):
        case = self.work_to(self.create_case(user_id=self.agent.id), "assessment")
        self.assertFalse(case.date_assessed)
        case = case.with_user(self.agent)
        case.write({"urgency": "low", "complexity": "simple"})
        case.action_next_stage()
        self.assertTrue(case.date_assessed)
        self.assertEqual(case.assessed_by_id, self.agent)

    def test_closed_is_sealed(self):
        case = self._closed()
        changes = {
            "name": "Nothing happened",
            "description": "<p>Nothing happened</p>",
            "date_received": "2024-01-01 00:00:00",
            "channel": "letter",
            "partner_id": self.partner_other.id,
            "partner_name": "Somebody else",
            "partner_email": "else@example.com",
            "partner_phone": "+1",
            "sale_order_id": self.order.id,
            "product_id": self.product.id,
            "remedy_requested": "apology",
            "category_id": self.category_delivery.id,
            "severity": "critical",
            "urgency": "high",
            "complexity": "complex",
            "kind": "inquiry",
            "findings": "<p>Nothing</p>",
            "resolution_kind": "refund",
            "resolution": "<p>Nothing</p>",
            "date_communicated": "2024-01-01 00:00:00",
            "outcome": "not_upheld",
            "root_cause_id": self.root_cause.id,
            "confirmation": "not_asked",
            "cancel_reason": "invalid",
        }
        for user in self.agent, self.manager:
            for name, value in changes.items():
                with (
                    self.subTest(user=user.name, field=name),
                    self.assertRefused("cannot change any more"),
                ):
                    case.with_user(user).write({name: value})

    def test_sealed_also_against_a_made_up_reason(self):
        """A reason in the context opens nothing while the case stays closed."""
        case = self._closed().with_user(self.agent)
        case = case.with_context(complaint_reason="Because I say so")
        for stage in case.stage_id, self.stage("cancelled"):
            with self.subTest(stage=stage.name), self.assertRaises(UserError):
                case.write({"stage_id": stage.id, "outcome": "not_upheld"})
        self.assertEqual(case.outcome, "upheld")

    def test_what_goes_on_after_closing(self):
        """The same value again, tags, the owner and the review are no tampering."""
        case = self._closed().with_user(self.agent)
        case.write({"name": case.name, "resolution": case.resolution})
        case.write({"tag_ids": [Command.link(self.tag.id)], "process_review": True})
        case.user_id = self.agent_2
        self.assertEqual(case.user_id, self.agent_2)
        self._refused("closed", ["user_id"], lambda: case.write({"user_id": False}))

    def test_reopening_is_the_managers(self):
        case = self._closed()
        for user in self.agent, self.agent_2:
            as_user = case.with_user(user)
            with self.assertRefused("Only a manager reopens"):
                as_user.stage_id = self.stage("assessment")
            with self.assertRefused("Only a manager reopens"):
                as_user.reopen("The customer called again")
            faked = as_user.with_context(complaint_reason="The customer called again")
            with self.assertRefused("Only a manager reopens"):
                faked.stage_id = self.stage("assessment")
        self.assertEqual(case.phase, "closed")

    def test_reopening_needs_a_reason(self):
        case = self._closed().with_user(self.manager)
        with self.assertRefused("says why"):
            case.stage_id = self.stage("assessment")
        for reason in "", "   ", None, 5:
            with self.subTest(reason=reason), self.assertRefused("why"):
                case.reopen(reason)
        for context in {"complaint_reason": "  "}, {"complaint_reason": ["x"]}:
            with self.subTest(context=context), self.assertRaises(UserError):
                case.with_context(**context).stage_id = self.stage("assessment")

    def test_reopen_dialog(self):
        case = self._closed()
        dialogs = self.env["complaint.reopen"].with_user(self.manager)
        form = Form(dialogs.with_context(default_complaint_id=case.id))
        form.reason = "The new kettle leaks too"
        form.save().action_reopen()
        self.assertEqual(case.phase, "assessment")
        self.assertFalse(case.date_closed)
        self.assertFalse(case.outcome)
        self.assertFalse(case.confirmation)
        self.assertTrue(case.findings)
        decision = case.decision_ids.filtered(lambda d: d.type == "reopening")
        self.assertEqual(decision.reason, "The new kettle leaks too")
        self.assertEqual(decision.user_id, self.manager)
        self.assertEqual(
            (decision.old_value, decision.new_value), ("Closed", "Assessment")
        )
        # It can be worked and closed again, on record.
        self.work_to(case, "closed", outcome="partly_upheld")
        closings = case.decision_ids.filtered(lambda d: d.type == "closing")
        self.assertEqual(set(closings.mapped("new_value")), {"Upheld", "Partly Upheld"})

    def test_cancelling_needs_a_reason(self):
        case = self.create_case(user_id=self.agent.id).with_user(self.agent)
        with self.assertRaises(UserError) as caught:
            case.stage_id = self.stage("cancelled")
        self.assertIn("Reason for Cancelling", str(caught.exception))
        self.assertIn("Cancelling Explained", str(caught.exception))
        with self.assertRefused("why"):
            case.cancel("invalid", " ")
        with self.assertRefused("Duplicate Of"):
            case.cancel("duplicate", "Reported twice")
        self.assertEqual(case.phase, "received")

    def test_cancel_dialog(self):
        for reason, outcome in [
            ("withdrawn", "withdrawn"),
            ("out_of_scope", "out_of_scope"),
            ("invalid", False),
        ]:
            with self.subTest(reason=reason):
                case = self.create_case(user_id=self.agent.id)
                dialogs = self.env["complaint.cancel"].with_user(self.agent)
                form = Form(dialogs.with_context(default_complaint_id=case.id))
                form.cancel_reason = reason
                form.note = "Said so on the phone"
                form.save().action_cancel_case()
                self.assertEqual(case.phase, "cancelled")
                self.assertEqual(case.outcome, outcome)
                self.assertTrue(case.date_closed)
                self.assertEqual(case.decision_ids.type, "cancellation")
                self.assertEqual(case.decision_ids.reason, "Said so on the phone")
                self.assertEqual(case.decision_ids.user_id, self.agent)

    def test_cancel_dialog_of_a_duplicate_merges(self):
        case, target = self.create_case(), self.create_case(name="The same again")
        dialogs = self.env["complaint.cancel"].with_user(self.agent)
        form = Form(dialogs.with_context(default_complaint_id=case.id))
        form.cancel_reason = "duplicate"
        form.target_id = target
        form.note = "Reported twice"
        form.save().action_cancel_case()
        self.assertEqual(case.duplicate_of_id, target)
        self.assertEqual(case.phase, "cancelled")
        self.assertEqual(target.phase, "received")

    def test_cancelled_ends_waiting(self):
        case = self.create_case(user_id=self.agent.id).with_user(self.agent)
        case.action_wait_customer()
        self.assertTrue(case.date_waiting)
        case.cancel("withdrawn", "Settled")
        self.assertFalse(case.waiting_customer)
        self.assertFalse(case.date_waiting)
