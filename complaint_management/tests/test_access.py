from odoo import fields
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import ComplaintCommon

ROLES = (
    "employee",
    "agent",
    "agent_other",
    "manager",
    "quality",
    "executive",
    "administrator",
    "customer",
    "colleague",
    "stranger",
    "agent_b",
    "manager_b",
)

# Which case → what each role may do: create, read, write, delete.
# The case is Clara's, who is "customer"; "colleague" is of the same company.
# "reported": of the first team, entered by the employee.
# "followed": confidential, with the quality specialist among its followers.
CASE_RIGHTS = {
    #              own    report no_team other  conf.  c_own  c_foll other_company
    "employee":      ("", "r",   "",     "",    "",    "",    "",    ""),
    "agent":         ("crw", "crw", "crw", "c", "c",   "crw", "c",   ""),
    "agent_other":   ("c", "c",  "crw",  "crw", "c",   "c",   "c",   ""),
    "manager":       ("crw", "crw", "crw", "crw", "crw", "crw", "crw", ""),
    "quality":       ("r", "r",  "r",    "r",   "",    "",    "r",   ""),
    "executive":     ("r", "r",  "r",    "r",   "",    "",    "",    ""),
    "administrator": ("crw", "crw", "crw", "crw", "crw", "crw", "crw", ""),
    "customer":      ("r", "r",  "r",    "r",   "r",   "r",   "r",   ""),
    "colleague":     ("r", "r",  "r",    "r",   "",    "",    "",    ""),
    "stranger":      ("", "",    "",     "",    "",    "",    "",    ""),
    "agent_b":       ("", "",    "",     "",    "",    "",    "",    "crw"),
    "manager_b":     ("", "",    "",     "",    "",    "",    "",    "crw"),
}  # fmt: skip
CASES = (
    "own",
    "reported",
    "no_team",
    "other_team",
    "confidential",
    "confidential_own",
    "confidential_followed",
    "other_company",
)
# The decision log and the commitments are read as their case; nobody writes them.
NO_LOG = ("employee", "customer", "colleague", "stranger")
KEPT_RIGHTS = {
    role: tuple("r" if "r" in rights and role not in NO_LOG else "" for rights in row)
    for role, row in CASE_RIGHTS.items()
}
# Actions of a case, with the manager as their owner.
ACTION_RIGHTS = {
    #              own    report no_team other  conf.  c_own  c_foll other_company
    "employee":      ("", "",    "",     "",    "",    "",    "",    ""),
    "agent":         ("crw", "crw", "crw", "", "",    "crw", "",    ""),
    "agent_other":   ("", "",    "crw",  "crw", "",    "",    "",    ""),
    "manager":       ("crw", "crw", "crw", "crw", "crw", "crw", "crw", ""),
    "quality":       ("r", "r",  "r",    "r",   "",    "",    "r",   ""),
    "executive":     ("r", "r",  "r",    "r",   "",    "",    "",    ""),
    "administrator": ("crw", "crw", "crw", "crw", "crw", "crw", "crw", ""),
    "customer":      ("", "",    "",     "",    "",    "",    "",    ""),
    "colleague":     ("", "",    "",     "",    "",    "",    "",    ""),
    "stranger":      ("", "",    "",     "",    "",    "",    "",    ""),
    "agent_b":       ("", "",    "",     "",    "",    "",    "",    "crw"),
    "manager_b":     ("", "",    "",     "",    "",    "",    "",    "crw"),
}  # fmt: skip
# An investigation is worked as its case; whoever leads it may, too.
INVESTIGATION_RIGHTS = {
    **ACTION_RIGHTS,
    "agent_other": ("", "", "crw", "crw", "", "", "", ""),
}
# Evidence and interviews stay, unless a manager takes a mistake away; what a search
# found is nobody's to write.
PART_RIGHTS = {
    # model       agent   manager quality executive
    "step":      ("crwd", "crwd", "r", "r"),
    "event":     ("crwd", "crwd", "r", "r"),
    "why":       ("crwd", "crwd", "r", "r"),
    "cause":     ("crwd", "crwd", "r", "r"),
    "question":  ("crwd", "crwd", "r", "r"),
    "evidence":  ("crw",  "crwd", "r", "r"),
    "interview": ("crw",  "crwd", "r", "r"),
    "search":    ("r",    "r",    "r", "r"),
}  # fmt: skip
PART_MODELS = {f"complaint.investigation.{name}" for name in PART_RIGHTS}

