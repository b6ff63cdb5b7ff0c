from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import email_normalize_all

from ..tools.inside import get_inside
from .complaint_complaint import INTERNAL
from .complaint_complaint_consent import METHODS
from .complaint_stage import END_PHASES

FAILED = ("bounce", "exception")
# Moments of one and the same event, taken a little apart.
SAME_EVENT = timedelta(seconds=10)


class ComplaintSlaStatus(models.Model):
    """What shows that a commitment was kept: the message, how, and what it promised."""

    _inherit = "complaint.sla.status"

    message_id = fields.Many2one(
        "mail.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The message by which the commitment was kept.",
        system=True,
    )
    method = fields.Selection(
        METHODS, string="Told Through", readonly=True, system=True
    )
    promised = fields.Text(
        string="Dates Promised",
        readonly=True,
        help="What the customer was promised then, until when.",
        system=True,
    )


class ComplaintComplaint(models.Model):
    """Evidence of what reached the customer; what failed counts as not said.

    A message that bounces or cannot be sent opens the commitments again that it had
    kept, and the owner gets a task. When it is sent after all, they count as kept then.
    """

    _inherit = "complaint.complaint"

    undelivered_message_id = fields.Many2one(
        "mail.message",
        string="Not Delivered",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=INTERNAL,
        help="The last message to the customer, where it did not reach them.",
        system=True,
    )
    days_silent = fields.Integer(
        string="Days Without News",
        compute="_compute_days_silent",
        groups=INTERNAL,
        help="Working days since something last reached the customer.",
    )

    @api.depends("date_informed", "date_received", "phase")
    def _compute_days_silent(self):
        now = fields.Datetime.now()
        clocks = self._get_working_times()
        for complaint in self:
            since = complaint.date_informed or complaint.date_received
            if not since or complaint.phase in END_PHASES or since > now:
                complaint.days_silent = 0
                continue
            clock = clocks[complaint]
            hours = clock.hours_between(since, now)
            complaint.days_silent = int(hours / clock.hours_per_day)

    # Keeping

    def _prepare_evidence(self, message=None, method="email"):
        """Return what a commitment that is kept now keeps as its evidence."""
        self.ensure_one()
        promises = [f"{what}: {until}" for what, until in self._get_promises()]
        return {
            "message_id": message.id if message else False,
            "method": method,
            "promised": "\n".join(promises) or False,
        }

    def _message_post_after_hook(self, message, msg_vals):
        res = super()._message_post_after_hook(message, msg_vals)
        purpose = get_inside(self.env, "complaint_purpose")
        if purpose and self._is_to_customer(message):
            self._keep_evidence(purpose, message)
        return res

    def _keep_evidence(self, purpose, message):
        """Link ``message`` with the commitments that it keeps besides news.

        The follow-up is kept by asking the customer; the decision was recorded with
        the message that tells it.
        """
        # sudo: commitments are the system's to write; the message was allowed.
        complaint = self.sudo()
        statuses = complaint.sla_status_ids
        kept = statuses.browse()
        if purpose in ("follow_up", "rating"):
            kept = statuses._of("follow_up")._open()
            kept._meet(fields.Datetime.now())
        elif purpose == "final_response":
            kept = statuses.filtered(
                lambda s: (
                    s.date_met
                    and not s.message_id
                    and s.date_met == complaint.date_communicated
                )
            )
        if kept:
            kept.write(complaint._prepare_evidence(message))

    # Losing

    def _is_customer_address(self, partner, address):
        """Whether a partner or address to which a mail went is the customer's."""
        self.ensure_one()
        # sudo: addresses are compared only.
        complaint = self.sudo()
        if partner and complaint.partner_id in partner:
            return True
        own = {complaint.email_normalized, complaint.partner_id.email_normalized}
        return not own.isdisjoint(email_normalize_all(address or ""))

    @api.model
    def _on_mails_failed(self, messages):
        """Find the messages that did not reach the customer of their case."""
        # sudo: the queue may run as anybody.
        notifications = self.env["mail.notification"].sudo()
        failed = notifications.search(
            [
                ("mail_message_id", "in", messages.ids),
                ("notification_status", "in", FAILED),
            ]
        )
        for notification in failed:
            message = notification.mail_message_id
            # sudo: as above
            complaint = self.sudo().browse(message.res_id).exists()
            if complaint and complaint._is_customer_address(
                notification.res_partner_id, notification.mail_email_address
            ):
                complaint._on_message_failed(
                    message, notification.format_failure_reason()
                )

    def _on_message_failed(self, message, reason):
        """Count what ``message`` said as not said, and give the owner a task.

        :param str reason: why it failed, for the owner
        """
        self.ensure_one()
        # sudo: commitments are the system's to write, whoever the gateway runs as.
        complaint = self.sudo()
        if not complaint._is_to_customer(message):
            return
        if complaint.undelivered_message_id == message:
            return
        complaint.undelivered_message_id = message
        complaint._give_task(self._get_undelivered_summary(), reason)
        if complaint.phase in END_PHASES:
            return
        told = complaint._get_told_dates(message)
        kept = complaint.sla_status_ids.filtered(lambda s: s.message_id == message)
        informed = complaint.date_informed
        values = {}
        if informed and abs(informed - message.date) <= SAME_EVENT:
            values["date_informed"] = max(told, default=False)
        if kept._of("acknowledge"):
            values["date_acknowledged"] = min(told, default=False)
        complaint.write(values)
        complaint._reopen_commitments(kept, message)

    def _reopen_commitments(self, kept, message):
        """Let the commitments go on that only ``message`` had kept."""
        acknowledge = kept._of("acknowledge")
        for status in kept._of("acknowledge", "follow_up"):
            status.write({"date_met": False, "message_id": False})
            status._count()
        if self.date_acknowledged:
            acknowledge._meet(self.date_acknowledged)
        updates = self.sla_status_ids._of("update")
        if kept._of("update"):
            updates._open().unlink()
            again = kept._of("update")
            again.write({"date_met": False, "message_id": False})
            again._count()
        else:
            begun = updates._open().filtered(
                lambda s: abs(s.date_start - message.date) <= SAME_EVENT
            )
            begun.write({"date_start": self.date_informed or self.date_received})
            begun._count()

    def _get_told_dates(self, message):
        """Return when other messages than ``message`` reached the customer."""
        others = (self.message_ids - message).filtered(
            lambda m: self._is_to_customer(m) or self._is_recorded_call(m)
        )
        lost = others.notification_ids.filtered(
            lambda n: (
                n.notification_status in FAILED
                and self._is_customer_address(n.res_partner_id, n.mail_email_address)
            )
        ).mail_message_id
        return [other.date for other in others - lost]

    def _get_undelivered_summary(self):
        return self.env._("A message did not reach the customer")

    @api.model
    def _on_mails_sent(self, messages):
        """Count what had failed as said, when it is sent after all."""
        # sudo: the queue may run as anybody.
        complaints = self.sudo().search(
            [("undelivered_message_id", "in", messages.ids)]
        )
        for complaint in complaints:
            message = complaint.undelivered_message_id
            complaint.undelivered_message_id = False
            complaint.activity_ids.filtered(
                lambda a, c=complaint: a.summary == c._get_undelivered_summary()
            ).unlink()
            complaint._on_customer_told(evidence=complaint._prepare_evidence(message))
