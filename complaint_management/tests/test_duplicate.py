import base64
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, LockError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import SQL

from .common import ComplaintCommon
from .promise import promise


class TestPossibleDuplicates(ComplaintCommon):
    """The same customer, and the same order or like words, near in time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.known = cls.create_case(
            name="Kettle leaks at the handle",
            sale_order_id=cls.order.id,
            date_received=fields.Datetime.now() - timedelta(days=5),
        )

    def _case(self, **vals):
        return self.create_case(**{"name": "Handle of the kettle leaks", **vals})

    def assertDuplicates(self, case, expected):
        self.assertEqual(case.possible_duplicate_ids, expected)
        self.assertEqual(case.possible_duplicate_count, len(expected))

    def test_like_words(self):
        case = self.create_case(name="KETTLE leaks at handle")
        self.assertDuplicates(case, self.known)
        self.assertDuplicates(self.known, case)

    def test_like_words_in_another_order(self):
        case = self.create_case(name="At the handle my kettle is leaking")
        self.assertDuplicates(case, self.known)

    def test_other_words(self):
        self.assertDuplicates(
            self.create_case(name="Invoice is wrong"), self.known.browse()
        )

    def test_same_order(self):
        case = self.create_case(name="Invoice is wrong", sale_order_id=self.order.id)
        self.assertDuplicates(case, self.known)

    def test_colleague_of_the_customer(self):
        case = self.create_case(
            name=self.known.name, partner_id=self.partner_colleague.id
        )
        self.assertDuplicates(case, self.known)

    def test_same_address_of_a_person_not_known(self):
        vals = {
            "name": "The lid is missing",
            "partner_id": False,
            "partner_email": "Nobody@example.com",
        }
        first, second = self.create_case(**vals), self.create_case(**vals)
        self.assertDuplicates(second, first)

    def test_another_customer(self):
        case = self.create_case(
            name=self.known.name,
            partner_id=self.partner_stranger.id,
            sale_order_id=self.order.id,
        )
        self.assertDuplicates(case, self.known.browse())

    def test_nobody_known(self):
        vals = {"name": self.known.name, "partner_id": False, "partner_name": "x"}
        self.create_case(**vals)
        self.assertDuplicates(self.create_case(**vals), self.known.browse())

    def test_another_company(self):
        case = self.create_case(
            name=self.known.name,
            company_id=self.company_b.id,
            team_id=self.team_b.id,
            category_id=False,
        )
        self.assertDuplicates(case, self.known.browse())

    def test_days(self):
        self.company.complaint_duplicate_days = 4
        case = self.create_case(name=self.known.name)
        self.assertDuplicates(case, self.known.browse())
        self.company.complaint_duplicate_days = 5
        case.date_received = fields.Datetime.now() - timedelta(hours=1)
        case.invalidate_recordset()
        self.assertDuplicates(case, self.known)

    def test_only_what_one_may_see(self):
        self.known.confidential = True
        case = self.create_case(name=self.known.name, user_id=self.agent.id)
        self.assertDuplicates(case.with_user(self.agent), self.known.browse())
        self.assertDuplicates(case.with_user(self.manager), self.known)

    def test_history(self):
        """All other cases of the customer count; the newest ones are at a glance."""
        cases = self.env["complaint.complaint"].create(
            [{"name": f"Case {n}", "partner_id": self.partner.id} for n in range(7)]
        )
        case = cases[0]
        self.assertEqual(case.history_count, 7)
        self.assertEqual(len(case.history_ids), 5)
        self.assertNotIn(case, case.history_ids)
        action = case.action_view_history()
        self.assertEqual(
            self.env["complaint.complaint"].search(action["domain"]),
            (cases - case) | self.known,
        )

    def test_while_typing(self):
        """The form shows them before the case is saved."""
        form = Form(self.env["complaint.complaint"].with_user(self.manager))
        form.name = self.known.name
        form.partner_id = self.partner
        self.assertEqual(form.possible_duplicate_ids[:], self.known)


class MergeCase(ComplaintCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target = cls.create_case(
            name="Kettle leaks", user_id=cls.agent.id, email_cc="boss@alba.example.com"
        )
        cls.source = cls._source()

    @classmethod
    def _source(cls, **vals):
        source = cls.create_case(
            **{
                "name": "Kettle leaks again",
                "description": "<p>It drips on the floor</p>",
                "user_id": cls.agent.id,
                "email_cc": "friend@example.com",
                "tag_ids": [Command.set(cls.tag.ids)],
                "remedy_requested": "refund",
                "sale_order_id": cls.order.id,
                "sale_order_line_id": cls.order_line.id,
                **vals,
            }
        )
        cls.told = source.message_post(
            body="Here is my photo",
            author_id=source.partner_id.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            attachments=[("photo.png", b"a picture")],
        )
        cls.loose_file = cls.env["ir.attachment"].create(
            {
                "name": "receipt.pdf",
                "datas": base64.b64encode(b"a receipt"),
                "res_model": source._name,
                "res_id": source.id,
            }
        )
        cls.activity = source.activity_schedule(
            "mail.mail_activity_data_todo", summary="Call", user_id=cls.agent_2.id
        )
        cls.action = cls.env["complaint.corrective.action"].create(
            {"name": "Check", "complaint_ids": [Command.set(source.ids)]}
        )
        source.message_subscribe(
            (cls.agent_2.partner_id | cls.partner_colleague | cls.partner_stranger).ids
        )
        return source

    def _merge(self, source=None, user=None, note="Reported twice"):
        source = source or self.source
        return source.with_user(user or self.agent).merge_into(self.target.id, note)


class TestMergeSameCustomer(MergeCase):
    def test_nothing_is_lost(self):
        messages = self.source.message_ids
        self.assertEqual(self._merge(), self.target)
        self.assertLessEqual(messages, self.target.message_ids)
        self.assertIn(self.told, self.target.message_ids)
        files = self.told.attachment_ids | self.loose_file
        self.assertEqual(set(files.mapped("res_id")), {self.target.id})
        self.assertEqual(self.activity.res_id, self.target.id)
        self.assertFalse(self.source.activity_ids)
        self.assertEqual(self.target.corrective_action_ids, self.action)
        self.assertEqual(self.target.tag_ids, self.tag)
        self.assertRecordValues(
            self.target,
            [
                {
                    "name": "Kettle leaks",
                    "user_id": self.agent.id,
                    "sale_order_id": self.order.id,
                    "sale_order_line_id": self.order_line.id,
                    "product_id": self.product.id,
                    "remedy_requested": "refund",
                    "phase": "received",
                }
            ],
        )
        for address in "boss@alba.example.com", "friend@example.com":
            self.assertIn(address, self.target.email_cc)
        [note] = self.target.message_ids.filtered(lambda m: "drips" in (m.body or ""))
        self.assertIn(self.source.reference, note.body)

    def test_the_matter_becomes_no_milder(self):
        """Neither a late deadline nor a grave judgement is washed away by a merge."""
        received = fields.Datetime.now() - timedelta(days=20)
        self.source.write(
            {
                "date_received": received,
                "category_id": self.category_leak.id,
                "severity": "critical",
                "urgency": "high",
                "impact": "many",
                "safety": True,
                "findings": "<p>The seal is too short.</p>",
                "source_url": "https://reviews.example.com/1",
            }
        )
        investigation = self.env["complaint.investigation"].create(
            {"complaint_id": self.source.id, "user_id": self.agent.id}
        )
        self.target.severity = "minor"
        deadline = self.source.sla_status_ids._of("resolve").deadline
        self._merge(note="")
        self.assertRecordValues(
            self.target,
            [
                {
                    "date_received": received,
                    "severity": "critical",
                    "urgency": "high",
                    "impact": "many",
                    "safety": True,
                    "source_url": "https://reviews.example.com/1",
                    "investigation_ids": investigation.ids,
                }
            ],
        )
        self.assertIn("seal is too short", self.target.findings)
        resolve = self.target.sla_status_ids._of("resolve")
        self.assertEqual(resolve.deadline, deadline)
        self.assertEqual(resolve.state, "late")
        merges = self.target.decision_ids.filtered(lambda d: d.type == "merge")
        self.assertIn("Merged into", merges.reason)

    def test_what_the_target_knows_stays(self):
        line = self.order.order_line[1]
        self.target.write(
            {
                "sale_order_id": self.order.id,
                "sale_order_line_id": line.id,
                "remedy_requested": "repair",
            }
        )
        self._merge()
        self.assertEqual(self.target.sale_order_line_id, line)
        self.assertEqual(self.target.remedy_requested, "repair")

    def test_line_of_another_order_is_not_taken_over(self):
        other = self._create_order(self.partner, self.product_2)
        self.target.sale_order_id = other
        self._merge()
        self.assertEqual(self.target.sale_order_id, other)
        self.assertFalse(self.target.sale_order_line_id)

    def test_followers_of_the_same_customer_only(self):
        self._merge()
        followers = self.target.message_partner_ids
        self.assertIn(self.agent_2.partner_id, followers)
        self.assertIn(self.partner_colleague, followers)
        self.assertNotIn(self.partner_stranger, followers)

    def test_the_merged_case_stays_with_links_both_ways(self):
        self._merge()
        self.assertTrue(self.source.active)
        self.assertRecordValues(
            self.source,
            [
                {
                    "phase": "cancelled",
                    "cancel_reason": "duplicate",
                    "cancel_note": "Reported twice",
                    "duplicate_of_id": self.target.id,
                }
            ],
        )
        self.assertTrue(self.source.date_closed)
        self.assertEqual(self.target.merged_ids, self.source)
        self.assertIn(
            f'data-oe-id="{self.target.id}"', self.source.message_ids[:1].body
        )
        for case in self.source, self.target:
            decision = case.decision_ids.filtered(lambda d: d.type == "merge")
            self.assertEqual(decision.old_value, self.source.display_name)
            self.assertEqual(decision.new_value, self.target.display_name)
            self.assertEqual(decision.reason, "Reported twice")
            self.assertEqual(decision.user_id, self.agent)

    def test_merged_cases_are_no_possible_duplicates_any_more(self):
        self.assertEqual(self.target.possible_duplicate_ids, self.source)
        self._merge()
        self.target.invalidate_recordset()
        self.assertFalse(self.target.possible_duplicate_ids)

    def test_several_at_once(self):
        third = self.create_case(name="Kettle still leaks")
        self._merge(self.source | third | self.target)
        self.assertEqual(self.target.merged_ids, self.source | third)
        self.assertEqual(set((self.source | third).mapped("phase")), {"cancelled"})
        self.assertEqual(self.target.phase, "received")

    def test_one_address_without_a_contact(self):
        vals = {"partner_id": False, "partner_email": "nobody@example.com"}
        self.target = self.create_case(**vals)
        source = self.create_case(name="Again", **vals)
        told = source.message_post(body="Hello?", subtype_xmlid="mail.mt_comment")
        self._merge(source)
        self.assertEqual(told.res_id, self.target.id)

    def test_secret_stays_secret(self):
        """What came with a confidential case is not open to all on the other."""
        self.source.confidential = True
        self._merge(user=self.manager)
        self.assertTrue(self.target.confidential)

    @promise(
        "Who is complained about decides nothing, also after a merge",
        "11.1.5",
    )
    def test_whom_it_is_about_goes_along(self):
        """Who is complained about decides nothing on the case that goes on."""
        self.source.complained_user_id = self.agent_2
        self._merge(user=self.manager)
        self.assertEqual(self.target.complained_user_id, self.agent_2)
        with self.assertRaises(AccessError):
            self.target.with_user(self.agent_2).user_id = self.agent

    def test_two_people_complained_about(self):
        self.source.complained_user_id = self.agent_2
        self.target.complained_user_id = self.agent_other
        with self.assertRefused("about different people"):
            self._merge(user=self.manager)

    def test_reopened_case_is_no_duplicate_any_more(self):
        self._merge()
        self.source.with_user(self.manager).reopen("It is another kettle")
        self.assertFalse(self.source.duplicate_of_id)
        self.assertFalse(self.target.merged_ids)

    def test_dialog(self):
        action = self.target.with_user(self.agent).action_open_merge()
        dialogs = self.env[action["res_model"]].with_user(self.agent)
        form = Form(dialogs.with_context(**action["context"]))
        self.assertEqual(form.complaint_ids[:], self.target | self.source)
        self.assertEqual(form.target_id, self.target)
        self.assertFalse(form.several_customers)
        form.note = "Twice"
        result = form.save().action_merge()
        self.assertEqual(result["res_id"], self.target.id)
        self.assertEqual(self.source.duplicate_of_id, self.target)


class TestMergeOtherCustomer(MergeCase):
    """Two customers report one thing: neither ever learns of the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls._source(
            partner_id=cls.partner_stranger.id,
            sale_order_id=cls.order_other.id,
            sale_order_line_id=False,
        )

    def test_words_and_files_stay_with_their_customer(self):
        messages = self.source.message_ids
        self._merge()
        self.assertLessEqual(messages, self.source.message_ids)
        self.assertFalse(messages & self.target.message_ids)
        files = self.told.attachment_ids | self.loose_file
        self.assertEqual(set(files.mapped("res_id")), {self.source.id})
        self.assertNotIn(self.partner_stranger, self.target.message_partner_ids)
        self.assertNotIn(self.partner, self.source.message_partner_ids)
        self.assertEqual(self.target.email_cc, "boss@alba.example.com")
        self.assertEqual(self.target.partner_id, self.partner)
        self.assertFalse(self.target.sale_order_id)
        self.assertFalse(self.target.remedy_requested)

    def test_work_goes_on_in_one_place(self):
        self._merge()
        self.assertEqual(self.activity.res_id, self.target.id)
        self.assertEqual(self.target.corrective_action_ids, self.action)
        self.assertEqual(self.target.merged_ids, self.source)

    def test_neither_customer_learns_of_the_other(self):
        with self.mock_mail_gateway():
            self._merge()
            self.flush_tracking()
        self.assertFalse(self._mails)
        secrets = ("Stella", "drips", self.source.reference, self.source.name)
        self.assertSilent(self.customer, self.target, secrets)
        secrets = ("Clara", self.target.reference, "boss@alba")
        self.assertSilent(self.stranger, self.source, secrets)

    def assertSilent(self, user, case, secrets):
        """Check that nothing which ``user`` can read of ``case`` tells a secret."""
        case = case.with_user(user)
        texts = []
        for name in case.fields_get():
            try:
                texts.append(str(case.read([name])))
            except AccessError:
                continue
        self.assertGreater(len(texts), 20)
        every = (
            case.env["mail.message"]
            .sudo()
            .search([("model", "=", case._name), ("res_id", "=", case.id)])
        )
        for message in every.sudo(False):
            try:
                texts.append(str(message.read(["body", "subject", "record_name"])))
            except AccessError:
                continue
        for secret in secrets:
            for text in texts:
                self.assertNotIn(secret, text)
        self.assertGreater(len(every), 1)

    def test_answers_go_to_one_customer(self):
        self._merge()
        with self.mock_mail_gateway():
            self.target.with_user(self.agent).message_post(
                body="A new kettle is on its way", subtype_xmlid="mail.mt_comment"
            )
            self.flush_tracking()
        recipients = str([mail["email_to"] for mail in self._mails])
        self.assertIn("clara@alba.example.com", recipients)
        self.assertNotIn("borealis", recipients)

    def test_dialog_warns(self):
        action = (self.target | self.source).with_user(self.agent).action_open_merge()
        dialogs = self.env["complaint.merge"].with_user(self.agent)
        form = Form(dialogs.with_context(**action["context"]))
        self.assertTrue(form.several_customers)
        form.save().action_merge()
        self.assertEqual(self.source.duplicate_of_id, self.target)


