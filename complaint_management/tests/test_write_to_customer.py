import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.complaint_management.tools.inside import Inside

from .common import ComplaintCommon
from .promise import promise

TEXT = "Take it or leave it."
COMMENT = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


class WriteCase(ComplaintCommon):
    """A case and feedback of a customer, those who may write to them, and the others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id, name="Lid")
        # As a colleague reported it, who reads it therefore.
        cls.case.sudo().registered_by_id = cls.employee
        cls.reader_agent = cls._create_user("both", "Bea Both", "quality")
        cls.reader_agent.group_ids = [
            Command.link(cls.env.ref("complaint_management.group_complaint_user").id)
        ]
        cls.team.member_ids = [Command.link(cls.reader_agent.id)]
        cls.complained = cls._create_user("blamed", "Bill Blamed", "manager")
        cls.case.complained_user_id = cls.complained
        cls.feedback = cls.env["complaint.feedback"].create(
            {
                "name": "Warm soup",
                "partner_id": cls.partner.id,
                "company_id": cls.company.id,
                "team_id": cls.team.id,
                "user_id": cls.agent.id,
            }
        )
        cls.may = (cls.agent, cls.agent_2, cls.manager, cls.reader_agent)
        cls.may_not = (
            cls.quality,
            cls.executive,
            cls.employee,
            cls.complained,
            cls.agent_other,
            cls.agent_b,
            cls.manager_b,
        )
        # Who shares in Odoo.
        for user in (*cls.may, *cls.may_not):
            group = cls.env.ref("base.group_partner_manager")
            user.group_ids = [Command.link(group.id)]
        # For each model: a template, and an action as an administrator makes it.
        cls.templates, cls.actions = {}, {}
        for records in (cls.case, cls.feedback):
            name = records._name
            cls.templates[name] = cls.env["mail.template"].create(
                {
                    "name": "Anything",
                    "model_id": cls.env["ir.model"]._get_id(name),
                    "subject": "Hello",
                    "body_html": f"<p>{TEXT}</p>",
                    "partner_to": "{{ object.partner_id.id }}",
                    "use_default_to": False,
                }
            )
            for method in ("comment", "email"):
                cls.actions[name, method] = cls.env["ir.actions.server"].create(
                    {
                        "name": "Write",
                        "model_id": cls.env["ir.model"]._get_id(name),
                        "state": "mail_post",
                        "mail_post_method": method,
                        "template_id": cls.templates[name].id,
                        "group_ids": [Command.link(cls.env.ref("base.group_user").id)],
                    }
                )

    # The ways out. Each takes the record with the person's rights.

    def by_comment(self, record):
        record.message_post(body=TEXT, **COMMENT)

    def by_auto_comment(self, record):
        record.message_post(
            body=TEXT, message_type="auto_comment", subtype_xmlid="mail.mt_comment"
        )

    def by_note_to_them(self, record):
        record.message_post(body=TEXT, partner_ids=self.partner.ids)

    def by_note_to_a_third_party(self, record):
        record.message_post(body=TEXT, partner_ids=self.partner_stranger.ids)

    def by_note_to_an_address(self, record):
        record.message_post(body=TEXT, outgoing_email_to="otto@home.example.org")

    def by_note_in_the_context(self, record):
        context = {"complaint_told_partner_ids": Inside(self.partner.ids)}
        if record == self.feedback:
            # It means nothing there.
            return self.by_comment(record)
        return record.with_context(**context).message_post(
            body=TEXT, partner_ids=self.agent_2.partner_id.ids
        )

    def by_context_of_the_system(self, record):
        record.with_context(complaint_by_person=False).message_post(
            body=TEXT, **COMMENT
        )

    def by_later_comment(self, record):
        date = fields.Datetime.now() + timedelta(days=1)
        record.message_post(body=TEXT, scheduled_date=date, **COMMENT)

    def by_notification(self, record):
        record.message_notify(body=TEXT, partner_ids=self.partner.ids)

    def by_notification_from_nowhere(self, record):
        record.env["mail.thread"].message_notify(
            body=TEXT,
            partner_ids=self.partner.ids,
            model=record._name,
            res_id=record.id,
        )

    def by_posted_template(self, record):
        template = self.templates[record._name].with_env(record.env)
        record.message_post_with_source(template, **COMMENT)

    def by_posted_view(self, record):
        record.message_post_with_source(
            "mail.message_notification_limit_email", render_values={}, **COMMENT
        )

    def by_mailed_template(self, record):
        template = self.templates[record._name].with_env(record.env)
        record.message_mail_with_source(template)

    def by_template(self, record):
        self.templates[record._name].with_env(record.env).send_mail(record.id)

    def by_template_to_another(self, record):
        self.templates[record._name].with_env(record.env).send_mail_batch(
            record.ids, email_values={"email_to": "otto@home.example.org"}
        )

    def by_activity(self, record):
        record.activity_send_mail(self.templates[record._name].id)

    def by_request_for_a_rating(self, record):
        template = self.templates[record._name].with_env(record.env)
        getattr(record, "rating_send_request", record.message_mail_with_source)(
            template
        )

    def _compose(self, record, mode, **values):
        values = {
            "model": record._name,
            "res_ids": record.ids,
            "composition_mode": mode,
            "body": TEXT,
            "subject": "Hello",
            "partner_ids": [Command.set(self.partner.ids)],
            **values,
        }
        composer = record.env["mail.compose.message"]
        return composer.with_context(
            default_model=record._name, default_res_ids=record.ids
        ).create(values)

    def by_dialog(self, record):
        comment = self.env.ref("mail.mt_comment").id
        self._compose(record, "comment", subtype_id=comment)._action_send_mail()

    def by_note_of_the_dialog(self, record):
        note = self.env.ref("mail.mt_note").id
        self._compose(record, "comment", subtype_id=note)._action_send_mail()

    def by_batch(self, record):
        self._compose(record, "comment", composition_batch=True)._action_send_mail()

    def by_mass_mail(self, record):
        template = self.templates[record._name].id
        self._compose(record, "mass_mail", template_id=template)._action_send_mail()

    def by_mass_mail_of_a_domain(self, record):
        domain = str([("id", "in", record.ids)])
        composer = self._compose(record, "mass_mail", res_domain=domain)
        if not composer._action_send_mail()[0]:
            # Who finds no record writes to none.
            record.check_access("write")

    def by_dialog_for_later(self, record):
        date = fields.Datetime.now() + timedelta(days=1)
        self._compose(
            record, "comment", scheduled_date=str(date)
        ).action_schedule_message()

    def _schedule_note(self, record, **values):
        return record.env["mail.scheduled.message"].create(
            {
                "model": record._name,
                "res_id": record.id,
                "body": TEXT,
                "author_id": record.env.user.partner_id.id,
                "scheduled_date": fields.Datetime.now() + timedelta(days=1),
                "is_note": True,
                **values,
            }
        )

    def by_scheduled_note_to_them(self, record):
        self._schedule_note(record, partner_ids=[Command.set(self.partner.ids)])

    def by_scheduled_note_that_becomes_a_message(self, record):
        self._schedule_note(record).is_note = False

    def by_scheduled_note_that_gets_a_reader(self, record):
        self._schedule_note(record).partner_ids = self.partner

    def by_action(self, record):
        self._run_action(record, "comment")

    def by_mailing_action(self, record):
        self._run_action(record, "email")

    def _run_action(self, record, method):
        action = self.actions[record._name, method].with_env(record.env)
        action.with_context(
            active_model=record._name, active_ids=record.ids, active_id=record.id
        ).run()

    def by_bare_message(self, record):
        """Sent to nobody, but on the customer's page."""
        record.env["mail.message"].create(self._get_bare_message(record, "comment"))

    def open_note(self, record):
        message = record.env["mail.message"].create(
            self._get_bare_message(record, "note")
        )
        message.subtype_id = self.env.ref("mail.mt_comment")

    def _get_bare_message(self, record, subtype):
        return {
            "model": record._name,
            "res_id": record.id,
            "body": TEXT,
            "message_type": "comment",
            "subtype_id": self.env.ref(f"mail.mt_{subtype}").id,
        }

    def by_sharing(self, record):
        record.env["portal.share"].create(
            {
                "res_model": record._name,
                "res_id": record.id,
                "partner_ids": [Command.set(self.partner_stranger.ids)],
            }
        )._send_public_link()

    def by_invitation(self, record):
        record.env["mail.followers.edit"].create(
            {
                "res_model": record._name,
                "res_ids": str(record.ids),
                "partner_ids": [Command.set(self.partner_stranger.ids)],
                "message": TEXT,
                "notify": True,
            }
        ).edit_followers()

    @classmethod
    def get_ways(cls):
        return [name for name in dir(cls) if name.startswith("by_")]

    def count_rows(self):
        self.env.flush_all()
        counts = []
        for model in (
            "mail.mail",
            "mail.message",
            "mail.notification",
            "mail.scheduled.message",
            "mail.message.schedule",
            "mail.followers",
        ):
            self.cr.execute(f"SELECT count(*) FROM {self.env[model]._table}")
            counts.append(self.cr.fetchone()[0])
        return counts


