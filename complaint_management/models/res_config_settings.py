from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    complaint_duplicate_days = fields.Integer(
        related="company_id.complaint_duplicate_days", readonly=False
    )
    complaint_feedback_alias_name = fields.Char(
        related="company_id.complaint_feedback_alias_name", readonly=False
    )
    complaint_approval_always = fields.Boolean(
        related="company_id.complaint_approval_always", readonly=False
    )
    complaint_approval_critical = fields.Boolean(
        related="company_id.complaint_approval_critical", readonly=False
    )
    complaint_approval_amount = fields.Monetary(
        related="company_id.complaint_approval_amount",
        readonly=False,
    )
    complaint_executive_amount = fields.Monetary(
        related="company_id.complaint_executive_amount",
        readonly=False,
    )
    complaint_action_approval = fields.Selection(
        related="company_id.complaint_action_approval", readonly=False
    )
    complaint_action_approval_amount = fields.Monetary(
        related="company_id.complaint_action_approval_amount", readonly=False
    )
    complaint_action_remind_days = fields.Integer(
        related="company_id.complaint_action_remind_days", readonly=False
    )
    complaint_action_repeat = fields.Boolean(
        related="company_id.complaint_action_repeat", readonly=False
    )
    complaint_action_supervisor_days = fields.Integer(
        related="company_id.complaint_action_supervisor_days", readonly=False
    )
    complaint_action_manager_days = fields.Integer(
        related="company_id.complaint_action_manager_days", readonly=False
    )
    complaint_action_senior_days = fields.Integer(
        related="company_id.complaint_action_senior_days", readonly=False
    )
    complaint_recurrence_days = fields.Integer(
        related="company_id.complaint_recurrence_days", readonly=False
    )
    complaint_statutory = fields.Selection(
        related="company_id.complaint_statutory", readonly=False
    )
    complaint_statutory_remind_days = fields.Integer(
        related="company_id.complaint_statutory_remind_days", readonly=False
    )
    complaint_statutory_senior_days = fields.Integer(
        related="company_id.complaint_statutory_senior_days", readonly=False
    )
    complaint_file_count = fields.Integer(
        related="company_id.complaint_file_count", readonly=False
    )
    complaint_file_size = fields.Integer(
        related="company_id.complaint_file_size", readonly=False
    )
    complaint_file_types = fields.Char(
        related="company_id.complaint_file_types", readonly=False
    )
    complaint_form_address_limit = fields.Integer(
        related="company_id.complaint_form_address_limit", readonly=False
    )
    complaint_form_network_limit = fields.Integer(
        related="company_id.complaint_form_network_limit", readonly=False
    )
    complaint_consent_text = fields.Html(
        related="company_id.complaint_consent_text", readonly=False
    )
    complaint_proposal_days = fields.Integer(
        related="company_id.complaint_proposal_days", readonly=False
    )
    complaint_proposal_wait_days = fields.Integer(
        related="company_id.complaint_proposal_wait_days", readonly=False
    )
    complaint_proposal_no_answer = fields.Selection(
        related="company_id.complaint_proposal_no_answer", readonly=False
    )
    complaint_further_rights = fields.Html(
        related="company_id.complaint_further_rights", readonly=False
    )
    complaint_communication_policy = fields.Html(
        related="company_id.complaint_communication_policy", readonly=False
    )
    complaint_investigation_review = fields.Selection(
        related="company_id.complaint_investigation_review", readonly=False
    )
    complaint_similar_days = fields.Integer(
        related="company_id.complaint_similar_days", readonly=False
    )
    complaint_reopen_days = fields.Integer(
        related="company_id.complaint_reopen_days", readonly=False
    )
    complaint_acknowledge_mail = fields.Boolean(
        related="company_id.complaint_acknowledge_mail", readonly=False
    )
    complaint_rating = fields.Boolean(
        related="company_id.complaint_rating", readonly=False
    )
    complaint_rating_days = fields.Integer(
        related="company_id.complaint_rating_days", readonly=False
    )
    complaint_rating_reminder_days = fields.Integer(
        related="company_id.complaint_rating_reminder_days", readonly=False
    )
