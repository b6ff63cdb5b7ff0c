from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from .common import ComplaintCommon
from .test_access import AccessCase

FEEDBACK_RIGHTS = {
    #              own_team, reported by the employee, no team, other team, other company
    "employee":      ("c", "cr", "c",   "c",   ""),
    "agent":         ("crw", "crw", "crw", "c", ""),
    "agent_other":   ("c", "c",  "crw",  "crw", ""),
    "manager":       ("crw", "crw", "crw", "crw", ""),
    "quality":       ("cr", "cr", "cr",  "cr",  ""),
    "executive":     ("cr", "cr", "cr",  "cr",  ""),
    "administrator": ("crw", "crw", "crw", "crw", ""),
    "customer":      ("r", "r",  "r",    "r",   ""),
    "colleague":     ("r", "r",  "r",    "r",   ""),
    "stranger":      ("", "",    "",     "",    ""),
    "agent_b":       ("", "",    "",     "",    "crw"),
    "manager_b":     ("", "",    "",     "",    "crw"),
}  # fmt: skip
INTERNAL_FIELDS = (
    "user_id",
    "review",
    "reviewer_id",
    "decision",
    "decision_reason",
    "decided_by_id",
    "registered_by_id",
    "tag_ids",
    "complaint_id",
    "corrective_action_ids",
    "email_normalized",
    "activity_ids",
)


class FeedbackCase(ComplaintCommon):
    @classmethod
    def create_feedback(cls, **vals):
        return cls.env["complaint.feedback"].create(
            {
                "name": "A longer cord",
                "description": "<p>The cord is short.</p>",
                "partner_id": cls.partner.id,
                "team_id": cls.team.id,
                **vals,
            }
        )


