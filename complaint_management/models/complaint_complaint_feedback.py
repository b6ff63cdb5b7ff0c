from markupsafe import Markup

from odoo import api, fields, models

from .complaint_intake_mixin import INTERNAL


class ComplaintComplaint(models.Model):
    """The feedback that became the case."""

    _inherit = "complaint.complaint"

    feedback_ids = fields.One2many(
        "complaint.feedback",
        "complaint_id",
        readonly=True,
        groups=INTERNAL,
        system=True,
    )
    feedback_count = fields.Integer(compute="_compute_feedback_count", groups=INTERNAL)

    @api.depends("feedback_ids")
    def _compute_feedback_count(self):
        counts = dict(
            self.env["complaint.feedback"]
            .with_context(active_test=False)
            ._read_group(
                [("complaint_id", "in", self.ids)], ["complaint_id"], ["__count"]
            )
        )
        for complaint in self:
            complaint.feedback_count = counts.get(complaint, 0)

    def action_view_feedback(self):
        """Open the feedback that became the case."""
        self.ensure_one()
        feedback = self.env["complaint.feedback"].with_context(active_test=False)
        found = feedback.search([("complaint_id", "=", self.id)], limit=1)
        return {
            "type": "ir.actions.act_window",
            "res_model": "complaint.feedback",
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": found.id,
        }

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": self.id,
        }

    def _note_link(self, feedback):
        self.message_post(
            body=Markup("<p>%s %s</p>")
            % (self.env._("Told first as feedback:"), feedback._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )
