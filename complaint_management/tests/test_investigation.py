import base64
import hashlib

from lxml import etree
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import ComplaintCommon

STATEMENT = "<p>The foam inlay was left out since Monday.</p>"


class InvestigationCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(
            user_id=cls.agent_2.id, product_id=cls.product.id, safety=True
        )
        cls.investigation = (
            cls.env["complaint.investigation"]
            .with_user(cls.agent)
            .create({"complaint_id": cls.case.id})
        )

    @classmethod
    def create_file(cls, content=b"A picture", user=None, **vals):
        return (
            cls.env["ir.attachment"]
            .with_user(user or cls.agent)
            .create({"name": "crack.txt", "raw": content, **vals})
        )

    @classmethod
    def fill(cls, investigation, **vals):
        """Enter all that a full investigation needs to be signed."""
        investigation.write(
            {
                "problem": "<p>Lids are missing.</p>",
                "findings": "<p>The packing list has no lid.</p>",
                "root_cause_id": cls.root_cause.id,
                "escape_cause": "The scale has a tolerance of 200 g.",
                "similar": "possible",
                "conclusion": "<p>The list is wrong.</p>",
                "why_ids": [
                    Command.create(
                        {"name": "Why no lid?", "because": "Not on the list"}
                    )
                ],
                "evidence_ids": [
                    Command.create(
                        {
                            "name": "Packing list",
                            "shows": "No lid on it",
                            "attachment_ids": [Command.set(cls.create_file().ids)],
                        }
                    )
                ],
                "interview_ids": [
                    Command.create({"name": "Iris Packer", "statement": STATEMENT})
                ],
                **vals,
            }
        )
        investigation.search_similar()
        return investigation

    @classmethod
    def sign(cls, investigation):
        cls.fill(investigation).action_sign()
        return investigation

    def _lines(self, message):
        return [
            line[2:].split(":")[0]
            for line in str(message).splitlines()
            if line.startswith("• ")
        ]


