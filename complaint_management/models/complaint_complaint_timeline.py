from datetime import datetime, time

from odoo import api, fields, models, tools

# Icon, colour of the line and of the text, for each state; words say the same.
LOOKS = {
    "met": ("fa-check", "success", "success"),
    "late": ("fa-exclamation-triangle", "danger", "danger"),
    "today": ("fa-clock-o", "warning", "warning"),
    "later": ("fa-clock-o", "success", "success"),
    "paused": ("fa-pause", "info", "info"),
    "event": ("fa-circle-o", "secondary", "body"),
}


class ComplaintComplaint(models.Model):
    """The time line of the form: what was promised, what happened, what is next."""

    _inherit = "complaint.complaint"

    @api.depends(
        "sla_status_ids.deadline",
        "sla_status_ids.state",
        "sla_status_ids.date_met",
        "sla_status_ids.date_agreed",
        "date_received",
        "date_holding",
        "date_closed",
        "waiting_customer",
        "statutory_deadline",
    )
    def _compute_sla_timeline(self):
        for complaint in self:
            events = complaint._get_timeline() if complaint.date_received else []
            complaint.sla_timeline = self.env["ir.qweb"]._render(
                "complaint_management.complaint_sla_timeline", {"events": events}
            )

    def _get_timeline(self):
        """Return the events of the time line, sorted; see its template for the keys."""
        self.ensure_one()
        _ = self.env._
        events = [(self.date_received, "event", _("Received"), "", "")]
        for status in self.sla_status_ids:
            events += self._get_commitment_events(status)
        for begin, end in self._get_waits():
            events.append(
                (
                    begin,
                    "paused",
                    _("Waited for the customer"),
                    _("until %(date)s", date=self._format_moment(end)),
                    "",
                )
            )
        if self.waiting_customer:
            began = self.date_waiting or fields.Datetime.now()
            events.append((began, "paused", _("Waits for the customer"), "", ""))
        if self.date_holding:
            events.append(
                (
                    self.date_holding,
                    "event",
                    _("Holding letter"),
                    _(
                        "response by %(date)s",
                        date=tools.format_date(self.env, self.holding_until),
                    ),
                    self.holding_reason,
                )
            )
        if self.statutory_deadline and not self.date_communicated:
            passed = self.statutory_deadline < fields.Date.context_today(self)
            events.append(
                (
                    self.statutory_deadline,
                    "late" if passed else "later",
                    _("Statutory deadline"),
                    _("passed") if passed else "",
                    "",
                )
            )
        if self.date_closed:
            events.append((self.date_closed, "event", self._label("phase"), "", ""))
        # A day lasts until its end.
        events.sort(
            key=lambda event: (
                event[0]
                if isinstance(event[0], datetime)
                else datetime.combine(event[0], time.max)
            )
        )
        return [
            {
                "when": self._format_moment(moment),
                "icon": LOOKS[look][0],
                "line": LOOKS[look][1],
                "color": LOOKS[look][2],
                "title": title,
                "what": what,
                "why": why,
            }
            for moment, look, title, what, why in events
        ]

    def _get_commitment_events(self, status):
        """Return what the time line says of one commitment."""
        _ = self.env._
        title, state = status._label("commitment"), status._label("state")
        deadline = self._format_moment(status.deadline)
        if status.date_met:
            due = _("due on %(date)s", date=deadline)
            events = [(status.date_met, status.state, title, state, due)]
        else:
            events = [(status.deadline, status.alert, title, status.time_left, "")]
        if status.date_agreed:
            agreed = self._format_moment(status.agreed_deadline)
            extended = _("extended to %(date)s", date=agreed)
            why = status.agreed_reason
            events.append((status.date_agreed, "event", title, extended, why))
        return events

    def _format_moment(self, moment):
        if not isinstance(moment, datetime):
            return tools.format_date(self.env, moment)
        return tools.format_datetime(self.env, moment, dt_format="short")
