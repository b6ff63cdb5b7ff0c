from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import NO_ACCESS
from odoo.tests import HttpCase, tagged

from ..tools.inside import Inside
from .attack import AttackCase
from .common import FormCase
from .promise import promise
from .test_investigation import InvestigationCase


class TestFoundFiles(InvestigationCase):
    """Nothing is put on what has ended, or into what was signed."""

    @promise(
        "People put no file on a record that has ended, but with a message", "11.1.5"
    )
    def test_ended_records(self):
        self.sign(self.investigation)
        evidence = self.investigation.evidence_ids
        question = self.env["complaint.investigation.question"]
        closed = self.work_to(self.create_case(user_id=self.agent.id), "cancelled")
        feedback = self.env["complaint.feedback"].create(
            {"name": "Lids", "partner_id": self.partner.id, "team_id": self.team.id}
        )
        feedback.write({"decision": "share", "state": "done"})
        for record in (closed, evidence, self.investigation, feedback, question):
            if not record:
                continue
            place = {"res_model": record._name, "res_id": record.id}
            with self.subTest(record=record._name):
                with self.assertRefused("has ended"):
                    self.create_file(user=self.manager, **place)
                with self.assertRefused("has ended"):
                    # As the chatter does.
                    self.env["ir.attachment"].with_user(self.manager).sudo().create(
                        {"name": "x", "raw": b"x", **place}
                    )
                with self.assertRefused("has ended"):
                    self.create_file(user=self.manager).write(place)
                with self.assertRaises(UserError):
                    self.create_file(user=self.manager, res_field="name", **place)

    def test_by_message_and_system(self):
        closed = self.work_to(self.create_case(user_id=self.agent.id), "cancelled")
        place = {"res_model": closed._name, "res_id": closed.id}
        note = closed.with_user(self.agent).message_post(
            body="See", attachments=[("late.txt", b"Late")]
        )
        self.assertEqual(note.attachment_ids.res_id, closed.id)
        free = self.create_file(res_model="mail.compose.message", res_id=0)
        closed.with_user(self.agent).message_post(body="See", attachment_ids=free.ids)
        self.assertEqual(free.res_id, closed.id)
        self.env["ir.attachment"].with_user(self.customer).sudo().create(
            {"name": "x", "raw": b"x", **place}
        )
        self.env["ir.attachment"].create({"name": "x", "raw": b"x", **place})
        with self.assertRefused("has ended"):
            self.create_file(user=self.agent, **place)

    def test_context_of_a_call(self):
        closed = self.work_to(self.create_case(user_id=self.agent.id), "cancelled")
        for value in (True, {"value": True}, "Inside()"):
            files = self.env["ir.attachment"].with_user(self.agent)
            with self.assertRefused("has ended"):
                files.with_context(complaint_posting=value).create(
                    {"name": "x", "res_model": closed._name, "res_id": closed.id}
                )
        self.assertTrue(Inside().value)

    @promise(
        "No field of a file that is signed or sent is a person's to write", "11.1.5"
    )
    def test_fields_of_fixed_files(self):
        self.sign(self.investigation)
        sent = self.create_file(name="sent.txt")
        self.case.with_user(self.agent).message_post(
            body="See",
            attachment_ids=sent.ids,
            partner_ids=self.partner.ids,
            subtype_xmlid="mail.mt_comment",
        )
        for file in (self.investigation.evidence_ids.attachment_ids, sent):
            for name in (
                "access_token",
                "index_content",
                "url",
                "type",
                "public",
                "original_id",
                "description",
            ):
                value = {"public": True, "type": "url", "original_id": sent.id}
                with (
                    self.subTest(file=file.name, field=name),
                    self.assertRaises(UserError),
                ):
                    file.with_user(self.manager).write({name: value.get(name, "x")})
            with self.assertRaises(UserError):
                file.with_user(self.manager).generate_access_token()
            self.assertTrue(file.sudo().generate_access_token())
        free = self.create_file(res_model=self.case._name, res_id=self.case.id)
        self.assertTrue(free.generate_access_token())