@promise(
    "Only who works a record writes to somebody outside: every way, every role",
    "4.1.3, 4.2.1",
)
@tagged("post_install", "-at_install")
class TestWriteToCustomer(WriteCase):
    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_who_may_not(self):
        for way in self.get_ways():
            for user in self.may_not:
                for record in (self.case, self.feedback):
                    if record == self.feedback and user == self.complained:
                        continue
                    with self.subTest(way=way, user=user.name, model=record._name):
                        self._assert_refused(way, user, record)

    def _assert_refused(self, way, user, record):
        before = self.count_rows()
        with self.mock_mail_gateway(), self.assertRaises(AccessError):
            getattr(self, way)(record.with_user(user))
        self.assertFalse(self._mails)
        self.env.invalidate_all()
        self.assertEqual(self.count_rows(), before)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_a_note_stays_one(self):
        """Nobody opens a note to the customer afterwards: it is written anew."""
        for user in (*self.may_not, *self.may):
            for record in (self.case, self.feedback):
                with (
                    self.subTest(user=user.name, model=record._name),
                    self.assertRaises(UserError),
                ):
                    self.open_note(record.with_user(user))

    def test_who_may(self):
        """The same ways are open to those who work the record."""
        for way in self.get_ways():
            for user in self.may:
                for record in (self.case, self.feedback):
                    with self.subTest(way=way, user=user.name, model=record._name):
                        before = self.count_rows()
                        with self.mock_mail_gateway():
                            getattr(self, way)(record.with_user(user))
                        self.assertNotEqual(self.count_rows(), before)

    def test_notes_to_the_staff_are_for_readers_too(self):
        for user in (self.quality, self.executive, self.employee, self.complained):
            with self.subTest(user=user.name), self.mock_mail_gateway():
                self.case.with_user(user).message_post(
                    body="Look at this.", partner_ids=self.agent.partner_id.ids
                )
                self.assertEqual(len(self._mails), 1)
                self.assertIn("agent@", str(self._mails[0]["email_to"]))

    def test_the_system_writes(self):
        """Whoever set it off: a job, an automation, what a customer did on the page."""
        for user in (self.customer, self.quality, self.env.ref("base.user_root")):
            with self.subTest(user=user.name), self.mock_mail_gateway():
                self.case.with_user(user).sudo().message_post(body=TEXT, **COMMENT)
                self.assertTrue(self._mails)

    def test_an_automation_writes(self):
        """It is the administrator's, whoever changes the record."""
        name = self.case._name
        self.env["base.automation"].create(
            {
                "name": "Tell",
                "model_id": self.env["ir.model"]._get_id(name),
                "trigger": "on_create_or_write",
                "trigger_field_ids": [
                    Command.link(
                        self.env["ir.model.fields"]._get(name, "order_number").id
                    )
                ],
                "action_server_ids": [Command.link(self.actions[name, "comment"].id)],
            }
        )
        with self.mock_mail_gateway():
            self.case.with_user(self.agent).order_number = "SO 1"
        message = self.case.message_ids.filtered(lambda m: TEXT in m.body)
        self.assertIn(self.partner, message.notified_partner_ids)

    def test_other_records_that_write_outside(self):
        """Third parties of actions, investigations and questions, by the same rule."""
        investigation = (
            self.env["complaint.investigation"]
            .with_user(self.agent)
            .create({"complaint_id": self.case.id})
        )
        question = (
            self.env["complaint.investigation.question"]
            .with_user(self.agent)
            .create(
                {
                    "investigation_id": investigation.id,
                    "name": "Batch",
                    "question": "<p>Which?</p>",
                    "user_id": self.employee.id,
                    "date_due": fields.Date.today(),
                }
            )
        )
        question.action_ask()
        action = self.env["complaint.corrective.action"].create(
            {
                "name": "Pack the lid",
                "user_id": self.employee.id,
                "complaint_ids": [Command.set(self.case.ids)],
            }
        )
        for record in (investigation, question, action):
            for way in (self.by_note_to_a_third_party, self.by_notification):
                for user in (self.employee, self.quality, self.complained):
                    with self.subTest(model=record._name, user=user.name):
                        with self.mock_mail_gateway(), self.assertRaises(AccessError):
                            way(record.with_user(user))
                        self.assertFalse(self._mails)
                with self.subTest(model=record._name), self.mock_mail_gateway():
                    way(record.with_user(self.agent))
                    self.assertTrue(self._mails)


