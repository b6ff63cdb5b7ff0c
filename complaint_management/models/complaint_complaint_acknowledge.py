from odoo import api, fields, models

from .complaint_complaint import INTERNAL
from .complaint_stage import END_PHASES


class ComplaintComplaint(models.Model):
    """Confirming to the customer that a case has come in (ISO 10002, 7.3)."""

    _inherit = "complaint.complaint"

    # Set where a mail is to be acknowledged; taken away when that is done.
    date_acknowledge_due = fields.Datetime(
        readonly=True, copy=False, groups=INTERNAL, system=True
    )

    _acknowledge_due_idx = models.Index(
        "(date_acknowledge_due) WHERE date_acknowledge_due IS NOT NULL"
    )

    def _await_acknowledgement(self):
        """Have the job acknowledge the cases soon.

        Not at once: neither a mail server nor a customer at the form is to wait while
        the complaint form is printed. The job looks every few minutes, by an index of
        what is due.
        """
        # sudo: the system's own plan, whoever told the company.
        self.sudo().date_acknowledge_due = fields.Datetime.now()

    @api.model
    def _cron_acknowledge(self, batch_size=50):
        """Acknowledge what came in by mail. Reads only what is due, and catches up."""
        self._run_due(
            [("date_acknowledge_due", "!=", False)],
            "date_acknowledge_due",
            "_acknowledge_mail",
            batch_size,
        )

    def _acknowledge_mail(self, now):
        """Acknowledge a case, unless somebody was quicker or it has ended."""
        self.ensure_one()
        self.date_acknowledge_due = False
        staff = self._is_staff_address(self.email_normalized)
        if not (self.date_acknowledged or self.phase in END_PHASES or staff):
            self._acknowledge()

    def _acknowledge(self):
        """Confirm to the customer that the case has come in."""
        self.ensure_one()
        # Not the customer writes this mail, but the company.
        self.with_user(
            self.env.ref("base.user_root")
        ).sudo()._tell_customer_by_template(
            "complaint_management.mail_template_complaint_acknowledgement",
            self.env._("The case was received; say so, and give its number."),
        )
