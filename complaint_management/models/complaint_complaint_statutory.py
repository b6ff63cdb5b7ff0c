from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from .complaint_complaint import INTERNAL
from .complaint_complaint_sla_decision import MOST_DAYS
from .complaint_stage import END_PHASES


class ComplaintComplaint(models.Model):
    """The statutory clock: the final response that the law asks for.

    It stands beside the commitments and is no promise of the company: it counts from
    the day of receipt, never pauses, and no extension moves it. Business days are the
    working days of the company, whatever the team's calendar.
    """

    _inherit = "complaint.complaint"

    statutory_summary_date = fields.Date(
        string="Summary Resolution Until",
        compute="_compute_statutory",
        store=True,
        groups=INTERNAL,
        help="Until the end of this day the law is content with a summary of the "
        "resolution.",
        system=True,
    )
    statutory_deadline = fields.Date(
        compute="_compute_statutory",
        store=True,
        index="btree_not_null",
        groups=INTERNAL,
        help="Until the end of this day the law asks for the final response.",
        system=True,
    )
    date_holding = fields.Datetime(
        string="Holding Letter On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    holding_until = fields.Date(
        string="Response Announced Until",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    holding_reason = fields.Text(
        string="Why Later",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )

    @api.depends("date_received", "kind", "company_id", "date_holding")
    def _compute_statutory(self):
        for company, complaints in self.grouped("company_id").items():
            clock = self._get_working_time(False, company.id)
            for complaint in complaints:
                summary, deadline = complaint._get_statutory_dates(clock)
                complaint.statutory_summary_date = summary
                complaint.statutory_deadline = deadline

    def _get_statutory_dates(self, clock):
        """Return the last days of a summary resolution and of the final response."""
        self.ensure_one()
        # sudo: the clock is the company's, whoever sees the case.
        rule = self.sudo().company_id.complaint_statutory
        if rule in (False, "off") or self.kind != "complaint" or not self.date_received:
            return False, False
        received = clock.date_of(self.date_received)
        if rule == "weeks":
            return clock.add_dates(received, 3), received + relativedelta(weeks=8)
        # A letter after the first deadline mends nothing: that was missed.
        first = clock.add_dates(received, 15)
        held = self.date_holding and clock.date_of(self.date_holding) <= first
        return False, clock.add_dates(received, 35) if held else first

    def send_holding_letter(self, reason, until, by_mail=True):
        """Tell the customer why the final response is late, and until when it comes.

        :param str reason: why, told to the customer
        :param until: day of the final response, as date or string
        :param bool by_mail: send it; otherwise it is printed and posted by hand
        :raises UserError: without a reason, or for a day that has passed or that the
            law does not allow
        """
        self.ensure_one()
        self.check_access("write")
        reason = self._clean_reason(reason)
        if self.phase in END_PHASES:
            raise UserError(
                self.env._(
                    "%(case)s has ended: it needs no holding letter.",
                    case=self.display_name,
                )
            )
        until = fields.Date.to_date(until)
        if not until or until < fields.Date.context_today(self):
            raise UserError(
                self.env._("Say until which day to come the customer gets a response.")
            )
        self._check_holding_until(until)
        # sudo: the system's own record of the letter, which people may not write.
        self.sudo().write(
            {
                # The first letter is the one that moves a statutory deadline.
                "date_holding": self.sudo().date_holding or fields.Datetime.now(),
                "holding_until": until,
                "holding_reason": reason,
            }
        )
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.id,
                    "type": "holding_letter",
                    "subject": self._fields["holding_until"]._description_string(
                        self.env
                    ),
                    "new_value": tools.format_date(self.env, until),
                    "reason": reason,
                }
            ]
        )
        if by_mail:
            self._tell_customer_by_template(
                "complaint_management.mail_template_complaint_holding_letter", reason
            )
        else:
            self._on_customer_told()
        return True

    def _check_holding_until(self, until):
        # sudo: the clock is the company's, whoever works the case.
        company = self.sudo().company_id
        latest = fields.Date.context_today(self) + timedelta(days=MOST_DAYS)
        if until > latest:
            raise UserError(
                self.env._(
                    "A response in %(year)s is none. Say until which day within the "
                    "next years the customer gets it.",
                    year=until.year,
                )
            )
        if company.complaint_statutory != "days" or self.kind != "complaint":
            return
        clock = self._get_working_time(False, company.id)
        last = clock.add_dates(clock.date_of(self.date_received), 35)
        if until > last:
            raise UserError(
                self.env._(
                    "The law asks for the final response until %(date)s, also with a "
                    "holding letter.",
                    date=tools.format_date(self.env, last),
                )
            )

    def action_open_holding_letter(self):
        return self._open_wizard("complaint.holding.letter")

    def action_print_holding_letter(self):
        """Print the holding letter again."""
        return self.env.ref(
            "complaint_management.complaint_holding_letter_action_report"
        ).report_action(self)
