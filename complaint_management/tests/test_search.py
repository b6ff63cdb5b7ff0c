from odoo.fields import Domain

from .common import ComplaintCommon


class TestSearch(ComplaintCommon):
    """The search box finds a case by any part of what people know of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.create_case(
            name="The Bluebird kettle hisses", sale_order_id=cls.order.id
        )
        cls.other = cls.create_case(
            name="Wrong invoice", partner_id=cls.partner_stranger.id
        )
        cls.both = cls.case | cls.other
        cls.cases = cls.env["complaint.complaint"].with_user(cls.manager)

    def _box(self, text):
        """Return what the search box finds for ``text``, as its view asks."""
        domain = Domain("search_words", "ilike", text) & Domain(
            "id", "in", self.both.ids
        )
        return self.cases.search(domain)

    def test_by_parts(self):
        for text in (
            "luebir",
            "KETTLE HISS",
            self.case.reference,
            self.case.reference[4:],
            "lara Buy",
            "clara@alba",
            "Alba Ret",
            self.order.name,
            "hisses bluebird",
            "kettle clara",
        ):
            with self.subTest(text=text):
                self.assertEqual(self._box(text), self.case)
        self.assertFalse(self._box("teapot"))

    def test_by_name(self):
        """The same for the choice of a case in a field, as for a duplicate."""
        for text in "luebir", self.case.reference[4:], "alba reta":
            with self.subTest(text=text):
                found = self.cases.name_search(text, [("id", "in", self.both.ids)])
                self.assertEqual([case_id for case_id, __ in found], self.case.ids)

    def test_view_searches_that_column(self):
        arch = self.cases.get_view(view_type="search")["arch"]
        self.assertIn("search_words", arch)

    def test_follows_what_changes(self):
        self.partner.name = "Clara Newname"
        self.assertEqual(self._box("newname"), self.case)
        self.partner_company.name = "Alba Holding"
        self.assertEqual(self._box("alba hold"), self.case)
        self.case.name = "The kettle whistles"
        self.assertEqual(self._box("whistl"), self.case)
        self.assertFalse(self._box("bluebird"))
        self.case.sale_order_id = False
        self.assertFalse(self._box(self.order.name))

    def test_rights_hold(self):
        self.case.confidential = True
        found = self.cases.with_user(self.agent).search(
            [("search_text", "ilike", "bluebird")]
        )
        self.assertFalse(found)

    def test_trigram_index(self):
        """Without it the search reads every case, and slows down with each."""
        if not self.registry.has_trigram:
            self.skipTest("The database lacks the extension pg_trgm")
        self.env.cr.execute(
            """SELECT indexdef FROM pg_indexes
               WHERE tablename = 'complaint_complaint'
                 AND indexdef ILIKE '%%gin%%search_text%%gin_trgm_ops%%'"""
        )
        self.assertEqual(self.env.cr.rowcount, 1)
