from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.complaint_intake_mixin_customer import CUSTOMER_FIELDS
from .attack_hidden import HiddenCase
from .promise import promise

SHARED = ("complaint.complaint", "complaint.feedback")
# Fields that the product adds to models of Odoo which customers may read, and that are
# Odoo's own by their name.
KNOWN = {("res.partner", "email_normalized"), ("res.users", "email_normalized")}
OPERATORS = (("=", True), ("in", ["overdue"]), ("ilike", "e"), (">", 0))


@tagged("post_install", "-at_install")
class TestCustomerFields(HiddenCase):
    """Of all fields, a customer reads and searches by those of one list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(user_id=cls.agent.id)
        cls.feedback = cls.env["complaint.feedback"].create(
            {"name": "Well done", "partner_id": cls.partner.id, "team_id": cls.team.id}
        )
        cls.case.activity_schedule(
            "mail.mail_activity_data_todo", date_deadline="2024-01-01"
        )

    def _own(self):
        for record in self.case, self.feedback:
            own = self.as_user("customer", record)
            self.assertTrue(own.has_access("read"))
            yield own

    @promise(
        "Customers are told of no field beyond those of one list",
        "4.1.3, 8.3.4",
    )
    def test_only_the_list_is_described(self):
        for own in self._own():
            for context in ({}, {"complaint_taking_in": True}, {"import_file": True}):
                shown = set(own.with_context(**context).fields_get())
                self.assertLessEqual(shown, CUSTOMER_FIELDS)

    @promise(
        "Customers read no field beyond that list",
        "4.1.3, 4.2.1",
    )
    def test_only_the_list_is_read(self):
        for own in self._own():
            for name in own._fields:
                with self.subTest(model=own._name, field=name):
                    self.env.invalidate_all()
                    if name in CUSTOMER_FIELDS:
                        continue
                    with self.assertRaises(AccessError):
                        own.read([name])
                    with self.assertRaises(AccessError):
                        own.mapped(name)

    @promise(
        "Customers find, sort and count by no field beyond that list",
        "4.2.1",
    )
    def test_nothing_else_answers_a_search(self):
        """Whatever the operator, and also where Odoo searches by a method."""
        tried = 0
        for own in self._own():
            for name in own._fields.keys() - CUSTOMER_FIELDS:
                for operator, value in OPERATORS:
                    for domain in (
                        [(name, operator, value)],
                        ["!", (name, operator, value)],
                        [("id", "any", [(name, operator, value)])],
                        [("partner_id.name", "=", "Clara Buyer"), (name, "=", value)],
                    ):
                        tried += 1
                        with self.subTest(model=own._name, domain=domain):
                            told, __ = self.ask(lambda o=own, d=domain: o.search(d))
                            self.assertIsInstance(told, str)  # what it was refused by
                for call in (
                    lambda o=own, n=name: o.search([], order=n),
                    lambda o=own, n=name: o.formatted_read_group([], [n]),
                    lambda o=own, n=name: o.formatted_read_group(
                        [], [], [f"{n}:count"]
                    ),
                    lambda o=own, n=name: o.export_data([n])["datas"],
                    lambda o=own, n=name: o.filtered_domain([(n, "=", "e")]),
                ):
                    told, __ = self.ask(call)
                    with self.subTest(model=own._name, field=name):
                        self.assertTellsNothing(told)
        self.assertGreater(tried, 1000)

    def test_what_the_pages_need_is_found(self):
        own = self.as_user("customer", self.case)
        for domain in (
            [("phase", "not in", ("closed", "cancelled"))],
            [("reference", "ilike", self.case.reference)],
            [("name", "ilike", "lid")],
            [("partner_id", "=", self.partner.id)],
        ):
            self.assertIn(own, own.search(domain, order="date_received desc, id desc"))

    @promise(
        "Nothing that the product adds to Odoo's records is a customer's to read",
        "4.1.3",
    )
    def test_nothing_on_models_of_odoo(self):
        """Settings of the company, and whatever else the product added."""
        for user in self.customer, self.public:
            for model in self.env.registry:
                records = self.env[model].with_user(user)
                if model.startswith("complaint.") or not records.has_access("read"):
                    continue
                for name, field in records._fields.items():
                    ours = any(
                        module.startswith("complaint_management")
                        for module in field._modules or ()
                    )
                    if ours and (model, name) not in KNOWN:
                        with self.subTest(model=model, field=name, user=user.name):
                            self.assertFalse(records._has_field_access(field, "read"))

    @promise(
        "Customers cannot guess the company's settings",
        "4.2.1",
    )
    def test_settings_are_not_guessed(self):
        companies = self.env["res.company"].with_user(self.customer)
        for name in self.env["res.company"]._fields:
            if name.startswith("complaint_"):
                for value in (True, 7, "warn"):
                    told, __ = self.ask(
                        lambda n=name, v=value: companies.search([(n, "=", v)])
                    )
                    with self.subTest(field=name, value=value):
                        self.assertIsInstance(told, str)


@tagged("post_install", "-at_install")
class TestComputes(HiddenCase):
    """What is computed with more rights than the reader's tells of no hidden record."""

    @promise(
        "What is computed of a record tells nothing of a hidden one",
        "4.2.1",
    )
    def test_values_of_readable_records(self):
        """Read each field of what stands beside the hidden records."""
        case = self.create_case(
            user_id=self.agent.id,
            partner_id=self.partner_other.id,
            registered_by_id=self.employee.id,
        )
        beside = [
            case,
            self.team,
            self.team_other,
            self.category,
            self.partner_company,
            self.partner,
            self.order,
            self.company,
            self.tag,
            self.root_cause,
        ]
        read = 0
        for role in ("employee", "agent", "quality", "executive", "customer"):
            for record in beside:
                own = self.as_user(role, record)
                if not own.has_access("read"):
                    continue
                for name, field in own._fields.items():
                    ours = own._name.startswith("complaint.") or any(
                        module.startswith("complaint_management")
                        for module in field._modules or ()
                    )
                    if not ours or not own._has_field_access(field, "read"):
                        continue
                    told, __ = self.ask(lambda o=own, n=name: o.read([n]))
                    read += 1
                    with self.subTest(role=role, model=own._name, field=name):
                        self.assertTellsNothing(told)
        self.assertGreater(read, 300)

    @promise(
        "Counts leave out what the reader may not see",
        "4.2.1",
    )
    def test_counts_leave_out_what_is_hidden(self):
        hidden = self.hidden["complaint.complaint"]["confidential"]
        partner, team = hidden.partner_id, hidden.team_id
        for role, expected in (("agent_other", 0), ("quality", 0), ("manager", 1)):
            with self.subTest(role=role):
                count = self.as_user(role, partner).complaint_count
                self.assertEqual(count, expected)
                self.assertEqual(self.as_user(role, team).open_count, expected)

    @promise(
        "Values that follow from others are computed for who may read the record",
        "4.2.1",
    )
    def test_onchange_of_a_hidden_record_tells_nothing(self):
        """What follows from a value is computed with the record's other values."""
        values = {
            "complaint.complaint": {"name": "Mine"},
            "complaint.feedback": {"name": "Mine"},
            "complaint.corrective.action": {"kind": "corrective"},
            "complaint.investigation": {"escape_cause": "None"},
        }
        for model, given in values.items():
            specification = {name: {} for name in self.env[model]._fields}
            for role, record in self.attacks(model):
                told, written = self.ask(
                    lambda r=record, g=given, s=specification: r.onchange(g, list(g), s)
                )
                with self.subTest(model=model, role=role):
                    self.assertTellsNothing(told, record)
                    self.assertFalse(written)

    @promise(
        "A refusal names nothing of a hidden record, and confirms no guess",
        "4.2.1, 7.4.1",
    )
    def test_refusals_name_nothing(self):
        """Writing, with whatever value, says no more than that it is refused."""
        for model in self.hidden:
            for role, record in self.attacks(model):
                if role not in ("employee", "agent_other", "manager_b"):
                    continue  # Each of the others is one of these to the product.
                for name, field in record._fields.items():
                    if not field.store or field.type in ("binary", "json"):
                        continue
                    value = record.sudo()[name]
                    answers = set()
                    for given in (
                        "guessed" if field.type in ("char", "text", "html") else False,
                        field.convert_to_write(value, record),
                    ):
                        told, written = self.ask(
                            lambda r=record, n=name, g=given: r.write({n: g})
                        )
                        answers.add(str(told))
                        self.assertFalse(written)
                    with self.subTest(model=model, role=role, field=name):
                        # Whether the guess was right, too, is nothing to know.
                        self.assertEqual(len(answers), 1)
                        self.assertTellsNothing(answers, record)
                        self.assertRegex(answers.pop(), "^(AccessError|UserError)")
