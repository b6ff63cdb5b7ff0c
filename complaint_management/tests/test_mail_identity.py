from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import tagged

from .promise import promise
from .test_mail import CLARA, NEWCOMER, GatewayCase, write_mail

OTTO = "Otto Other <otto@home.example.org>"
CONRAD = "Conrad Colleague <conrad@alba.example.com>"
MARKER = "an address that does not stand here"
CATCHALL = "catchall.test@test.mycompany.com"
TASK = "Mail from an unknown address"


@promise(
    "Only an address that the case knows acts for its customer",
    "4.1.1",
)
@tagged("post_install", "-at_install")
class TestMailIdentity(GatewayCase):
    """Mail is no proof of who wrote it: only a known address speaks for its customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(
            user_id=cls.agent.id, channel="email", email_cc=NEWCOMER
        )
        cls.case.message_subscribe(
            (cls.partner_colleague | cls.partner_stranger).ids,
            [cls.env.ref("mail.mt_comment").id],
        )

    def last_message(self, record):
        return record.message_ids.sorted("id")[-1]

    def assertSetAside(self, record, text, user=None):
        """The mail is a note that says whose it is, and a task; it went to nobody."""
        note = self.last_message(record)
        self.assertIn(text, note.body)
        self.assertIn(MARKER, note.body)
        self.assertTrue(note.is_internal)
        self.assertTrue(note.subtype_id.internal)
        task = record.activity_ids.filtered(lambda a: a.summary == TASK)
        self.assertEqual(task.user_id, user or self.agent)
        told = str([mail["email_to"] for mail in self.sent])
        for outside in ("example.org", "alba.example.com", "borealis.example.com"):
            self.assertNotIn(outside, told)

    def test_whoever_is_not_the_customer_is_set_aside(self):
        message = self.write_customer(self.case)
        self.case.waiting_customer = True
        commitments = self.case.sla_status_ids.mapped("date_met")
        for number, (title, sender, headers) in enumerate(
            [
                ("in copy", NEWCOMER, {}),
                ("a follower", CONRAD, {}),
                ("another follower", self.partner_stranger.email_formatted, {}),
                ("a stranger", OTTO, {}),
                ("a form", "no-reply@shop.example.net", {"Reply_To": CLARA}),
                ("another program", OTTO, {"Reply_To": CLARA}),
                ("in the customer's name", '"clara@alba.example.com" <x@x.org>', {}),
            ]
        ):
            with self.subTest(sender=title):
                self.reply(
                    self.case,
                    message,
                    sender,
                    f"I give up, number {number}.",
                    Cc="Eve <eve@home.example.org>",
                    **headers,
                )
                self.assertSetAside(self.case, f"number {number}")
                self.assertTrue(self.case.waiting_customer)
                self.assertNotIn("eve", self.case.email_cc)
        self.assertEqual(self.case.sla_status_ids.mapped("date_met"), commitments)
        self.assertEqual(len(self.case.activity_ids), 1, "one task for them all")

    def test_the_customers_addresses_count(self):
        """The contact's, and the one that they wrote from."""
        self.case.partner_email = "clara.private@home.example.org"
        message = self.write_customer(self.case)
        for address in (CLARA, "Clara.Private@home.example.org"):
            with self.subTest(address=address):
                self.case.waiting_customer = True
                answer = self.reply(self.case, message, sender=address)
                self.assertFalse(answer.is_internal)
                self.assertNotIn(MARKER, answer.body)
                self.assertFalse(self.case.waiting_customer)

    def test_number_in_the_subject(self):
        subject = f"Re: [{self.case.reference}] The lid is missing"
        for sender in (NEWCOMER, CONRAD):
            self.case.waiting_customer = True
            self.receive(write_mail("It is fine.", sender=sender, Subject=subject))
            self.assertSetAside(self.case, "It is fine.")
            self.assertTrue(self.case.waiting_customer)

    def test_reply_to_opens_a_new_case_and_nothing_else(self):
        self.case.waiting_customer = True
        before = self.case.message_ids
        new = self.receive(
            write_mail(
                sender="no-reply@shop.example.net",
                Reply_To=CLARA,
                Cc=OTTO,
                Subject=f"[{self.case.reference}] I withdraw",
            )
        )
        self.assertEqual(self.case.message_ids, before)
        self.assertTrue(self.case.waiting_customer)
        self.assertEqual(new.partner_id, self.partner)
        self.assertFalse(new.email_cc, "a form puts nobody in copy")

    def test_after_the_end(self):
        message = self.write_customer(self.case)
        self.work_to(self.case, "closed")
        self.reply(self.case, message, OTTO, "Open it again!")
        self.assertSetAside(self.case, "Open it again!")
        self.assertEqual(self.case.phase, "closed")
        self.case.activity_ids.unlink()
        self.case.active = False
        self.reply(self.case, message, OTTO, "Open it again!")
        self.assertFalse(self.case.active)

    def test_consent_is_not_given(self):
        self.case.write({"resolution_kind": "refund", "resolution": "<p>All</p>"})
        self.case.sudo().write(
            {"consent_state": "proposed", "date_proposed": fields.Datetime.now()}
        )
        self.case.waiting_customer = True
        self.reply(self.case, self.write_customer(self.case), OTTO, "Accepted.")
        self.assertEqual(self.case.consent_state, "proposed")
        self.assertTrue(self.case.waiting_customer)

    def test_nobody_is_answered_for_the_owner(self):
        self.agent.write(
            {
                "out_of_office_from": fields.Datetime.subtract(
                    fields.Datetime.now(), days=1
                ),
                "out_of_office_message": "<p>I am away.</p>",
            }
        )
        self.reply(self.case, self.write_customer(self.case), OTTO)
        self.assertNotIn("I am away", str(self.sent))

    def test_without_an_owner_the_team_looks(self):
        message = self.write_customer(self.case)
        self.case.user_id = False
        self.reply(self.case, message, OTTO, "Hello?")
        self.assertSetAside(self.case, "Hello?", self.manager)

    def test_merged_cases_are_the_same_customers(self):
        self.case.partner_email = "clara.private@home.example.org"
        message = self.write_customer(self.case)
        other = self.create_case(user_id=self.agent.id)
        self.case.merge_into(other)
        for sender, known in (("clara.private@home.example.org", True), (OTTO, False)):
            with self.subTest(sender=sender):
                self.reply(other, message, sender)
                self.assertEqual(self.last_message(other).is_internal, not known)

    def test_staff_who_may_not_write_leave_a_note(self):
        """By mail, too: to answer the customer is for those who work the case."""
        mail = self.receive(write_mail()).message_ids.filtered(
            lambda m: m.message_type == "email"
        )
        case = self.env["complaint.complaint"].browse(mail.res_id)
        case.user_id = self.agent
        case.complained_user_id = self.manager
        for user in (self.quality, self.executive, self.employee, self.manager):
            with self.subTest(user=user.name):
                note = self.reply(case, mail, user.email_formatted, "Go away.")
                self.assertTrue(note.is_internal)
                self.assertNotIn("alba.example.com", str(self.sent))
        self.reply(case, mail, self.agent.email_formatted, "We look into it.")
        self.assertIn("clara@alba.example.com", str([m["email_to"] for m in self.sent]))

    def test_feedback(self):
        feedback = self.env["complaint.feedback"].create(
            {
                "name": "Warm soup",
                "partner_id": self.partner.id,
                "company_id": self.company.id,
                "team_id": self.team.id,
                "user_id": self.agent.id,
                "email_cc": NEWCOMER,
            }
        )
        subject = f"Re: [{feedback.reference}] Warm soup"
        self.company.complaint_feedback_alias_name = "kettle-feedback"
        to = f"kettle-feedback@{self.alias_domain}"
        self.receive(
            write_mail("I was there.", sender=NEWCOMER, to=to, Subject=subject)
        )
        self.assertSetAside(feedback, "I was there.")
        self.receive(write_mail("So was I.", to=to, Subject=subject))
        self.assertFalse(self.last_message(feedback).is_internal)
        self.receive(
            write_mail(
                "Nor I.",
                sender="no-reply@shop.example.net",
                Reply_To=CLARA,
                to=to,
                Subject=subject,
            )
        )
        self.assertNotIn("Nor I.", self.last_message(feedback).body)

    def test_corrective_action(self):
        """Nobody outside has a say in it, whomever its owner asked."""
        action = self.env["complaint.corrective.action"].create(
            {
                "name": "Pack the lid",
                "user_id": self.agent.id,
                "complaint_ids": [Command.set(self.case.ids)],
            }
        )
        with self.outgoing():
            message = action.with_user(self.agent).message_post(
                body="Can you?", partner_ids=self.partner_stranger.ids
            )
        sender = self.partner_stranger.email_formatted
        self.receive(
            write_mail(
                "We can.",
                sender=sender,
                to=CATCHALL,
                In_Reply_To=message.message_id,
            )
        )
        self.assertSetAside(action, "We can.")

    def test_question(self):
        """Only the address that was asked answers."""
        lab = self.env["res.partner"].create(
            {"name": "Lab", "email": "lab@lab.example.org"}
        )
        twin = lab.copy({"name": "Lab Again"})
        investigation = (
            self.env["complaint.investigation"]
            .with_user(self.agent)
            .create({"complaint_id": self.case.id})
        )
        question = self.env["complaint.investigation.question"].create(
            {
                "investigation_id": investigation.id,
                "name": "Batch",
                "question": "<p>Which?</p>",
                "kind": "external",
                "partner_id": twin.id,
                "date_due": fields.Date.today(),
            }
        )
        with self.outgoing():
            question.action_ask()
        sent = question.message_ids.filtered(lambda m: twin in m.partner_ids)
        for sender in (OTTO, "Lab <lab@lab.example.net>"):
            self.receive(
                write_mail(
                    "4711", sender=sender, to=CATCHALL, In_Reply_To=sent.message_id
                )
            )
            self.assertEqual(question.state, "asked")
            self.assertIn(MARKER, self.last_message(question).body)
        sender = "lab@lab.example.org"
        self.receive(
            write_mail("4712", sender=sender, to=CATCHALL, In_Reply_To=sent.message_id)
        )
        self.assertEqual(question.state, "answered")
        self.assertIn("4712", question.answer)


