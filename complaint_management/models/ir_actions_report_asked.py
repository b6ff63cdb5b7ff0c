from odoo import models
from odoo.exceptions import AccessError


class IrActionsReport(models.Model):
    """Papers of the product: who prints one is asked before anything is read.

    Every way to print ends here: the Print menu, the addresses ``/report/…``, the
    attachments of a mail template. Portal pages ask by themselves, and print as the
    superuser.
    """

    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        self._check_complaint_asked(report, docids)
        return super()._get_rendering_context(report, docids, data)

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # Before a copy that was kept of the paper is looked for.
        self._check_complaint_asked(self._get_report(report_ref), res_ids)
        return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)

    def _check_complaint_asked(self, report, ids):
        """Check that the user may print ``report``, and read what it prints.

        The groups of a report only hide it from a menu in Odoo. Here they count: what
        is a letter to the customer is not for everybody who may read the case.

        :raises AccessError: otherwise
        """
        access = self.env["complaint.access"]
        if self.env.su or not access._is_of_product(report.model):
            return
        if report.group_ids and not report.group_ids & self.env.user.all_group_ids:
            raise AccessError(
                self.env._(
                    "“%(report)s” is printed by these roles only: %(groups)s.",
                    report=report.name,
                    groups=", ".join(report.group_ids.mapped("full_name")),
                )
            )
        access._check_asked(report.model, ids)
