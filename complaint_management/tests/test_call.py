from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form

from .common import ComplaintCommon


class TestCall(ComplaintCommon):
    """A call or talk is kept in one small dialog, and counts as contact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id)

    def note(self):
        return self.case.message_ids[:1]

    def test_dialog(self):
        form = Form(
            self.env["complaint.call"]
            .with_user(self.agent)
            .with_context(default_complaint_id=self.case.id)
        )
        self.assertEqual(form.name, "Clara Buyer")
        form.note = "The lid comes on Friday\n<b>surely</b>"
        form.next_step = "Check the parcel"
        form.next_date = "2030-02-01"
        form.save().action_log()
        note = self.note()
        self.assertIn("Call to Clara Buyer", note.body)
        self.assertIn("&lt;b&gt;surely", note.body)
        self.assertTrue(note.subtype_id.internal)
        self.assertFalse(note.with_user(self.customer).search([("id", "=", note.id)]))
        activity = self.case.activity_ids
        self.assertEqual(activity.summary, "Check the parcel")
        self.assertEqual(activity.user_id, self.agent)
        self.assertEqual(activity.date_deadline, fields.Date.to_date("2030-02-01"))

    def test_counts_as_contact(self):
        status = self.case.sla_status_ids._of("acknowledge")
        self.case.with_user(self.agent).log_talk("We look into it", method="in_person")
        self.assertTrue(self.case.date_informed)
        self.assertEqual(status.state, "met")
        self.assertEqual(status.method, "in_person")
        self.assertEqual(status.message_id, self.note())

    def test_nobody_reached(self):
        self.case.with_user(self.agent).log_talk("Mailbox", reached=False)
        self.assertFalse(self.case.date_informed)
        self.assertIn("not reached", self.note().body)

    def test_a_typed_time_makes_up_for_nothing(self):
        before = fields.Datetime.now() - timedelta(days=3)
        self.case.with_user(self.agent).log_talk("Said sorry", date=before)
        self.assertGreater(self.case.date_acknowledged, before + timedelta(days=2))

    def test_their_call_ends_waiting(self):
        case = self.case.with_user(self.agent)
        case.waiting_customer = True
        case.log_talk("Any news?", direction="out", reached=False)
        self.assertTrue(case.waiting_customer)
        case.log_talk("The serial number is 7", direction="in")
        self.assertFalse(case.waiting_customer)

    def test_refused(self):
        case = self.case.with_user(self.agent)
        with self.assertRefused("what was said"):
            case.log_talk("  ")
        with self.assertRefused("planned as an activity"):
            case.log_talk("Soon", date=fields.Datetime.now() + timedelta(days=1))
        for user in (self.employee, self.quality, self.agent_other, self.customer):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.case.with_user(user).log_talk("Hello")
