from .common import ComplaintCommon
from .promise import promise


class TestFoundLink(ComplaintCommon):
    """The secret link does not follow an address that an agent writes on the case."""

    @promise(
        "The link goes to no address that an agent has written, nor to staff", "8.3.1"
    )
    def test_address_of_an_agent(self):
        case = self.create_case(user_id=self.agent.id)
        own = case.partner_id.email_normalized
        self.assertTrue(case._is_customers_alone([own]))
        for address in self.agent.email_normalized, "private@agent.example":
            with self.subTest(address=address):
                case.with_user(self.agent).partner_email = address
                self.assertFalse(case._is_customers_alone([address]))
                self.assertFalse(case._is_customers_alone([own, address]))
        self.assertTrue(case._is_customers_alone([own]))

    def test_without_a_contact(self):
        case = self.create_case(partner_id=False, partner_email="new@example.com")
        self.assertTrue(case._is_customers_alone(["new@example.com"]))
        case.partner_email = self.agent.email
        self.assertFalse(case._is_customers_alone([self.agent.email_normalized]))
