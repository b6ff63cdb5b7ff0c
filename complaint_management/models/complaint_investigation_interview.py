from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ComplaintInvestigationInterview(models.Model):
    """What somebody said, when and to whom."""

    _name = "complaint.investigation.interview"
    _description = "Interview of an Investigation"
    _inherit = "complaint.investigation.part"
    _is_testimony = True
    _order = "date, sequence, id"

    name = fields.Char(
        string="Person",
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Contact", index="btree_not_null", ondelete="restrict"
    )
    function = fields.Char(help="What the person does, or saw it as.")
    date = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    interviewer_id = fields.Many2one(
        "res.users",
        string="Interviewed By",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    statement = fields.Html(string="What Was Said", required=True)

    @api.depends("partner_id")
    def _compute_name(self):
        for interview in self.filtered("partner_id"):
            interview.name = interview.partner_id.name

    @api.constrains("interviewer_id", "investigation_id")
    def _check_interviewer(self):
        for interview in self:
            # sudo: whom a case is about is compared only.
            case = interview.sudo().investigation_id.complaint_id
            if interview.interviewer_id in case.complained_user_id:
                raise ValidationError(
                    self.env._(
                        "%(user)s is complained about, and can be interviewed, but "
                        "interviews nobody.",
                        user=interview.interviewer_id.name,
                    )
                )
