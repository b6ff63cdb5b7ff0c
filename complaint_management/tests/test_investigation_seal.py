from odoo.tests import Form

from .test_investigation import InvestigationCase


class TestTextFiles(InvestigationCase):
    """Pictures in the texts of a signed report are fixed; the talk beside it is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        investigation = cls.investigation
        cls.fill(investigation)
        interview = investigation.interview_ids
        cls.of_case = cls._create_picture(cls.case)
        cls.of_report = cls._create_picture(investigation)
        cls.of_row = cls._create_picture(interview)
        cls.unsaved = cls._create_picture(interview.browse())
        cls.unused = cls._create_picture(investigation)
        investigation.write(
            {
                "problem": cls._show(cls.of_case),
                "findings": cls._show(cls.of_report),
                "conclusion": cls._show(cls.unsaved),
            }
        )
        interview.statement = cls._show(cls.of_row)
        cls.pictures = cls.of_case | cls.of_report | cls.of_row | cls.unsaved

    @classmethod
    def _create_picture(cls, record):
        return cls.create_file(res_model=record._name, res_id=record.id)

    @classmethod
    def _show(cls, file):
        return f'<p>See <img src="/web/image/{file.id}-0a1b/crack.png"></p>'

    def test_fixed_when_signed(self):
        self.pictures[0].name = "before.txt"
        self.investigation.action_sign()
        for picture in self.pictures:
            for file in picture.with_user(picture.create_uid), picture.sudo():
                for vals in {"raw": b"Forged"}, {"name": "x"}, {"res_id": 0}:
                    with self.subTest(**vals), self.assertRefused("is signed"):
                        file.write(vals)
                with self.assertRefused("is signed"):
                    file.unlink()
        self.assertEqual(self.pictures.mapped("raw"), [b"A picture"] * 4)

    def test_other_files_are_not(self):
        foreign = self.create_file(
            user=self.env.user, res_model="res.partner", res_id=self.partner.id
        )
        self.investigation.recommendation = self._show(foreign)
        self.investigation.action_sign()
        posted = self.create_file(res_model="mail.compose.message", res_id=0)
        self.investigation.message_post(body="The bill", attachment_ids=posted.ids)
        for file in posted, self.unused, foreign:
            file.raw = b"Another"
            self.assertEqual(file.raw, b"Another")
            file.unlink()
            self.assertFalse(file.exists())

    def test_free_again_when_reopened(self):
        self.investigation.action_sign()
        self.investigation.with_user(self.manager).reopen("Blurred picture")
        self.of_report.raw = b"A sharp picture"
        self.investigation.findings = "<p>No picture any more</p>"
        self.investigation.action_sign()
        self.of_report.unlink()
        with self.assertRefused("is signed"):
            self.of_row.unlink()

    def test_nobody_writes_which(self):
        with self.assertRefused("kept by the system"):
            self.investigation.text_file_ids = self.unused

    def test_merge_leaves_them(self):
        self.investigation.action_sign()
        loose = self._create_picture(self.case)
        target = self.create_case()
        self.case.with_user(self.manager).merge_into(target)
        self.assertEqual(self.of_case.res_id, self.case.id)
        self.assertEqual(loose.res_id, target.id)


class TestCaseFollows(InvestigationCase):
    """Findings and root cause of the case are those of the signed report."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_cause = cls.env["complaint.root.cause"].create({"name": "Rain"})
        cls.case.findings = "<p>A first guess</p>"
        cls.sign(cls.investigation)

    def test_refused_while_signed(self):
        for user in self.agent, self.manager, self.administrator, self.env.user:
            case = self.case.with_user(user)
            with self.subTest(user=user.name):
                with self.assertRefused("Findings of .*A manager reopens the invest"):
                    case.findings = "<p>All was well</p>"
                with self.assertRefused("Findings, Root Cause of"):
                    case.write({"findings": False, "root_cause_id": False})
                with self.assertRefused("Root Cause of"):
                    case.write({"name": "Lid", "root_cause_id": self.other_cause.id})
        self.assertIn("packing list", self.case.findings)
        self.assertEqual(self.case.root_cause_id, self.root_cause)

    def test_refused_after_the_review(self):
        self.investigation.with_user(self.manager).action_review()
        with self.assertRefused("Root Cause of"):
            self.case.root_cause_id = self.other_cause

    def test_import(self):
        result = (
            self.env["complaint.complaint"]
            .with_user(self.manager)
            .load([".id", "findings"], [[str(self.case.id), "<p>Nothing</p>"]])
        )
        self.assertIn("investigation is signed", result["messages"][0]["message"])

    def test_the_same_and_the_rest_may_be_written(self):
        self.case.with_user(self.agent).write(
            {
                "findings": self.investigation.findings,
                "root_cause_id": self.root_cause.id,
                "complexity": "simple",
            }
        )
        with Form(self.case.with_user(self.agent)) as form:
            form.name = "The lid is gone"
        self.assertEqual(self.case.complexity, "simple")
        self.assertEqual(self.case.name, "The lid is gone")

    def test_open_again(self):
        self.investigation.with_user(self.manager).reopen("New facts")
        self.case.with_user(self.agent).root_cause_id = self.other_cause
        self.investigation.action_sign()
        self.assertEqual(self.case.root_cause_id, self.root_cause)

    def test_closed_and_reopened(self):
        self.work_to(self.case, "closed")
        self.case.with_user(self.manager).reopen("It came again")
        with self.assertRefused("Root Cause of"):
            self.case.root_cause_id = self.other_cause

    def test_closed_by_the_dialog(self):
        self.work_to(self.case, "follow_up")
        dialog = self.env["complaint.close"].with_user(self.agent)
        form = Form(dialog.with_context(default_complaint_id=self.case.id))
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.root_cause_id = self.other_cause
        form.outcome = "upheld"
        form.confirmation = "confirmed"
        form.save().action_close_case()
        self.assertEqual(self.case.phase, "closed")
        self.assertEqual(self.case.root_cause_id, self.root_cause)

    def test_merge_keeps_the_signed(self):
        guess = self.create_case(
            findings="<p>Another guess</p>", root_cause_id=self.other_cause.id
        )
        guess.with_user(self.manager).merge_into(self.case)
        self.assertIn("packing list", self.case.findings)
        self.assertEqual(self.case.root_cause_id, self.root_cause)
