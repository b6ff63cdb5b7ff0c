from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ComplaintCommon

BOUNCE = """Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: {bounce}
Subject: Undelivered Mail Returned to Sender
Message-Id: <bounce.{number}@mx.example.com>
Date: Thu, 02 May 2024 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="limit"

--limit
Content-Type: text/plain; charset=us-ascii

The mailbox of {to} does not exist.

--limit
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--limit
Content-Type: message/rfc822

From: Kettle Service <kettle-service@test.mycompany.com>
To: {to}
Subject: We have received your message
Message-Id: {message_id}

We have received your message.
--limit--
"""
TASK = "A message did not reach the customer"


@tagged("post_install", "-at_install")
class TestBounce(ComplaintCommon):
    """What did not reach the customer counts as not said."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = cls.env.ref("base.user_admin")
        cls.gateway.company_ids = [Command.link(cls.company.id)]
        cls.case = cls.create_case(user_id=cls.agent.id)

    def acknowledge(self, case=None, server_down=False):
        """Send the acknowledgement from the dialog, as an agent does."""
        case = (case or self.case).with_user(self.agent)
        action = case.action_write_customer()
        composer = self.env["mail.compose.message"].with_user(self.agent)
        with self.mock_mail_gateway():
            if server_down:
                self.connect_mocked.side_effect = ConnectionRefusedError("No route")
            composer.with_context(**action["context"]).create({})._action_send_mail()
        self.env.invalidate_all()
        return case.message_ids.filtered(lambda m: "thank you for telling" in m.body)

    def bounce(self, message, to="clara@alba.example.com", number=1):
        mail = BOUNCE.format(
            bounce=f"{self.alias_bounce}@{self.alias_domain}",
            to=to,
            message_id=message.message_id,
            number=number,
        )
        with self.mock_mail_gateway():
            self.env["mail.thread"].with_user(self.gateway).message_process(False, mail)
        self.env.invalidate_all()

    def status(self, commitment="acknowledge"):
        return self.case.sla_status_ids._of(commitment)

    def tasks(self):
        return self.case.activity_ids.filtered(lambda a: a.summary == TASK)

    def test_evidence(self):
        message = self.acknowledge()
        status = self.status()
        self.assertEqual(status.state, "met")
        self.assertEqual(status.message_id, message)
        self.assertEqual(status.method, "email")
        self.assertIn("You have our decision by: ", status.promised)
        for promise in status.promised.splitlines():
            what, until = promise.split(": ")
            self.assertIn(what, message.body)
            self.assertIn(until, message.body)

    def test_bounce_opens_the_acknowledgement_again(self):
        message = self.acknowledge()
        self.bounce(message)
        status = self.status()
        self.assertIn(status.state, ("running", "late"))
        self.assertFalse(status.date_met)
        self.assertFalse(status.message_id)
        self.assertFalse(self.case.date_acknowledged)
        self.assertFalse(self.case.date_informed)
        self.assertEqual(self.case.undelivered_message_id, message)
        [task] = self.tasks()
        self.assertEqual(task.user_id, self.agent)
        # The same report again changes nothing.
        self.bounce(message, number=2)
        self.assertEqual(len(self.tasks()), 1)
        cases = self.env["complaint.complaint"].search_count(
            [("name", "=like", "Undelivered%")]
        )
        self.assertFalse(cases, "a bounce opens no case")

    def test_bounce_restarts_the_update(self):
        """The next update was counted from a message that never arrived."""
        with freeze_time(fields.Datetime.now() + timedelta(hours=3)):
            message = self.acknowledge()
            update = self.status("update")._open()
            self.assertGreater(update.date_start, self.case.date_received)
            deadline = update.deadline
            self.bounce(message)
        update = self.status("update")._open()
        self.assertEqual(update.date_start, self.case.date_received)
        self.assertLessEqual(update.deadline, deadline)

    def test_a_call_before_the_bounce_still_counts(self):
        message = self.acknowledge()
        self.case.with_user(self.agent).log_talk("We have your message")
        self.bounce(message)
        self.assertEqual(self.status().state, "met")
        self.assertTrue(self.case.date_informed)
        self.assertTrue(self.tasks())

    def test_a_colleagues_bounce_is_not_the_customers(self):
        self.case.message_subscribe(self.partner_colleague.ids)
        message = self.acknowledge()
        self.bounce(message, to="conrad@alba.example.com")
        self.assertEqual(self.status().state, "met")
        self.assertFalse(self.tasks())

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_failing_mail_server(self):
        message = self.acknowledge(server_down=True)
        self.assertFalse(self.status().date_met)
        self.assertFalse(self.case.date_acknowledged)
        self.assertTrue(self.tasks())
        self.assertEqual(self.case.undelivered_message_id, message)
        # The server is back, and the agent sends it again.
        mail = message.sudo().mail_ids
        with self.mock_mail_gateway():
            mail.mark_outgoing()
            mail.send()
        self.env.invalidate_all()
        self.assertEqual(self.status().state, "met")
        self.assertEqual(self.status().message_id, message)
        self.assertFalse(self.tasks())
        self.assertFalse(self.case.undelivered_message_id)

    def test_failed_news_count_for_nothing(self):
        """“Heard nothing for N working days” counts what the customer really got."""
        self.acknowledge()
        begun = self.status("update").date_start
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            with self.mock_mail_gateway():
                message = self.case.with_user(self.agent).message_post(
                    body="Still at it",
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                )
            self.assertGreater(self.status("update")._open().date_start, begun)
            self.bounce(message)
            update = self.status("update")._open()
            self.assertEqual(len(update), 1)
            self.assertEqual(update.date_start, begun)
            self.assertLess(self.case.date_informed, begun + timedelta(minutes=1))

    def test_silence_in_working_days(self):
        self.acknowledge()
        monday = fields.Datetime.to_datetime("2030-01-07 08:00:00")
        self.case.date_informed = monday
        with freeze_time("2030-01-14 08:00:00"):
            self.env.invalidate_all()
            self.assertEqual(self.case.days_silent, 5)
            found = self.env["complaint.complaint"].search(
                [
                    ("id", "=", self.case.id),
                    (
                        "sla_status_ids",
                        "any",
                        [("commitment", "=", "update"), ("date_met", "=", False)],
                    ),
                ]
            )
            self.assertEqual(found, self.case)

    def test_after_the_end_it_is_a_task(self):
        self.work_to(self.case, "closed")
        with self.mock_mail_gateway():
            message = self.case.with_user(self.agent).message_post(
                body="Thank you",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        self.bounce(message)
        self.assertTrue(self.tasks())
        self.assertEqual(self.case.phase, "closed")