# Configuration and dialogs, in the own company; another company's team, category or
# cell of the matrix is out of reach for everybody.
MODEL_ROLES = (
    "employee", "agent", "manager", "quality", "executive", "administrator", "customer"
)  # fmt: skip
MODEL_RIGHTS = {
    # model                      empl.  agent  manag. qual.  exec.  admin.  portal
    "complaint.stage":          ("r",   "r",   "r",   "r",   "r",   "crwd", ""),
    "complaint.category":       ("r",   "r",   "r",   "r",   "r",   "crwd", ""),
    "complaint.canned.answer":  ("",    "r",   "crw", "r",   "r",   "crwd", ""),
    "complaint.root.cause":     ("r",   "r",   "r",   "r",   "r",   "crwd", ""),
    "complaint.tag":            ("r",   "cr",  "cr",  "r",   "r",   "crwd", ""),
    "complaint.priority.rule":  ("",    "r",   "r",   "r",   "r",   "crwd", ""),
    "complaint.team":           ("r",   "r",   "rw",  "r",   "r",   "crwd", ""),
    "complaint.sla.policy":     ("",    "r",   "r",   "r",   "r",   "crwd", ""),
    "complaint.sla.policy.line": ("",   "r",   "r",   "r",   "r",   "crwd", ""),
    "complaint.escalation.level": ("",  "r",   "r",   "r",   "r",   "crwd", ""),
    "complaint.form.attempt":   ("",    "",    "",    "",    "",    "",     ""),
    "complaint.quick.entry":    ("crw", "crw", "crw", "crw", "crw", "crw",  ""),
    "complaint.call":           ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.cancel":         ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.close":          ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.consent":        ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.corrective.action.cancel": ("", "crw", "crw", "", "", "crw", ""),
    "complaint.effectiveness":  ("crw", "crw", "crw", "crw", "crw", "crw",  ""),
    "complaint.escalate":       ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.escalate.outcome": ("",  "crw", "crw", "",    "crw", "crw",  ""),
    "complaint.management.review": ("", "",    "crw", "r",   "crw", "crw",  ""),
    "complaint.management.review.figure": ("", "", "r", "r", "r", "r",       ""),
    "complaint.management.review.decision": ("", "", "crwd", "r", "crwd", "crwd", ""),
    "complaint.feedback.review": ("",   "crw", "crw", "",    "",    "crw",  ""),
    "complaint.merge":          ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.reclassify":     ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.approval.delegate": ("", "",    "crw", "",    "crw", "crw",  ""),
    "complaint.approval.refuse": ("",   "",    "crw", "",    "crw", "crw",  ""),
    "complaint.extend":         ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.holding.letter": ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.keep":           ("",    "",    "crw", "",    "",    "crw",  ""),
    "complaint.remedy":         ("",    "crw", "crw", "",    "",    "crw",  ""),
    "complaint.remedy.line":    ("",    "crwd", "crwd", "",  "",    "crwd", ""),
    "complaint.reopen":         ("",    "",    "crw", "",    "",    "crw",  ""),
    "complaint.withdraw":       ("",    "",    "crw", "",    "",    "crw",  ""),
    "complaint.withdrawal":     ("",    "",    "",    "",    "",    "",     ""),
    "complaint.investigation.rule": ("", "r", "r", "r",    "r",   "crwd", ""),
    "complaint.investigation.reason": ("", "crw", "crw", "crw", "crw", "crw", ""),
    "complaint.register":       ("",    "crw", "crw", "crw", "crw", "crw",  ""),
    "complaint.verify":         ("",    "",    "crw", "crw", "crw", "crw",  ""),
}  # fmt: skip
COMPANY_MODELS = (
    "complaint.management.review",
    "complaint.canned.answer",
    "complaint.category",
    "complaint.escalation.level",
    "complaint.investigation.rule",
    "complaint.priority.rule",
    "complaint.sla.policy",
    "complaint.team",
)

MENUS = {
    # menu: roles that see it
    "complaint_menu_open": "agent manager quality executive administrator",
    "complaint_menu_investigations": "agent manager quality executive administrator",
    "complaint_menu_investigation_rules": "administrator",
    "complaint_menu_questions": "employee agent manager quality executive "
    "administrator",
    "complaint_menu_report": "employee agent manager quality executive administrator",
    "complaint_menu_management_reviews": "manager quality executive administrator",
    "complaint_menu_root_cause_analysis": "manager quality executive administrator",
    "complaint_menu_recurrence": "manager quality executive administrator",
    "complaint_menu_feedback": "agent manager quality executive administrator",
    "complaint_menu_my_feedback": "employee agent manager quality executive "
    "administrator",
    "complaint_menu_my_reports": "employee agent manager quality executive "
    "administrator",
    "complaint_menu_register_list": "agent manager quality executive administrator",
    "complaint_menu_actions": "agent manager quality executive administrator",
    "complaint_menu_my_actions": "employee agent manager quality executive "
    "administrator",
    "complaint_menu_action_analysis": "manager quality executive administrator",
    "complaint_menu_decisions": "agent manager quality executive administrator",
    "complaint_menu_escalations": "agent manager quality executive administrator",
    "complaint_menu_escalation_levels": "administrator",
    "complaint_menu_to_approve": "manager executive administrator",
    "complaint_menu_analysis": "manager quality executive administrator",
    "complaint_menu_teams": "manager administrator",
    "complaint_menu_stages": "administrator",
    "complaint_menu_categories": "administrator",
    "complaint_menu_root_causes": "administrator",
    "complaint_menu_matrix": "administrator",
    "complaint_menu_tags": "administrator",
}

