from odoo import api, models

from .mail_message import KEPT_MODELS


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Prove what is said to and by people outside, when the transaction ends."""
        messages = super().create(vals_list)
        # sudo: only where the message stands, which is known from its creation; other
        # apps' messages cost nothing.
        kept = messages.sudo().filtered(lambda message: message.model in KEPT_MODELS)
        kept = kept._filter_complaint_correspondence()
        if kept:
            self.env["complaint.proof"]._queue("message", kept)
        return messages


class ComplaintDecision(models.Model):
    _inherit = "complaint.decision"

    def _prove(self):
        """Prove the lines of the log, when the transaction ends."""
        self.env["complaint.proof"]._queue("decision", self)


class ComplaintIntakeMixin(models.AbstractModel):
    _inherit = "complaint.intake.mixin"

    def _begin_proof(self):
        """Begin the chain of new cases and feedback with themselves."""
        self.env["complaint.proof"]._queue("opening", self)
