from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

OPEN_STATES = ("planned", "in_progress")


class ComplaintManagementReview(models.Model):
    """A meeting in which management looks at complaint handling (ISO 10002, 8.7).

    The figures of the period are taken before the meeting and stay as the meeting saw
    them; what is agreed becomes actions, which are followed to their end.
    """

    _name = "complaint.management.review"
    _description = "Management Review"
    _inherit = ["complaint.protected.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_meeting desc, id desc"
    _check_company_auto = True

    _create_preparations = ("_check_beginning",)
    _write_checks = ("_check_course",)

    name = fields.Char(string="Subject", required=True, tracking=True, sealed=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        sealed=True,
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._get_last_quarter()[0],
        sealed=True,
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self._get_last_quarter()[1],
        sealed=True,
    )
    date_meeting = fields.Datetime(
        string="Meeting On",
        required=True,
        tracking=True,
        default=fields.Datetime.now,
        sealed=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Chair",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        check_company=True,
        tracking=True,
    )
    participant_ids = fields.Many2many(
        "res.users",
        "complaint_management_review_participant_rel",
        string="Participants",
        domain=[("share", "=", False)],
        check_company=True,
        sealed=True,
    )
    guests = fields.Char(help="Those who took part and have no user.", sealed=True)
    agenda = fields.Html(sealed=True)
    figure_ids = fields.One2many(
        "complaint.management.review.figure",
        "review_id",
        readonly=True,
        system=True,
    )
    date_figures = fields.Datetime(
        string="Figures Taken On", readonly=True, copy=False, system=True
    )
    findings = fields.Html(
        copy=False, help="What the meeting makes of the figures.", sealed=True
    )
    decision_ids = fields.One2many(
        "complaint.management.review.decision",
        "review_id",
        copy=False,
        sealed=True,
    )
    action_ids = fields.One2many(
        "complaint.corrective.action",
        "management_review_id",
        string="Agreed Changes",
        copy=False,
    )
    action_open_count = fields.Integer(
        string="Open Actions", compute="_compute_action_counts"
    )
    action_done_count = fields.Integer(
        string="Done Actions", compute="_compute_action_counts"
    )
    state = fields.Selection(
        [("planned", "Planned"), ("held", "Held"), ("closed", "Closed")],
        required=True,
        default="planned",
        copy=False,
        tracking=True,
        index=True,
    )
    closing_reason = fields.Text(
        string="Closed With Open Actions Because",
        copy=False,
        tracking=True,
        help="Needed only where agreed changes are still open.",
    )

    _period = models.Constraint(
        "CHECK (date_from <= date_to)", "The period ends before it begins."
    )

    @api.model
    def _get_last_quarter(self):
        """Return first and last day of the last full quarter."""
        today = fields.Date.context_today(self)
        begin = today.replace(day=1) - relativedelta(months=(today.month - 1) % 3)
        return begin - relativedelta(months=3), begin - relativedelta(days=1)

    @api.depends("action_ids.state")
    def _compute_action_counts(self):
        counts = {}
        for review, state, count in self.env["complaint.corrective.action"]._read_group(
            [("management_review_id", "in", self.ids)],
            ["management_review_id", "state"],
            ["__count"],
        ):
            counts[review, state] = count
        for review in self:
            review.action_open_count = sum(
                counts.get((review, state), 0) for state in OPEN_STATES
            )
            review.action_done_count = counts.get((review, "done"), 0)

    # Rules

    @api.constrains("state", "closing_reason", "action_ids")
    def _check_state(self):
        for review in self:
            if review.state != "planned" and not review.date_figures:
                raise ValidationError(
                    self.env._(
                        "“%(review)s” has no figures. Use “Take Figures” before the "
                        "meeting is recorded as held.",
                        review=review.name,
                    )
                )
            if (
                review.state == "closed"
                and review.action_open_count
                and not (review.closing_reason or "").strip()
            ):
                raise ValidationError(
                    self.env._(
                        "%(count)s agreed changes of “%(review)s” are open. Follow them "
                        "to the end, or say under “Closed With Open Actions Because” "
                        "why the review closes before.",
                        count=review.action_open_count,
                        review=review.name,
                    )
                )

    def _filter_sealed(self, vals):
        """What the meeting found and decided stays as it was once it is over."""
        return self.filtered(lambda review: review.state != "planned")

    def _get_sealed_message(self, labels):
        return self.env._(
            "“%(review)s” was held: %(fields)s cannot change any more. Add what came "
            "later in the messages.",
            review=self.name,
            fields=labels,
        )

    def _get_way(self, name):
        return self.env._("Figures are taken by “Take Figures”.")

    def _check_course(self, change):
        """A meeting is planned, held and closed, in this order and once."""
        vals = change.vals
        over = self.filtered(lambda review: review.state != "planned")
        if vals.get("state") == "closed" and self - over:
            raise UserError(
                self.env._(
                    "“%(review)s” closes after it was held.",
                    review=(self - over)[0].name,
                )
            )
        if vals.get("state") == "held":
            (self - over)._check_meeting_over(vals)
        if vals.get("state") == "held" and "closed" in over.mapped("state"):
            raise UserError(
                self.env._("“%(review)s” is closed and stays so.", review=over[0].name)
            )
        if vals.get("state") == "planned" and over:
            raise UserError(
                self.env._(
                    "“%(review)s” was held and stays so. Plan another meeting.",
                    review=over[0].name,
                )
            )

    def _check_meeting_over(self, vals):
        """What is to be found and decided in a meeting to come is not yet."""
        moment = fields.Datetime.to_datetime(vals.get("date_meeting"))
        for review in self:
            if (moment or review.date_meeting) > fields.Datetime.now():
                raise UserError(
                    self.env._(
                        "The meeting of “%(review)s” is still to come. Correct “Meeting "
                        "On”, if it was held earlier.",
                        review=review.name,
                    )
                )

    @api.model
    def _check_beginning(self, vals_list):
        state = self.default_get(["state"])["state"]
        if not self.env.su and any(
            vals.get("state", state) != "planned" for vals in vals_list
        ):
            raise UserError(self.env._("A review begins as planned."))
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_planned(self):
        for review in self:
            if review.state != "planned":
                raise UserError(
                    self.env._(
                        "“%(review)s” was held, and its record is kept.",
                        review=review.name,
                    )
                )

    # Steps

    def action_take_figures(self):
        """Take the figures of the period as they are now; earlier ones are replaced.

        :raises UserError: after the meeting, which saw those it had
        """
        self.check_access("write")
        for review in self:
            if review.state != "planned":
                raise UserError(
                    self.env._(
                        "“%(review)s” was held with the figures that it has.",
                        review=review.name,
                    )
                )
            lines = review._prepare_figures()
            # sudo: only this method writes figures; who may is checked above.
            review.sudo().write(
                {
                    "figure_ids": [
                        Command.clear(),
                        *(Command.create(line) for line in lines),
                    ],
                    "date_figures": fields.Datetime.now(),
                }
            )
        return True

    def action_hold(self):
        return self.write({"state": "held"})

    def action_close(self):
        return self.write({"state": "closed"})

    @api.private
    def plan_change(self, name, owner=None, date_due=None):
        """Plan an agreed change as an improvement, also for an executive.

        :param str name: what is to change
        :param owner: the user who answers for it; the calling one by default
        :param date_due: until when
        :return: the new action
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "closed":
            raise UserError(self.env._("“%s” is closed.", self.name))
        owner = owner or self.env.user
        # sudo: companies are compared only.
        if self.company_id not in owner.sudo().company_ids or owner.share:
            raise AccessError(
                self.env._("The owner must be of the staff of the company.")
            )
        # sudo: senior management has no right on actions but agrees on them here;
        # the right to write on the review is checked above.
        return (
            self.env["complaint.corrective.action"]
            .sudo()
            .create(
                {
                    "name": name,
                    "kind": "improvement",
                    "origin": "review",
                    "origin_note": self.name,
                    "company_id": self.company_id.id,
                    "user_id": owner.id,
                    "date_due": date_due,
                    "management_review_id": self.id,
                }
            )
        )

    def action_view_actions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Agreed Changes"),
            "res_model": "complaint.corrective.action",
            "view_mode": "list,form",
            "domain": [("management_review_id", "=", self.id)],
        }


class ComplaintManagementReviewDecision(models.Model):
    """One decision of the meeting: what, who, until when; it may become an action."""

    _name = "complaint.management.review.decision"
    _description = "Decision of a Management Review"
    _inherit = ["complaint.protected.mixin"]
    _order = "sequence, id"

    review_id = fields.Many2one(
        "complaint.management.review",
        required=True,
        index=True,
        ondelete="cascade",
        part_of=True,
    )
    sequence = fields.Integer(default=10)
    name = fields.Text(string="Decision", required=True)
    user_id = fields.Many2one("res.users", string="Who", domain=[("share", "=", False)])
    date_due = fields.Date(string="Until")
    action_id = fields.Many2one(
        "complaint.corrective.action",
        readonly=True,
        copy=False,
        index=True,
        system=True,
    )

    _create_follows = ("_check_planned",)
    _write_checks = ("_check_review_planned",)

    def _get_way(self, name):
        return self.env._("The action is made by “Make an Action”.")

    def _check_review_planned(self, change):
        if not self.env.su:
            self._check_planned()

    @api.ondelete(at_uninstall=False)
    def _unlink_planned(self):
        self._check_planned()

    def _check_planned(self):
        over = self.review_id.filtered(lambda review: review.state != "planned")
        if over:
            raise UserError(
                self.env._(
                    "“%(review)s” was held: what was decided stays as it is.",
                    review=over[0].name,
                )
            )

    def action_make_action(self):
        """Make an improvement of the decision, to be followed to its end."""
        for decision in self:
            decision.review_id.check_access("write")
            if decision.action_id:
                raise UserError(self.env._("This decision has its action already."))
            action = decision.review_id.plan_change(
                decision.name, decision.user_id, decision.date_due
            )
            # sudo: the link is the system's own; writing was checked above.
            decision.sudo().action_id = action
        return True
