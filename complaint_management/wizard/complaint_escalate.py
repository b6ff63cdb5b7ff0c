from odoo import api, fields, models

from ..models.complaint_escalation_level import LEVELS


class ComplaintEscalate(models.TransientModel):
    """Ask why a case goes to higher management, and show who will get it."""

    _name = "complaint.escalate"
    _description = "Escalate Case"
    _inherit = ["complaint.protected.mixin"]

    complaint_id = fields.Many2one("complaint.complaint", required=True)
    level = fields.Selection(LEVELS, required=True, default="supervisor")
    user_id = fields.Many2one(
        "res.users",
        string="Goes To",
        compute="_compute_user_id",
        help="Who stands for the level in this case, and is at work today.",
    )
    note = fields.Text(string="Reason", required=True)

    @api.depends("complaint_id", "level")
    def _compute_user_id(self):
        for wizard in self:
            complaint = wizard.complaint_id
            wizard.user_id = False
            # Asked first: who is responsible is looked up as the superuser.
            if complaint and wizard.level and complaint.has_access("write"):
                [wizard.user_id] = complaint._find_responsible_of(
                    [
                        {
                            "complaint": complaint,
                            "level": wizard.level,
                            "from_user": self.env.user,
                        }
                    ]
                )

    def action_escalate(self):
        self.ensure_one()
        self.complaint_id.escalate(self.level, self.note)
        return True
