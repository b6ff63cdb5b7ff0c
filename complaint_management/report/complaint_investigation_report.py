from odoo import api, models

QUALITY_OF_PAPER = "report.complaint_management.report_complaint_form"


class ReportComplaintInvestigation(models.AbstractModel):
    """Values of the Investigation Report, as the company keeps it."""

    _name = "report.complaint_management.report_complaint_investigation"
    _description = "Investigation Report"

    @api.model
    def _get_report_values(self, docids, data=None):
        investigations = self.env["complaint.investigation"].browse(docids)
        # sudo: ir.actions.report has asked; who may read the investigation may print
        # it, with the names of its case, product and customer.
        investigations = investigations.sudo()
        paper = self.env[QUALITY_OF_PAPER]
        return {
            "doc_ids": investigations.ids,
            "doc_model": investigations._name,
            "docs": investigations,
            "tz": self.env.context.get("tz") or self.env.user.tz or "UTC",
            # Text of people is printed without looks and links.
            "printable": paper._get_printable,
        }


class ReportComplaintInvestigationCustomer(models.AbstractModel):
    """Values of what the customer may read of the investigation.

    Nothing internal is handed to the template: no interviews, no names of staff, no
    findings, no causes; only what was written for the customer.
    """

    _name = "report.complaint_management.report_investigation_customer"
    _description = "Investigation Report for the Customer"

    @api.model
    def _get_report_values(self, docids, data=None):
        investigations = self.env["complaint.investigation"].browse(docids)
        # sudo: as above; what is printed is picked below.
        investigations = investigations.sudo()
        form = self.env[QUALITY_OF_PAPER]
        return {
            "doc_ids": investigations.ids,
            "doc_model": investigations._name,
            "docs": [
                self._get_letter(investigation, form)
                for investigation in investigations
            ],
        }

    @api.model
    def _get_letter(self, investigation, form):
        """Return all that the template prints of one investigation."""
        case = form._localize(investigation.complaint_id)
        told = bool(case.date_communicated)
        return {
            "case": case,
            "lang": case.env.lang,
            "description": form._get_printable(case.description),
            "own_words": case._is_in_customer_words(),
            "summary": form._get_printable(investigation.customer_summary),
            "date_signed": investigation.date_signed,
            "resolution": form._get_printable(case.resolution) if told else "",
            "contact_email": form._get_contact_email(case.team_id, case.company_id),
        }