class TestFeedback(FeedbackCase):
    """What customers say without complaining is registered, reviewed and decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feedback = cls.create_feedback().with_user(cls.agent)

    def test_numbers_of_its_own_by_company_and_year(self):
        first = self.create_feedback(date_received="2024-03-01 10:00:00")
        second = self.create_feedback(date_received="2024-12-30 10:00:00")
        other = self.create_feedback(
            date_received="2024-03-01 10:00:00",
            company_id=self.company_b.id,
            team_id=self.team_b.id,
        )
        self.assertEqual(first.reference, "FBK/2024/00001")
        self.assertEqual(second.reference, "FBK/2024/00002")
        self.assertEqual(other.reference, "FBK/2024/00001")
        case = self.create_case(date_received="2024-03-01 10:00:00")
        self.assertEqual(case.reference, "CMP/2024/00001")

    def test_intake_finds_what_follows(self):
        feedback = self.env["complaint.feedback"].create(
            {
                "name": "Good soup",
                "partner_email": "Clara <CLARA@alba.example.com>",
                "category_id": self.category_delivery.id,
            }
        )
        self.assertEqual(feedback.partner_id, self.partner)
        self.assertEqual(feedback.team_id, self.team_other)
        self.assertIn(self.partner, feedback.message_partner_ids)
        by_order = self.env["complaint.feedback"].create(
            {"name": "Fast", "sale_order_id": self.order.id}
        )
        self.assertEqual(by_order.partner_id, self.partner)
        self.assertEqual(by_order.team_id, self.team)

    def test_unknown_customers_are_kept_by_name(self):
        feedback = self.create_feedback(partner_id=False, partner_name="Nobody Known")
        self.assertEqual(feedback.partner_name, "Nobody Known")
        self.assertFalse(feedback.partner_id)

    def test_not_from_the_future(self):
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        with self.assertRaisesRegex(ValidationError, "future"):
            self.feedback.date_received = tomorrow

    def test_review_and_decision(self):
        self.feedback.action_review()
        self.assertEqual(self.feedback.user_id, self.agent)
        self.feedback.review = "<p>Costs little</p>"
        self.assertEqual(self.feedback.reviewer_id, self.agent)
        self.assertTrue(self.feedback.date_reviewed)
        self.feedback.decision = "share"
        self.feedback.action_decide()
        self.assertEqual(self.feedback.decided_by_id, self.agent)
        self.assertTrue(self.feedback.date_decided)
        self.feedback.action_done()
        self.assertEqual(self.feedback.state, "done")

    def test_moving_on_needs_a_decision(self):
        """Drag and drop, buttons, import and RPC are one write."""
        for state in "decided", "done":
            with self.subTest(state=state), self.assertRefused("has no decision"):
                self.feedback.state = state
        with self.assertRefused("say why"):
            self.feedback.write({"state": "decided", "decision": "no_action"})
        with self.assertRefused("Make a Complaint"):
            self.feedback.write({"state": "decided", "decision": "complaint"})
        with self.assertRefused("plan the action"):
            self.feedback.write({"state": "decided", "decision": "improvement"})
        result = self.feedback.load(
            [".id", "state"], [[str(self.feedback.id), "Decided"]]
        )
        self.assertIn("has no decision", result["messages"][0]["message"])

    def test_a_decision_is_kept_until_it_is_taken_back(self):
        self.feedback.write({"decision": "share", "state": "decided"})
        for values in (
            {"decision": "no_action", "decision_reason": "Other"},
            {"decision": False},
            {"review": "<p>Other</p>"},
            {"decision_reason": "Other"},
        ):
            with self.subTest(values=values), self.assertRefused("Take it back"):
                self.feedback.write(values)
        self.feedback.action_review()
        self.feedback.write({"decision": "no_action", "decision_reason": "Known"})
        self.feedback.action_decide()
        self.assertEqual(self.feedback.decision, "no_action")

    def test_what_the_system_finds_cannot_be_claimed(self):
        values = {
            "reference": "FBK/1999/00001",
            "registered_by_id": self.manager.id,
            "reviewer_id": self.manager.id,
            "date_reviewed": "2024-01-01 00:00:00",
            "decided_by_id": self.manager.id,
            "date_decided": "2024-01-01 00:00:00",
            "date_thanked": "2024-01-01 00:00:00",
            "complaint_id": self.create_case().id,
        }
        for user in self.agent, self.manager, self.administrator:
            for name, value in values.items():
                with (
                    self.subTest(user=user.name, field=name),
                    self.assertRefused("kept by the system"),
                ):
                    self.feedback.with_user(user).write({name: value})
        model = self.env["complaint.feedback"].with_user(self.agent)
        for name in "date_thanked", "registered_by_id", "complaint_id":
            for context, vals in (
                ({f"default_{name}": values[name]}, {}),
                ({}, {name: values[name]}),
            ):
                with self.subTest(field=name):
                    made = model.with_context(**context).create({"name": "x", **vals})
                    usual = {"registered_by_id": self.agent}
                    self.assertEqual(made[name] or False, usual.get(name, False))

    def test_nobody_deletes_it(self):
        for user in self.agent, self.administrator, self.env.user:
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self.feedback.with_user(user).unlink()
        with self.assertRefused("is kept"):
            self.feedback.sudo().unlink()

    def test_stays_with_its_company(self):
        with self.assertRefused("stays with the company"):
            self.feedback.sudo().company_id = self.company_b

    # A complaint

    def test_becomes_a_complaint(self):
        self.feedback.sudo().write(
            {"product_id": self.product.id, "tag_ids": [Command.set(self.tag.ids)]}
        )
        self.feedback.message_post(
            body="She called",
            attachments=[("cord.txt", b"short")],
            subtype_xmlid="mail.mt_note",
        )
        messages = self.feedback.message_ids
        action = self.feedback.action_make_complaint()
        case = self.feedback.complaint_id
        self.assertEqual(action["res_id"], case.id)
        self.assertEqual(case.name, "A longer cord")
        self.assertEqual(case.partner_id, self.partner)
        self.assertEqual(case.product_id, self.product)
        self.assertEqual(case.tag_ids, self.tag)
        self.assertEqual(case.date_received, self.feedback.date_received)
        self.assertEqual(case.registered_by_id, self.agent)
        self.assertIn("The cord is short.", case.description)
        self.assertEqual(case.feedback_ids, self.feedback)
        self.assertEqual(case.feedback_count, 1)
        self.assertEqual(self.feedback.decision, "complaint")
        self.assertEqual(self.feedback.state, "decided")
        files = self.env["ir.attachment"].search(
            [("res_model", "=", case._name), ("res_id", "=", case.id)]
        )
        self.assertEqual(files.mapped("raw"), [b"short"])
        self.assertLessEqual(messages, self.feedback.message_ids)
        with self.assertRefused(f"has become {case.reference}"):
            self.feedback.make_complaints()
        view = case.action_view_feedback()
        self.assertEqual(view["res_id"], self.feedback.id)

    def test_the_link_is_kept(self):
        case = self.feedback.make_complaints()
        for user in self.agent, self.manager, self.administrator:
            with self.subTest(user=user.name), self.assertRaises(UserError):
                case.with_user(user).feedback_ids = [Command.clear()]
        self.assertEqual(self.feedback.complaint_id, case)

    # An improvement

    def test_leads_to_an_improvement(self):
        result = self.feedback.action_plan_improvement()
        action = self.feedback.corrective_action_ids
        self.assertEqual(result["res_id"], action.id)
        self.assertEqual(action.kind, "improvement")
        self.assertEqual(action.feedback_ids, self.feedback)
        self.assertEqual(self.feedback.decision, "improvement")
        self.feedback.action_done()
        with self.assertRefused("plan the action"):
            self.feedback.corrective_action_ids = [Command.clear()]

    # Many at once

    def _review(self, feedback, **values):
        action = feedback.with_user(self.agent).action_open_review()
        wizards = self.env["complaint.feedback.review"].with_user(self.agent)
        with Form(wizards.with_context(**action["context"])) as form:
            for name, value in values.items():
                form[name] = value
        return form.save().action_decide()

    def test_review_in_bulk(self):
        many = self.create_feedback() | self.create_feedback() | self.create_feedback()
        self._review(many, decision="no_action", reason="Known", review="<p>See</p>")
        self.assertEqual(set(many.mapped("state")), {"decided"})
        self.assertEqual(set(many.mapped("decision_reason")), {"Known"})
        self.assertEqual(many.decided_by_id, self.agent)
        self.assertEqual(many.reviewer_id, self.agent)

    def test_one_improvement_for_many(self):
        many = self.create_feedback() | self.create_feedback()
        self._review(many, decision="improvement", action_name="Longer cords")
        self.assertEqual(len(many.corrective_action_ids), 1)
        self.assertEqual(many.corrective_action_ids.feedback_ids, many)

    def test_many_complaints(self):
        many = self.create_feedback() | self.create_feedback()
        self._review(many, decision="complaint", reason="Both are angry")
        self.assertEqual(len(many.complaint_id), 2)

    def test_bulk_is_all_or_nothing(self):
        decided = self.create_feedback(decision="share", state="decided")
        many = self.create_feedback() | decided
        with self.assertRefused("Take it back"):
            self._review(many, decision="no_action", reason="Known")

    # Thanks

    def test_thanks_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref(
            "complaint_management.mail_template_complaint_feedback_thanks"
        )
        template.with_context(lang="fr_FR").subject = "Merci : {{ object.name }}"
        self.partner.lang = "fr_FR"
        action = self.feedback.action_thank()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({})
        )
        self.assertIn(self.partner, composer.partner_ids)
        self.assertFalse(self.feedback.date_thanked)
        with self.mock_mail_gateway():
            composer.action_send_mail()
        self.assertTrue(self.feedback.date_thanked)
        message = self.feedback.message_ids.filtered(
            lambda message: message.subtype_id == self.env.ref("mail.mt_comment")
        )
        self.assertIn("Merci :", message.subject)

    def test_thanked_in_another_way(self):
        self.feedback.action_thanked()
        first = self.feedback.date_thanked
        self.assertTrue(first)
        self.feedback.action_thanked()
        self.assertEqual(self.feedback.date_thanked, first)

    def test_form_of_an_agent(self):
        with Form(self.env["complaint.feedback"].with_user(self.agent)) as form:
            form.name = "Nice people"
            form.type = "compliment"
            form.partner_id = self.partner
        feedback = form.save()
        self.assertEqual(feedback.partner_email, "clara@alba.example.com")

    def test_form_of_an_employee(self):
        with Form(self.env["complaint.feedback"].with_user(self.employee)) as form:
            form.name = "Nice people"
            form.type = "compliment"
            form.partner_name = "A guest"
        feedback = form.save()
        self.assertEqual(feedback.registered_by_id, self.employee)
        with self.assertRaises(AccessError):
            feedback.name = "Bad people"


class TestFeedbackAccess(AccessCase, FeedbackCase):
    def test_matrix(self):
        situations = {
            "own": {"team_id": self.team.id},
            "reported": {"team_id": self.team.id},
            "no_team": {"team_id": False},
            "other": {"team_id": self.team_other.id},
            "other_company": {
                "team_id": self.team_b.id,
                "company_id": self.company_b.id,
            },
        }
        records = {
            name: self.create_feedback(
                **vals,
                **(
                    {"registered_by_id": self.employee.id} if name == "reported" else {}
                ),
            )
            for name, vals in situations.items()
        }
        for role, row in FEEDBACK_RIGHTS.items():
            for name, expected in zip(situations, row, strict=True):
                vals = {
                    "name": "Warm soup",
                    "company_id": self.company.id,
                    "user_id": False,
                    **situations[name],
                }
                with self.subTest(role=role, feedback=name):
                    rights = self._rights(
                        getattr(self, role), records[name], vals, {"name": "Warmer"}
                    )
                    self.assertEqual(rights, expected)

    def test_employees_enter_what_was_said_only(self):
        model = self.env["complaint.feedback"].with_user(self.employee)
        self.assertTrue(model.create({"name": "Warm", "team_id": self.team_other.id}))
        for vals in (
            {"state": "done"},
            {"decision": "share"},
            {"user_id": self.employee.id},
            {"sale_order_id": self.order.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                model.create({"name": "Warm", **vals})

    def test_internal_fields(self):
        feedback = self.create_feedback(review="<p>Nonsense</p>")
        for name in INTERNAL_FIELDS:
            with self.subTest(field=name), self.assertRaises(AccessError):
                feedback.with_user(self.customer).read([name])
        note = feedback.message_post(body="Nonsense", subtype_xmlid="mail.mt_note")
        with self.assertRaises(AccessError):
            note.with_user(self.customer).read(["body"])


class TestFeedbackMail(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.complaint_feedback_alias_name = "kettle-feedback"
        cls.address = f"kettle-feedback@{cls.alias_domain}"

    def _mail(self, text="The soup was warm", to=None, extra="", **headers):
        headers = {
            "From": "Clara Buyer <clara@alba.example.com>",
            "To": to or self.address,
            "Subject": "Thanks for the soup",
            "Message-Id": "<soup@alba.example.com>",
            **headers,
        }
        raw = "".join(f"{name}: {value}\n" for name, value in headers.items())
        with self.mock_mail_gateway():
            self.env["mail.thread"].with_user(self.env.user).message_process(
                None, f"{raw}{extra}\n{text}\n"
            )
        return self.env["complaint.feedback"].search(
            [("company_id", "=", self.company.id)]
        )

    def test_mail_becomes_feedback(self):
        feedback = self._mail()
        self.assertEqual(feedback.name, "Thanks for the soup")
        self.assertEqual(feedback.partner_id, self.partner)
        self.assertEqual(feedback.channel, "email")
        self.assertEqual(feedback.company_id, self.company)
        self.assertIn("The soup was warm", feedback.description)

    def test_machines_open_nothing(self):
        for number, headers in enumerate(
            (
                {"Auto-Submitted": "auto-replied"},
                {"Subject": "Out of office"},
                {"List-Id": "<news.example.com>"},
                {"Return-Path": "<>"},
                {"From": self.address},
            )
        ):
            with self.subTest(headers=headers):
                headers["Message-Id"] = f"<machine{number}@example.com>"
                self.assertFalse(self._mail(**headers))

    def test_twice_is_once(self):
        self._mail()
        to = f"{self.address}, kettle-service@{self.alias_domain}"
        feedback = self._mail(to=to, **{"Message-Id": "<both@alba.example.com>"})
        self.assertEqual(len(feedback), 1)
        case = self.env["complaint.complaint"].search([("team_id", "=", self.team.id)])
        self.assertEqual(case.name, "Thanks for the soup")

    def test_answers_land_on_it(self):
        feedback = self._mail()
        self._mail(
            text="It was good, too",
            **{
                "Message-Id": "<second@alba.example.com>",
                "Subject": f"Re: [{feedback.reference}] Thanks",
            },
        )
        self.assertEqual(
            len(feedback.search([("company_id", "=", self.company.id)])), 1
        )
        self.assertIn("It was good, too", feedback.message_ids[0].body)
        # A stranger who knows the number is not part of it.
        found = self._mail(
            **{
                "Message-Id": "<third@borealis.example.com>",
                "From": "stella@borealis.example.com",
                "Subject": f"Re: [{feedback.reference}] Thanks",
            },
        )
        self.assertEqual(len(found), 2)