# What the company thinks among itself: no customer reads or finds by it.
INTERNAL_FIELDS = (
    "findings",
    "resolution",
    "resolution_kind",
    "root_cause_id",
    "tag_ids",
    "search_text",
    "decision_ids",
    "escalation_ids",
    "escalation_level",
    "escalation_count",
    "open_escalation_id",
    "escalated_to_id",
    "corrective_action_ids",
    "recurrence_action_ids",
    "recurrence_text",
    "urgency",
    "complexity",
    "priority",
    "guidance",
    "missing_text",
    "next_stage_id",
    "confirmation",
    "confirmation_note",
    "handover_reason",
    "cancel_note",
    "process_review",
    "process_review_note",
    "safety",
    "impact",
    "investigation_scope",
    "investigation_state",
    "investigation_ids",
    "duplicate_of_id",
    "merged_ids",
    "possible_duplicate_ids",
    "history_ids",
    "registered_by_id",
    "assessed_by_id",
    "date_assigned",
    "source_id",
    "email_normalized",
    "form_token",
    "date_processing_consent",
    "processing_consent",
    "activity_ids",
    "consent_name",
    "consent_comment",
    "proposal_version",
    "resolution_reason",
    "customer_findings",
)


class TestPosting(ComplaintCommon):
    """Who may only read a case leaves notes; its customer hears from who works it."""

    def test_readers_write_no_customer(self):
        case = self.create_case(user_id=self.agent.id)
        case.sudo().registered_by_id = self.employee
        for user in self.employee, self.quality, self.executive:
            mine = case.with_user(user)
            for kwargs in (
                {"subtype_xmlid": "mail.mt_comment"},
                {"partner_ids": self.partner.ids},
            ):
                with (
                    self.subTest(user=user.name, kwargs=kwargs),
                    self.assertRaisesRegex(AccessError, "log a note"),
                ):
                    mine.message_post(body="Hello", **kwargs)
            note = mine.message_post(body="He called again")
            self.assertTrue(note.subtype_id.internal)
        self.assertFalse(case.date_acknowledged)


class AccessCase(ComplaintCommon):
    """Compares what is written in a table with what the server lets a role do."""

    def _as(self, user, records):
        return records.with_user(user).with_context(allowed_company_ids=None)

    def _rights(self, user, record, create_vals, write_vals):
        """Return what ``user`` can really do, as letters: c, r, w, d."""
        record = self._as(user, record)
        operations = {
            "c": lambda: record.browse().create(create_vals),
            "r": lambda: record.read(["display_name"]),
            "w": lambda: record.write(write_vals),
            "d": lambda: record.unlink(),
        }
        rights = ""
        for letter, operation in operations.items():
            savepoint = self.env.cr.savepoint()
            try:
                operation()
                self.env.flush_all()
                rights += letter
            except (UserError, MissingError):
                # A refusal with a reason is one as well, such as the decision log's.
                rights += ""
            finally:
                savepoint.rollback()
                savepoint.close(rollback=False)
                self.env.invalidate_all()
        return rights


