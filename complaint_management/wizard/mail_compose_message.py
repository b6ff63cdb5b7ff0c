from odoo import api, fields, models

from ..tools.inside import Inside, get_inside


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    complaint_answer_id = fields.Many2one(
        "complaint.canned.answer", string="Canned Answer", store=False
    )
    complaint_answer_ids = fields.Many2many(
        "complaint.canned.answer", compute="_compute_complaint_answer_ids"
    )

    # Given by the button that opens the dialog; it counts when the message is sent.
    complaint_thanks = fields.Boolean()

    # Stored values of a composer are computed as the superuser, templates included: so
    # who gives it ids is asked here, as the one who gives them.

    @api.model_create_multi
    def create(self, vals_list):
        composers = super().create(vals_list)
        composers._check_complaint_asked()
        return composers

    def write(self, vals):
        res = super().write(vals)
        self._check_complaint_asked()
        return res

    def _evaluate_res_ids(self):
        ids = super()._evaluate_res_ids()
        # What is not saved yet, as in the open dialog, passes neither of the above.
        asker = self if self._origin else self.sudo(False)
        asker.env["complaint.access"]._check_asked(self.model, ids)
        return ids

    def _check_complaint_asked(self):
        for composer in self:
            composer._evaluate_res_ids()

    @api.depends("model", "res_ids")
    def _compute_complaint_answer_ids(self):
        answers = self.env["complaint.canned.answer"]
        for composer in self:
            complaint = composer._get_complaint()
            composer.complaint_answer_ids = (
                answers.search(answers._get_fitting_domain(complaint))
                if complaint and answers.has_access("read")
                else False
            )

    @api.onchange("complaint_answer_id")
    def _onchange_complaint_answer_id(self):
        """Put the text below what is written, in the customer's language."""
        answer, complaint = self.complaint_answer_id, self._get_complaint()
        if answer and complaint:
            lang = complaint._get_customer_lang() or self.env.lang
            self.body = (self.body or "") + answer.with_context(lang=lang).body
            self.complaint_answer_id = False

    def _get_complaint(self):
        """Return the one case that the message is about, if it is about one."""
        complaints = self.env["complaint.complaint"]
        if self.model != complaints._name or self.composition_mode != "comment":
            return complaints
        ids = self._evaluate_res_ids()
        return complaints.browse(ids) if len(ids) == 1 else complaints

    def _action_send_mail_comment(self, res_ids):
        """Do with a record what the message to its customer says."""
        if self.complaint_thanks:
            self = self.with_context(complaint_feedback_thanks=Inside())
        purpose = self.sudo().template_id.complaint_purpose  # sudo: its kind only
        if (
            self.model != "complaint.complaint"
            or not purpose
            or self.subtype_is_log
            # Code that sends a template has done what it says.
            or get_inside(self.env, "complaint_purpose", self) is not self
        ):
            return super()._action_send_mail_comment(res_ids)
        for complaint in self.env[self.model].browse(res_ids):
            complaint._do_as_written(purpose)
        return super(
            MailComposeMessage, self.with_context(complaint_purpose=Inside(purpose))
        )._action_send_mail_comment(res_ids)

    def _action_send_mail_mass_mail(self, res_ids, auto_commit=False):
        """Write to the customers of many records: only for who works each of them."""
        records = self.env[self.model].browse(res_ids) if self.model else None
        if isinstance(records, self.env.registry["complaint.outside.mixin"]):
            records._check_may_write_to_customer()
        return super()._action_send_mail_mass_mail(res_ids, auto_commit=auto_commit)
