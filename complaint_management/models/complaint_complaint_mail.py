import re
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models, tools
from odoo.tools.mail import html2plaintext, parse_contact_from_email

from .complaint_stage import END_PHASES

SUBJECT_SIZE = 200
# "From:" as mail programs write it above a forwarded message.
FORWARDED_FROM = re.compile(
    r"^\W{0,4}(?:From|Von|De|Da|Van)\s?:\W{0,3}\s*(?P<who>[^\n]*@[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)


class ComplaintComplaint(models.Model):
    """Mail to and from cases: the gateway, the customer's answers, who is told."""

    _inherit = "complaint.complaint"

    # Gateway

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Open a case from a mail: the mail's part of intake, ``create`` does the rest."""
        values = dict(custom_values or {})
        informed = values.pop("informed_team_ids", [])
        body = msg_dict.get("body") or ""
        name, address = self._parse_complainant(msg_dict, body)
        values = {
            "name": self._parse_subject(msg_dict, body),
            "description": body,
            "channel": "email",
            "date_received": self._parse_date_received(msg_dict),
            "partner_email": address,
            "partner_name": name or address,
            **values,
        }
        author = self.env["res.partner"].browse(msg_dict.get("author_id"))
        if author.partner_share and author.email_normalized == tools.email_normalize(
            values["partner_email"] or "", strict=False
        ):
            values.setdefault("partner_id", author.id)
        complaint = super().message_new(msg_dict, values)
        complaint._tell_team()
        complaint._tell_other_teams(self.env["complaint.team"].browse(informed))
        return complaint

    @api.model
    def _parse_subject(self, msg_dict, body):
        """Return the mail's subject, or its first words where it has none."""
        subject = " ".join((msg_dict.get("subject") or "").split())
        if not subject:
            text = " ".join(html2plaintext(body).split())
            subject = text[:80] or self.env._("(no subject)")
        return subject[:SUBJECT_SIZE]

    @api.model
    def _parse_date_received(self, msg_dict):
        """Return when the mail was sent, within the month a server may be down.

        An unlikely date in the header counts as now.
        """
        now = fields.Datetime.now()
        sent = fields.Datetime.to_datetime(msg_dict.get("date")) or now
        return sent if now - timedelta(days=31) <= sent <= now else now

    @api.model
    def _parse_complainant(self, msg_dict, body):
        """Return name and address of the customer who wrote.

        Staff who forward a customer's mail are not the customer: the forwarded
        sender is.
        """
        sender = msg_dict.get("email_from") or ""
        name, address = parse_contact_from_email(sender)
        author = self.env["res.partner"].browse(msg_dict.get("author_id"))
        if author and not author.partner_share:
            # What staff write must not go out to the customer.
            msg_dict["is_internal"] = True
            forwarded = FORWARDED_FROM.search(html2plaintext(body))
            if not forwarded:
                return author.name, author.email
            who = forwarded["who"].replace("[mailto:", "<").replace("]", ">")
            name, address = parse_contact_from_email(who)
        return name, address or sender

    # Messages

    def _message_post_after_hook(self, message, msg_vals):
        res = super()._message_post_after_hook(message, msg_vals)
        if self._is_from_customer(message):
            self._on_customer_message()
        else:
            self._link_new_contact(message)
        return res

    def _is_from_customer(self, message):
        """Whether somebody outside the staff wrote ``message`` for the staff to read."""
        self.ensure_one()
        if message.message_type not in ("email", "comment") or message.is_internal:
            return False
        if message.subtype_id != self.env.ref("mail.mt_comment"):
            return False
        author = message.author_id
        return author.partner_share if author else bool(message.email_from)

    def _on_customer_message(self):
        """A customer's word ends waiting; after closing it becomes a task."""
        # sudo: the customer has no right to write on the case; only the waiting ends.
        complaint = self.sudo()
        if complaint.waiting_customer:
            complaint.waiting_customer = False
        if complaint.phase in END_PHASES:
            responsible = complaint.user_id or complaint.team_id.user_id
            complaint.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("The customer wrote after the case was closed"),
                user_id=(responsible or self.env.user).id,
            )

    def _link_new_contact(self, message):
        """A contact made from the address on the case becomes its customer."""
        if self.partner_id or not self.email_normalized:
            return
        contact = message.partner_ids.filtered(
            lambda partner: partner.email_normalized == self.email_normalized
        )[:1]
        if contact:
            self.search(
                [
                    ("partner_id", "=", False),
                    ("email_normalized", "=", self.email_normalized),
                    ("company_id", "=", self.company_id.id),
                    ("phase", "not in", END_PHASES),
                ]
            ).write({"partner_id": contact.id})

    def _get_customer_information(self):
        """Say what is known of a writer, for the contact that a reply creates."""
        information = super()._get_customer_information()
        for complaint in self.filtered("email_normalized"):
            values = information.setdefault(complaint.email_normalized, {})
            values["name"] = complaint.partner_name or complaint.partner_email
            values["phone"] = complaint.partner_phone
            values["company_id"] = complaint.company_id.id
        return information

    # Who is told

    def _tell_team(self):
        """Tell the team leader, else the members, of a new case without an owner."""
        for complaint in self.filtered(lambda complaint: not complaint.user_id):
            team = complaint.team_id
            complaint._tell_staff(
                team.user_id or team.member_ids,
                self.env._("New case without an owner in %(team)s", team=team.name),
            )

    def _tell_other_teams(self, teams):
        """Tell teams that a mail also went to, so that they do not open a second case."""
        self.ensure_one()
        for team in teams - self.team_id:
            self._tell_staff(
                team.user_id or team.member_ids,
                self.env._(
                    "A mail to %(other)s was also sent to %(team)s, which has the case",
                    other=team.name,
                    team=self.team_id.name,
                ),
            )

    def _tell_staff(self, users, text):
        """Notify ``users`` as they prefer (inbox or mail); customers never."""
        self.ensure_one()
        # sudo: members may be unknown to whom the mail gateway runs as.
        staff = users.sudo().filtered(lambda user: user.active and not user.share)
        if not staff:
            return
        self.message_notify(
            partner_ids=staff.partner_id.ids,
            subject=self.display_name,
            body=Markup("<p>%s</p><p>%s</p>") % (text, self.display_name),
            email_layout_xmlid="mail.mail_notification_light",
            model=self._name,
            res_id=self.id,
        )
