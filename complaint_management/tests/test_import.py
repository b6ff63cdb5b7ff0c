import csv
import io
from datetime import datetime, timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ComplaintCommon

HEADER = [
    "reference",
    "name",
    "kind",
    "channel",
    "date_received",
    "partner_name",
    "partner_email",
    "category_id",
    "severity",
    "team_id",
]
CLOSED_HEADER = [
    *HEADER,
    "stage_id",
    "user_id",
    "urgency",
    "complexity",
    "findings",
    "resolution_kind",
    "resolution",
    "date_communicated",
    "outcome",
    "confirmation",
    "confirmation_note",
    "date_closed",
]
OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "encoding": "utf-8",
    "advanced": False,
    "keep_matches": False,
    "date_format": "",
    "datetime_format": "",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
}


@tagged("post_install", "-at_install")
class TestImport(ComplaintCommon):
    """An older register comes in from a CSV file, by Odoo's own import."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = cls.env["complaint.complaint"].with_user(cls.manager)

    def row(self, number, **vals):
        row = {
            "reference": f"OLD-{number:04}",
            "name": f"Old case {number}",
            "kind": "Complaint",
            "channel": "Letter",
            "date_received": "2024-03-04 09:30:00",
            "partner_name": f"Customer {number}",
            "partner_email": f"customer{number}@old.example.com",
            "category_id": "Kettle",
            "severity": "Major",
            "team_id": "Kettle Service",
            **vals,
        }
        return [row[name] for name in (CLOSED_HEADER if "stage_id" in row else HEADER)]

    def closed_row(self, number, **vals):
        return self.row(
            number,
            **{
                "stage_id": self.stage("closed").name,
                "user_id": self.agent.name,
                "urgency": "Normal",
                "complexity": "Simple",
                "findings": "<p>The lid was forgotten.</p>",
                "resolution_kind": "Refund",
                "resolution": "<p>Paid back.</p>",
                "date_communicated": "2024-03-10 10:00:00",
                "outcome": "Upheld",
                "confirmation": "Confirmed by the Customer",
                "confirmation_note": "",
                "date_closed": "2024-03-11 16:00:00",
                **vals,
            },
        )

    def load(self, rows, header=None):
        return self.cases.load(header or HEADER, rows)

    def assertRefused(self, result, *expected):
        """Nothing came in, and each (row, text) is among the messages."""
        self.assertFalse(result["ids"])
        self.assertFalse(self.cases.search([("reference", "like", "OLD-")]))
        found = [
            (message["rows"]["from"], message["message"])
            for message in result["messages"]
        ]
        self.assertEqual([row for row, __ in found], [row for row, __ in expected])
        for (__, text), (__, part) in zip(found, expected, strict=True):
            self.assertIn(part, text)

    def test_thousand_rows_from_a_file(self):
        """As an administrator does it: upload, match the columns, import."""
        if "base_import.import" not in self.env:
            self.skipTest("Odoo's import is not installed")
        file = io.StringIO()
        writer = csv.writer(file)
        labels = [
            self.cases._fields[name]._description_string(self.env) for name in HEADER
        ]
        writer.writerow(labels)
        writer.writerows(self.row(number) for number in range(1000))
        wizard = (
            self.env["base_import.import"]
            .with_user(self.manager)
            .create(
                {
                    "res_model": self.cases._name,
                    "file": file.getvalue().encode(),
                    "file_type": "text/csv",
                    "file_name": "register.csv",
                }
            )
        )
        preview = wizard.parse_preview(OPTIONS)
        self.assertNotIn("error", preview)
        matched = [preview["matches"][number] for number in range(len(HEADER))]
        self.assertEqual(matched, [[name] for name in HEADER], "found by their labels")
        result = wizard.execute_import(HEADER, labels, OPTIONS)
        self.assertFalse(result["messages"])
        self.assertEqual(len(result["ids"]), 1000)
        cases = self.cases.browse(result["ids"])
        self.assertEqual(len(set(cases.mapped("reference"))), 1000)
        self.assertRecordValues(
            cases[7],
            [
                {
                    "reference": "OLD-0007",
                    "name": "Old case 7",
                    "kind": "complaint",
                    "channel": "letter",
                    "date_received": datetime(2024, 3, 4, 9, 30),
                    "partner_name": "Customer 7",
                    "partner_email": "customer7@old.example.com",
                    "category_id": self.category.id,
                    "severity": "major",
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    "phase": "received",
                    "registered_by_id": self.manager.id,
                }
            ],
        )

    def test_import_asks_the_database_in_batches(self):
        rows = [self.row(number) for number in range(200)]
        self.load(rows[:1])
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(len(self.load(rows[1:])["ids"]), 199)
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 4 * 199)

    def test_numbers_are_given_where_the_file_has_none(self):
        result = self.load([self.row(1, reference=""), self.row(2)])
        cases = self.cases.browse(result["ids"])
        self.assertRegex(
            cases[0].reference, r"^CMP/2024/\d{5}$", "of the year received"
        )
        self.assertEqual(cases[1].reference, "OLD-0002")

    def test_customers_are_found_by_their_address(self):
        result = self.load([self.row(1, partner_email=self.partner.email)])
        case = self.cases.browse(result["ids"])
        self.assertEqual(case.partner_id, self.partner)

    @mute_logger("odoo.sql_db", "odoo.models")
    def test_bad_rows_are_named_and_nothing_comes_in(self):
        result = self.load(
            [
                self.row(1),
                self.row(2, severity="Terrible"),
                self.row(3, category_id="No such category"),
                self.row(4, date_received="last week"),
                self.row(5),
            ]
        )
        self.assertRefused(
            result,
            (1, "Terrible"),
            (2, "No such category"),
            (3, "last week"),
        )

    @mute_logger("odoo.sql_db", "odoo.models")
    def test_rows_that_break_a_rule_are_named(self):
        tomorrow = (datetime.now() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
        result = self.load(
            [
                self.row(1),
                self.row(2, date_received=tomorrow),
                self.row(3, name=""),
                self.row(4),
            ]
        )
        self.assertRefused(result, (1, "in the future"), (2, "Subject"))

    @mute_logger("odoo.models")
    def test_one_bad_row_is_the_only_one_named(self):
        rows = [self.row(1), self.row(2, date_received="2999-01-01 00:00:00")]
        self.assertRefused(self.load([*rows, self.row(3)]), (1, "in the future"))

    @mute_logger("odoo.sql_db")
    def test_a_number_twice(self):
        result = self.load(
            [self.row(1), self.row(2), self.row(3, reference="OLD-0001")]
        )
        self.assertRefused(result, (2, "This number belongs to another case already"))

    def test_closed_cases(self):
        result = self.load(
            [
                self.closed_row(1),
                self.closed_row(
                    2,
                    confirmation="Customer Did Not Answer",
                    confirmation_note="Two reminders",
                ),
            ],
            CLOSED_HEADER,
        )
        self.assertFalse(result["messages"])
        cases = self.cases.browse(result["ids"])
        self.assertEqual(cases.mapped("phase"), ["closed", "closed"])
        self.assertEqual(cases[0].date_closed, datetime(2024, 3, 11, 16))
        self.assertEqual(cases[0].age_days, 7)
        self.assertEqual(cases[0].user_id, self.agent)
        self.assertEqual(
            cases.decision_ids.mapped("type"), ["closing", "closing"], "on record"
        )
        self.assertFalse(cases.activity_ids, "nothing is left to do")

    @mute_logger("odoo.models")
    def test_closed_cases_need_what_closing_needs(self):
        result = self.load(
            [
                self.closed_row(1),
                self.closed_row(2, outcome="", findings=""),
                self.closed_row(3, confirmation="Customer Did Not Answer"),
                self.closed_row(4, category_id="Kettle / Leak"),
            ],
            CLOSED_HEADER,
        )
        self.assertRefused(
            result,
            (1, "Outcome: whether the complaint was justified"),
            (2, "Why Not Confirmed"),
            (3, "Root Cause"),
        )
        self.assertIn(
            "Findings", result["messages"][0]["message"], "all in one message"
        )

    @mute_logger("odoo.models")
    def test_closing_date_must_be_believable(self):
        result = self.load(
            [
                self.closed_row(1, date_closed="2024-03-01 00:00:00"),
                self.closed_row(2, date_closed="2999-01-01 00:00:00"),
            ],
            CLOSED_HEADER,
        )
        self.assertRefused(result, (0, "“Closed On”"), (1, "“Closed On”"))

    def test_closed_case_without_a_date_is_closed_now(self):
        result = self.load([self.closed_row(1, date_closed="")], CLOSED_HEADER)
        case = self.cases.browse(result["ids"])
        self.assertTrue(case.date_closed)
        self.assertLess(datetime.now() - case.date_closed, timedelta(hours=1))

    def test_cancelled_cases(self):
        header = [*HEADER, "stage_id", "cancel_reason", "cancel_note"]
        row = [*self.row(1), self.stage("cancelled").name]
        result = self.load([[*row, "Out of Scope", "Not our kettle"]], header)
        self.assertFalse(result["messages"])
        self.assertEqual(self.cases.browse(result["ids"]).cancel_reason, "out_of_scope")

    def test_nobody_is_told_of_old_cases(self):
        with self.mock_mail_gateway():
            self.load(
                [self.closed_row(1, partner_email=self.partner.email)], CLOSED_HEADER
            )
        self.assertNotIn(
            self.partner.email, str([mail["email_to"] for mail in self._mails])
        )

    def test_import_is_not_for_employees(self):
        for user in (self.employee, self.quality):
            cases = self.env["complaint.complaint"].with_user(user)
            result = cases.load(HEADER, [self.row(1)])
            self.assertFalse(result["ids"])
            self.assertIn("not allowed", result["messages"][0]["message"])