class TestMergeRefused(MergeCase):
    def test_ended_cases(self):
        self.source.cancel("withdrawn", "Settled")
        with self.assertRefused("has ended"):
            self._merge()
        self.source = self.create_case(user_id=self.agent.id)
        self.work_to(self.target, "closed")
        with self.assertRefused("has ended"):
            self._merge(self.source)
        self.assertEqual(self.source.phase, "received")

    def test_merged_twice(self):
        self._merge()
        with self.assertRefused("has ended"):
            self._merge()

    def test_into_a_merged_case(self):
        """A merge the other way round after the first makes no circle."""
        self._merge()
        with self.assertRefused("has ended"):
            self.target.merge_into(self.source)
        self.assertFalse(self.target.duplicate_of_id)

    def test_into_itself(self):
        with self.assertRefused("at least one other case"):
            self._merge(self.target)

    def test_other_company(self):
        other = self.create_case(
            company_id=self.company_b.id, team_id=self.team_b.id, category_id=False
        )
        with self.assertRefused("belongs to another company"):
            other.merge_into(self.target)

    def test_both_cases_must_be_ones_own(self):
        self.target.team_id = self.team_other
        self.target.user_id = self.agent_other
        for user in self.agent, self.agent_other, self.quality, self.employee:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._merge(user=user)
        self.assertEqual(self._merge(user=self.manager), self.target)

    def test_without_the_dialog_a_duplicate_needs_its_case(self):
        with self.assertRefused("Duplicate Of"):
            self.source.write(
                {
                    "stage_id": self.stage("cancelled").id,
                    "cancel_reason": "duplicate",
                    "cancel_note": "Twice",
                }
            )

    def test_an_open_case_is_nobodys_duplicate(self):
        """Else answers to it would land on the other case, without any merge."""
        with self.assertRefused("Merge"):
            self.source.with_user(self.agent).duplicate_of_id = self.target


