import pytz

from odoo import models


class ComplaintIntakeMixin(models.AbstractModel):
    """How a customer is spoken to: in their language, and by their clock."""

    _inherit = "complaint.intake.mixin"

    def _get_customer_lang(self):
        """Return the code of the language that the customer reads, or False."""
        self.ensure_one()
        # sudo: asked for mails, papers and pages, whoever sends or sees them.
        record = self.sudo()
        lang = record.partner_lang or record.partner_id.lang
        # One that is not active any more is none.
        return self.env["res.lang"]._get_code(lang)

    def _with_customer_lang(self):
        """Return the record in the customer's language, else in that of the reader."""
        self.ensure_one()
        return self.with_context(lang=self._get_customer_lang() or self.env.lang)

    def _get_customer_tz(self):
        """Return the zone of the customer's clock, and whether it is known to be theirs.

        One for mails, papers and pages, whoever sends, prints or opens them: that of
        the contact, else of the company's working hours.

        :return: ``(name, known)``
        """
        self.ensure_one()
        # sudo: as above; the zone of the contact or company.
        record = self.sudo()
        own = record.partner_id.tz
        return own or record.company_id.resource_calendar_id.tz or "UTC", bool(own)

    def _format_customer_day(self, moment):
        """Return the day of ``moment`` where the customer is, in the record's language."""
        return self._format_for_customer(moment, date_only=True)

    def _format_customer_time(self, moment):
        """Return ``moment`` by the customer's clock, and say by which clock that is."""
        if not moment:
            return ""
        text = self._format_for_customer(moment, hide_seconds=True)
        tz, known = self._get_customer_tz()
        if not known:
            return f"{text} ({tz})"
        local = pytz.utc.localize(moment).astimezone(pytz.timezone(tz))
        zone = local.tzname()
        if not zone.isalpha():
            # A zone without letters of its own, such as that of São Paulo.
            zone = local.strftime("UTC%z")
        return f"{text} {zone}"

    def _format_for_customer(self, moment, **options):
        options["tz_name"] = self._get_customer_tz()[0]
        return self.env["ir.qweb.field.datetime"].value_to_html(moment, options)
