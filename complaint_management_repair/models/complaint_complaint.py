from markupsafe import Markup

from odoo import api, fields, models

STOCK_USER = "stock.group_stock_user"


class ComplaintComplaint(models.Model):
    """Repair orders for what a case is about, with the user's rights in Repairs."""

    _inherit = "complaint.complaint"

    repair_ids = fields.One2many(
        "repair.order",
        "complaint_id",
        string="Repair Orders",
        copy=False,
        groups=STOCK_USER,
    )
    repair_count = fields.Integer(
        string="Repair Orders Made", compute="_compute_repair_count", groups=STOCK_USER
    )

    def _compute_repair_count(self):
        counts = dict(
            self.env["repair.order"]._read_group(
                [("complaint_id", "in", self.ids)], ["complaint_id"], ["__count"]
            )
        )
        for complaint in self:
            complaint.repair_count = counts.get(complaint, 0)

    @api.depends("repair_ids.state", "repair_ids.move_ids.state")
    def _compute_redress_amount(self):
        return super()._compute_redress_amount()

    def _get_documented_amount(self):
        """Count what repairs that are done have taken."""
        done = self.repair_ids.filtered(lambda repair: repair.state == "done")
        return super()._get_documented_amount() + sum(
            repair._get_given_amount() for repair in done
        )

    def _get_given(self):
        """Count parts and work of repairs as well."""
        return {
            **super()._get_given(),
            **{repair: repair._get_given_amount() for repair in self.repair_ids},
        }

    def action_make_repair(self):
        """Draft a repair order with the user's own rights, and show it.

        :raise UserError: when the case was cancelled, or needs an approval first
        :raise AccessError: without the rights to the case, or in Repairs
        """
        self.ensure_one()
        # What the work will cost is known to nobody yet: parts and work are held against
        # the approval when they are added.
        self._check_remedy(0)
        repair = (
            self.env["repair.order"]
            .with_company(self.company_id)
            .create(self._prepare_repair_values())
        )
        repair._link_complaint(self)
        self.message_post(
            body=self.env._("Made from the case: %s", repair._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )
        return repair._get_records_action()

    def _prepare_repair_values(self):
        """Return the values of a repair order of the case, at no charge."""
        # Who repairs need not know what a confidential case is about.
        case = self.reference if self.confidential else self.display_name
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            # Only goods can be repaired.
            "product_id": self.product_id.type == "consu" and self.product_id.id,
            "sale_order_id": self.sale_order_id.id,
            # Parts go on the order; the customer who complains does not pay them.
            "under_warranty": True,
            "internal_notes": Markup("<p>%s</p>") % case,
        }

    def action_view_repairs(self):
        self.ensure_one()
        return self._view_remedies("repair.action_repair_order_tree")