class TestFoundAuthors(AttackCase):
    """Whoever writes is the author, and writes no message of the system."""

    @promise("A person signs no message as the system or anybody else", "4.2.1")
    def test_author(self):
        root = self.env.ref("base.partner_root")
        case = self.create_case(user_id=self.agent.id)
        feedback = self.env["complaint.feedback"].create(
            {"name": "Lids", "partner_id": self.partner.id, "team_id": self.team.id}
        )
        for record in (case, feedback):
            for author in (root, self.manager.partner_id, self.partner):
                for kind in (
                    "user_notification",
                    "notification",
                    "auto_comment",
                    "comment",
                    "out_of_office",
                    "email_outgoing",
                ):
                    values = {
                        "model": record._name,
                        "res_id": record.id,
                        "message_type": kind,
                        "author_id": author.id,
                        "body": "Approved",
                    }
                    messages = self.env["mail.message"].with_user(self.agent)
                    with self.subTest(record=record._name, kind=kind, author=author):
                        with self.assertRaises(AccessError):
                            messages.create(values)
                        del values["author_id"]
                        with self.assertRaises(AccessError):
                            messages.with_context(default_author_id=author.id).create(
                                values
                            )
                        if kind != "user_notification":
                            with self.assertRaises(AccessError):
                                record.with_user(self.agent).message_post(
                                    body="x", message_type=kind, author_id=author.id
                                )

    def test_types_of_the_system(self):
        case = self.create_case(user_id=self.agent.id)
        for kind in ("email", "out_of_office"):
            with self.subTest(kind=kind):
                with self.assertRaises(AccessError):
                    self.env["mail.message"].with_user(self.agent).create(
                        {"model": case._name, "res_id": case.id, "message_type": kind}
                    )
                with self.assertRaises(AccessError):
                    case.with_user(self.agent).message_post(body="x", message_type=kind)

    def test_who_is_away_answers_a_colleague(self):
        case = self.create_case(user_id=self.agent.id)
        self.manager.write(
            {
                "out_of_office_from": datetime.now() - timedelta(days=1),
                "out_of_office_to": datetime.now() + timedelta(days=1),
                "out_of_office_message": "<p>I am away.</p>",
            }
        )
        case.with_user(self.agent).message_post(
            body="Look",
            partner_ids=self.manager.partner_id.ids,
            message_type="comment",
        )
        answer = case.message_ids.filtered(lambda m: m.message_type == "out_of_office")
        self.assertEqual(answer.author_id, self.manager.partner_id)


class TestFoundDefaults(AttackCase):
    """A default for a field of the system is dropped, whatever may be read of it."""

    @promise("A default of the context for a field of the system is dropped", "5.1.2")
    def test_fields_nobody_reads(self):
        mixin = self.env.registry["complaint.protected.mixin"]
        tried = 0
        for name, model in self.env.items():
            if not isinstance(model, mixin) or model._abstract or model._transient:
                continue
            for field in model._fields.values():
                if field.groups == NO_ACCESS and getattr(field, "system", False):
                    tried += 1
                    clean = model.with_context(**{f"default_{field.name}": "known"})
                    clean = clean._without_kept_defaults()
                    self.assertNotIn(f"default_{field.name}", clean.env.context, name)
        self.assertGreaterEqual(tried, 2)

    def test_created(self):
        values = {"name": "New", "partner_id": self.partner.id}
        for model in ("complaint.complaint", "complaint.feedback"):
            for role in ("agent", "manager", "administrator"):
                records = self.env[model].with_user(getattr(self, role))
                with self.subTest(model=model, role=role):
                    new = records.with_context(default_access_token="known").create(
                        values
                    )
                    self.assertNotEqual(new.sudo().access_token, "known")


@tagged("post_install", "-at_install")
class TestFoundStaffPage(FormCase, HttpCase):
    """A customer's link opens nothing for staff that their role hides."""

    @promise("A customer's link shows staff no record that their role hides", "4.2.1")
    def test_page(self):
        case = self.create_case(user_id=self.agent.id, name="Only for the owner")
        feedback = self.env["complaint.feedback"].create(
            {"name": "Only for us", "partner_id": self.partner.id}
        )
        case._rating_get_access_token()
        vote = case.rating_ids.access_token
        token = case._portal_ensure_token()
        said = feedback._portal_ensure_token()
        urls = (
            f"/my/complaints/{case.id}?access_token={token}",
            f"/my/complaints/{case.id}?access_token={token}&report_type=pdf",
            f"/my/complaints/{case.id}/resolution?access_token={token}",
            f"/my/feedback/{feedback.id}?access_token={said}",
            f"/rate/{vote}/5",
        )
        self.assertFalse(case.with_user(self.employee).has_access("read"))
        self.login(self.employee)
        for url in urls:
            with self.subTest(url=url):
                page = self.url_open(url)
                self.assertNotIn("Only for", page.text)
                self.assertNotEqual(page.headers["Content-Type"], "application/pdf")
        self.login()
        for url in (urls[0], urls[3]):
            self.assertIn("Only for", self.url_open(url).text)
        self.assertEqual(self.url_open(urls[4]).status_code, 200)


