from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty

OPEN_STATES = ("planned", "in_progress")
# Those that cure a cause, and so have to prove that they do (ISO 9001, 10.2.1 d).
CURES = ("corrective", "preventive")
# What an employee who owns an action or one of its steps reports; the rest is the
# plan, which those who work in Complaints agree on.
PROGRESS_FIELDS = {"state", "evidence", "step_ids"}


class ComplaintCorrectiveAction(models.Model):
    """Something to be done about one or several cases, by an owner, until a date.

    A correction repairs the case; a corrective action stops it recurring; a
    preventive action stops it occurring elsewhere (ISO 9001, 10.2). An action lives
    on after its cases. Its approval is in ``…_approval``, the proof that it worked
    in ``…_effectiveness``, reminders in ``…_reminder``.
    """

    _name = "complaint.corrective.action"
    _description = "Corrective Action"
    _inherit = [
        "complaint.approval.mixin",
        "complaint.responsible.mixin",
        "complaint.outside.mixin",
        "mail.activity.mixin",
    ]
    _order = "date_due, id desc"
    _check_company_auto = True
    _concerned_field = "complaint_ids.complained_user_id"

    name = fields.Char(
        string="What",
        required=True,
        tracking=True,
        help="In words that a customer may read: the 8D report prints them.",
        sealed=True,
    )
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
        sealed=True,
    )
    origin = fields.Selection(
        [
            ("complaint", "Complaint or Inquiry"),
            ("feedback", "Feedback"),
            ("review", "Management Review"),
            ("audit", "Audit"),
            ("internal", "Own Finding"),
        ],
        compute="_compute_origin",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="What brought the action about.",
        sealed=True,
    )
    origin_note = fields.Char(
        string="Source",
        help="Such as the audit, or who proposed it.",
        sealed=True,
    )
    complaint_ids = fields.Many2many(
        "complaint.complaint",
        "complaint_corrective_action_rel",
        "action_id",
        "complaint_id",
        string="Cases",
        check_company=True,
    )
    complaint_count = fields.Integer(compute="_compute_complaint_count")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        check_company=True,
        tracking=True,
        index="btree_not_null",
        sealed=True,
    )
    team_id = fields.Many2one(
        "complaint.team",
        compute="_compute_from_cases",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index="btree_not_null",
        help="Its working hours and its management count for reminders.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # What it is against
    problem = fields.Html(
        help="What went wrong. The 8D report, which customers get, prints it.",
        sealed=True,
    )
    root_cause_id = fields.Many2one(
        "complaint.root.cause",
        compute="_compute_from_cases",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        index="btree_not_null",
        sealed=True,
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_from_cases",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index="btree_not_null",
        sealed=True,
    )
    category_id = fields.Many2one(
        "complaint.category",
        compute="_compute_from_cases",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index="btree_not_null",
        sealed=True,
    )

    # What is done
    plan = fields.Html(help="How it is to be done.", sealed=True)
    cost = fields.Monetary(
        copy=False,
        tracking=True,
        help="What the action costs the company in all.",
        sealed=True,
    )
    step_ids = fields.One2many(
        "complaint.corrective.action.step", "action_id", sealed=True
    )
    step_count = fields.Integer(
        string="Steps",
        compute="_compute_step_count",
        store=True,
        system=True,
    )
    step_done_count = fields.Integer(
        string="Steps Done",
        compute="_compute_step_count",
        store=True,
        system=True,
    )
    date_due = fields.Date(
        string="Due Date", tracking=True, index=True, copy=False, sealed=True
    )
    date_done = fields.Date(
        string="Done On",
        compute="_compute_date_done",
        store=True,
        copy=False,
        system="entry",
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
        group_expand=True,
    )
    cancel_reason = fields.Text(
        string="Why Cancelled",
        copy=False,
        tracking=True,
        help="Kept in the decision log: a case may close without the action.",
        sealed=True,
    )
    color = fields.Integer(compute="_compute_color")
    evidence = fields.Html(
        string="Evidence of Completion",
        copy=False,
        help="What shows that it was done.",
        sealed=True,
    )
    may_plan = fields.Boolean(
        compute="_compute_may_plan",
        help="Whether the user works in Complaints, and not only on the action.",
    )
    decision_ids = fields.One2many(
        "complaint.decision",
        "action_id",
        string="Decision Log",
        readonly=True,
        copy=False,
        groups="complaint_management.group_complaint_user,"
        "complaint_management.group_complaint_quality,"
        "complaint_management.group_complaint_executive",
        system=True,
    )

    _cost_positive = models.Constraint(
        "CHECK (cost >= 0)", "The cost of an action cannot be negative."
    )

    # Computes

    @api.depends("complaint_ids")
    def _compute_origin(self):
        for action in self:
            if action.complaint_ids and action.origin in (False, "internal"):
                action.origin = "complaint"
            elif not action.origin:
                action.origin = "internal"

    @api.depends("complaint_ids")
    def _compute_complaint_count(self):
        for action in self:
            action.complaint_count = len(action.complaint_ids)

    @api.depends("complaint_ids")
    def _compute_from_cases(self):
        """Take team, cause, product and category from the first case that has them."""
        for action in self:
            # sudo: what the case says of itself, not who it is about.
            cases = action.sudo().complaint_ids
            for name in ("team_id", "root_cause_id", "product_id", "category_id"):
                if not action[name]:
                    action[name] = cases.filtered(name)[:1][name]

    @api.depends("step_ids.done")
    def _compute_step_count(self):
        for action in self:
            action.step_count = len(action.step_ids)
            action.step_done_count = len(action.step_ids.filtered("done"))

    @api.depends("state")
    def _compute_date_done(self):
        today = fields.Date.context_today(self)
        for action in self:
            if action.state != "done":
                action.date_done = False
            elif not action.date_done:
                action.date_done = today

    @api.depends("state", "date_due", "effectiveness")
    def _compute_color(self):
        """Red: overdue or without effect; green: done."""
        today = fields.Date.context_today(self)
        for action in self:
            late = (
                action.state in OPEN_STATES
                and action.date_due
                and action.date_due < today
            )
            if late or action.effectiveness == "not_effective":
                action.color = 1
            else:
                action.color = 10 if action.state == "done" else 0

    @api.depends_context("uid")
    def _compute_may_plan(self):
        self.may_plan = self._is_planner()

    @api.model
    def _is_planner(self):
        return self.env.su or self.env.user.has_group(
            "complaint_management.group_complaint_user"
        )

    # What a state asks for

    @api.constrains(
        "state",
        "evidence",
        "kind",
        "cost",
        "step_ids",
        "cancel_reason",
        "effectiveness_criterion",
        "effectiveness_date",
        "reviewer_id",
        "user_id",
    )
    def _check_state(self):
        """Refuse what is not ready, naming all that is missing in one message."""
        errors = []
        for action in self:
            missing = action._get_missing()
            if missing:
                errors.append(
                    self.env._(
                        "Action “%(action)s” cannot be “%(state)s” yet. Missing:",
                        action=action.name,
                        state=dict(
                            self._fields["state"]._description_selection(self.env)
                        )[action.state],
                    )
                    + "".join(f"\n• {line}" for line in missing)
                )
        if errors:
            raise ValidationError("\n\n".join(errors))

    def _get_missing(self):
        """Return what the action lacks for its state, as sentences for people."""
        self.ensure_one()
        missing = []
        if self.state == "done" and is_html_empty(self.evidence):
            missing.append(
                self.env._("evidence of completion: say what shows that it was done")
            )
        if self.state == "cancelled" and not (self.cancel_reason or "").strip():
            missing.append(self.env._("a reason: use “Cancel”, which asks for it"))
        # sudo: a step counts also for those who do not see it.
        left = self.sudo().step_ids.filtered(lambda step: not step.done)
        if self.state == "done" and left:
            missing.append(
                self.env._(
                    "steps: finish or remove %(steps)s",
                    steps=", ".join(f"“{name}”" for name in left.mapped("name")),
                )
            )
        return missing

    # Actions

    def action_start(self):
        return self.write({"state": "in_progress"})

    def action_done(self):
        return self.write({"state": "done"})

    def action_cancel(self, reason=""):
        """Give the actions up, with a reason that the decision log keeps.

        :param str reason: why; without it a dialog asks
        """
        if not (isinstance(reason, str) and reason.strip()):
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Cancel"),
                "res_model": "complaint.corrective.action.cancel",
                "view_mode": "form",
                "target": "new",
                "context": {"default_action_ids": self.ids},
            }
        self.write({"state": "cancelled", "cancel_reason": reason.strip()})
        return True

    def action_plan(self):
        return self.write({"state": "planned"})

    def action_view_complaints(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action_all"
        )
        action["domain"] = [("corrective_action_ids", "in", self.ids)]
        action["context"] = {}
        return action
