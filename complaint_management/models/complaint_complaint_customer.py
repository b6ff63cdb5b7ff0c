from datetime import timedelta

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError

from .complaint_stage import END_PHASES

# Ways in by which customers write themselves.
OWN_CHANNELS = ("email", "portal", "website")
# What the customer's time line says of each commitment.
STEPS = ("acknowledge", "assign", "update", "resolve", "follow_up")


class ComplaintComplaint(models.Model):
    """What a customer sees of a case, and may do about it, on its page."""

    _inherit = "complaint.complaint"

    # What the page shows

    def _is_in_customer_words(self):
        """Whether the customer wrote the description, not somebody of the staff."""
        self.ensure_one()
        # sudo: only whether it was one of the staff, for whoever prints the paper.
        user = self.sudo().registered_by_id
        by_staff = user and not user.share and user.id != SUPERUSER_ID
        return self.channel in OWN_CHANNELS and not by_staff

    def _get_customer_status(self):
        """Return ``(word, colour)``: the phase in the customer's words."""
        self.ensure_one()
        _ = self.env._
        if self.phase == "closed":
            return _("Closed"), "success"
        if self.phase == "cancelled":
            withdrawn = self.cancel_reason == "withdrawn"
            return (_("Withdrawn") if withdrawn else _("Cancelled")), "secondary"
        if self.waiting_customer:
            return _("Waiting for you"), "warning"
        if self.date_communicated:
            return _("Decided"), "success"
        if self.phase == "received":
            return _("Received"), "info"
        return _("Being worked on"), "info"

    def _get_customer_timeline(self):
        """Return what was promised and what happened, for the customer.

        Names of stages, policies and staff are not part of it.

        :return: dicts with ``title``; ``date`` or ``promised`` or both, as moments;
            ``state``: ``done``, ``late``, ``paused`` or ``next``
        """
        self.ensure_one()
        _ = self.env._
        titles = {
            "acknowledge": _("We confirm that we have it"),
            "assign": _("Somebody is in charge"),
            "update": _("You hear from us how far we are"),
            "resolve": _("You have our decision"),
            "follow_up": _("We ask whether you are content"),
        }
        events = [
            {"title": _("You told us"), "date": self.date_received, "state": "done"}
        ]
        for step in STEPS:
            # The last of a kind: earlier ones were before a reopening.
            status = self.sla_status_ids._of(step).sorted("date_start")[-1:]
            if status and not (self.phase in END_PHASES and not self._kept(status)):
                events.append(self._get_customer_event(titles[step], status))
        if self.date_closed:
            word = self._get_customer_status()[0]
            events.append({"title": word, "date": self.date_closed, "state": "done"})
        order = {"done": 0}
        return sorted(
            events,
            key=lambda event: (
                order.get(event["state"], 1),
                event.get("date") or event["promised"],
            ),
        )

    def _kept(self, status):
        """Whether it was done, and not only dropped at the end of the case."""
        return bool(status.date_met) and status.date_met != self.date_closed

    def _get_customer_event(self, title, status):
        event = {"title": title, "promised": status.deadline}
        if status.date_met:
            return {**event, "date": status.date_met, "state": "done"}
        if status.state == "paused":
            return {**event, "state": "paused"}
        late = status.deadline < fields.Datetime.now()
        return {**event, "state": "late" if late else "next"}

    def _get_customer_next_step(self):
        """Return what happens next, in one or two sentences."""
        self.ensure_one()
        _ = self.env._
        if self.phase == "closed":
            return _("The case is closed. If something is still wrong, tell us.")
        if self.phase == "cancelled":
            return _("Nothing more happens with this case.")
        if self.waiting_customer:
            return _("We wait for your answer, and go on as soon as we have it.")
        if self.date_communicated:
            return _("We carry out what we decided, and then ask whether all is well.")
        if self.phase == "received":
            return _("One of us looks at what you told us and answers you.")
        return _(
            "We look into what happened. You hear from us at the latest when we have "
            "decided."
        )

    def _get_report_base_filename(self):
        """Return what the PDF of the page is called; Odoo's portal asks for it."""
        return self._get_paper_name("complaint_form")

    def _get_paper_name(self, paper):
        """Return what the PDF of a paper is called, in the language of the paper."""
        _ = self._with_customer_lang().env._
        names = {
            "complaint_form": _("Complaint Form"),
            "8d": _("8D Report"),
            "holding_letter": _("Holding Letter"),
            "response_letter": _("Response Letter"),
            "investigation": _("Result of the Investigation"),
        }
        return f"{names[paper]} - {self.reference or self.id}".replace("/", "_")

    def _get_customer_files(self):
        """Return ``(from the customer, from us)``: files of messages to and from them."""
        own = self.env["ir.attachment"]
        ours = self.env["ir.attachment"]
        for message in self._get_customer_messages():
            if self._is_from_customer(message):
                own |= message.attachment_ids
            else:
                ours |= message.attachment_ids
        return own, ours

    # What the customer does. The caller checked the access, by login or secret link.

    def _can_withdraw(self):
        self.ensure_one()
        return self.phase not in END_PHASES

    def _can_reopen(self):
        """Whether the customer may open the case again: for some days, unless merged."""
        self.ensure_one()
        if self.phase not in END_PHASES or not self.date_closed:
            return False
        if self.phase == "cancelled" and self.cancel_reason != "withdrawn":
            return False
        return self._get_reopen_until() >= fields.Datetime.now()

    def _get_reopen_until(self):
        """Return until when the customer may open the ended case again."""
        # sudo: the company's setting, for its customers.
        days = self.company_id.sudo().complaint_reopen_days
        return self.date_closed + timedelta(days=days)

    def _customer_withdraw(self, reason):
        """End the case because the customer does not go on with it.

        :param str reason: in the customer's words; may be empty
        :raises UserError: when the case has ended already
        """
        self.ensure_one()
        self._lock_for_customer()
        if not self._can_withdraw():
            raise UserError(
                self.env._("This case has ended already: there is nothing to withdraw.")
            )
        self._check_customer_text(reason)
        note = (reason or "").strip()
        words = self._with_customer_lang().env._("I withdraw this case.")
        self._post_as_customer("\n".join(filter(None, [words, note])))
        self.cancel("withdrawn", note or self.env._("Withdrawn in the portal"))

    def _customer_reopen(self, reason):
        """Open an ended case again, some days after its end.

        :param str reason: why, in the customer's words
        :raises UserError: without a reason, or too late
        """
        self.ensure_one()
        self._lock_for_customer()
        if not self._can_reopen():
            raise UserError(
                self.env._(
                    "This case cannot be opened again. Please report it as a new one, "
                    "and name the number %(number)s.",
                    number=self.reference,
                )
            )
        if not (reason or "").strip():
            raise UserError(
                self.env._("Tell us why the case should be looked at again.")
            )
        self._check_customer_text(reason)
        self.reopen(reason)
        self._post_as_customer(reason)

    def _lock_for_customer(self):
        """Let one of two clicks at the same moment do it, and the other one see that."""
        self.lock_for_update()
        self.invalidate_recordset()
