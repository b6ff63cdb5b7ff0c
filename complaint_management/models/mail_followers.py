from odoo import models


class MailFollowers(models.Model):
    _inherit = "mail.followers"

    # The record rules ask which cases a user follows; an agent follows thousands.
    _complaint_idx = models.Index(
        "(partner_id, res_id) WHERE res_model = 'complaint.complaint'"
    )
