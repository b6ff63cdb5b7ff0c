from datetime import date

from odoo import api, fields, models

from .complaint_complaint import INTERNAL

# The register's numbers begin with these.
PREFIXES = {"complaint.complaint": "CMP", "complaint.feedback": "FBK"}


class ResCompany(models.Model):
    _inherit = "res.company"

    complaint_duplicate_days = fields.Integer(
        string="Look for Duplicates Within (days)",
        default=30,
        groups=INTERNAL,
        help="Two cases of one customer about one order or with like words are shown "
        "as possible duplicates when they were received within so many days.",
    )

    complaint_owner_objection = fields.Selection(
        [("warn", "Note It"), ("refuse", "Refuse")],
        string="Owners Who Should Not Handle Cases",
        required=True,
        default="warn",
        groups=INTERNAL,
        help="What happens when a case is given to somebody to whom an addon objects, "
        "for instance because a training is missing.",
    )
    complaint_approval_always = fields.Boolean(
        string="Approve Every Resolution",
        groups=INTERNAL,
        help="Otherwise those above the amount, and of critical or escalated cases.",
    )
    complaint_approval_critical = fields.Boolean(
        string="Approve Critical and Escalated Cases", default=True, groups=INTERNAL
    )
    complaint_approval_amount = fields.Monetary(
        string="Approve Above",
        default=100.0,
        groups=INTERNAL,
        help="A resolution that costs more, or gives the customer more, needs the "
        "approval of a manager.",
    )
    complaint_executive_amount = fields.Monetary(
        string="Senior Management Approves Above",
        groups=INTERNAL,
        help="Above this amount senior management decides instead of a manager; 0 "
        "leaves every approval to managers.",
    )

    _complaint_duplicate_days_positive = models.Constraint(
        "CHECK (complaint_duplicate_days >= 0)",
        "The number of days to look for duplicates cannot be negative.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_complaint_sequences()
        return companies

    def _create_complaint_sequences(self):
        """Give each company its own numbering of cases and of feedback, by year."""
        # sudo: whoever may create a company gets its numbering with it.
        sequences = self.env["ir.sequence"].sudo()
        names = {
            "complaint.complaint": self.env._("Complaints of %s"),
            "complaint.feedback": self.env._("Feedback of %s"),
        }
        known = {
            (sequence.code, sequence.company_id)
            for sequence in sequences.search(
                [("code", "in", list(PREFIXES)), ("company_id", "in", self.ids)]
            )
        }
        sequences.create(
            [
                {
                    "name": names[code] % company.name,
                    "code": code,
                    "company_id": company.id,
                    "prefix": f"{prefix}/%(range_year)s/",
                    "padding": 5,
                    "use_date_range": True,
                }
                for code, prefix in PREFIXES.items()
                for company in self
                if (code, company) not in known
            ]
        )

    def _next_complaint_references(self, day, count, code="complaint.complaint"):
        """Return the next ``count`` numbers of the year of ``day``.

        :param str code: the model that is numbered
        """
        self.ensure_one()
        # sudo: numbers are drawn for whoever enters a case.
        sequences = self.env["ir.sequence"].sudo()
        domain = [("code", "=", code), ("company_id", "=", self.id)]
        sequence = sequences.search_fetch(domain, limit=1)
        if not sequence:
            self._create_complaint_sequences()
            sequence = sequences.search(domain, limit=1)
        ranges = self.env["ir.sequence.date_range"].sudo()  # sudo: as above
        date_range = ranges.search_fetch(
            [
                ("sequence_id", "=", sequence.id),
                ("date_from", "<=", day),
                ("date_to", ">=", day),
            ],
            limit=1,
        ) or ranges.create(
            {
                "sequence_id": sequence.id,
                "date_from": date(day.year, 1, 1),
                "date_to": date(day.year, 12, 31),
            }
        )
        # A time zone as well: to look up the user's, Odoo would read the whole contact.
        date_range = date_range.with_context(
            ir_sequence_date_range=date_range.date_from, tz="UTC"
        )
        return [date_range._next() for __ in range(count)]
