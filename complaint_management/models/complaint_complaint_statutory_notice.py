from odoo import api, models
from odoo.tools import format_date


class ComplaintComplaint(models.Model):
    """What staff are told about the statutory clock."""

    _inherit = "complaint.complaint"

    @api.model
    def _tell_statutory(self, event, case):
        """Return subject and lines of a reminder, in the language of ``case``."""
        _ = case.env._
        values = {
            "case": case.display_name,
            "date": format_date(case.env, case._get_statutory_day(event)),
        }
        subject = {
            "summary_before": _("Summary resolution until %(date)s: %(case)s"),
            "summary_due": _("Summary resolution until today: %(case)s"),
            "before": _("Statutory deadline on %(date)s: %(case)s"),
            "due": _("Statutory deadline, last day: %(case)s"),
            "overdue": _("Statutory deadline passed: %(case)s"),
        }[event]
        lines = [case._get_statutory_text(event)]
        customer = case.partner_name or case.partner_email
        if customer:
            lines.append(_("Customer: %(customer)s", customer=customer))
        if not case.user_id:
            lines.append(_("The case has no owner yet."))
        return subject % values, lines

    def _get_statutory_day(self, event):
        summary = event.startswith("summary_")
        return self.statutory_summary_date if summary else self.statutory_deadline

    def _get_statutory_text(self, event):
        """Say in one or two sentences what the law asks for, and until when."""
        _ = self.env._
        date = format_date(self.env, self._get_statutory_day(event))
        if event.startswith("summary_"):
            return _(
                "Until the end of %(date)s a summary of the resolution will do; "
                "afterwards the law asks for a full final response.",
                date=date,
            )
        if event == "overdue":
            return _(
                "The law asked for the final response until the end of %(date)s, and "
                "the customer has not got it.",
                date=date,
            )
        text = _(
            "The law asks for the final response until the end of %(date)s.", date=date
        )
        # sudo: what the company chose holds for whoever reads.
        if self.date_holding or self.sudo().company_id.complaint_statutory != "days":
            return text
        return " ".join(
            [text, _("A holding letter moves it; a pause or an extension does not.")]
        )
