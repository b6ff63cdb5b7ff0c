from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .complaint_intake_mixin import INTERNAL
from .complaint_page_mixin import ADDRESS_FIELDS

DECISIONS = [
    ("no_action", "No Action"),
    ("share", "Share with the Team"),
    ("improvement", "Improvement"),
    ("complaint", "Complaint"),
]
DECIDED_STATES = ("decided", "done")


class ComplaintFeedback(models.Model):
    """What customers say without complaining: suggestions, comments, compliments.

    A lighter process than that of a case: it is reviewed, decided and answered with
    thanks. What turns out to be a complaint becomes one (``complaint_feedback_follow_up``);
    who may write what is in ``complaint_feedback_rights``, mail in ``…_mail``.
    """

    _name = "complaint.feedback"
    _description = "Feedback"
    _inherit = [
        "complaint.intake.mixin",
        "complaint.page.mixin",
        "complaint.form.mixin",
        "complaint.withdrawal.mixin",
        "mail.thread.cc",
        "mail.activity.mixin",
    ]
    _order = "date_received desc, id desc"
    _primary_email = "partner_email"
    _rec_names_search = ["reference", "name"]
    _check_company_auto = True
    _mail_post_access = "read"
    _mail_default_fields = ("team_id", "company_id", "category_id", "type", "tag_ids")

    # The order in which feedback is created and changed.
    _create_preparations = (
        "_check_entry",
        "_complete_intake_values",
        "_note_address",
    )
    _create_follows = ("_begin_proof", "_follow_customers")
    _write_checks = ("_check_company_stays", "_stamp")
    _write_follows = ("_follow_customer", "_follow_address")
    _snapshot_fields = ADDRESS_FIELDS

    # What came in
    reference = fields.Char(
        string="Number", copy=False, index="btree_not_null", system="entry"
    )
    name = fields.Char(string="Subject", required=True, tracking=True)
    active = fields.Boolean(default=True)
    type = fields.Selection(
        [
            ("suggestion", "Suggestion"),
            ("comment", "Comment"),
            ("observation", "Observation"),
            ("compliment", "Compliment"),
        ],
        required=True,
        default="suggestion",
        tracking=True,
    )
    description = fields.Html(
        string="What They Said", help="In the customer's own words."
    )
    date_received = fields.Datetime(
        string="Received On",
        required=True,
        index=True,
        default=fields.Datetime.now,
        copy=False,
        help="When the customer told the company; may lie before the entry.",
    )
    channel = fields.Selection(
        lambda self: self.env["complaint.complaint"]._fields["channel"].selection,
        required=True,
        default="phone",
    )
    source_url = fields.Char(
        string="Link", help="Where it was said, such as the post or the review."
    )
    registered_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index=True,
        groups=INTERNAL,
        default=lambda self: self.env.user,
        system=True,
    )

    # About what
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        index="btree_not_null",
        check_company=True,
        domain="[('partner_id', 'child_of', commercial_partner_id)] "
        "if commercial_partner_id else []",
    )
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", check_company=True
    )
    category_id = fields.Many2one(
        "complaint.category", index="btree_not_null", check_company=True
    )
    tag_ids = fields.Many2many("complaint.tag", groups=INTERNAL)

    # Who works it
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    team_id = fields.Many2one(
        "complaint.team",
        index=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
        groups=INTERNAL,
        help="The department that it concerns, and that reviews it.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index=True,
        tracking=True,
        check_company=True,
        copy=False,
        groups=INTERNAL,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who sees to it that it is reviewed and answered.",
    )

    # What comes of it
    state = fields.Selection(
        [
            ("new", "New"),
            ("review", "In Review"),
            ("decided", "Decided"),
            ("done", "Done"),
        ],
        required=True,
        default="new",
        index=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    review = fields.Html(
        copy=False,
        groups=INTERNAL,
        help="What the company thinks of it.",
        sealed=True,
    )
    reviewer_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    date_reviewed = fields.Datetime(
        string="Reviewed On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    decision = fields.Selection(
        DECISIONS, copy=False, tracking=True, groups=INTERNAL, sealed=True
    )
    decision_reason = fields.Text(
        string="Why",
        copy=False,
        tracking=True,
        groups=INTERNAL,
        sealed=True,
    )
    decided_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    date_decided = fields.Datetime(
        string="Decided On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    date_thanked = fields.Datetime(
        string="Thanked On",
        readonly=True,
        copy=False,
        tracking=True,
        help="When the customer was thanked for the feedback.",
        system=True,
    )

    _reference_company_uniq = models.UniqueIndex(
        "(company_id, reference)", "This number belongs to other feedback already."
    )

    # Computes

    @api.depends("reference", "name")
    def _compute_display_name(self):
        for feedback in self:
            feedback.display_name = (
                f"[{feedback.reference}] {feedback.name}"
                if feedback.reference
                else feedback.name
            )

    def _compute_access_url(self):
        res = super()._compute_access_url()
        for feedback in self:
            feedback.access_url = f"/my/feedback/{feedback.id}"
        return res

    # Constraints

    @api.constrains("date_received")
    def _check_date_received(self):
        # Clocks of two machines differ a little.
        latest = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        for feedback in self:
            if feedback.date_received > latest:
                raise ValidationError(
                    self.env._(
                        "Feedback cannot be received in the future. Correct “Received "
                        "On” of “%(feedback)s”.",
                        feedback=feedback.display_name,
                    )
                )

    @api.constrains("state", "decision", "decision_reason")
    def _check_decided(self):
        """What is decided says what and, where nothing comes of it, why."""
        for feedback in self:
            # sudo: the rule holds for whoever moved it, also without the right to
            # read what the company decided.
            feedback_sudo = feedback.sudo()
            if feedback.state not in DECIDED_STATES:
                continue
            if not feedback_sudo.decision:
                raise ValidationError(
                    self.env._(
                        "“%(feedback)s” has no decision. Choose one under “Review”, "
                        "then move it on.",
                        feedback=feedback.display_name,
                    )
                )
            reason = (feedback_sudo.decision_reason or "").strip()
            if feedback_sudo.decision == "no_action" and not reason:
                raise ValidationError(
                    self.env._(
                        "Nothing is to come of “%(feedback)s”: say why under “Review”.",
                        feedback=feedback.display_name,
                    )
                )
            feedback_sudo._check_followed_up()

    # Writing

    @api.model
    def _complete_intake_values(self, vals_list):
        """Fill what follows from what is known; what the caller gave stays."""
        vals_list = [dict(vals) for vals in vals_list]
        defaults = self.default_get(["company_id"])
        for vals in vals_list:
            for name, value in defaults.items():
                vals.setdefault(name, value)
        self._fill_from_documents(vals_list)
        self._fill_customers(vals_list)
        self._fill_from_categories(vals_list)
        self._fill_teams(vals_list)
        self._fill_references(vals_list)
        return [{**self._prepare_stamps(vals), **vals} for vals in vals_list]

    def _stamp(self, change):
        change.vals.update(self._prepare_stamps(change.vals))

    def _prepare_stamps(self, vals):
        """Return who reviewed and decided, where ``vals`` hold a review or decision."""
        now, uid = fields.Datetime.now(), self.env.uid
        stamps = {}
        if vals.get("review"):
            stamps.update(reviewer_id=uid, date_reviewed=now)
        if vals.get("decision"):
            stamps.update(decided_by_id=uid, date_decided=now)
        elif "decision" in vals:
            stamps.update(decided_by_id=False, date_decided=False)
        return stamps

    def _follow_customer(self, change):
        """Let the customer follow, and the wrong one hear no more of it."""
        if not change.touches("partner_id"):
            return
        for feedback in self:
            partner = change.old(feedback, "partner_id")
            now = feedback.commercial_partner_id
            if partner.partner_share and partner.commercial_partner_id != now:
                # sudo: the wrong customer must not hear of it, whoever corrected it.
                feedback.sudo().message_unsubscribe(partner.ids)
        self._follow_customers()

    # Steps

    def action_review(self):
        """Begin the review; without an owner, the feedback becomes the user's own."""
        self.filtered(lambda feedback: not feedback.user_id).user_id = self.env.uid
        return self.write({"state": "review"})

    def action_decide(self):
        return self.write({"state": "decided"})

    def action_done(self):
        return self.write({"state": "done"})

    def action_open_review(self):
        """Open the dialog that reviews the chosen feedback together."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Review Feedback"),
            "res_model": "complaint.feedback.review",
            "view_mode": "form",
            "target": "new",
            "context": {"default_feedback_ids": self.ids},
        }
