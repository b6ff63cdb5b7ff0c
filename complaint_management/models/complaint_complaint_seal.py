from odoo import api, fields, models
from odoo.exceptions import UserError

from .complaint_stage import END_PHASES

# How a case has ended, and why.
END_FIELDS = {
    "outcome",
    "confirmation",
    "confirmation_note",
    "handover_reason",
    "cancel_reason",
    "cancel_note",
    "duplicate_of_id",
}


class ComplaintComplaint(models.Model):
    """What an ended case said stays said, until a manager reopens it with a reason."""

    _inherit = "complaint.complaint"

    partner_id = fields.Many2one(sealed=True)
    partner_name = fields.Char(sealed=True)
    partner_email = fields.Char(sealed=True)
    partner_phone = fields.Char(sealed=True)

    def _filter_sealed(self, vals):
        return self.filtered(lambda case: case.phase in END_PHASES)

    def _get_unsealed_names(self, vals):
        """How a case ends may change with another end; ``_check_reopening`` asks why."""
        stage = self.env["complaint.stage"].browse(vals.get("stage_id"))
        return END_FIELDS if stage and stage.phase != self.phase else set()

    def _get_sealed_message(self, labels):
        return self.env._(
            "%(case)s is closed: %(fields)s cannot change any more. A manager can "
            "reopen it first.",
            case=self.display_name,
            fields=labels,
        )

    def _check_open_to_wait(self):
        ended = self.filtered(lambda case: case.phase in END_PHASES)
        if ended:
            raise UserError(
                self.env._(
                    "%(case)s has ended: nothing waits for the customer any more. A "
                    "manager can reopen it first.",
                    case=ended[0].display_name,
                )
            )

    def _check_ended_to_archive(self):
        """An open case that nobody sees any more would be a promise forgotten."""
        self.check_access("write")
        is_open = self.filtered(lambda case: case.phase not in END_PHASES)
        if is_open:
            raise UserError(
                self.env._(
                    "%(cases)s is still open, and an archived case is out of sight. "
                    "Close it, or cancel it with a reason; then it can be archived.",
                    cases=", ".join(is_open.mapped("display_name")),
                )
            )

    def _check_reopening(self, change):
        """An ended case moves again only by a manager, and with a reason."""
        if not change.touches("stage_id"):
            return
        stage = self.env["complaint.stage"].browse(change.vals["stage_id"])
        ended = self.filtered(
            lambda complaint: (
                complaint.phase in END_PHASES and stage.phase != complaint.phase
            )
        )
        if not ended:
            return
        allowed = self.env.su or self.env.user.has_group(
            "complaint_management.group_complaint_manager"
        )
        if not allowed or not self._get_reason():
            raise UserError(
                self.env._(
                    "%(case)s is closed. Only a manager reopens a case, and says why: "
                    "use the button “Reopen”.",
                    case=ended[0].display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "A case is a record that must be kept: it cannot be deleted. Cancel it "
                "with a reason, or archive it."
            )
        )
