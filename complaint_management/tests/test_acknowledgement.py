from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .test_mail import GatewayCase, write_mail

JOB = "complaint_management.ir_cron_complaint_acknowledge"


@tagged("post_install", "-at_install")
class TestAcknowledgement(GatewayCase):
    """Who writes a mail hears at once that it has come in, and once."""

    def run_job(self):
        with self.outgoing(), self.enter_registry_test_mode():
            self.env.ref(JOB).method_direct_trigger()
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        return [mail for mail in self.sent if "clara" in mail["email_to"][0]]

    def test_acknowledged_once(self):
        case = self.receive(write_mail())
        self.assertFalse(case.date_acknowledged)
        [mail] = self.run_job()
        self.assertIn(case.reference, mail["subject"])
        self.assertTrue(case.date_acknowledged)
        self.assertFalse(case.date_acknowledge_due)
        status = case.sla_status_ids._of("acknowledge")
        self.assertEqual(status.state, "met")
        self.assertFalse(self.run_job())

    def test_sent_without_waiting_for_the_hour(self):
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"]
        known = triggers.search([("cron_id", "=", queue.id)])
        self.receive(write_mail())
        self.run_job()
        self.assertTrue(triggers.search([("cron_id", "=", queue.id)]) - known)

    def test_not_where_the_company_does_not_want_it(self):
        self.company.complaint_acknowledge_mail = False
        case = self.receive(write_mail())
        self.assertFalse(self.run_job())
        self.assertFalse(case.date_acknowledged)

    def test_not_after_an_agent_has_answered(self):
        case = self.receive(write_mail())
        self.write_customer(case)
        self.assertFalse(self.run_job())
        self.assertFalse(case.date_acknowledge_due)

    def test_not_after_the_end(self):
        case = self.receive(write_mail())
        case.cancel("invalid", "It was spam")
        self.assertFalse(self.run_job())

    def test_not_for_programs(self):
        self.assertFalse(self.receive(write_mail(**{"Auto-Submitted": "auto-replied"})))
        self.assertFalse(self.run_job())

    def test_after_downtime(self):
        case = self.receive(write_mail())
        case.sudo().date_acknowledge_due = fields.Datetime.now() - timedelta(days=31)
        self.assertEqual(len(self.run_job()), 1)

    def test_one_bad_case_stops_nothing(self):
        bad = self.receive(write_mail(body="First"))
        good = self.receive(write_mail(body="Second"))
        origin = type(bad)._acknowledge

        def fail(case):
            if case == bad:
                raise ValueError("broken")
            return origin(case)

        logger = "odoo.addons.complaint_management.models.complaint_complaint_proposal"
        with (
            patch.object(type(bad), "_acknowledge", fail),
            self.assertLogs(logger, "ERROR") as log,
        ):
            self.run_job()
        self.assertIn(str(bad.id), log.output[0])
        self.assertTrue(good.date_acknowledged)
        self.assertTrue(bad.date_acknowledge_due, "left for the next run")