class TestSignature(InvestigationCase):
    def test_names_all_that_is_missing_at_once(self):
        self.investigation.step_ids = [Command.create({"name": "Look at the list"})]
        with self.assertRefused("cannot be signed yet") as caught:
            self.investigation.action_sign()
        self.assertEqual(
            self._lines(caught.exception),
            [
                "Problem",
                "Findings",
                "Root Cause",
                "Why It Escaped",
                "Similar Cases",
                "Conclusion",
                "Evidence",
                "5-Why",
                "Plan",
                "Searches",
            ],
        )

    def test_short_one_needs_findings_and_cause(self):
        self.investigation.scope = "short"
        with self.assertRefused("cannot be signed yet") as caught:
            self.investigation.action_sign()
        self.assertEqual(self._lines(caught.exception), ["Findings", "Root Cause"])
        self.investigation.write(
            {"findings": "<p>Wrong list</p>", "root_cause_id": self.root_cause.id}
        )
        self.investigation.action_sign()
        self.assertEqual(self.investigation.state, "signed")

    def test_signed_by_the_lead_only_and_once(self):
        self.fill(self.investigation)
        for user in self.agent_2, self.manager, self.administrator:
            with self.subTest(user=user.name), self.assertRefused("lead investigator"):
                self.investigation.with_user(user).action_sign()
        self.investigation.action_sign()
        self.assertEqual(self.investigation.signed_by_id, self.agent)
        self.assertTrue(self.investigation.date_signed)
        with self.assertRefused("is signed"):
            self.investigation.action_sign()

    def test_fills_the_case_and_is_logged(self):
        self.sign(self.investigation)
        self.assertIn("packing list", self.case.findings)
        self.assertEqual(self.case.root_cause_id, self.root_cause)
        [line] = self.case.decision_ids.filtered(lambda d: d.type == "signing")
        self.assertEqual(line.user_id, self.agent)

    def test_nobody_writes_the_signature(self):
        for vals in (
            {"state": "signed"},
            {"signed_by_id": self.manager.id},
            {"date_reviewed": fields.Datetime.now()},
        ):
            with self.subTest(**vals), self.assertRefused("kept by the system"):
                self.investigation.with_user(self.administrator).write(vals)

    def test_one_investigation_a_case(self):
        action = self.case.with_user(self.agent).action_open_investigation()
        self.assertEqual(action["res_id"], self.investigation.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["complaint.investigation"].create(
                {"complaint_id": self.case.id, "user_id": self.agent.id}
            )

    def test_button_starts_one(self):
        case = self.create_case(description="<p>No lid</p>").with_user(self.agent)
        self.assertFalse(case.investigation_state)
        action = case.action_open_investigation()
        investigation = self.env["complaint.investigation"].browse(action["res_id"])
        self.assertEqual(investigation.complaint_id, case)
        self.assertEqual(investigation.user_id, self.agent)
        self.assertEqual(investigation.scope, "short")
        self.assertEqual(case.investigation_state, "planned")
        with Form(investigation.with_user(self.agent)) as form:
            form.escape_cause = "Nobody weighs it"
        investigation.with_user(self.agent).action_start()
        self.assertEqual(investigation.state, "in_progress")

    def test_ended_case_is_not_investigated(self):
        case = self.create_case()
        case.cancel("invalid", "Another company")
        with self.assertRefused("has ended"):
            case.with_user(self.agent).action_open_investigation()


class TestSeal(InvestigationCase):
    """What is signed stays, whoever writes and by whatever way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.evidence = cls.sign(cls.investigation).evidence_ids
        cls.file = cls.evidence.attachment_ids

    def test_fields(self):
        for user in self.agent, self.manager, self.administrator, self.env.user:
            investigation = self.investigation.with_user(user)
            with self.subTest(user=user.name), self.assertRefused("is signed"):
                investigation.write({"findings": "<p>Nothing</p>"})
        with self.assertRefused("is signed"):
            self.investigation.sudo().root_cause_id = False
        with self.assertRefused("is signed"):
            self.investigation.sudo().write({"state": "planned", "scope": "short"})
        with self.assertRefused("cannot be deleted"):
            self.investigation.sudo().unlink()

    def test_import(self):
        result = (
            self.env["complaint.investigation"]
            .with_user(self.manager)
            .load([".id", "escape_cause"], [[str(self.investigation.id), "Nobody"]])
        )
        self.assertIn("is signed", result["messages"][0]["message"])

    def test_rows(self):
        for name, vals in [
            ("evidence_ids", {"shows": "Nothing"}),
            ("interview_ids", {"statement": "<p>All was well</p>"}),
            ("why_ids", {"because": "Chance"}),
            ("search_ids", {"result_count": 0}),
        ]:
            rows = self.investigation[name].sudo()
            self.assertTrue(rows)
            with self.subTest(name=name):
                with self.assertRefused("is signed"):
                    rows.write(vals)
                with self.assertRefused("is signed"):
                    rows.unlink()
                with self.assertRefused("is signed"):
                    rows.copy()
                with self.assertRefused("is signed"):
                    self.investigation.sudo().write({name: [Command.clear()]})

    def test_row_cannot_move_in_or_out(self):
        other = self.create_case()
        draft = self.env["complaint.investigation"].create(
            {"complaint_id": other.id, "user_id": self.agent.id}
        )
        step = draft.step_ids.create({"name": "Look", "investigation_id": draft.id})
        with self.assertRefused("is signed"):
            step.investigation_id = self.investigation
        with self.assertRefused("is signed"):
            self.evidence.sudo().investigation_id = draft

    def test_files(self):
        for file in self.file.with_user(self.manager), self.file.sudo():
            for vals in (
                {"raw": b"Another picture"},
                {"datas": base64.b64encode(b"Another")},
                {"name": "other.txt"},
                {"res_id": 0},
                {"res_model": "res.partner"},
            ):
                with self.subTest(**vals), self.assertRefused("is signed"):
                    file.write(vals)
            with self.assertRefused("is signed"):
                file.unlink()
        with self.assertRefused("is signed"):
            self.evidence.sudo().attachment_ids = False

    def test_checksums(self):
        [sealed] = self.evidence.sealed_files
        self.assertEqual(sealed["sha256"], hashlib.sha256(b"A picture").hexdigest())
        self.assertIn(sealed["sha256"], self.evidence.checksums)
        self.assertEqual(
            self.investigation.with_user(self.quality).verify_evidence(), []
        )
        action = self.investigation.action_verify_evidence()
        self.assertEqual(action["params"]["type"], "success")
        # Somebody with a shell on the server changes the file behind Odoo's back.
        self.env.cr.execute(
            "UPDATE ir_attachment SET db_datas = %s, store_fname = NULL WHERE id = %s",
            (b"A forged picture", self.file.id),
        )
        self.env.invalidate_all()
        [changed] = self.investigation.verify_evidence()
        self.assertIn("crack.txt", changed)
        action = self.investigation.action_verify_evidence()
        self.assertEqual(action["params"]["type"], "danger")

    def test_talk_goes_on(self):
        self.investigation.message_post(body="Well done")
        self.investigation.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.agent.id
        )
        self.assertIn("Well done", self.investigation.message_ids[0].body)
        self.assertEqual(self.investigation.activity_ids[-1:].user_id, self.agent)

    def test_reopened_by_a_manager_with_a_reason(self):
        with self.assertRefused("Only a manager"):
            self.investigation.reopen("I forgot something")
        as_manager = self.investigation.with_user(self.manager)
        with self.assertRefused("Say why"):
            as_manager.reopen("  ")
        wizard = Form(
            self.env["complaint.investigation.reason"]
            .with_user(self.manager)
            .with_context(default_investigation_id=self.investigation.id)
        )
        wizard.reason = "The laboratory's report came late"
        wizard.save().action_confirm()
        self.assertEqual(self.investigation.state, "in_progress")
        self.assertFalse(self.investigation.signed_by_id)
        [line] = self.case.decision_ids.filtered(
            lambda d: d.type == "investigation_reopening"
        )
        self.assertEqual(line.reason, "The laboratory's report came late")
        self.investigation.findings = "<p>More</p>"
        self.investigation.action_sign()
        self.assertIn("More", self.case.findings)

    def test_not_reopened_under_a_case_that_went_on(self):
        self.work_to(self.case, "resolution")
        with self.assertRefused("Investigation: its lead"):
            self.investigation.with_user(self.manager).reopen("New facts")
        self.assertEqual(self.investigation.state, "signed")


class TestEvidence(InvestigationCase):
    def _add(self, user, file):
        return (
            self.env["complaint.investigation.evidence"]
            .with_user(user)
            .create(
                {
                    "investigation_id": self.investigation.id,
                    "name": "Picture",
                    "shows": "A crack",
                    "attachment_ids": [Command.link(file.id)],
                }
            )
        )

    def test_own_file_is_read_as_the_row(self):
        file = self.create_file()
        evidence = self._add(self.agent, file)
        self.assertEqual((file.res_model, file.res_id), (evidence._name, evidence.id))
        self.assertEqual(file.with_user(self.quality).raw, b"A picture")
        with self.assertRaises(AccessError):
            file.with_user(self.agent_other).read(["raw"])

    def test_file_of_the_case_is_copied(self):
        file = self.create_file(res_model="complaint.complaint", res_id=self.case.id)
        evidence = self._add(self.agent, file)
        self.assertNotEqual(evidence.attachment_ids, file)
        self.assertEqual(evidence.attachment_ids.raw, b"A picture")
        self.assertEqual(file.res_model, "complaint.complaint")
        file.unlink()
        self.assertEqual(evidence.attachment_ids.raw, b"A picture")

    def test_hidden_file_cannot_be_taken(self):
        hidden = self.create_case(confidential=True, user_id=self.manager.id)
        file = self.create_file(
            user=self.manager, res_model="complaint.complaint", res_id=hidden.id
        )
        with self.assertRaises(AccessError):
            self._add(self.agent, file)

    def test_checksums_are_not_written(self):
        sealed = [{"id": 1, "name": "a", "size": 1, "sha256": "0"}]
        evidence = self.investigation.evidence_ids.create(
            {
                "investigation_id": self.investigation.id,
                "name": "Picture",
                "shows": "A crack",
                "sealed_files": sealed,
            }
        )
        self.assertFalse(evidence.sealed_files)
        with self.assertRefused("Checksums are taken"):
            evidence.sealed_files = sealed

    def test_only_a_manager_removes_and_it_is_told(self):
        evidence = self._add(self.agent, self.create_file())
        with self.assertRefused("only a manager"):
            evidence.unlink()
        evidence.with_user(self.manager).unlink()
        bodies = " ".join(self.investigation.sudo().message_ids.mapped("body"))
        self.assertIn("removed: Picture", bodies)

    def test_link_instead_of_a_file_is_not_signed(self):
        file = self.create_file(content=False, type="url", url="https://x.example.com")
        self.fill(self.investigation)
        self._add(self.agent, file)
        with self.assertRefused("the file itself"):
            self.investigation.action_sign()


class TestSimilarCases(InvestigationCase):
    def test_search_is_kept_with_what_it_found(self):
        same = self.create_case(product_id=self.product.id, category_id=False)
        other = self.create_case(
            product_id=self.product_2.id, category_id=self.category_delivery.id
        )
        old = self.create_case(
            product_id=self.product.id,
            date_received=fields.Datetime.subtract(fields.Datetime.now(), days=40),
        )
        hidden = self.create_case(
            product_id=self.product.id, confidential=True, user_id=self.manager.id
        )
        row = self.investigation.search_similar(30)
        self.assertEqual(row.user_id, self.agent)
        self.assertEqual(row.days, 30)
        self.assertIn("Kettle 2000", row.name)
        self.assertIn("product_id", row.domain)
        self.assertIn(same, row.complaint_ids)
        self.assertFalse((other | old | hidden | self.case) & row.complaint_ids)
        self.assertEqual(row.result_count, len(row.complaint_ids))
        self.assertIn(old, self.investigation.search_similar(60).complaint_ids)
        with self.assertRaises(AccessError):
            row.with_user(self.manager).write({"result_count": 0})

    def test_button_shows_what_was_found(self):
        same = self.create_case(product_id=self.product.id)
        action = self.investigation.action_search_similar()
        self.assertIn(same.id, action["domain"][0][2])

    def test_nothing_to_compare_with(self):
        case = self.create_case(category_id=False)
        investigation = self.env["complaint.investigation"].create(
            {"complaint_id": case.id, "user_id": self.agent.id}
        )
        with self.assertRefused("nothing to compare with"):
            investigation.search_similar()
        for days in 0, -1, "30":
            with self.subTest(days=days), self.assertRefused("how many days|nothing"):
                self.investigation.search_similar(days or -1)


class TestReview(InvestigationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.complaint_investigation_review = "full"
        cls.investigation.reviewer_id = cls.quality
        cls.sign(cls.investigation)

    def test_reviewer_gets_a_task_and_confirms(self):
        self.assertEqual(self.investigation.sudo().activity_ids.user_id, self.quality)
        self.investigation.with_user(self.quality).action_review()
        self.assertEqual(self.investigation.state, "reviewed")
        self.assertEqual(self.investigation.reviewed_by_id, self.quality)
        self.assertFalse(self.investigation.sudo().activity_ids)
        self.assertIn("review", self.case.decision_ids.mapped("type"))

    def test_not_by_who_investigated_or_anybody(self):
        with self.assertRefused("investigated this yourself"):
            self.investigation.action_review()
        with self.assertRefused("reviewed by its reviewer"):
            self.investigation.with_user(self.agent_2).action_review()
        for user in self.agent_other, self.employee:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.investigation.with_user(user).action_review()
        self.assertEqual(self.investigation.state, "signed")

    def test_sent_back_with_a_reason(self):
        as_quality = self.investigation.with_user(self.quality)
        with self.assertRefused("Say why"):
            as_quality.send_back("")
        as_quality.send_back("Who weighed it?")
        self.assertEqual(self.investigation.state, "in_progress")
        [line] = self.case.decision_ids.filtered(lambda d: d.type == "send_back")
        self.assertEqual(line.reason, "Who weighed it?")

    def test_reviewer_is_no_investigator(self):
        self.investigation.with_user(self.manager).reopen("New facts")
        with self.assertRefused("cannot review the own work"):
            self.investigation.reviewer_id = self.agent
        with self.assertRefused("cannot review the own work"):
            self.investigation.member_ids = self.quality


class TestImpartiality(InvestigationCase):
    """The person complained about neither investigates, reviews nor decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.blamed = cls._create_user("blamed", "Ben Blamed", "manager")
        cls.case.complained_user_id = cls.blamed

    def test_is_not_put_on_it(self):
        for vals in (
            {"user_id": self.blamed.id},
            {"member_ids": [Command.link(self.blamed.id)]},
            {"reviewer_id": self.blamed.id},
        ):
            with self.subTest(**vals), self.assertRefused("complained about"):
                self.investigation.write(vals)
        with self.assertRefused("complained about"):
            self.investigation.interview_ids.create(
                {
                    "investigation_id": self.investigation.id,
                    "name": "Iris",
                    "interviewer_id": self.blamed.id,
                    "statement": STATEMENT,
                }
            )

    def test_changes_nothing_in_it(self):
        investigation = self.investigation.with_user(self.blamed)
        with self.assertRefused("complained about"):
            investigation.write({"findings": "<p>All was well</p>"})
        with self.assertRefused("complained about"):
            investigation.step_ids.create(
                {"name": "Stop", "investigation_id": investigation.id}
            )
        with self.assertRefused("complained about"):
            investigation.search_similar()
        with self.assertRefused("complained about"):
            investigation.action_start()
        self.sign(self.investigation)
        for call in (
            investigation.action_review,
            lambda: investigation.reopen("No"),
            lambda: investigation.send_back("No"),
        ):
            with self.assertRefused("complained about"):
                call()

    def test_decides_nothing_in_the_case(self):
        case = self.case.with_user(self.blamed)
        for vals in (
            {"findings": "<p>All was well</p>"},
            {"outcome": "not_upheld"},
            {"resolution_kind": "apology"},
            {"complained_user_id": False},
        ):
            with self.subTest(**vals), self.assertRefused("complained about"):
                case.write(vals)
        with self.assertRefused("cannot be its owner"):
            self.case.user_id = self.blamed

    def test_named_later(self):
        with self.assertRefused("neither"):
            self.case.complained_user_id = self.agent
        self.investigation.sudo().user_id = self.agent_2
        self.case.user_id = False
        self.case.complained_user_id = self.agent

    def test_case_of_the_accused_is_started_by_another(self):
        case = self.create_case(complained_user_id=self.blamed.id)
        with self.assertRaises(UserError):
            case.with_user(self.blamed).action_open_investigation()

    def test_lead_needs_the_role(self):
        for user in self.employee, self.quality, self.agent_b:
            with self.subTest(user=user.name), self.assertRefused("cannot lead"):
                self.investigation.sudo().user_id = user

    def test_investigators_see_a_confidential_case(self):
        case = self.create_case(confidential=True, user_id=self.manager.id)
        investigation = self.env["complaint.investigation"].create(
            {"complaint_id": case.id, "user_id": self.agent_other.id}
        )
        investigation.with_user(self.agent_other).write({"escape_cause": "None"})
        with self.assertRaises(AccessError):
            investigation.with_user(self.agent).read(["escape_cause"])


class TestInvestigationQueries(InvestigationCase):
    """Lists and forms cost the same, however much there is in them."""

    def _specification(self, view_type):
        model = self.env["complaint.investigation"].with_user(self.agent)
        arch = model.get_view(view_type=view_type)["arch"]
        names = etree.fromstring(arch).xpath("//field[not(ancestor::field)]/@name")
        return {
            name: {"fields": {"display_name": {}}}
            if model._fields[name].relational
            else {}
            for name in names
        }

    def _count(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        call()
        return self.cr.sql_log_count - before

    def _add(self, count):
        for __ in range(count):
            self.env["complaint.investigation"].create(
                {
                    "complaint_id": self.create_case(product_id=self.product.id).id,
                    "user_id": self.agent.id,
                    "root_cause_id": self.root_cause.id,
                }
            )

    def test_list_and_kanban(self):
        model = self.env["complaint.investigation"].with_user(self.agent)
        for view_type in "list", "kanban":
            specification = self._specification(view_type)

            def read(specification=specification):
                return model.web_search_read([], specification, limit=80)

            self._add(5)
            read()
            few = self._count(read)
            self._add(20)
            with self.subTest(view=view_type):
                self.assertLessEqual(self._count(read), few)
                self.assertLessEqual(few, 25)

    def test_form(self):
        specification = self._specification("form")
        self.fill(self.investigation)

        def read():
            return self.investigation.web_read(specification)

        read()
        few = self._count(read)
        self.investigation.write(
            {
                name: [Command.create(dict(vals)) for __ in range(20)]
                for name, vals in [
                    ("why_ids", {"name": "Why?", "because": "So"}),
                    ("interview_ids", {"name": "Iris", "statement": STATEMENT}),
                    ("evidence_ids", {"name": "Picture", "shows": "A crack"}),
                    ("cause_ids", {"branch": "machine", "name": "Press"}),
                ]
            }
        )
        read()
        self.assertLessEqual(self._count(read), few)
        self.assertLessEqual(few, 60)