@promise(
    "Also by the chatter's own route",
    "4.2.1",
)
@tagged("post_install", "-at_install")
class TestChatterRoute(HttpCase, WriteCase):
    """Odoo's chatter posts as superuser, for whoever may read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (*cls.may, *cls.may_not, cls.customer):
            user.password = user.login

    def post(self, user, record, post_data, context=None):
        self.authenticate(user.login, user.login)
        answer = self.url_open(
            "/mail/message/post",
            data=json.dumps(
                {
                    "params": {
                        "thread_model": record._name,
                        "thread_id": record.id,
                        "post_data": {"body": TEXT, **post_data},
                        "context": context or {},
                    }
                }
            ),
            headers={"Content-Type": "application/json"},
        ).json()
        return answer.get("error")

    POSTS = (
        ({"subtype_xmlid": "mail.mt_comment"}, {}),
        ({"subtype_xmlid": "mail.mt_comment"}, {"complaint_by_person": False}),
        ({"subtype_xmlid": "mail.mt_comment", "message_type": "auto_comment"}, {}),
        ({"partner_ids": "customer"}, {}),
        ({"partner_emails": ["clara@alba.example.com"]}, {}),
    )

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_route(self):
        for user in (*self.may_not, self.customer):
            for record in (self.case, self.feedback):
                if record == self.feedback and user == self.complained:
                    continue
                for post_data, context in self.POSTS:
                    if "partner_ids" in post_data:
                        post_data = {"partner_ids": self.partner.ids}
                    with self.subTest(user=user.name, post=post_data):
                        before = self.count_rows()
                        with self.mock_mail_gateway():
                            error = self.post(user, record, post_data, context)
                        self.assertTrue(error)
                        self.assertFalse(self._mails)
                        self.assertEqual(self.count_rows(), before)
        for user in self.may:
            with self.subTest(user=user.name), self.mock_mail_gateway():
                self.assertFalse(self.post(user, self.case, *self.POSTS[0]))
                self.assertTrue(self._mails)
        with self.mock_mail_gateway():
            note = {"subtype_xmlid": "mail.mt_note"}
            self.assertFalse(self.post(self.quality, self.case, note))
            self.assertFalse(self._mails)
