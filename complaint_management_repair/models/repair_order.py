from odoo import fields, models


class RepairOrder(models.Model):
    _inherit = "repair.order"

    complaint_id = fields.Many2one(
        "complaint.complaint",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The case for which the product is repaired.",
    )

    def action_view_complaint(self):
        self.ensure_one()
        return self.complaint_id._get_records_action()