class TestFoundAnswers(InvestigationCase):
    """An answer that is entered says who entered it, also together with its question."""

    @promise("An answer entered with its question names who entered it", "7.1.3")
    def test_created_with_an_answer(self):
        lab = self.env["res.partner"].create(
            {"name": "Lab", "email": "lab@lab.example.com"}
        )
        questions = self.env["complaint.investigation.question"].with_user(self.agent)
        base = {
            "investigation_id": self.investigation.id,
            "name": "Batch",
            "question": "<p>Which?</p>",
        }
        for whom in (
            {"kind": "external", "partner_id": lab.id},
            {"kind": "internal", "user_id": self.employee.id},
        ):
            given = {**base, **whom, "answer": "<p>B7</p>"}
            by_default = questions.with_context(default_answer="<p>B7</p>")
            nested = {"question_ids": [(0, 0, {**given, "answered_by": "Lab"})]}
            for question in (
                questions.create({**given, "answered_by": "Lab"}),
                by_default.create({**base, **whom}),
                self._create_nested(nested),
            ):
                self.assertEqual(question.answered_by, self.agent.name)
                self.assertTrue(question.date_answered)
                self.assertEqual(question.state, "answered")
            empty = questions.create({**base, **whom, "answer": "<p><br></p>"})
            self.assertFalse(empty.answered_by)
            self.assertEqual(empty.state, "draft")

    def _create_nested(self, values):
        before = self.investigation.question_ids
        self.investigation.write(values)
        return self.investigation.question_ids - before


class TestFoundOtherWays(AttackCase):
    """Text messages, and messages on teams and reviews, ask for the same permission."""

    @promise("Text messages in bulk ask for the permission to write outside", "4.1.1")
    def test_text_messages(self):
        self._stand_in_for_text_messages()
        case = self.create_case(user_id=self.agent.id)
        for role in ("employee", "quality", "executive"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                case.with_user(getattr(self, role))._sms_get_recipients_info()
        for role in ("agent", "manager"):
            mine = case.with_user(getattr(self, role))
            self.assertEqual(list(mine._sms_get_recipients_info()), case.ids)

    def _stand_in_for_text_messages(self):
        """Let the app for them find whom it reaches, also where it is not installed."""
        patcher = patch.object(
            self.env.registry["mail.thread"],
            "_sms_get_recipients_info",
            lambda records, **kwargs: dict.fromkeys(records.ids),
            create=True,
        )
        self.startPatcher(patcher)

    def test_letters(self):
        case = self.create_case(user_id=self.agent.id)
        for kind in ("sms", "snailmail"):
            with self.assertRaises(AccessError):
                case.with_user(self.quality).message_post(body="x", message_type=kind)

    @promise("On teams and reviews, only who may change them writes outside", "4.1.1")
    def test_teams_and_reviews(self):
        review = self.env["complaint.management.review"].create(
            {"name": "Spring", "company_id": self.company.id}
        )
        for record in (self.team, review):
            for role in (
                "employee",
                "agent",
                "manager",
                "quality",
                "executive",
                "administrator",
            ):
                mine = record.with_user(getattr(self, role))
                for name, way in {
                    "notify": lambda r: r.message_notify(
                        partner_ids=self.partner.ids, body="x"
                    ),
                    "notify on no record": lambda r: r.env[
                        "mail.thread"
                    ].message_notify(
                        partner_ids=self.partner.ids,
                        body="x",
                        model=r._name,
                        res_id=r.id,
                    ),
                    "post": lambda r: r.message_post(
                        partner_ids=self.partner.ids, body="x"
                    ),
                    "address": lambda r: r.message_post(
                        outgoing_email_to="x@example.com", body="x"
                    ),
                }.items():
                    with self.subTest(record=record._name, role=role, way=name):
                        if mine.has_access("write"):
                            self.assertTrue(way(mine))
                        else:
                            with self.assertRaises(AccessError):
                                way(mine)
