from odoo import api, models


class ReportComplaintCorrectiveAction(models.AbstractModel):
    """Values of the Corrective Action Form, a paper of the company for itself."""

    _name = "report.complaint_management.report_complaint_corrective_action"
    _description = "Corrective Action Form"

    @api.model
    def _get_report_values(self, docids, data=None):
        actions = self.env["complaint.corrective.action"].browse(docids)
        # As the reader, before the sudo: which of its cases they may know of.
        cases = {
            action.id: action.complaint_ids._filtered_access("read").sudo()
            for action in actions
        }
        # sudo: ir.actions.report has asked; who may read the action may print it, with
        # the names of people and products.
        actions = actions.sudo()
        form = self.env["report.complaint_management.report_complaint_form"]
        texts = ("problem", "plan", "evidence")
        return {
            "doc_ids": actions.ids,
            "doc_model": actions._name,
            "docs": actions,
            "cases": cases,
            "texts": {
                action.id: {name: form._get_printable(action[name]) for name in texts}
                for action in actions
            },
        }
