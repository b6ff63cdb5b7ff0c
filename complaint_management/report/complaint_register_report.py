from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.base.models.ir_actions_report import _wkhtml

# Rows to a heading where none is repeated: fewer than fit on a page.
HEADING_EVERY = 12
PRINTED_FIELDS = (
    "reference",
    "date_received",
    "kind",
    "partner_name",
    "partner_email",
    "partner_phone",
    "name",
    "category_id",
    "product_id",
    "severity",
    "user_id",
    "stage_id",
    "phase",
    "outcome",
    "date_closed",
)


class ReportComplaintRegister(models.AbstractModel):
    """Values of the Complaint/Feedback Register: the cases that the reader may see."""

    _name = "report.complaint_management.report_complaint_register"
    _description = "Complaint/Feedback Register"

    @api.model
    def _get_report_values(self, docids, data=None):
        if not docids:
            raise UserError(
                self.env._("Choose the period of the register first: “Print Register”.")
            )
        registers = self.env["complaint.register"].browse(docids)
        return {
            "doc_ids": registers.ids,
            "doc_model": registers._name,
            "docs": [self._get_register(register) for register in registers],
        }

    @api.model
    def _get_register(self, register):
        """Return what the template prints of one register."""
        # Asked here: both were chosen by whoever prints, and stand in the heading.
        register.company_id.check_access("read")
        register.team_id.check_access("read")
        complaints = register._get_complaints()
        # Not the long texts, which the register does not show.
        complaints.fetch(PRINTED_FIELDS)
        # sudo: the names of product and owner belong to the row of a case that the
        # reader may see, even if they have left the company since.
        complaints = complaints.sudo()
        labels = {
            name: dict(complaints._fields[name]._description_selection(self.env))
            for name in ("kind", "severity", "outcome")
        }
        return {
            "register": register,
            # sudo: the heading names company and team of the register's own filter.
            "company": register.sudo().company_id,
            "date_from": format_date(self.env, register.date_from),
            "date_to": format_date(self.env, register.date_to),
            "kind": labels["kind"].get(register.kind),
            "team": register.sudo().team_id.name,
            "printed_on": format_date(self.env, fields.Date.context_today(self)),
            "count": len(complaints),
            "tables": self._get_tables(self._get_rows(complaints, labels)),
            "heading_every": HEADING_EVERY,
            "totals": self._get_totals(complaints, labels),
        }

    @api.model
    def _get_rows(self, complaints, labels):
        """Return one dict of texts for each case, in the order of ``complaints``."""
        form = self.env["report.complaint_management.report_complaint_form"]
        categories = {
            category: form._get_category_path(category)
            for category in complaints.category_id
        }
        return [
            {
                "number": case.reference or "",
                "received": format_date(self.env, case.date_received),
                "kind": labels["kind"].get(case.kind, ""),
                "customer": case.partner_name
                or case.partner_email
                or case.partner_phone
                or "",
                "subject": case.name,
                "category": categories.get(case.category_id, ""),
                "product": case.product_id.display_name or "",
                "severity": labels["severity"].get(case.severity, ""),
                "critical": case.severity == "critical",
                "owner": case.user_id.name or "",
                "stage": case.stage_id.name,
                "outcome": labels["outcome"].get(case.outcome, ""),
                "closed": format_date(self.env, case.date_closed),
            }
            for case in complaints
        ]

    @api.model
    def _get_tables(self, rows):
        """Return ``rows`` as the tables to print, a list of lists.

        The wkhtmltopdf that Odoo recommends keeps the rows of one long table whole and
        repeats its heading on every page. The one without patches does neither, but
        keeps tables whole: there each row is a table, and every some rows have a heading.
        """
        if not rows:
            return []
        return [rows] if self._is_patched() else [[row] for row in rows]

    @api.model
    def _is_patched(self):
        return _wkhtml().is_patched_qt

    @api.model
    def _get_totals(self, complaints, labels):
        """Count the cases by outcome and severity, for the table at the end.

        :return: dict with the ``columns`` (severities), the ``lines`` (one for each
            outcome, and the sum) as ``(label, counts)``, and the ``open`` cases
        """
        severities = [*labels["severity"], False]
        counts = Counter((case.outcome, case.severity) for case in complaints)
        outcomes = {**labels["outcome"], False: self.env._("No outcome yet")}

        def line(chosen):
            numbers = [sum(counts[o, s] for o in chosen) for s in severities]
            return [*numbers, sum(numbers)]

        return {
            "columns": [*labels["severity"].values(), self.env._("Not assessed")],
            "lines": [(label, line([value])) for value, label in outcomes.items()],
            "sum": line(outcomes),
            "open": sum(
                case.phase not in ("closed", "cancelled") for case in complaints
            ),
        }
