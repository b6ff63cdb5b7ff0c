from odoo.tools import mute_logger

from .common import ComplaintCommon
from .promise import promise

PRIVATE = "private@agent.example"


class TestEnteredAddress(ComplaintCommon):
    """Staff may correct an address; what its link is used for says whose entry it was."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.public = cls.env.ref("base.public_user")
        cls.case = cls._lodge("Nora", "nora@home.example.org")

    @classmethod
    def _lodge(cls, name, email):
        """Create a case as the form of the website does."""
        return (
            cls.env["complaint.complaint"]
            .with_user(cls.public)
            .sudo()
            .create(
                {
                    "name": "No lid",
                    "partner_name": name,
                    "partner_email": email,
                    "team_id": cls.team.id,
                    "category_id": cls.category.id,
                    "channel": "website",
                    "company_id": cls.company.id,
                    "user_id": cls.agent.id,
                }
            )
            .with_env(cls.env)
        )

    def get_line(self, case, type_):
        return case.sudo().decision_ids.filtered(lambda line: line.type == type_)[:1]

    def by_link(self, case, user=None):
        """Return the case as the page hands it to who came by the secret link."""
        return case.with_user(user or self.public).sudo()

    def test_who_entered(self):
        self.assertFalse(self.case.address_by_id)
        typed = self.env["complaint.complaint"].with_user(self.agent)
        typed = typed.create({"name": "No lid", "partner_email": PRIVATE})
        self.assertEqual(typed.address_by_id, self.agent)
        self.case.with_user(self.agent_2).partner_email = "nora@work.example.org"
        self.assertEqual(self.case.address_by_id, self.agent_2)
        self.case.partner_email = "nora@gateway.example.org"
        self.assertEqual(self.case.address_by_id, self.env.user.browse())

    @promise(
        "What is decided by a link that went to an address which staff entered says so",
        "7.1.3",
    )
    def test_withdrawn(self):
        self.by_link(self.case)._customer_withdraw("Never mind")
        self.assertFalse(self.get_line(self.case, "cancellation").link_note)
        case = self._lodge("Nora", "nora@home.example.org")
        case.with_user(self.agent).partner_email = PRIVATE
        self.by_link(case)._customer_withdraw("Never mind")
        self.assertSaid(case, "cancellation")
        self.by_link(case)._customer_reopen("I do mind")
        self.assertSaid(case, "reopening")

    def assertSaid(self, case, type_):
        note = self.get_line(case, type_).link_note
        self.assertIn(PRIVATE, note)
        self.assertIn(self.agent.name, note)
        said = case.message_ids.filtered(lambda m: PRIVATE in (m.body or ""))
        self.assertTrue(said.subtype_id.internal)

    def test_answered(self):
        for accepted, type_ in ((True, "acceptance"), (False, "rejection")):
            case = self._lodge("Nora", "nora@home.example.org")
            case.with_user(self.agent).partner_email = PRIVATE
            self.work_to(case, "resolution", date_communicated=False)
            case.with_user(self.agent).propose_resolution()
            self.by_link(case)._answer_proposal(accepted, "Nora", "Why", "portal")
            self.assertSaid(case, type_)

    def test_rated(self):
        case = self._lodge("Nora", "nora@home.example.org")
        case.with_user(self.agent).partner_email = PRIVATE
        case._rating_get_access_token()
        self.by_link(case).rating_apply(5, rating=case.rating_ids, feedback="Fine")
        self.assertTrue(
            case.message_ids.filtered(
                lambda m: PRIVATE in (m.body or "") and m.subtype_id.internal
            )
        )

    def test_login_is_no_link(self):
        for user, noted in ((self.customer, False), (self.stranger, True)):
            case = self.create_case(user_id=self.agent.id)
            case.sudo().address_by_id = self.agent
            case.message_subscribe(self.partner.ids)
            self.by_link(case, user)._customer_withdraw("Never mind")
            note = self.get_line(case, "cancellation").link_note
            self.assertEqual(bool(note), noted, note)

    def test_login_that_staff_can_take(self):
        """Odoo sends a new password to the contact's address."""
        case = self.create_case(user_id=self.agent.id)
        case.message_subscribe(self.partner.ids)
        self.partner.with_user(self._create_seller()).email = PRIVATE
        self.by_link(case, self.customer)._customer_withdraw("Never mind")
        note = self.get_line(case, "cancellation").link_note
        self.assertIn("By a login", note)
        self.assertIn("Sam Seller", note)

    @promise("A merge of contacts ends links that went to another address", "3.3.1")
    def test_merged_contact(self):
        twin, same = self.env["res.partner"].create(
            [
                {"name": "Clara", "email": PRIVATE},
                {"name": "Clara", "email": "stella@borealis.example.com"},
            ]
        )
        case = self.create_case(
            user_id=self.agent.id, partner_id=self.partner_colleague.id
        )
        other = self.create_case(partner_id=same.id)
        tokens = [record._portal_ensure_token() for record in case | other]
        seller = self._create_seller()
        wizard = (
            self.env["base.partner.merge.automatic.wizard"].with_user(seller).sudo()
        )
        with mute_logger("odoo.addons.base.wizard.base_partner_merge"):
            for gone, kept in (
                (self.partner_colleague, twin),
                (same, self.partner_stranger),
            ):
                wizard._merge((gone | kept).ids, kept, extra_checks=False)
        self.assertEqual(case.partner_id, twin)
        self.assertNotEqual(case._portal_ensure_token(), tokens[0])
        self.assertEqual(case.address_by_id, seller)
        self.assertIn(PRIVATE, self.get_line(case, "customer").new_value)
        self.assertEqual(other._portal_ensure_token(), tokens[1])

    def test_own_contact_as_customer(self):
        contact = self.env["res.partner"].create({"name": "Me", "email": PRIVATE})
        case = self._lodge("Nora", "nora@home.example.org")
        token = case._portal_ensure_token()
        case.with_user(self.agent).partner_id = contact
        self.assertNotEqual(case._portal_ensure_token(), token)
        self.assertEqual(case.address_by_id, self.agent)
        self.by_link(case)._customer_withdraw("Never mind")
        self.assertSaid(case, "cancellation")

    def test_same_address_changes_nobody(self):
        contact = self.env["res.partner"].create(
            {"name": "Nora", "email": "nora@home.example.org"}
        )
        self.case.with_user(self.agent).partner_id = contact
        self.assertFalse(self.case.address_by_id)

    @promise(
        "Another address of a contact ends the links sent before, and is on record",
        "3.3.1, 7.1.3",
    )
    def test_address_of_the_contact(self):
        feedback = self.env["complaint.feedback"].create(
            {"name": "Lids", "partner_id": self.partner.id, "team_id": self.team.id}
        )
        case = self.create_case(user_id=self.agent.id)
        ended = self.work_to(self.create_case(), "cancelled")
        others = self.create_case(partner_id=self.partner_stranger.id)
        records = [case, feedback, ended, others]
        before = [record._portal_ensure_token() for record in records]
        self.partner.with_user(self._create_seller()).email = PRIVATE
        after = [record._portal_ensure_token() for record in records]
        renewed = [a != b for a, b in zip(before, after, strict=True)]
        self.assertEqual(renewed, [True, True, True, False])
        self.assertEqual(case.address_by_id.name, "Sam Seller")
        line = self.get_line(case, "customer")
        self.assertIn("clara@alba.example.com", line.old_value)
        self.assertIn(PRIVATE, line.new_value)
        self.assertEqual(line.user_id.name, "Sam Seller")
        self.assertFalse(self.get_line(others, "customer"))

    def _create_seller(self):
        return self._create_user(
            "seller", "Sam Seller", "base.group_user,base.group_partner_manager"
        )

    def test_contact_whose_address_stays(self):
        case = self.create_case()
        token = case._portal_ensure_token()
        case.sudo().address_by_id = False
        for value in ("CLARA@alba.example.com", "Clara <clara@alba.example.com>"):
            self.partner.with_user(self._create_seller_once()).email = value
        self.assertEqual(case._portal_ensure_token(), token)
        self.assertFalse(case.address_by_id)

    def _create_seller_once(self):
        seller = self.env["res.users"].search([("name", "=", "Sam Seller")])
        return seller or self._create_seller()

    def test_customer_moves_themselves(self):
        case = self.create_case(user_id=self.agent.id)
        case.sudo().address_by_id = self.agent
        self.partner.with_user(self.customer).sudo().email = "clara@new.example.com"
        self.assertFalse(case.address_by_id)

    def test_many_cases_of_a_contact(self):
        def count(number):
            partner = self.env["res.partner"].create(
                {"name": "Big", "email": f"big{number}@example.com"}
            )
            cases = self.env["complaint.complaint"].create(
                [
                    {"name": "x", "partner_id": partner.id, "team_id": self.team.id}
                    for __ in range(number)
                ]
            )
            self.assertEqual(len(cases), number)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            partner.email = f"bigger{number}@example.com"
            self.env.flush_all()
            return self.cr.sql_log_count - start

        few = count(2)
        self.assertLessEqual(count(12) - few, 6)

    def test_taken_over_from_feedback(self):
        feedback = (
            self.env["complaint.feedback"]
            .with_user(self.public)
            .sudo()
            .create(
                {
                    "name": "Lids",
                    "partner_email": "nora@home.example.org",
                    "team_id": self.team.id,
                    "channel": "website",
                    "company_id": self.company.id,
                }
            )
        )
        self.assertFalse(feedback.address_by_id)
        feedback.with_user(self.manager).action_make_complaint()
        self.assertFalse(feedback.complaint_id.address_by_id)
