from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    complaint_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The case that this credit note makes good.",
    )
    complaint_count = fields.Integer(
        string="Complaints",
        compute="_compute_complaint_count",
        groups="complaint_management.group_complaint_user,"
        "complaint_management.group_complaint_quality,"
        "complaint_management.group_complaint_executive",
    )

    def _compute_complaint_count(self):
        counts = dict(
            self.env["complaint.complaint"]._read_group(
                [("invoice_id", "in", self.ids)], ["invoice_id"], ["__count"]
            )
        )
        for move in self:
            move.complaint_count = counts.get(move, 0) + bool(move.complaint_id)

    def _post(self, soft=True):
        posted = super()._post(soft)
        # An amount may have been changed in the draft.
        posted.sudo().complaint_id._check_remedy_amount()  # sudo: whoever posts
        return posted

    def action_view_complaints(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action_all"
        )
        action["domain"] = [
            "|",
            ("invoice_id", "=", self.id),
            ("id", "=", self.complaint_id.id),
        ]
        action["context"] = {
            "default_invoice_id": self.id,
            "default_partner_id": self.partner_id.id,
        }
        return action

    def action_new_complaint(self):
        """Open the quick entry with the invoice, its customer and order filled in.

        The order and its line are filled when the invoice leaves no choice.
        """
        self.ensure_one()
        lines = self.invoice_line_ids.sale_line_ids
        values = {
            "partner_id": self.partner_id.id,
            "invoice_id": self.id,
            "company_id": self.company_id.id,
        }
        if len(lines.order_id) == 1:
            values["sale_order_id"] = lines.order_id.id
        if len(lines) == 1:
            values["sale_order_line_id"] = lines.id
            values["product_id"] = lines.product_id.id
        return self.env["complaint.quick.entry"]._open(**values)
