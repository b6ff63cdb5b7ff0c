from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

# What a person may enter; anything else follows from it.
ENTRY_FIELDS = (
    "kind",
    "name",
    "channel",
    "source_url",
    "date_received",
    "company_id",
    "partner_id",
    "partner_name",
    "partner_email",
    "partner_phone",
    "sale_order_id",
    "sale_order_line_id",
    "product_id",
    "invoice_id",
    "category_id",
    "severity",
    "urgency",
    "description",
    "remedy_requested",
)


def _selection(name):
    return lambda self: self.env["complaint.complaint"]._fields[name].selection


class ComplaintQuickEntry(models.TransientModel):
    """One small dialog to register a case while the customer is on the phone.

    Every employee may use it: what they report becomes a case that they follow in
    “My Reports”, without any further right on cases.
    """

    _name = "complaint.quick.entry"
    _description = "Report a Complaint"
    _inherit = ["complaint.protected.mixin"]
    _check_company_auto = True

    kind = fields.Selection(_selection("kind"), required=True, default="complaint")
    name = fields.Char(string="Subject", required=True)
    channel = fields.Selection(_selection("channel"), required=True, default="phone")
    source_url = fields.Char(string="Link")
    date_received = fields.Datetime(
        string="Received On", required=True, default=fields.Datetime.now
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one("res.partner", string="Customer", check_company=True)
    partner_name = fields.Char(
        string="Name", compute="_compute_partner_details", store=True, readonly=False
    )
    partner_email = fields.Char(
        string="E-mail", compute="_compute_partner_details", store=True, readonly=False
    )
    partner_phone = fields.Char(
        string="Phone", compute="_compute_partner_details", store=True, readonly=False
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        check_company=True,
        domain="[('partner_id', 'child_of', partner_id)] if partner_id else []",
    )
    sale_order_line_id = fields.Many2one(
        "sale.order.line",
        string="Order Line",
        check_company=True,
        domain="[('order_id', '=', sale_order_id), ('display_type', '=', False)]",
    )
    product_id = fields.Many2one("product.product", check_company=True)
    invoice_id = fields.Many2one("account.move", check_company=True)
    category_id = fields.Many2one("complaint.category", check_company=True)
    severity = fields.Selection(
        _selection("severity"),
        compute="_compute_severity",
        store=True,
        readonly=False,
    )
    urgency = fields.Selection(_selection("urgency"))
    # Plain text: in an editor, the tabulator key leads nowhere.
    description = fields.Text(string="What Happened")
    remedy_requested = fields.Selection(
        _selection("remedy_requested"),
    )
    duplicate_ids = fields.Many2many(
        "complaint.complaint",
        string="Possible Duplicates",
        compute="_compute_duplicate_ids",
    )

    @api.depends("partner_id", "sale_order_id")
    def _compute_partner_details(self):
        for entry in self:
            # Stored values are computed as the superuser: only of an order that the
            # user may read the customer is taken over.
            order = entry.sale_order_id.sudo(False)._filtered_access("read")
            entry.partner_id = entry.partner_id or order.partner_id
            partner = entry.partner_id
            if partner:
                entry.partner_name = partner.name or partner.display_name
                entry.partner_email = partner.email
                entry.partner_phone = partner.phone

    @api.depends("category_id")
    def _compute_severity(self):
        for entry in self.filtered("category_id"):
            entry.severity = entry.category_id.severity

    @api.depends(
        "partner_id", "partner_email", "sale_order_id", "name", "date_received"
    )
    def _compute_duplicate_ids(self):
        complaints = self.env["complaint.complaint"]
        if not complaints.has_access("read"):
            self.duplicate_ids = False
            return
        for entry in self:
            if not entry.partner_id and not entry.partner_email:
                entry.duplicate_ids = False
                continue
            draft = complaints.new(
                {
                    "name": entry.name or "",
                    "company_id": entry.company_id.id,
                    "date_received": entry.date_received,
                    "partner_id": entry.partner_id.id,
                    "partner_email": entry.partner_email,
                    "sale_order_id": entry.sale_order_id.id,
                }
            )
            entry.duplicate_ids = draft.possible_duplicate_ids

    @api.model
    def _open(self, **values):
        """Return the action that opens the dialog with ``values`` filled in."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_quick_entry_action"
        )
        action["context"] = {f"default_{name}": value for name, value in values.items()}
        return action

    def _register_case(self):
        """Create the case.

        :return: the case, as the user may see it
        :raises UserError: when nobody would know who complained
        """
        self.ensure_one()
        if not (
            self.partner_id
            or self.partner_name
            or self.partner_email
            or self.partner_phone
        ):
            raise UserError(
                self.env._(
                    "Say who complains: choose the customer, or enter a name, an e-mail "
                    "address or a phone number."
                )
            )
        if self.company_id not in self.env.user.company_ids:
            raise UserError(self.env._("You can report in your own companies only."))
        values = {}
        for name in ENTRY_FIELDS:
            field = self._fields[name]
            value = field.convert_to_write(self[name], self)
            if value:
                values[name] = value
        if self.description:
            values["description"] = plaintext2html(self.description)
        complaints = self.env["complaint.complaint"]
        if not complaints.has_access("create"):
            # sudo: any employee may report (checked: internal users alone have
            # access to this dialog); they get no right on the case beyond reading it.
            complaints = complaints.sudo()
            values["registered_by_id"] = self.env.uid
        complaint = complaints.create(values)
        complaint._tell_team(self.env._("New case without an owner"))
        return complaint.sudo(False)

    def action_register(self):
        """Register the case and open it; an employee goes to the own reports."""
        complaint = self._register_case()
        if not complaint.has_access("write"):
            return self.env["ir.actions.act_window"]._for_xml_id(
                "complaint_management.complaint_complaint_action_my_reports"
            )
        # By the list's own action, so that the page has an address that can be passed on.
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action"
        )
        return {**action, "views": [(False, "form")], "res_id": complaint.id}

    def action_register_new(self):
        """Register the case and stay in the dialog for the next one."""
        complaint = self._register_case()
        action = self._open(channel=self.channel)
        # sudo: who has just registered it is told its number, also for another team.
        name = complaint.sudo().display_name
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Registered: %s", name),
                "next": action,
            },
        }
