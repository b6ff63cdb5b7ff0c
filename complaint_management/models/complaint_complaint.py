from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .complaint_intake_mixin import INTERNAL
from .complaint_outside_mixin import HANDLERS

SEVERITIES = [("minor", "Minor"), ("major", "Major"), ("critical", "Critical")]
REMEDIES = [
    ("refund", "Refund"),
    ("replacement", "Replacement"),
    ("repair", "Repair"),
    ("credit", "Credit or Discount"),
    ("apology", "Apology"),
    ("explanation", "Explanation"),
    ("process_change", "Change of Process"),
    ("other", "Other"),
]


class ComplaintComplaint(models.Model):
    """A case: one complaint or inquiry of one customer, from receipt to closing.

    Every channel ends in :meth:`create`, where the customer, the order, the team
    and the owner are found (``complaint_complaint_intake``, with what feedback shares
    in ``complaint_intake_mixin``). The rules of each
    phase are in ``complaint_complaint_guard``, mail in ``…_mail``, duplicates and
    merging in ``…_duplicate``.
    """

    _name = "complaint.complaint"
    _description = "Complaint"
    _inherit = [
        "complaint.intake.mixin",
        "complaint.page.mixin",
        "complaint.form.mixin",
        "complaint.withdrawal.mixin",
        "complaint.approval.mixin",
        "complaint.responsible.mixin",
        "rating.mixin",
        "mail.thread.cc",
        "mail.tracking.duration.mixin",
        "mail.activity.mixin",
    ]
    _order = "priority desc, date_received desc, id desc"
    _primary_email = "partner_email"
    _track_duration_field = "stage_id"
    _check_company_auto = True
    _mail_post_access = "read"

    # What came in
    # Number and closing date are not readonly: Odoo's import offers only such fields
    # for an older register. “write” refuses them (SYSTEM_FIELDS).
    reference = fields.Char(
        string="Number", copy=False, index="btree_not_null", system="entry"
    )
    name = fields.Char(string="Subject", required=True, tracking=True, sealed=True)
    active = fields.Boolean(default=True, tracking=True)
    kind = fields.Selection(
        [("complaint", "Complaint"), ("inquiry", "Inquiry")],
        required=True,
        default="complaint",
        tracking=True,
        help="A complaint is an expression of dissatisfaction; an inquiry is a "
        "question that the customer wants answered.",
        sealed=True,
    )
    description = fields.Html(
        string="What Happened",
        help="In the customer's own words.",
        sealed=True,
    )
    date_received = fields.Datetime(
        string="Received On",
        required=True,
        default=fields.Datetime.now,
        copy=False,
        tracking=True,
        help="When the customer told the company; may lie before the entry.",
        sealed=True,
    )
    channel = fields.Selection(
        [
            ("email", "E-mail"),
            ("portal", "Portal"),
            ("website", "Website"),
            ("phone", "Phone"),
            ("in_person", "In Person"),
            ("letter", "Letter"),
            ("social", "Social Media"),
        ],
        required=True,
        default="phone",
        sealed=True,
    )
    source_id = fields.Many2one(
        "utm.source",
        ondelete="set null",
        groups=INTERNAL,
        help="Finer than the channel: a review site, a shop, a campaign.",
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
    remedy_requested = fields.Selection(
        REMEDIES,
        sealed=True,
    )
    remedy_note = fields.Char(string="Remedy in Their Words", sealed=True)

    # About what
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        index="btree_not_null",
        check_company=True,
        domain="[('partner_id', 'child_of', commercial_partner_id)] "
        "if commercial_partner_id else []",
        sealed=True,
    )
    sale_order_line_id = fields.Many2one(
        "sale.order.line",
        string="Order Line",
        index="btree_not_null",
        check_company=True,
        domain="[('order_id', '=', sale_order_id), ('display_type', '=', False)]",
        sealed=True,
    )
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        check_company=True,
        compute="_compute_product_id",
        store=True,
        readonly=False,
        sealed=True,
    )
    invoice_id = fields.Many2one(
        "account.move",
        index="btree_not_null",
        check_company=True,
        domain="[('move_type', 'in', ('out_invoice', 'out_refund')),"
        " ('partner_id', 'child_of', commercial_partner_id)]",
        sealed=True,
    )

    # Assessment
    category_id = fields.Many2one(
        "complaint.category",
        index=True,
        tracking=True,
        check_company=True,
        sealed=True,
    )
    severity = fields.Selection(
        SEVERITIES,
        tracking=True,
        groups=INTERNAL,
        help="How bad it is for the customer and the company. The category proposes "
        "it; a person judges it.",
        sealed=True,
    )
    urgency = fields.Selection(
        [("low", "Low"), ("normal", "Normal"), ("high", "High")],
        tracking=True,
        groups=INTERNAL,
        sealed=True,
    )
    complexity = fields.Selection(
        [("simple", "Simple"), ("moderate", "Moderate"), ("complex", "Complex")],
        tracking=True,
        groups=INTERNAL,
        sealed=True,
    )
    priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Urgent")],
        compute="_compute_priority",
        store=True,
        groups=INTERNAL,
        help="Follows from severity and urgency by the company's matrix.",
        system=True,
    )
    date_assessed = fields.Datetime(
        string="Assessed On", readonly=True, copy=False, system=True
    )
    assessed_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    tag_ids = fields.Many2many("complaint.tag", groups=INTERNAL)

    # Who works it
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        sealed=True,
    )
    team_id = fields.Many2one(
        "complaint.team",
        index=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
        groups=INTERNAL,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index=True,
        tracking=True,
        check_company=True,
        copy=False,
        domain=lambda self: (
            f"[('all_group_ids', 'in', {self.env.ref(HANDLERS).ids}), "
            "('company_ids', 'in', company_id)]"
        ),
        help="The one member of staff who answers for the case.",
    )
    date_assigned = fields.Datetime(
        string="Assigned On",
        compute="_compute_date_assigned",
        store=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    confidential = fields.Boolean(
        tracking=True,
        help="Seen only by the owner, the managers of the company and those of the "
        "staff who follow it.",
    )

    # Where it stands
    stage_id = fields.Many2one(
        "complaint.stage",
        required=True,
        index=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        group_expand="_read_group_stage_id",
        groups=INTERNAL,
        default=lambda self: self.env["complaint.stage"]._first_of_phase("received"),
    )
    # How long the case was in each of the company's own stages.
    duration_tracking = fields.Json(groups=INTERNAL)
    phase = fields.Selection(
        related="stage_id.phase",
        store=True,
        index=True,
        system=True,
    )
    waiting_customer = fields.Boolean(
        string="Waiting for Customer",
        copy=False,
        tracking=True,
        help="Set while the next step is the customer's; ends with their reply.",
    )
    date_waiting = fields.Datetime(
        string="Waiting Since",
        compute="_compute_date_waiting",
        store=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    date_closed = fields.Datetime(
        string="Closed On",
        copy=False,
        index="btree_not_null",
        system="entry",
    )
    age_days = fields.Integer(
        string="Age (days)",
        compute="_compute_age_days",
        groups=INTERNAL,
        help="Days from receipt until today, or until the case was closed.",
    )

    _reference_company_uniq = models.UniqueIndex(
        "(company_id, reference)", "This number belongs to another case already."
    )

    # Computes

    @api.depends("sale_order_line_id")
    def _compute_product_id(self):
        for complaint in self.filtered("sale_order_line_id"):
            complaint.product_id = complaint.sale_order_line_id.product_id

    @api.depends("severity", "urgency", "company_id")
    def _compute_priority(self):
        rules = self.env["complaint.priority.rule"]
        for complaint in self:
            matrix = rules._get_matrix(complaint.company_id.id)
            cell = (complaint.severity, complaint.urgency or "normal")
            complaint.priority = matrix.get(cell, "1")

    @api.depends("user_id")
    def _compute_date_assigned(self):
        now = fields.Datetime.now()
        for complaint in self:
            complaint.date_assigned = now if complaint.user_id else False

    @api.depends("waiting_customer")
    def _compute_date_waiting(self):
        now = fields.Datetime.now()
        for complaint in self:
            # Said twice, the case waits since the first time.
            since = complaint.date_waiting or now
            complaint.date_waiting = since if complaint.waiting_customer else False

    @api.depends("date_received", "date_closed")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for complaint in self:
            received = complaint.date_received or now
            complaint.age_days = ((complaint.date_closed or now) - received).days

    @api.depends("reference", "name")
    def _compute_display_name(self):
        for complaint in self:
            complaint.display_name = (
                f"[{complaint.reference}] {complaint.name}"
                if complaint.reference
                else complaint.name
            )

    def _compute_access_url(self):
        res = super()._compute_access_url()
        for complaint in self:
            complaint.access_url = f"/my/complaints/{complaint.id}"
        return res

    @api.model
    def _read_group_stage_id(self, stages, domain):
        return stages.search([])

    # Constraints

    @api.constrains("name")
    def _check_name(self):
        for complaint in self:
            if not complaint.name.strip():
                raise ValidationError(
                    self.env._("Say in one line what went wrong: the subject is empty.")
                )

    @api.constrains("date_received")
    def _check_date_received(self):
        # Clocks of two machines differ a little.
        latest = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        for complaint in self:
            if complaint.date_received > latest:
                raise ValidationError(
                    self.env._(
                        "A case cannot be received in the future. Correct “Received "
                        "On” of “%(case)s”.",
                        case=complaint.display_name,
                    )
                )

    @api.constrains("date_closed", "date_received")
    def _check_date_closed(self):
        latest = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        for complaint in self.filtered("date_closed"):
            if not complaint.date_received <= complaint.date_closed <= latest:
                raise ValidationError(
                    self.env._(
                        "A case ends after it was received, and not in the future. "
                        "Correct “Closed On” of “%(case)s”.",
                        case=complaint.display_name,
                    )
                )

    @api.constrains("sale_order_line_id", "sale_order_id")
    def _check_sale_order_line(self):
        for complaint in self.sudo():  # sudo: compared only
            line = complaint.sale_order_line_id
            if line and line.order_id != complaint.sale_order_id:
                raise ValidationError(
                    self.env._(
                        "The order line of “%(case)s” belongs to another order. Choose "
                        "a line of the case's own order.",
                        case=complaint.display_name,
                    )
                )
