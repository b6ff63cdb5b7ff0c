from odoo import models
from odoo.exceptions import AccessError


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _check_access(self, operation):
        """Keep the files of internal notes from customers who may read the case.

        Odoo lets whoever reads a record read all its files. Of a case, customers get
        those that a message to or from them carries.
        """
        result = super()._check_access(operation)
        if self.env.su or not self or self.env.user._is_internal():
            return result
        forbidden = result[0] if result else self.browse()
        # sudo: where a file belongs decides whether it may be read.
        of_cases = (
            (self - forbidden)
            .sudo()
            .filtered(
                lambda file: file.res_model == "complaint.complaint" and not file.public
            )
        )
        hidden = of_cases - of_cases._filter_sent_to_customers()
        if not hidden:
            return result
        forbidden |= self & hidden.sudo(False)

        def error():
            return AccessError(
                self.env._("This file is internal: it was not sent to customers.")
            )

        return forbidden, result[1] if result else error

    def _filter_sent_to_customers(self):
        """Return the files that a message carries which is no internal note."""
        if not self:
            return self
        # sudo: only whether a message is internal is looked at.
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "complaint.complaint"),
                    ("res_id", "in", self.mapped("res_id")),
                    ("attachment_ids", "in", self.ids),
                    ("is_internal", "=", False),
                    ("subtype_id.internal", "=", False),
                    ("message_type", "!=", "user_notification"),
                ]
            )
        )
        return self & messages.attachment_ids