class TestCaseAccess(AccessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        team, manager = cls.team.id, cls.manager.id
        cls.situations = {
            "own": {"team_id": team, "user_id": cls.agent.id},
            "reported": {"team_id": team, "user_id": False},
            "no_team": {"team_id": False, "user_id": False},
            "other_team": {"team_id": cls.team_other.id, "user_id": False},
            "confidential": {
                "team_id": team,
                "user_id": manager,
                "confidential": True,
            },
            "confidential_own": {
                "team_id": team,
                "user_id": cls.agent.id,
                "confidential": True,
            },
            "confidential_followed": {
                "team_id": team,
                "user_id": manager,
                "confidential": True,
            },
            "other_company": {
                "company_id": cls.company_b.id,
                "team_id": cls.team_b.id,
                "category_id": False,
                "user_id": False,
            },
        }
        for vals in cls.situations.values():
            vals.setdefault("company_id", cls.company.id)
        cls.cases = {}
        for name, vals in cls.situations.items():
            if name == "reported":
                vals = {**vals, "registered_by_id": cls.employee.id}
            cls.cases[name] = cls.create_case(**vals)
        followed = cls.cases["confidential_followed"]
        followed.message_subscribe(cls.quality.partner_id.ids)

    def _assert_matrix(self, table, records, create_vals, write_vals):
        for role in ROLES:
            for name, expected in zip(CASES, table[role], strict=True):
                with self.subTest(role=role, case=name):
                    rights = self._rights(
                        self[role], records[name], create_vals(name), write_vals
                    )
                    self.assertEqual(rights, expected)

    def __getitem__(self, role):
        return getattr(self, role)

    def test_cases(self):
        def create_vals(name):
            return {
                "name": "Another lid is missing",
                "partner_id": self.partner.id,
                **self.situations[name],
            }

        self._assert_matrix(
            CASE_RIGHTS, self.cases, create_vals, {"remedy_note": "A new lid"}
        )

    def test_nobody_deletes_a_case(self):
        for user in self.manager, self.administrator, self.env.user:
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self.cases["own"].with_user(user).unlink()
        with self.assertRefused("cannot be deleted"):
            self.cases["own"].sudo().unlink()
        self.assertTrue(self.cases["own"].exists())

    def test_decisions(self):
        records = {}
        for name, case in self.cases.items():
            records[name] = self.env["complaint.decision"]._log(
                [{"complaint_id": case.id, "type": "merge", "reason": "Like words"}]
            )

        def create_vals(name):
            return {"complaint_id": self.cases[name].id, "type": "merge"}

        self._assert_matrix(
            KEPT_RIGHTS, records, create_vals, {"reason": "Something else"}
        )

    def test_escalations(self):
        vals = {
            "level": "manager",
            "reason": "manual",
            "note": "It is urgent",
            "to_user_id": self.manager.id,
        }
        escalations = self.env["complaint.escalation"]
        records = {
            name: escalations.create({**vals, "complaint_id": case.id})
            for name, case in self.cases.items()
        }

        def create_vals(name):
            return {**vals, "complaint_id": self.cases[name].id}

        self._assert_matrix(KEPT_RIGHTS, records, create_vals, {"outcome": "handled"})

    def test_commitments(self):
        deadline = {"deadline": "2030-01-01 00:00:00"}
        records = {name: case.sla_status_ids[:1] for name, case in self.cases.items()}

        def create_vals(name):
            return records[name].copy_data(deadline)[0]

        self._assert_matrix(KEPT_RIGHTS, records, create_vals, deadline)

    def test_actions(self):
        def create_vals(name):
            case = self.cases[name]
            manager = self.manager_b if name == "other_company" else self.manager
            return {
                "name": "Check the packing line",
                "company_id": case.company_id.id,
                "user_id": manager.id,
                "complaint_ids": [Command.set(case.ids)],
            }

        actions = self.env["complaint.corrective.action"]
        records = {name: actions.create(create_vals(name)) for name in self.cases}
        self._assert_matrix(
            ACTION_RIGHTS, records, create_vals, {"date_due": "2030-01-01"}
        )

    def _create_investigations(self):
        investigations = self.env["complaint.investigation"]
        records = {}
        for name, case in self.cases.items():
            lead = self.manager_b if name == "other_company" else self.manager
            records[name] = investigations.create(
                {"complaint_id": case.id, "user_id": lead.id}
            )
        return records

    def test_investigations(self):
        records = self._create_investigations()

        def create_vals(name):
            lead = self.manager_b if name == "other_company" else self.manager
            case = self.create_case(**self.situations[name])
            if name == "confidential_followed":
                case.message_subscribe(self.quality.partner_id.ids)
            return {"complaint_id": case.id, "user_id": lead.id}

        self._assert_matrix(
            INVESTIGATION_RIGHTS, records, create_vals, {"escape_cause": "No check"}
        )

    def test_parts_of_investigations(self):
        """A part is reached as its investigation, and a hidden one is not."""
        investigations = self._create_investigations()
        vals = {
            "step": {"name": "Look at the line"},
            "event": {"name": "It broke", "date": "2024-05-01 10:00:00"},
            "why": {"name": "Why?", "because": "It was wet"},
            "cause": {"branch": "machine", "name": "Press"},
            "question": {
                "name": "Batch",
                "question": "<p>Which?</p>",
                "user_id": self.agent_2.id,
            },
            "evidence": {"name": "Picture", "shows": "A crack"},
            "interview": {"name": "Iris", "statement": "<p>It broke.</p>"},
            "search": {"name": "Kettle", "days": 10, "domain": "[]"},
        }
        writes = {"search": {"days": 11}}
        for part, row in PART_RIGHTS.items():
            expected = dict(
                zip(("agent", "manager", "quality", "executive"), row, strict=True)
            )
            for name in ("own", "confidential", "other_company"):
                values = {**vals[part], "investigation_id": investigations[name].id}
                record = self.env[f"complaint.investigation.{part}"].create(values)
                for role in ("employee", *expected, "customer", "manager_b"):
                    rights = expected.get(role, "")
                    if name == "confidential" and role != "manager":
                        rights = ""
                    if name == "other_company":
                        rights = expected["manager"] if role == "manager_b" else ""
                    with self.subTest(part=part, case=name, role=role):
                        write = writes.get(part, {"sequence": 3})
                        self.assertEqual(
                            self._rights(self[role], record, values, write), rights
                        )

    def test_steps(self):
        """As their action; those who work it also remove a step."""
        table = {
            role: tuple(rights + "d" if "w" in rights else rights for rights in row)
            for role, row in ACTION_RIGHTS.items()
        }
        actions = self.env["complaint.corrective.action"].create(
            [
                {
                    "name": "Check the packing line",
                    "company_id": case.company_id.id,
                    "user_id": (
                        self.manager_b if name == "other_company" else self.manager
                    ).id,
                    "complaint_ids": [Command.set(case.ids)],
                }
                for name, case in self.cases.items()
            ]
        )
        steps = self.env["complaint.corrective.action.step"].create(
            [{"action_id": action.id, "name": "Look"} for action in actions]
        )
        by_name = dict(zip(self.cases, steps, strict=True))

        def create_vals(name):
            return {"action_id": by_name[name].action_id.id, "name": "Look again"}

        self._assert_matrix(table, by_name, create_vals, {"name": "Look twice"})

    def test_action_of_a_hidden_case_cannot_be_linked(self):
        """Nobody reaches an action by tying it to a case of their own."""
        hidden = self.env["complaint.corrective.action"].create(
            {
                "name": "Talk to the employee",
                "company_id": self.company.id,
                "user_id": self.manager.id,
                "complaint_ids": [Command.set(self.cases["confidential"].ids)],
            }
        )
        own = self.cases["own"].with_user(self.agent)
        with self.assertRaises(AccessError):
            own.write({"corrective_action_ids": [Command.link(hidden.id)]})

    def test_search_finds_only_what_may_be_read(self):
        cases = self.env["complaint.complaint"].browse(
            [case.id for case in self.cases.values()]
        )
        for role in ROLES:
            with self.subTest(role=role):
                found = self._as(self[role], cases).search([("id", "in", cases.ids)])
                expected = {
                    self.cases[name].id
                    for name, rights in zip(CASES, CASE_RIGHTS[role], strict=True)
                    if "r" in rights
                }
                self.assertEqual(set(found.ids), expected)

    def test_messages_are_read_as_their_case(self):
        note = self.cases["confidential"].message_post(
            body="Her name must not get out", subtype_xmlid="mail.mt_note"
        )
        for user in self.agent, self.quality, self.executive, self.employee:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                note.with_user(user).read(["body"])
        self.assertIn("name", note.with_user(self.manager).read(["body"])[0]["body"])

    def test_internal_messages_never_reach_the_customer(self):
        """Neither notes of people, nor of the system, nor mails among the staff."""
        case = self.cases["own"]
        for values in (
            {"message_type": "comment", "subtype_xmlid": "mail.mt_note"},
            {"message_type": "notification", "subtype_xmlid": "mail.mt_note"},
            {"message_type": "email", "subtype_xmlid": "mail.mt_note"},
            {
                "message_type": "email",
                "subtype_xmlid": "mail.mt_comment",
                "is_internal": True,
            },
        ):
            with self.subTest(**values):
                message = case.message_post(body="She is difficult", **values)
                as_customer = message.with_user(self.customer)
                self.assertFalse(as_customer.search([("id", "=", message.id)]))
                with self.assertRaises(AccessError):
                    as_customer.read(["body"])
        answer = case.message_post(body="We are sorry", subtype_xmlid="mail.mt_comment")
        read = answer.with_user(self.customer).read(["body"])
        self.assertIn("sorry", read[0]["body"])


class TestModelAccess(AccessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls.review = cls.env["complaint.management.review"].create({"name": "Year"})
        cls.policy = cls.env["complaint.sla.policy"].create({"name": "Gold"})
        cls.investigation = cls.env["complaint.investigation"].create(
            {"complaint_id": cls.case.id, "user_id": cls.agent.id}
        )
        # The employee reviews it, and so may say whether it worked.
        cls.action = cls.env["complaint.corrective.action"].create(
            {"name": "Count", "reviewer_id": cls.employee.id}
        )
        cls.escalation = cls.env["complaint.escalation"].create(
            {
                "complaint_id": cls.case.id,
                "level": "supervisor",
                "reason": "manual",
                "to_user_id": cls.manager.id,
            }
        )

    def _values(self, model, company, user=None):
        """Return values of a new record of ``model``, and a field to change.

        :param user: who has opened the dialog that the record belongs to
        """
        case = self.case
        return {
            "complaint.stage": ({"name": "Waiting", "phase": "assessment"}, "name"),
            "complaint.category": ({"name": "Gifts", "company_id": company.id}, "name"),
            "complaint.root.cause": ({"name": "Weather"}, "name"),
            "complaint.canned.answer": (
                {"name": "Sorry", "body": "<p>Sorry</p>", "company_id": company.id},
                "name",
            ),
            "complaint.tag": ({"name": "Gift"}, "name"),
            "complaint.priority.rule": (
                {
                    "severity": "minor",
                    "urgency": "low",
                    "priority": "3",
                    "company_id": company.id,
                },
                "priority",
            ),
            "complaint.team": ({"name": "Gifts", "company_id": company.id}, "name"),
            "complaint.sla.policy": (
                {"name": "Silver", "company_id": company.id},
                "name",
            ),
            "complaint.sla.policy.line": (
                {"policy_id": self.policy.id, "commitment": "resolve", "target": 5},
                "target",
            ),
            "complaint.form.attempt": (
                {"key": "0", "date": fields.Datetime.now()},
                "key",
            ),
            "complaint.quick.entry": (
                {"name": "Late", "company_id": company.id},
                "name",
            ),
            "complaint.call": ({"complaint_id": case.id, "note": "Hello"}, "note"),
            "complaint.cancel": (
                {"complaint_id": case.id, "cancel_reason": "invalid", "note": "None"},
                "note",
            ),
            "complaint.close": ({"complaint_id": case.id}, "confirmation_note"),
            "complaint.consent": (
                {"complaint_id": case.id, "name": "Clara", "method": "phone"},
                "comment",
            ),
            "complaint.escalation.level": (
                {
                    "company_id": company.id,
                    "user_id": (
                        self.manager if company == self.company else self.manager_b
                    ).id,
                },
                "level",
            ),
            "complaint.corrective.action.cancel": (
                {"action_ids": [Command.set(self.action.ids)], "reason": "None"},
                "reason",
            ),
            "complaint.effectiveness": (
                {"action_id": self.action.id, "note": "None"},
                "note",
            ),
            "complaint.escalate": (
                {"complaint_id": case.id, "level": "manager", "note": "None"},
                "note",
            ),
            "complaint.escalate.outcome": (
                {"escalation_id": self.escalation.id, "note": "None"},
                "note",
            ),
            "complaint.management.review": (
                {"name": "Quarter", "company_id": company.id},
                "name",
            ),
            "complaint.management.review.figure": (
                {
                    "review_id": self.review.id,
                    "section": "Time",
                    "name": "Late",
                    "value": "3",
                },
                "value",
            ),
            "complaint.management.review.decision": (
                {"review_id": self.review.id, "name": "Go on"},
                "name",
            ),
            "complaint.feedback.review": ({"decision": "share"}, "reason"),
            "complaint.merge": (
                {"complaint_ids": [Command.set(case.ids)], "target_id": case.id},
                "note",
            ),
            "complaint.reclassify": (
                {"complaint_id": case.id, "kind": "inquiry", "reason": "None"},
                "reason",
            ),
            "complaint.approval.delegate": (
                {
                    "res_model": "complaint.complaint",
                    "res_ids": case.ids,
                    "user_id": self.manager.id,
                    "reason": "None",
                },
                "reason",
            ),
            "complaint.approval.refuse": (
                {
                    "res_model": "complaint.complaint",
                    "res_ids": case.ids,
                    "reason": "None",
                },
                "reason",
            ),
            "complaint.extend": (
                {
                    "complaint_id": case.id,
                    "status_id": case.sla_status_ids[:1].id,
                    "new_deadline": fields.Datetime.now(),
                    "reason": "None",
                },
                "reason",
            ),
            "complaint.holding.letter": (
                {
                    "complaint_id": case.id,
                    "until": fields.Date.today(),
                    "reason": "None",
                },
                "reason",
            ),
            "complaint.keep": (
                {
                    "complaint_id": case.id,
                    "status_id": case.sla_status_ids[:1].id,
                    "reason": "None",
                },
                "reason",
            ),
            "complaint.remedy": ({"complaint_id": case.id, "kind": "credit"}, "label"),
            "complaint.remedy.line": (
                {
                    "remedy_id": self._get_remedy(user or self.env.user).id,
                    "name": "Lid",
                    "quantity": 0,
                },
                "name",
            ),
            "complaint.reopen": ({"complaint_id": case.id, "reason": "New"}, "reason"),
            "complaint.withdraw": (
                {
                    "complaint_id": case.id,
                    "attachment_ids": [Command.set(self.file.ids)],
                    "reason": "Wrong",
                },
                "reason",
            ),
            "complaint.withdrawal": (
                {
                    "name": "a.txt",
                    "attachment_id": self.file.id,
                    "complaint_id": case.id,
                    "reason": "Wrong",
                    "user_id": self.manager.id,
                },
                "reason",
            ),
            "complaint.investigation.rule": (
                {"severity": "minor", "scope": "short", "company_id": company.id},
                "scope",
            ),
            "complaint.investigation.reason": (
                {"investigation_id": self.investigation.id, "reason": "New"},
                "reason",
            ),
            "complaint.register": ({"company_id": company.id}, "date_to"),
            "complaint.verify": ({"company_id": company.id}, "date_to"),
        }[model]

    @property
    def file(self):
        return self.env["ir.attachment"].create(
            {
                "name": "a.txt",
                "raw": b"a",
                "res_model": self.case._name,
                "res_id": self.case.id,
            }
        )

    def _get_remedy(self, user):
        dialogs = self.env["complaint.remedy"]
        if dialogs.with_user(user).has_access("create"):
            dialogs = self._as(user, dialogs)
        remedy = dialogs.create({"complaint_id": self.case.id, "kind": "credit"})
        # The dialog fills its lines in once; afterwards they are the user's.
        self.env.flush_all()
        return remedy

    def _model_rights(self, user, model, company):
        """Return what ``user`` can do with records of ``model`` of ``company``."""
        savepoint = self.env.cr.savepoint()
        try:
            vals, changed = self._values(model, company, user)
            records = self.env[model]
            # A dialog is in reach of the person who opened it only.
            if records.is_transient() and records.with_user(user).has_access("create"):
                records = self._as(user, records)
            record = records.create(vals)
            again = dict(vals)
            for name, value in self.UNIQUE.get(model, {}).items():
                again[name] = value
            written = {changed: record[changed] or "Something"}
            return self._rights(user, record, again, written)
        finally:
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all()

    # What must differ in a second record.
    UNIQUE = {
        "complaint.escalation.level": {"level": "manager"},
        "complaint.priority.rule": {"urgency": "high"},
        "complaint.sla.policy.line": {"commitment": "assign"},
        "complaint.tag": {"name": "Another gift"},
    }

    def test_every_model_has_its_line(self):
        """A new model of the addon is not forgotten in the tables above."""
        models = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == "complaint_management" and not model._abstract
        }
        tested_with_cases = {
            "complaint.complaint",
            "complaint.decision",
            "complaint.escalation",
            "complaint.corrective.action",
            "complaint.corrective.action.step",
            "complaint.sla.status",
            "complaint.investigation",
            # In “test_feedback”.
            "complaint.feedback",
            # In “test_tamper”: nobody writes them.
            "complaint.proof",
            "complaint.proof.anchor",
            "complaint.proof.head",
            "complaint.verify.line",
            *PART_MODELS,
        }
        self.assertEqual(models, set(MODEL_RIGHTS) | tested_with_cases)

    def test_models(self):
        for model, row in MODEL_RIGHTS.items():
            for role, expected in zip(MODEL_ROLES, row, strict=True):
                with self.subTest(model=model, role=role):
                    user = getattr(self, role)
                    rights = self._model_rights(user, model, self.company)
                    self.assertEqual(rights, expected)

    def test_models_of_another_company(self):
        for model in COMPANY_MODELS:
            for role in MODEL_ROLES:
                with self.subTest(model=model, role=role):
                    user = getattr(self, role)
                    rights = self._model_rights(user, model, self.company_b)
                    self.assertEqual(rights, "")

    def test_dialogs_are_private(self):
        """What one person is entering is nobody else's to read."""
        for model in MODEL_RIGHTS:
            dialogs = self.env[model].with_user(self.manager)
            if not dialogs.is_transient():
                continue
            with self.subTest(model=model):
                dialog = dialogs.create(
                    self._values(model, self.company, self.manager)[0]
                )
                self.env.flush_all()
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    dialog.with_user(self.administrator).read(["create_date"])

    def test_dialogs_tell_nothing_of_a_hidden_case(self):
        hidden = self.create_case(
            confidential=True, user_id=self.manager.id, resolution="<p>She is fired</p>"
        )
        for model, name, vals in [
            ("complaint.close", "resolution", {}),
            ("complaint.reclassify", "severity", {"reason": "Only looking"}),
            ("complaint.consent", "name", {"method": "phone"}),
            ("complaint.call", "name", {"note": "Only looking"}),
        ]:
            dialogs = self.env[model].with_user(self.agent)
            vals = {"complaint_id": hidden.id, **vals}
            with self.subTest(model=model, way="RPC"), self.assertRaises(AccessError):
                dialogs.create(vals).read([name])
            with self.subTest(model=model, way="form"), self.assertRaises(AccessError):
                dialogs.onchange(vals, ["complaint_id"], {"complaint_id": {}, name: {}})

    def test_menus(self):
        for role in MODEL_ROLES[:-1]:
            user = getattr(self, role)
            # As the web client asks for them: without those under a hidden one.
            shown = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            for menu, roles in MENUS.items():
                with self.subTest(menu=menu, role=role):
                    menu_id = self.env.ref(f"complaint_management.{menu}").id
                    self.assertEqual(menu_id in shown, role in roles.split())


class TestFieldAccess(AccessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id, tag_ids=cls.tag.ids)

    def test_customers_read_their_case_but_no_internal_field(self):
        case = self.case.with_user(self.customer)
        self.assertEqual(case.read(["name"])[0]["name"], self.case.name)
        self.assertEqual(case.phase, "received")
        for name in INTERNAL_FIELDS:
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    case.read([name])
                with self.assertRaises(AccessError):
                    case.search([(name, "!=", False)])
                self.assertNotIn(name, case.fields_get())

    def test_customers_find_nothing_by_internal_words(self):
        """The search by name does not tell what stands in internal columns."""
        self.case.sale_order_id = self.order
        cases = self.env["complaint.complaint"]
        self.assertTrue(cases.name_search(self.order.name, [("id", "=", self.case.id)]))
        as_customer = cases.with_user(self.customer)
        self.assertFalse(as_customer.name_search(self.order.name))
        self.assertTrue(as_customer.name_search(self.case.reference))

    def test_system_fields_cannot_be_rewritten(self):
        values = {
            "reference": "CMP/1999/00001",
            "registered_by_id": self.manager.id,
            "date_assessed": "2024-01-01 00:00:00",
            "assessed_by_id": self.manager.id,
            "date_assigned": "2024-01-01 00:00:00",
            "date_waiting": "2024-01-01 00:00:00",
            "date_closed": "2024-01-01 00:00:00",
            "phase": "closed",
            "priority": "3",
            "search_text": "Nothing to find",
            "email_normalized": "other@example.com",
            "commercial_partner_id": self.partner_other.id,
        }
        for user in self.agent, self.manager:
            for name, value in values.items():
                with (
                    self.subTest(user=user.name, field=name),
                    self.assertRefused("kept by the system"),
                ):
                    self.case.with_user(user).write({name: value})

    def test_who_registered_and_judged_is_not_the_callers_to_say(self):
        claimed = {
            "registered_by_id": self.manager.id,
            "assessed_by_id": self.manager.id,
            "date_assessed": "2024-01-01 00:00:00",
        }
        cases = self.env["complaint.complaint"].with_user(self.agent)
        vals = {"name": "No spout", "partner_id": self.partner.id}
        vals["team_id"] = self.team.id
        in_context = {f"default_{name}": value for name, value in claimed.items()}
        for case in (
            cases.create({**vals, **claimed}),
            cases.with_context(**in_context).create(vals),
        ):
            self.assertEqual(case.registered_by_id, self.agent)
            self.assertFalse(case.assessed_by_id)
            self.assertFalse(case.date_assessed)

    def test_an_open_case_has_no_end_date(self):
        case = self.create_case(date_closed=fields.Datetime.now(), phase="closed")
        self.assertFalse(case.date_closed)
        self.assertEqual(case.phase, "received")

    def test_only_a_manager_hands_open_actions_over(self):
        with self.assertRefused("Only a manager"):
            self.case.with_user(self.agent).handover_reason = "Somebody will"
        cases = self.env["complaint.complaint"].with_user(self.agent)
        vals = {"name": "No spout", "team_id": self.team.id}
        with self.assertRefused("Only a manager"):
            cases.create({**vals, "handover_reason": "Somebody will"})
        smuggled = cases.with_context(default_handover_reason="Somebody will")
        with self.assertRefused("Only a manager"):
            smuggled.create(vals)
        self.case.with_user(self.manager).handover_reason = "The plant goes on"
        self.assertEqual(self.case.handover_reason, "The plant goes on")

    def test_employees_read_and_write_nothing(self):
        reported = self.create_case(registered_by_id=self.employee.id)
        case = reported.with_user(self.employee)
        self.assertEqual(case.read(["name", "phase"])[0]["phase"], "received")
        for vals in (
            {"name": "Nothing happened"},
            {"stage_id": self.stage("assessment").id},
            {"user_id": self.employee.id},
            {"active": False},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                case.write(vals)
        for method, args in [
            ("action_assign_to_me", ()),
            ("cancel", ("invalid", "Go away")),
            ("reclassify", ({"severity": "minor"}, "Go away")),
            ("reopen", ("Again",)),
            ("merge_into", (self.case.id,)),
            ("action_communicated", ()),
        ]:
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(case, method)(*args)

    @mute_logger("odoo.models")
    def test_companies_do_not_mix(self):
        """Every link of a case stays within its company."""
        order_b = self._create_order(self.partner, self.product, company=self.company_b)
        partner_b = self.env["res.partner"].create(
            {"name": "Of the other company", "company_id": self.company_b.id}
        )
        product_b = self.env["product.product"].create(
            {"name": "Teapot", "company_id": self.company_b.id}
        )
        action_b = self.env["complaint.corrective.action"].create(
            {
                "name": "Teapots only",
                "company_id": self.company_b.id,
                "user_id": self.agent_b.id,
            }
        )
        for name, value in [
            ("team_id", self.team_b.id),
            ("user_id", self.agent_b.id),
            ("category_id", self.category_b.id),
            ("partner_id", partner_b.id),
            ("sale_order_id", order_b.id),
            ("product_id", product_b.id),
            ("corrective_action_ids", [Command.link(action_b.id)]),
            ("company_id", self.company_b.id),
        ]:
            with self.subTest(field=name), self.assertRaises(UserError) as caught:
                self.case.write({name: value})
            self.assertIn("compan", str(caught.exception))

    def test_configuration_of_companies_does_not_mix(self):
        for record, name, value in [
            (self.team, "member_ids", [Command.link(self.agent_b.id)]),
            (self.team, "user_id", self.agent_b.id),
            (self.category_delivery, "team_id", self.team_b.id),
            (self.category_delivery, "parent_id", self.category_b.id),
        ]:
            with self.subTest(field=name), self.assertRaises(UserError):
                record.write({name: value})


class TestScreens(AccessCase):
    """The screens open for those who are to work with them."""

    def test_case_form(self):
        case = self.create_case(user_id=self.agent.id, sale_order_id=self.order.id)
        for user in (
            self.agent,
            self.manager,
            self.quality,
            self.executive,
            self.administrator,
        ):
            with self.subTest(user=user.name):
                form = Form(case.with_user(user))
                self.assertEqual(form.name, case.name)
                self.assertEqual(form.sale_order_id, self.order)
        with Form(case.with_user(self.agent)) as form:
            form.severity = "major"
            form.urgency = "high"
        self.assertEqual(case.severity, "major")

    def test_case_with_an_invoice_opens_without_rights_in_accounting(self):
        invoice = self._create_invoice(self.partner, self.order_line)
        case = self.create_case(user_id=self.agent.id, invoice_id=invoice.id)
        with Form(case.with_user(self.agent)) as form:
            form.urgency = "high"
        self.assertEqual(case.urgency, "high")

    def test_report_form_of_employees(self):
        case = self.create_case(registered_by_id=self.employee.id)
        form = Form(
            case.with_user(self.employee),
            view="complaint_management.complaint_complaint_view_form_report",
        )
        self.assertEqual(form.reference, case.reference)
        self.assertEqual(form.partner_name, "Clara Buyer")

    def test_settings(self):
        settings = self.env["res.config.settings"].create(
            {"complaint_duplicate_days": 7}
        )
        settings.execute()
        self.assertEqual(self.company.complaint_duplicate_days, 7)
