from odoo import fields, models

from .complaint_complaint import INTERNAL

# What decides when people are reminded of an action.
REMINDER_SETTINGS = {
    "complaint_action_remind_days",
    "complaint_action_repeat",
    "complaint_action_supervisor_days",
    "complaint_action_manager_days",
    "complaint_action_senior_days",
    "resource_calendar_id",
}


class ResCompany(models.Model):
    """What a company chooses for its corrective actions."""

    _inherit = "res.company"

    complaint_action_approval = fields.Selection(
        [
            ("amount", "Only those above the amount"),
            ("cures", "Corrective and preventive actions, and those above the amount"),
            ("all", "Every action"),
        ],
        string="Approve Actions",
        required=True,
        default="amount",
        groups=INTERNAL,
        help="An action that needs an approval is not begun before it is given.",
    )
    complaint_action_approval_amount = fields.Monetary(
        string="Approve Actions Above", default=500.0, groups=INTERNAL
    )
    complaint_action_remind_days = fields.Integer(
        string="Remind of Actions Before (d)",
        default=2,
        groups=INTERNAL,
        help="How many days before its date whoever is to act is reminded; 0: never.",
    )
    complaint_action_repeat = fields.Boolean(
        string="Remind Daily of Overdue Actions", default=True, groups=INTERNAL
    )
    complaint_action_supervisor_days = fields.Integer(
        string="Overdue Actions: Supervisor After (d)",
        default=1,
        groups=INTERNAL,
        help="How many working days after its date the supervisor hears of an action "
        "that is overdue; 0: never.",
    )
    complaint_action_manager_days = fields.Integer(
        string="Overdue Actions: Manager After (d)",
        default=5,
        groups=INTERNAL,
        help="As for the supervisor; 0: never.",
    )
    complaint_action_senior_days = fields.Integer(
        string="Overdue Actions: Senior Management After (d)",
        default=10,
        groups=INTERNAL,
        help="As for the supervisor; 0: never.",
    )
    complaint_recurrence_days = fields.Integer(
        string="Recurrence Within (d)",
        default=180,
        groups=INTERNAL,
        help="A case with the cause of an action, and its product or category, counts "
        "as a recurrence when it was received within so many days after the action was "
        "done; 0: never.",
    )

    _complaint_action_days_positive = models.Constraint(
        "CHECK (complaint_action_remind_days >= 0"
        " AND complaint_action_supervisor_days >= 0"
        " AND complaint_action_manager_days >= 0"
        " AND complaint_action_senior_days >= 0"
        " AND complaint_recurrence_days >= 0)",
        "The days of reminders, escalations and recurrences cannot be negative. Enter "
        "0 for never.",
    )

    def write(self, vals):
        res = super().write(vals)
        if not REMINDER_SETTINGS.isdisjoint(vals):
            # sudo: the dates follow the setting, whoever may change that.
            actions = self.env["complaint.corrective.action"].sudo()
            open_actions = actions.search(
                [("company_id", "in", self.ids), ("deadline", "!=", False)]
            )
            for name in ("next_event", "next_event_date"):
                self.env.add_to_compute(actions._fields[name], open_actions)
        return res
