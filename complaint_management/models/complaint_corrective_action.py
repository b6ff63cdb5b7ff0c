from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty


class ComplaintCorrectiveAction(models.Model):
    """Something to be done about one or several cases, by an owner, until a date.

    A correction repairs the case; a corrective action stops it recurring; a
    preventive action stops it occurring elsewhere (ISO 9001, 10.2).
    """

    _name = "complaint.corrective.action"
    _description = "Corrective Action"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, date_due, id"
    _check_company_auto = True

    name = fields.Char(string="What", required=True, tracking=True)
    kind = fields.Selection(
        [
            ("containment", "Containment"),
            ("correction", "Correction"),
            ("corrective", "Corrective Action"),
            ("preventive", "Preventive Action"),
            ("improvement", "Improvement"),
        ],
        required=True,
        default="correction",
        tracking=True,
    )
    complaint_ids = fields.Many2many(
        "complaint.complaint",
        "complaint_corrective_action_rel",
        "action_id",
        "complaint_id",
        string="Cases",
        check_company=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        check_company=True,
        tracking=True,
        index="btree_not_null",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    date_due = fields.Date(string="Due Date", tracking=True, index=True)
    date_done = fields.Date(
        string="Done On", compute="_compute_date_done", store=True, copy=False
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("in_progress", "In Progress"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="planned",
        copy=False,
        tracking=True,
        index=True,
    )
    plan = fields.Html(help="How it is to be done.")
    evidence = fields.Html(
        string="Evidence of Completion", help="What shows that it was done."
    )

    @api.depends("state")
    def _compute_date_done(self):
        today = fields.Date.context_today(self)
        for action in self:
            if action.state != "done":
                action.date_done = False
            elif not action.date_done:
                action.date_done = today

    @api.constrains("state", "evidence")
    def _check_evidence(self):
        for action in self:
            if action.state == "done" and is_html_empty(action.evidence):
                raise ValidationError(
                    self.env._(
                        "Action “%(action)s” has no evidence of completion. Say under "
                        "“Evidence of Completion” what shows that it was done.",
                        action=action.name,
                    )
                )

    def action_start(self):
        return self.write({"state": "in_progress"})

    def action_done(self):
        return self.write({"state": "done"})

    def action_cancel(self):
        return self.write({"state": "cancelled"})

    def action_plan(self):
        return self.write({"state": "planned"})
