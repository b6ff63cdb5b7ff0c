from odoo import api, models


class MailScheduledMessage(models.Model):
    _inherit = "mail.scheduled.message"

    @api.model_create_multi
    def create(self, vals_list):
        scheduled = super().create(vals_list)
        scheduled._check()
        return scheduled

    def write(self, vals):
        res = super().write(vals)
        # What was a note may go to the customer now.
        self._check()
        return res

    @api.model
    def _check(self, values=None):
        """Let only those plan, change and drop a message outside who may send it now."""
        res = super()._check(values)
        if self.env.su:
            return res
        outside = self.env.registry["complaint.outside.mixin"]
        # sudo: whom the messages reach; the right to send them is asked next.
        for model, messages in self.sudo().grouped("model").items():
            records = self.env[model]
            if isinstance(records, outside):
                reaching = messages.filtered(
                    lambda m: (
                        not m.is_note or any(m.partner_ids.mapped("partner_share"))
                    )
                )
                records = records.browse(reaching.mapped("res_id"))
                records._check_may_write_to_customer()
        return res