@promise(
    "The customer's link is in the customer's own mail only",
    "8.3.1",
)
@tagged("post_install", "-at_install")
class TestSecretLink(GatewayCase):
    """The link that opens the page is in the customer's own mail, and nowhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id, email_cc=NEWCOMER)
        cls.case.message_subscribe(
            (cls.partner_colleague | cls.partner_stranger).ids,
            [cls.env.ref("mail.mt_comment").id],
        )
        cls.token = cls.case._portal_ensure_token()
        # Who shares in Odoo.
        cls.agent.group_ids = [
            Command.link(cls.env.ref("base.group_partner_manager").id)
        ]
        cls.page = f"/my/complaints/{cls.case.id}"

    def assertOnlyCustomerOpens(self, *others):
        """Of all mails that were sent, only the customer's has the secret."""
        found = set()
        for mail in self.sent:
            texts = f"{mail['body']} {mail['body_alternative']}"
            addresses = str([mail["email_to"], mail["email_cc"]])
            found.add(addresses)
            if "clara@alba.example.com" in addresses:
                self.assertIn(f"{self.page}?access_token={self.token}", mail["body"])
            else:
                self.assertIn(self.page, mail["body"])
                self.assertNotIn(self.token, texts)
        for other in ("clara@alba.example.com", *others):
            self.assertIn(other, str(found))
        self.assertNotIn(self.token, str(self.case.message_ids.mapped("body")))

    def test_acknowledgement(self):
        with self.outgoing():
            self.case._acknowledge()
        self.assertOnlyCustomerOpens(
            "conrad@alba.example.com",
            "stella@borealis.example.com",
            "agent@kettle.example.com",
        )

    def test_what_an_agent_sends(self):
        template = self.env.ref("complaint_management.mail_template_complaint_update")
        nora = self.env["res.partner"].create(
            {"name": "Nora", "email": "nora@home.example.org"}
        )
        with self.outgoing():
            self.case.with_user(self.agent).message_post_with_source(
                template, subtype_xmlid="mail.mt_comment", partner_ids=nora.ids
            )
        self.assertOnlyCustomerOpens("nora@home.example.org")

    def test_without_a_contact(self):
        self.case.partner_id = False
        self.case.partner_email = "clara@alba.example.com"
        with self.outgoing():
            self.case._acknowledge()
        self.assertOnlyCustomerOpens("conrad@alba.example.com")

    def test_copies_of_one_mail(self):
        """One mail to the customer and others has no secret at all."""
        link = f'<a href="{self.case._get_customer_url()}">Page</a>'
        to = self.partner.email
        for values, opens in [
            ({"email_to": to}, True),
            ({"email_to": to, "email_cc": "otto@home.example.org"}, False),
            ({"email_to": f"{to}, otto@home.example.org"}, False),
            ({"email_to": "otto@home.example.org"}, False),
            ({"recipient_ids": self.partner.ids}, True),
            ({"recipient_ids": self.partner_stranger.ids}, False),
            ({"email_to": to, "body_html": link.replace("://", "://x.")}, False),
            ({"email_to": to, "body_html": link.replace(self.page, "/my/1")}, False),
        ]:
            with self.subTest(values=values):
                mail = self.env["mail.mail"].create(
                    {
                        "model": self.case._name,
                        "res_id": self.case.id,
                        "body_html": link,
                        **values,
                    }
                )
                [out] = mail._prepare_outgoing_list()
                self.assertEqual(self.token in out["body"], opens)
                self.assertEqual(self.token in out["body_alternative"], opens)

    def test_request_for_a_rating(self):
        """Who is not the customer cannot vote; the links lead to the page."""
        template = self.env.ref("complaint_management.mail_template_complaint_rating")
        with self.outgoing():
            self.case.with_user(self.agent).message_post_with_source(
                template, subtype_xmlid="mail.mt_comment"
            )
        token = self.case.rating_ids.access_token
        self.assertTrue(token)
        for mail in self.sent:
            mine = "clara@alba.example.com" in str(mail["email_to"])
            self.assertEqual(f"/rate/{token}/5" in mail["body"], mine)
            self.assertEqual(token in mail["body_alternative"], mine)
            self.assertNotIn("/rate/complaint-", mail["body"])
        self.assertGreater(len(self.sent), 1)
        self.assertNotIn(token, str(self.case.message_ids.mapped("body")))

    def test_staff_share_no_secret(self):
        share = self.env["portal.share"].with_user(self.agent)
        context = {"active_model": self.case._name, "active_id": self.case.id}
        wizard = share.with_context(**context).create(
            {
                "res_model": self.case._name,
                "res_id": self.case.id,
                "partner_ids": [Command.set(self.partner_stranger.ids)],
            }
        )
        self.assertNotIn(self.token, wizard.share_link)
        with self.outgoing():
            wizard._send_public_link()
        self.assertNotIn(self.token, str(self.sent))
        self.assertNotIn("hash=", str(self.sent))