@tagged("post_install", "-at_install")
class TestMergeTwice(TransactionCase):
    """Two people merge the same case at the same moment, each in a transaction."""

    def _open(self):
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        context = {
            "tracking_disable": True,
            "mail_create_nolog": True,
            "mail_create_nosubscribe": True,
        }
        return api.Environment(cr, SUPERUSER_ID, context)

    def _forget(self, cases):
        """Remove the committed cases, which the ORM never would."""
        cr = self.registry.cursor()
        with cr:
            for table in "complaint_sla_status", "mail_followers":
                column = "complaint_id" if table != "mail_followers" else "res_id"
                extra = (
                    SQL("AND res_model = 'complaint.complaint'")
                    if column == "res_id"
                    else SQL()
                )
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s IN %s %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        tuple(cases.ids),
                        extra,
                    )
                )
            cr.execute(
                SQL("DELETE FROM complaint_complaint WHERE id IN %s", tuple(cases.ids))
            )

    def test_two_at_once(self):
        env = self._open()
        cases = env["complaint.complaint"].create(
            [
                {"name": name, "reference": f"MERGE-{name}", "team_id": False}
                for name in ("A", "B", "C")
            ]
        )
        self.addCleanup(self._forget, cases)
        env.cr.commit()
        source, first, second = cases.ids
        one, two = (
            self._open()["complaint.complaint"],
            self._open()["complaint.complaint"],
        )
        one.browse(source).merge_into(first)
        with self.assertRaises(LockError):
            two.browse(source).merge_into(second)
        one.env.cr.rollback()
        two.env.cr.rollback()
        two.browse(source).merge_into(second)
        self.assertEqual(two.browse(source).duplicate_of_id.id, second)
        two.env.cr.rollback()
