from odoo import api, fields, models, tools

from ..tools.inside import get_inside


class ComplaintFeedback(models.Model):
    """Mail to and from feedback: the gateway, and the thanks to the customer."""

    _inherit = "complaint.feedback"

    # Gateway

    @api.model
    @api.private
    def message_new(self, msg_dict, custom_values=None):
        """Register what a customer wrote, by the same reading of mail as for a case."""
        cases = self.env["complaint.complaint"]
        name, address, description = cases._parse_complainant(msg_dict)
        values = {
            "name": cases._parse_subject(msg_dict, description),
            "type": "comment",
            "channel": "email",
            "description": tools.html_sanitize(description, sanitize_style=True),
            "partner_name": name or address,
            **self._get_mailed_address_values(msg_dict),
            **(custom_values or {}),
        }
        values["date_received"] = cases._parse_date_received(
            values.get("date_received") or msg_dict.get("date")
        )
        # sudo: the gateway takes mail in, whoever it runs as; “create” finds the rest.
        feedback = super(ComplaintFeedback, self.sudo()).message_new(
            {**msg_dict, "email_from": address}, values
        )
        return feedback.sudo(False)

    # Thanks

    def action_thank(self):
        """Open the thanks to the customer, to look at, change and send."""
        self.ensure_one()
        self.check_access("write")
        template = self.env.ref(
            "complaint_management.mail_template_complaint_feedback_thanks",
            raise_if_not_found=False,
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Thank the Customer"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_template_id": template.id if template else False,
                "default_subtype_xmlid": "mail.mt_comment",
                "default_complaint_thanks": True,
            },
        }

    def action_thanked(self):
        """Record that the customer was thanked in another way, such as on the phone."""
        self.check_access("write")
        # sudo: the date is the system's own; writing was checked above.
        self.filtered(
            lambda feedback: not feedback.date_thanked
        ).sudo().date_thanked = fields.Datetime.now()
        return True

    def _message_post_after_hook(self, message, msg_vals):
        res = super()._message_post_after_hook(message, msg_vals)
        thanks = get_inside(self.env, "complaint_feedback_thanks")
        if thanks and message.subtype_id.id == self._get_comment_subtype_id():
            self.action_thanked()
        return res
