from odoo import api, fields, models
from odoo.exceptions import UserError

from .complaint_complaint_consent import METHODS

# What customers do by themselves on their page.
CUSTOMERS_OWN = {"acceptance", "cancellation", "rejection", "reopening"}


class ComplaintDecision(models.Model):
    """One line of the decision log of a case or action: what was decided, by whom and why.

    The log only grows: nobody edits or deletes a line, the administrator
    included, so that an auditor can rely on it.
    """

    _name = "complaint.decision"
    _description = "Complaint Decision"
    _inherit = ["complaint.protected.mixin"]
    _order = "create_date desc, id desc"
    _log_access = True
    _create_follows = ("_prove",)

    complaint_id = fields.Many2one(
        "complaint.complaint",
        string="Case",
        index=True,
        ondelete="restrict",
    )
    action_id = fields.Many2one(
        "complaint.corrective.action",
        index="btree_not_null",
        ondelete="restrict",
        help="The action that was decided on. Without a case it has a log of its own.",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        index=True,
        system=True,
    )
    type = fields.Selection(
        [
            ("reclassification", "Reclassification"),
            ("customer", "Customer Changed"),
            ("cancellation", "Cancellation"),
            ("reopening", "Reopening"),
            ("closing", "Closing"),
            ("merge", "Merge"),
            ("extension", "Extension"),
            ("commitment", "Commitment Kept"),
            ("holding_letter", "Holding Letter"),
            ("escalation", "Escalation"),
            ("approval", "Approval"),
            ("refusal", "Refusal"),
            ("delegation", "Approval Passed On"),
            ("proposal", "Proposal"),
            ("proposal_change", "Proposal Changed"),
            ("acceptance", "Accepted by the Customer"),
            ("rejection", "Rejected by the Customer"),
            ("no_answer", "Not Answered by the Customer"),
            ("final_resolution", "Final Resolution"),
            ("signing", "Signature"),
            ("review", "Review"),
            ("send_back", "Sent Back"),
            ("investigation_reopening", "Investigation Reopened"),
            ("effectiveness", "Effectiveness Review"),
            ("detaching", "Taken from the Case"),
            ("withdrawal", "File Withdrawn"),
        ],
        required=True,
    )
    subject = fields.Char(
        string="What", help="The judgement that changed, such as Severity."
    )
    old_value = fields.Char(string="Before")
    new_value = fields.Char(string="After")
    result = fields.Selection(
        [("effective", "Effective"), ("not_effective", "Not Effective")],
        help="What a review of the effectiveness found, to be counted.",
    )
    reason = fields.Text(string="Why")
    user_id = fields.Many2one(
        "res.users", string="By", required=True, default=lambda self: self.env.user
    )

    customer_name = fields.Char(
        string="Customer's Name", help="Who of the customer's side said so."
    )
    method = fields.Selection(METHODS, string="Told Through")
    link_note = fields.Char(
        string="By the Secret Link",
        help="To where the link was sent by which the customer did it, if somebody of "
        "the staff had entered that address.",
    )
    content = fields.Html(
        string="Text", help="What the customer had before them, word for word."
    )

    _about_something = models.Constraint(
        "CHECK (complaint_id IS NOT NULL OR action_id IS NOT NULL)",
        "A line of the decision log is about a case or an action.",
    )

    @api.depends("complaint_id.company_id", "action_id.company_id")
    def _compute_company_id(self):
        for decision in self:
            about = decision.complaint_id or decision.action_id
            decision.company_id = about.company_id

    @api.depends("type", "subject", "new_value")
    def _compute_display_name(self):
        labels = dict(self._fields["type"]._description_selection(self.env))
        for decision in self:
            decision.display_name = " ".join(
                filter(
                    None,
                    [labels.get(decision.type), decision.subject, decision.new_value],
                )
            )

    @api.model
    def _log(self, vals_list):
        """Append lines.

        :param vals_list: values of the lines, ``complaint_id`` and ``type`` included
        """
        cases = self.env["complaint.complaint"]
        by_link = cases
        values = []
        for vals in vals_list:
            vals = {"user_id": self.env.uid, **vals}
            if vals["type"] in CUSTOMERS_OWN and vals.get("complaint_id"):
                case = cases.browse(vals["complaint_id"])
                vals["link_note"] = case._get_link_note()
                by_link |= case if vals["link_note"] else cases
            values.append(vals)
        # sudo: nobody has the right to write to the log; only decisions that the
        # calling method has checked arrive here. The person stays the real one.
        decisions = self.sudo().create(values)
        for case in by_link:
            case._post_link_note()
        return decisions

    def write(self, vals):
        raise UserError(
            self.env._(
                "The decision log is kept as it is: a line cannot be changed. "
                "Take a new decision instead; it gets a line of its own."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("The decision log is kept as it is: a line cannot be deleted.")
        )
