from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from .complaint_stage import END_PHASES

# A signed investigation is evidence: it stays as it was signed.
SEALED_STATES = ("signed", "reviewed")
USER_GROUP = "complaint_management.group_complaint_user"
MANAGER_GROUP = "complaint_management.group_complaint_manager"
QUALITY_GROUP = "complaint_management.group_complaint_quality"
EXECUTIVE_GROUP = "complaint_management.group_complaint_executive"
# Who reads investigations at all; employees and customers never do.
READERS = f"{USER_GROUP},{QUALITY_GROUP},{EXECUTIVE_GROUP}"


def _domain_of_users(groups):
    """Return the domain of those who have one of ``groups`` and the company."""

    def domain(self):
        # Asked with every reading of the team: this way from the cache.
        number = self.env["ir.model.data"]._xmlid_to_res_id
        ids = [number(group) for group in groups.split(",")]
        return f"[('all_group_ids', 'in', {ids}), ('company_ids', 'in', company_id)]"

    return domain


class ComplaintInvestigation(models.Model):
    """How it happened, why it happened and why nobody noticed before the customer did.

    One case has at most one investigation (ISO 10002, 8.5; ISO 9001, 10.2.1 b). What
    was looked at and found are rows of their own, all of them parts
    (``complaint.investigation.part``). Who may investigate is in
    ``complaint_investigation_team``, signing and review in
    ``complaint_investigation_signature``, the look for similar cases in
    ``complaint_investigation_search``.
    """

    _name = "complaint.investigation"
    _description = "Investigation"
    _inherit = [
        "complaint.protected.mixin",
        "complaint.outside.mixin",
        "mail.activity.mixin",
    ]
    _order = "date_due, id desc"
    _check_company_auto = True
    _concerned_field = "complaint_id.complained_user_id"

    _sealed_as_a_whole = True
    # The order in which an investigation is created and changed.
    _create_follows = (
        "_check_actor_impartial",
        "_check_case_open",
        "_let_investigators_see",
    )
    _write_checks = ("_check_actor",)
    _write_follows = ("_follow_team",)

    complaint_id = fields.Many2one(
        "complaint.complaint",
        string="Case",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        related="complaint_id.company_id",
        store=True,
        index=True,
        system=True,
    )
    case_name = fields.Char(related="complaint_id.name", string="Subject")
    product_id = fields.Many2one(related="complaint_id.product_id")
    category_id = fields.Many2one(related="complaint_id.category_id")
    scope = fields.Selection(
        [("short", "Short"), ("full", "Full")],
        required=True,
        compute="_compute_scope",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="A short investigation names findings and root cause; a full one proves "
        "them, and says why nobody noticed and whether it can happen elsewhere.",
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("in_progress", "In Progress"),
            ("signed", "Signed"),
            ("reviewed", "Reviewed"),
        ],
        required=True,
        default="planned",
        group_expand=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        system=True,
    )

    # Who and until when
    user_id = fields.Many2one(
        "res.users",
        string="Lead Investigator",
        required=True,
        default=lambda self: self.env.user,
        domain=_domain_of_users(USER_GROUP),
        tracking=True,
        index=True,
        help="Leads the investigation and signs the report.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "complaint_investigation_member_rel",
        "investigation_id",
        "user_id",
        string="Team",
        domain=_domain_of_users(READERS),
        help="Works on the investigation with the lead investigator.",
    )
    date_start = fields.Date(string="Started On", copy=False)
    date_due = fields.Date(string="Due Date", tracking=True)

    # The work
    problem = fields.Html(
        help="What is wrong with what, where and when it shows, and how much of it.",
    )
    step_ids = fields.One2many(
        "complaint.investigation.step", "investigation_id", string="Plan"
    )
    evidence_ids = fields.One2many(
        "complaint.investigation.evidence", "investigation_id"
    )
    interview_ids = fields.One2many(
        "complaint.investigation.interview", "investigation_id", string="Interviews"
    )
    question_ids = fields.One2many(
        "complaint.investigation.question", "investigation_id", string="Questions"
    )
    event_ids = fields.One2many(
        "complaint.investigation.event", "investigation_id", string="Time Line"
    )
    why_ids = fields.One2many(
        "complaint.investigation.why", "investigation_id", string="5-Why"
    )
    cause_ids = fields.One2many(
        "complaint.investigation.cause", "investigation_id", string="Ishikawa"
    )
    ishikawa = fields.Html(
        string="Diagram", compute="_compute_ishikawa", sanitize=False, readonly=True
    )

    # What came out
    findings = fields.Html(help="What was found out. The customer does not see it.")
    root_cause_id = fields.Many2one(
        "complaint.root.cause", index="btree_not_null", tracking=True
    )
    root_cause_note = fields.Text(
        string="Root Cause Explained", help="The root cause in words."
    )
    escape_cause = fields.Text(
        string="Why It Escaped",
        help="Why no check noticed it before the customer did. The 8D report, which "
        "customers get, prints it once the investigation is signed.",
    )
    similar = fields.Selection(
        [
            ("yes", "Similar Cases Exist"),
            ("possible", "They Could Occur"),
            ("no", "None Exist, and None Could Occur"),
        ],
        string="Similar Cases",
        help="Do similar cases exist, or could they occur? (ISO 9001, 10.2.1 b)",
    )
    similar_note = fields.Text(string="Where and Why")
    search_ids = fields.One2many(
        "complaint.investigation.search", "investigation_id", string="Searches"
    )
    conclusion = fields.Html()
    recommendation = fields.Html(help="What should be done so that it does not recur.")
    customer_summary = fields.Html(
        string="Summary for the Customer",
        help="What the customer reads of the investigation. Name no staff, and nothing "
        "that stays in the company.",
    )

    # Signature and review
    signed_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        system=True,
    )
    date_signed = fields.Datetime(
        string="Signed On", readonly=True, copy=False, system=True
    )
    reviewer_id = fields.Many2one(
        "res.users",
        domain=_domain_of_users(READERS),
        tracking=True,
        index="btree_not_null",
        help="Reviews the signed report; never one of those who investigated.",
    )
    review_needed = fields.Boolean(compute="_compute_review_needed")
    reviewed_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, system=True
    )
    date_reviewed = fields.Datetime(
        string="Reviewed On", readonly=True, copy=False, system=True
    )

    evidence_count = fields.Integer(compute="_compute_counts")
    open_question_count = fields.Integer(
        string="Open Questions", compute="_compute_counts"
    )
    is_lead = fields.Boolean(compute="_compute_is_lead")

    _complaint_uniq = models.UniqueIndex(
        "(complaint_id)", "This case has an investigation already: open that one."
    )

    # Computes

    @api.depends("complaint_id")
    def _compute_display_name(self):
        for investigation in self:
            # sudo: who is asked to investigate may not read the case itself.
            case = investigation.complaint_id.sudo()
            investigation.display_name = self.env._(
                "Investigation of %(case)s", case=case.reference or case.name or ""
            )

    @api.depends("complaint_id")
    def _compute_scope(self):
        for investigation in self:
            # sudo: internal, and decides for whoever investigates.
            case = investigation.complaint_id.sudo()
            full = case.investigation_scope == "full"
            investigation.scope = "full" if full else "short"

    @api.depends("scope", "company_id.complaint_investigation_review")
    def _compute_review_needed(self):
        for investigation in self:
            asked = investigation.company_id.complaint_investigation_review
            investigation.review_needed = asked == "always" or (
                asked == "full" and investigation.scope == "full"
            )

    @api.depends("evidence_ids", "question_ids.state")
    def _compute_counts(self):
        evidence = dict(
            self.env["complaint.investigation.evidence"]._read_group(
                [("investigation_id", "in", self.ids)],
                ["investigation_id"],
                ["__count"],
            )
        )
        questions = dict(
            self.env["complaint.investigation.question"]._read_group(
                [("investigation_id", "in", self.ids), ("state", "=", "asked")],
                ["investigation_id"],
                ["__count"],
            )
        )
        for investigation in self:
            investigation.evidence_count = evidence.get(investigation._origin, 0)
            investigation.open_question_count = questions.get(investigation._origin, 0)

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_lead(self):
        for investigation in self:
            investigation.is_lead = investigation.user_id == self.env.user

    @api.depends("cause_ids.branch", "cause_ids.name", "cause_ids.verdict", "case_name")
    def _compute_ishikawa(self):
        for investigation in self:
            investigation.ishikawa = investigation._render_ishikawa()

    def _render_ishikawa(self):
        """Return the cause-and-effect diagram as HTML, the same on screen and paper."""
        self.ensure_one()
        if not self.cause_ids:
            return False
        field = self.cause_ids._fields["branch"]
        branches = [
            (label, self.cause_ids.filtered(lambda cause, b=branch: cause.branch == b))
            for branch, label in field._description_selection(self.env)
        ]
        return self.env["ir.qweb"]._render(
            "complaint_management.complaint_investigation_ishikawa",
            {
                "rows": [branches[:3], branches[3:]],
                # sudo: the subject, for who investigates without reading the case.
                "effect": self.complaint_id.sudo().name,
            },
        )

    # CRUD

    def _check_case_open(self):
        for investigation in self:
            # sudo: the phase, which all who may create an investigation may know.
            case = investigation.complaint_id.sudo()
            if case.phase in END_PHASES:
                raise UserError(
                    self.env._(
                        "%(case)s has ended. A manager reopens it before it is "
                        "investigated.",
                        case=case.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "An investigation is a record that must be kept: it cannot be deleted."
            )
        )

    # Actions

    def action_start(self):
        """Begin the work: from now on the investigation is in progress."""
        self.check_access("write")
        self._check_actor_impartial()
        planned = self.filtered(lambda investigation: investigation.state == "planned")
        today = fields.Date.context_today(self)
        for investigation in planned:
            # sudo: the state is the system's; the right to write was checked.
            investigation.sudo().write(
                {
                    "state": "in_progress",
                    "date_start": investigation.date_start or today,
                }
            )
        return True

    def action_view_case(self):
        """Open the case that is investigated."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "complaint.complaint",
            "res_id": self.complaint_id.id,
            "views": [(False, "form")],
        }

    # Tools

    def _is_empty(self, name):
        value = self[name]
        if self._fields[name].type == "html":
            return is_html_empty(value)
        return not (value.strip() if isinstance(value, str) else value)
