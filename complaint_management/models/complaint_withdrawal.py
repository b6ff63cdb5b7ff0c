import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError


class ComplaintWithdrawal(models.Model):
    """A file that was withdrawn: what it was, why it went, and its content under seal.

    Nobody has the right to read these rows, the administrator included: who may read
    the case reads the decision log. The content is kept, so that no manager can make
    evidence vanish; whoever runs the server hands it to an auditor or a court.
    """

    _name = "complaint.withdrawal"
    _description = "Withdrawn File"
    _inherit = ["complaint.protected.mixin"]
    _order = "id desc"

    name = fields.Char(string="File", required=True)
    attachment_id = fields.Many2one(
        "ir.attachment",
        required=True,
        index=True,
        ondelete="restrict",
        help="What stands in its place.",
    )
    complaint_id = fields.Many2one(
        "complaint.complaint",
        string="Case",
        index="btree_not_null",
        ondelete="restrict",
    )
    feedback_id = fields.Many2one(
        "complaint.feedback", index="btree_not_null", ondelete="restrict"
    )
    reason = fields.Text(required=True)
    user_id = fields.Many2one("res.users", string="By", required=True)
    mimetype = fields.Char(string="Kind of File")
    file_size = fields.Integer(string="Size")
    sha256 = fields.Char(string="SHA-256")
    checksum = fields.Char(string="SHA-1", help="Odoo's own checksum.")
    content = fields.Binary(groups=fields.NO_ACCESS)

    @api.model
    def _withdraw(self, record, files, reason):
        """Seal the content of files; what stands in their place says so.

        :param record: the case or feedback, which the caller has checked
        :param files: attachments of it
        :param str reason: why
        :return: the rows
        """
        # sudo: nobody writes these rows; the caller has checked who may withdraw.
        files = files.sudo()
        owner = {
            "complaint.complaint": "complaint_id",
            "complaint.feedback": "feedback_id",
        }[record._name]
        withdrawals = self.sudo().create(
            [
                {
                    "name": file.name,
                    "attachment_id": file.id,
                    owner: record.id,
                    "reason": reason,
                    "user_id": self.env.uid,
                    "mimetype": file.mimetype,
                    "file_size": file.file_size,
                    "sha256": hashlib.sha256(file.raw or b"").hexdigest(),
                    "checksum": file.checksum,
                    "content": file.datas,
                }
                for file in files
            ]
        )
        # The customer finds it where the file was.
        local = record._with_customer_lang()
        _ = local.env._
        date = local._format_customer_day(fields.Datetime.now())
        for withdrawal in withdrawals:
            withdrawal.attachment_id._withdraw_content(
                _("Withdrawn: %(file)s", file=withdrawal.name),
                _(
                    "This file was withdrawn on %(date)s and cannot be read any more.",
                    date=date,
                ),
            )
        return withdrawals

    def write(self, vals):
        self.check_access("write")
        raise UserError(
            self.env._("What is withdrawn stays so, with the reason that was given.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("What is withdrawn stays so, with the reason that was given.")
        )