@promise(
    "The mail gateway is no way to records for people",
    "4.1.1",
)
@tagged("post_install", "-at_install")
class TestGatewayIsNoDoor(GatewayCase):
    """What the gateway does as superuser, nobody else gets done."""

    def test_methods_are_private(self):
        thread = self.env.registry["mail.thread"]
        for name, model in self.env.items():
            if not name.startswith("complaint.") or not isinstance(model, thread):
                continue
            if not hasattr(model, "_check_may_write_to_customer"):
                continue
            for method in ("message_new", "message_update"):
                with (
                    self.subTest(model=name, method=method),
                    self.assertRaises(AccessError),
                ):
                    get_public_method(model, method)

    def test_who_hands_in_mail(self):
        case = self.create_case(user_id=self.agent.id)
        case.waiting_customer = True
        models = ("complaint.complaint", "complaint.feedback")
        counts = [self.env[model].search_count([]) for model in models]
        messages = case.message_ids
        for user in (self.customer, self.employee, self.agent, self.manager):
            threads = self.env["mail.thread"].with_user(user)
            for model in models:
                with (
                    self.subTest(user=user.name, model=model),
                    self.assertRaises(AccessError),
                ):
                    threads.message_process(
                        model,
                        write_mail(to="x@example.net").as_bytes(),
                        custom_values={"state": "done"},
                    )
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                threads.message_process(
                    case._name,
                    write_mail(to="x@example.net").as_bytes(),
                    thread_id=case.id,
                )
        self.assertEqual([self.env[m].search_count([]) for m in models], counts)
        self.assertEqual(case.message_ids, messages)
        self.assertTrue(case.waiting_customer)

    EVIL = (
        {"approval_state": "approved"},
        {"user_id": 2},
        {"stage_id": 1},
        {"state": "done"},
        {"reference": "CMP/1"},
        {"message_follower_ids": [(0, 0, {"partner_id": 3})]},
        {"tag_ids": [(0, 0, {"name": "New"})]},
        {"tag_ids": [(1, 1, {"name": "Other"})]},
        {"tag_ids": "1"},
        {"category_id": (0, 0, {})},
        {"category_id": 999999999},
        {"kind": "nonsense"},
        {"team_id": True},
        {"no_such_field": 1},
    )

    def _get_evil(self):
        return [
            *self.EVIL,
            {"company_id": self.company_b.id},
            {"team_id": self.team_b.id},
            {"category_id": self.category_b.id},
        ]

    def test_defaults_of_an_address_when_written(self):
        self.company.complaint_feedback_alias_name = "kettle-feedback"
        feedback_alias = self.company.sudo().complaint_feedback_alias_id
        team = self.team.with_user(self.manager)
        alias = self.team.alias_id
        before = alias.alias_defaults
        for values in self._get_evil():
            with self.subTest(values=values):
                with self.assertRefused("Allowed are: Team"):
                    team.write({"alias_defaults": str(values)})
                with self.assertRefused("Allowed are: Team"):
                    alias.alias_defaults = str({"team_id": self.team.id, **values})
                if "company_id" not in values and "team_id" not in values:
                    with self.assertRefused("Allowed are"):
                        feedback_alias.alias_defaults = str(
                            {"company_id": self.company.id, **values}
                        )
        self.assertEqual(alias.alias_defaults, before)
        given = {
            "team_id": self.team.id,
            "company_id": self.company.id,
            "category_id": self.category.id,
            "kind": "inquiry",
            "severity": "minor",
            "tag_ids": [(6, 0, self.tag.ids)],
        }
        team.write({"alias_defaults": str(given)})
        case = self.receive(write_mail())
        self.assertEqual(case.kind, "inquiry")
        self.assertEqual(case.category_id, self.category)
        self.assertEqual(case.tag_ids, self.tag)

    def test_defaults_of_an_address_when_used(self):
        """What stood there before is dropped when a mail comes in."""
        tags = self.env["complaint.tag"].search_count([])
        for values in self._get_evil():
            with self.subTest(values=values):
                self.env.flush_all()
                self.cr.execute(
                    "UPDATE mail_alias SET alias_defaults = %s WHERE id = %s",
                    [
                        str({"team_id": self.team.id, **values}),
                        self.team.alias_id.id,
                    ],
                )
                self.env.invalidate_all()
                case = self.receive(write_mail())
                self.assertEqual(len(case), 1)
                self.assertEqual(case.company_id, self.company)
                self.assertEqual(case.approval_state, "none")
                self.assertEqual(case.phase, "received")
                self.assertFalse(case.user_id)
                self.assertNotEqual(case.reference, "CMP/1")
                self.assertIn(case.category_id.company_id.id, (False, self.company.id))
        self.assertEqual(self.env["complaint.tag"].search_count([]), tags)

    def test_where_the_teams_mail_leads_to(self):
        other = self.team_other.alias_id
        model = self.env["ir.model"]._get_id("res.users")
        for values in (
            {"alias_id": other.id},
            {"alias_model_id": model},
            {"alias_force_thread_id": 1},
            {"alias_parent_thread_id": self.team_b.id},
        ):
            for user in (self.manager, self.administrator):
                with (
                    self.subTest(values=values, user=user.name),
                    self.assertRaises(AccessError),
                ):
                    self.team.with_user(user).write(values)
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.env["complaint.team"].with_user(self.administrator).create(
                    {"name": "X", "company_id": self.company.id, **values}
                )
        team = (
            self.env["complaint.team"]
            .with_user(self.administrator)
            .with_context(default_alias_force_thread_id=1)
            .create({"name": "X", "company_id": self.company.id, "alias_name": "x-1"})
        )
        self.assertFalse(team.sudo().alias_id.alias_force_thread_id)
        team.alias_name = "x-2"
        self.assertEqual(team.alias_name, "x-2")
