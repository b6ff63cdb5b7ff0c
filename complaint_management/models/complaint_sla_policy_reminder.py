from odoo import api, fields, models
from odoo.exceptions import ValidationError

REMINDER_FIELDS = {
    "remind_before",
    "escalate_due",
    "escalate_manager_days",
    "escalate_senior_days",
    "repeat_daily",
}


class ComplaintSlaPolicyLine(models.Model):
    """When staff are reminded of a commitment, and when management hears of it."""

    _inherit = "complaint.sla.policy.line"

    remind_before = fields.Float(
        string="Remind Before (h)",
        default=4,
        help="How many hours before the deadline the owner is reminded: clock hours "
        "for a target in clock hours, working hours otherwise. 0: no reminder.",
    )
    escalate_due = fields.Boolean(
        string="Supervisor at Deadline",
        default=True,
        help="The supervisor is told as soon as the deadline has passed.",
    )
    escalate_manager_days = fields.Integer(
        string="Manager After (d)",
        default=2,
        help="How many days after the deadline the manager gets the case: working "
        "days, unless the target is in clock hours. 0: never.",
    )
    escalate_senior_days = fields.Integer(
        string="Senior Management After (d)",
        default=5,
        help="How many days after the deadline senior management gets the case: "
        "working days, unless the target is in clock hours. 0: never.",
    )
    repeat_daily = fields.Boolean(
        string="Remind Daily",
        default=True,
        help="The owner is reminded once a day for as long as it is late.",
    )

    @api.constrains("remind_before", "escalate_manager_days", "escalate_senior_days")
    def _check_reminders(self):
        for line in self:
            if (
                line.remind_before < 0
                or line.escalate_manager_days < 0
                or line.escalate_senior_days < 0
            ):
                raise ValidationError(
                    self.env._(
                        "The times of reminders and escalations cannot be negative, in "
                        "%(policy)s. Enter 0 for none.",
                        policy=line.policy_id.name,
                    )
                )
            if (
                0 < line.escalate_senior_days <= line.escalate_manager_days
                and line.escalate_manager_days
            ):
                raise ValidationError(
                    self.env._(
                        "Senior management gets a case later than the manager, in "
                        "%(policy)s.",
                        policy=line.policy_id.name,
                    )
                )

    def write(self, vals):
        res = super().write(vals)
        if not REMINDER_FIELDS.isdisjoint(vals):
            # sudo: the commitments follow the policy, whoever may change that.
            statuses = self.env["complaint.sla.status"].sudo()
            statuses._plan(
                statuses.search([("line_id", "in", self.ids), ("date_met", "=", False)])
            )
        return res

    def _get_steps(self):
        """Return ``[(level, days)]``: how long after a deadline each level hears of it."""
        steps = [
            ("manager", self.escalate_manager_days),
            ("senior_management", self.escalate_senior_days),
        ]
        return [(level, days) for level, days in steps if days]
