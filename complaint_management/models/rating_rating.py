from odoo import api, fields, models
from odoo.exceptions import AccessError

from .complaint_complaint import INTERNAL

CASE = "complaint.complaint"


class RatingRating(models.Model):
    _name = "rating.rating"
    _inherit = ["rating.rating", "complaint.protected.mixin"]

    # Whoever knows it votes as the customer; Odoo itself looks it up as the system.
    access_token = fields.Char(groups=fields.NO_ACCESS)
    # For the record rules: a rating is read by who reads its case.
    complaint_id = fields.Many2one(
        CASE,
        string="Case",
        compute="_compute_complaint_id",
        store=True,
        system=True,
        index="btree_not_null",
        groups=INTERNAL,
    )

    @api.depends("res_model", "res_id")
    def _compute_complaint_id(self):
        for rating in self:
            rating.complaint_id = rating.res_model == CASE and rating.res_id

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        ratings._check_complaint_rating()
        return ratings

    def write(self, vals):
        self._check_complaint_rating()
        res = super().write(vals)
        self._check_complaint_rating()
        return res

    def reset(self):
        self.check_access("write")
        self._check_complaint_rating()
        # sudo: the new token is nobody's to write.
        return super(RatingRating, self.sudo()).reset()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_complaint(self):
        # sudo: the rule is the same for everybody, the system included.
        if self.sudo().filtered(lambda rating: rating.res_model == CASE):
            raise AccessError(
                self.env._("What a customer thinks of a case stays on record.")
            )

    def _check_complaint_rating(self):
        """What a customer thinks of a case is said by the customer."""
        if not self.env.su and self.filtered(lambda rating: rating.res_model == CASE):
            raise AccessError(
                self.env._(
                    "The rating of a case is the customer's. Record what they told you "
                    "by “Log a Call” on the case."
                )
            )
