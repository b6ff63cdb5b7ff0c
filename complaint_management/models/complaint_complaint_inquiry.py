from odoo import api, models
from odoo.exceptions import UserError

from .complaint_stage import END_PHASES


class ComplaintComplaint(models.Model):
    """The short way of inquiries: only through the stages that take them."""

    _inherit = "complaint.complaint"

    def _return_to_inquiry_stages(self):
        """Take what became an inquiry back to the last stage that inquiries take."""
        misplaced = self._filter_misplaced_inquiries()
        if not misplaced:
            return
        stages = self._get_inquiry_stages().filtered(
            lambda stage: stage.phase not in END_PHASES
        )
        for old, cases in misplaced.grouped("stage_id").items():
            earlier = stages.filtered(
                lambda stage, old=old: (
                    (stage.sequence, stage.id) < (old.sequence, old.id)
                )
            )
            if earlier or stages:
                cases.stage_id = earlier[-1:] or stages[:1]

    def _check_inquiry_stages(self):
        """Refuse inquiries in stages that the company keeps for complaints.

        :raises UserError: naming the stages that an inquiry may take
        """
        misplaced = self._filter_misplaced_inquiries()
        if misplaced:
            raise UserError(
                self.env._(
                    "%(case)s is an inquiry and cannot be in stage “%(stage)s”, which is "
                    "for complaints only. Inquiries take: %(stages)s.",
                    case=misplaced[0].display_name,
                    stage=misplaced[0].stage_id.name,
                    stages=", ".join(self._get_inquiry_stages().mapped("name")),
                )
            )

    def _filter_misplaced_inquiries(self):
        return self.filtered(
            lambda case: (
                case.kind == "inquiry"
                and not case.stage_id.inquiry
                and case.phase != "cancelled"
            )
        )

    @api.model
    def _get_inquiry_stages(self):
        return self.env["complaint.stage"].search(
            [("inquiry", "=", True), ("phase", "!=", "cancelled")]
        )
