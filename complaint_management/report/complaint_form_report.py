from lxml import html
from markupsafe import Markup

from odoo import api, models
from odoo.tools import is_html_empty

from ..models.complaint_stage import END_PHASES

# What a text keeps of its tags on paper: a table is still a table. Each paper goes
# through the filter in tools/print_filter.py, which decides on pictures.
PRINTED_ATTRIBUTES = frozenset({"colspan", "rowspan", "src"})
SILENT_TAGS = frozenset({"head", "script", "style", "title"})


class ReportComplaintForm(models.AbstractModel):
    """Values of the filled Complaint Form.

    The form goes to the customer: it holds what the customer said and was told, and
    nothing that the company keeps to itself.
    """

    _name = "report.complaint_management.report_complaint_form"
    _description = "Complaint Form"

    @api.model
    def _get_report_values(self, docids, data=None):
        complaints = self.env["complaint.complaint"].browse(docids)
        # sudo: ir.actions.report has asked; who may read the case may print it, names
        # of its order, invoice and owner included, as the template picks them;
        # customers have no right to these.
        complaints = complaints.sudo()
        return {
            "doc_ids": complaints.ids,
            "doc_model": complaints._name,
            "docs": [
                self._get_form(complaint)
                for complaint in map(self._localize, complaints)
            ],
        }

    @api.model
    def _localize(self, complaint):
        """Return ``complaint`` in the language of its customer, or of the reader."""
        return complaint._with_customer_lang()

    @api.model
    def _get_form(self, complaint):
        """Return what the template prints of one case."""
        told = bool(complaint.date_communicated)
        invoice = complaint.invoice_id
        policy = complaint.sla_policy_id
        if not policy:
            policy = self.env["complaint.sla.policy"]._match(complaint)[complaint]
        return {
            "case": complaint,
            "lang": complaint.env.lang,
            "category": self._get_category_path(complaint.category_id),
            # The number of a draft is not known to the customer, and may change.
            "invoice": invoice.name if invoice.state != "draft" else False,
            "description": self._get_printable(complaint.description),
            "told": told,
            "waits": not told and complaint.phase not in END_PHASES,
            "promises": self.with_env(complaint.env)._get_promises(policy),
            "resolution": self._get_printable(complaint.resolution) if told else "",
            "contact_email": self._get_contact_email(
                complaint.team_id, complaint.company_id
            ),
        }

    @api.model
    def _get_category_path(self, category):
        """Return the category by its name for customers, or with its parents."""
        return category.public_name or self._get_path(category)

    @api.model
    def _get_path(self, record):
        """Return a record's name after those of its parents, in the paper's language."""
        names = []
        while record:
            names.append(record.name)
            record = record.parent_id
        return " / ".join(reversed(names))

    @api.model
    def _get_contact_email(self, team, company):
        """Return the address for customers to write to: never one of the staff."""
        return team.alias_email or company.email or ""

    @api.model
    def _get_promises(self, policy):
        """Return ``{commitment: when}``, what ``policy`` promises, as texts."""
        # sudo: what is promised to customers is no secret to whoever prints it.
        times = {
            line.commitment: self._format_target(line)
            for line in policy.sudo().line_ids
        }
        return {
            commitment: self.env._("Every %(time)s", time=time)
            if commitment == "update"
            else self.env._("Within %(time)s", time=time)
            for commitment, time in times.items()
        }

    @api.model
    def _format_target(self, line):
        number = f"{line.target:g}"
        if line.unit == "clock_hours":
            one, many = self.env._("1 hour"), self.env._("%s hours", number)
        elif line.unit == "working_hours":
            one = self.env._("1 working hour")
            many = self.env._("%s working hours", number)
        else:
            one = self.env._("1 business day")
            many = self.env._("%s business days", number)
        return one if number == "1" else many

    # Text that came from outside

    @api.model
    def _get_printable(self, text):
        """Return ``text`` fit for paper, without looks and links.

        A sender must not dress up the company's paper.
        """
        if is_html_empty(text):
            return ""
        root = html.fragment_fromstring(str(text), create_parent="div")
        for element in list(root.iterdescendants()):
            if not isinstance(element.tag, str) or element.tag in SILENT_TAGS:
                element.drop_tree()
                continue
            for name in set(element.attrib) - PRINTED_ATTRIBUTES:
                del element.attrib[name]
        return Markup(html.tostring(root, encoding="unicode"))


class ReportComplaintFormBlank(models.AbstractModel):
    """Values of the Complaint Form that is filled in by hand."""

    _name = "report.complaint_management.report_complaint_form_blank"
    _description = "Blank Complaint Form"

    @api.model
    def _get_report_values(self, docids, data=None):
        company = self.env.company
        complaints = self.env["complaint.complaint"]
        # sudo: the address to write to is no secret; the form needs no case, and so
        # no right on cases.
        teams = self.env["complaint.team"].sudo()
        form = self.env["report.complaint_management.report_complaint_form"]
        case = complaints.new({"kind": "complaint", "company_id": company.id})
        policy = self.env["complaint.sla.policy"]._match(case)[case]

        def labels(name):
            field = complaints._fields[name]
            return [label for __, label in field._description_selection(self.env)]

        return {
            "doc_ids": [],
            "doc_model": complaints._name,
            "docs": complaints,
            "company": company,
            "kinds": labels("kind"),
            "channels": labels("channel"),
            "remedies": labels("remedy_requested"),
            "waits": True,
            "promises": form._get_promises(policy),
            "categories": self.env["complaint.category"].search(
                [("parent_id", "=", False), ("company_id", "in", (False, company.id))]
            ),
            "contact_email": form._get_contact_email(
                teams._get_default_team(company), company
            ),
        }
