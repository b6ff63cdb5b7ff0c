from lxml import etree

from odoo.tests import warmup

from .common import ComplaintCommon

MAIL = """Return-Path: <{sender}>
From: "Some Body" <{sender}>
To: {to}
Subject: {subject}
Message-Id: <{number}.lid@shop.example.com>
Date: Thu, 02 May 2024 10:00:00 +0000
Content-Type: text/plain; charset="utf-8"

The lid of my kettle is missing.
"""
# At most so many queries, once Odoo's caches are warm.
LIMITS = {
    "create one": 38,
    "create a hundred": 160,
    "create a hundred with owners": 1000,
    "stage move": 8,
    "owner of twenty": 60,
    "cancel twenty": 60,
    "mail": 95,
    "kanban": 20,
    "list": 20,
    "form": 32,
}


class TestQueryCounts(ComplaintCommon):
    """What a step costs in queries; a change that makes it dearer fails here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.complaints = cls.env["complaint.complaint"].with_user(cls.agent)
        cls.domain = [("company_id", "=", cls.company.id)]

    @classmethod
    def _values(cls, count):
        """Return values of cases as different as they come."""
        return [
            {
                "name": f"Case {n}",
                "partner_id": (cls.partner if n % 2 else cls.partner_stranger).id,
                "team_id": cls.team.id,
                "category_id": (cls.category if n % 3 else cls.category_leak).id,
                "severity": ("minor", "major")[n % 2],
                "sale_order_id": cls.order.id if n % 2 else False,
                "tag_ids": cls.tag.ids if n % 4 else [],
            }
            for n in range(count)
        ]

    def _fill(self, count):
        """Enter cases with what a busy company has: owners, activities, history."""
        cases = self.env["complaint.complaint"].create(
            [
                {**values, "user_id": (self.agent if n % 3 else self.agent_2).id}
                for n, values in enumerate(self._values(count))
            ]
        )
        for case in cases[::5]:
            case.activity_schedule("mail.mail_activity_data_todo", summary="Call")

    def _specification(self, view_type):
        """Return what the web client reads for a view: all that stands in it."""
        arch = self.complaints.get_view(view_type=view_type)["arch"]
        names = etree.fromstring(arch).xpath("//field[not(ancestor::field)]/@name")
        return {
            name: {"fields": {"display_name": {}}}
            if self.complaints._fields[name].relational
            else {}
            for name in names
        }

    def _count(self, call):
        """Return how many queries ``call`` sends, from a cold record cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def assertCost(self, step, call):
        count = self._count(call)
        if self.warm:
            self.assertLessEqual(count, LIMITS[step], step)

    def assertNoGrowth(self, step, call):
        """Check the cost of reading, and that more cases make it no dearer."""
        self._fill(90)
        self.assertCost(step, call)
        few = self._count(call)
        self._fill(90)
        many = self._count(call)
        if self.warm:
            self.assertLessEqual(many, few, step)

    # Write

    @warmup
    def test_create_one(self):
        [values] = self._values(1)
        self.assertCost("create one", lambda: self.complaints.create(values))

    @warmup
    def test_create_a_hundred(self):
        values = self._values(100)
        self.assertCost("create a hundred", lambda: self.complaints.create(values))

    @warmup
    def test_create_a_hundred_with_owners(self):
        """Choosing them is one step; each is told, and that is a mail for each case."""
        self.team.assignment_method = "balanced"
        values = self._values(100)
        self.assertCost(
            "create a hundred with owners", lambda: self.complaints.create(values)
        )

    @warmup
    def test_stage_move(self):
        case = self.create_case(user_id=self.agent.id).with_user(self.agent)
        stage = self.stage("assessment")
        self.assertCost("stage move", lambda: case.write({"stage_id": stage.id}))

    @warmup
    def test_owner_of_twenty(self):
        """Who gets them is told once, of all of them."""
        cases = self.complaints.create(self._values(20))
        self.assertCost(
            "owner of twenty", lambda: cases.write({"user_id": self.agent_2.id})
        )
        told = self.env["mail.message"].search(
            [
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", self.agent_2.partner_id.ids),
            ]
        )
        self.assertEqual(told.subject, "20 cases are yours now")

    @warmup
    def test_cancel_twenty(self):
        cases = self.complaints.create(self._values(20))
        self.assertCost("cancel twenty", lambda: cases.cancel("invalid", "Not ours"))

    @warmup
    def test_mail_comes_in(self):
        mail = MAIL.format(
            sender="new@example.com",
            to=f"kettle-service@{self.alias_domain}",
            subject="Lid",
            number=1,
        )

        def come_in():
            with self.mock_mail_gateway():
                self.env["mail.thread"].message_process("complaint.complaint", mail)

        self.assertCost("mail", come_in)

    # Read

    @warmup
    def test_kanban(self):
        cases = self.complaints.with_context(read_group_expand=True)
        specification = self._specification("kanban")
        self.assertNoGrowth(
            "kanban",
            lambda: cases.web_read_group(
                self.domain,
                ["stage_id"],
                ["__count"],
                auto_unfold=True,
                unfold_read_specification=specification,
                unfold_read_default_limit=40,
            ),
        )

    @warmup
    def test_list_of_80(self):
        specification = self._specification("list")
        self.assertNoGrowth(
            "list",
            lambda: self.complaints.web_search_read(
                self.domain, specification, limit=80
            ),
        )

    @warmup
    def test_form(self):
        """A case opens at one cost, however many cases its customer has."""
        case = self.create_case(user_id=self.agent.id).with_user(self.agent)
        specification = self._specification("form")
        self.assertNoGrowth("form", lambda: case.web_read(specification))
