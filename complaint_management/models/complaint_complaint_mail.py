import re
from datetime import timedelta
from email.message import EmailMessage

from odoo import api, fields, models, tools
from odoo.tools.mail import (
    decode_message_header,
    email_normalize_all,
    html2plaintext,
    parse_contact_from_email,
)

from ..tools.inside import Inside, get_inside
from ..tools.mail_parts import get_only_sender
from .complaint_intake_mixin import clean_line
from .complaint_page_mixin import ADDRESS_FIELDS
from .complaint_stage import END_PHASES

SUBJECT_SIZE = 200
# “From:” as mail programs write it above a forwarded message.
FORWARDED_FROM = re.compile(
    r"^\W{0,4}(?:From|Von|De|Da|Van|Från|Fra|Od)\s?:\W{0,3}\s*(?P<who>[^\n]*@[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)


class ComplaintComplaint(models.Model):
    """Mail to and from cases: the gateway, the customer's answers, who is told."""

    _inherit = "complaint.complaint"
    _mail_default_fields = (
        "team_id",
        "company_id",
        "category_id",
        "kind",
        "severity",
        "urgency",
        "complexity",
        "tag_ids",
    )

    # Gateway

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        # While it takes in a mail, Odoo asks only which fields there are: to describe
        # some two hundred of them would be a good part of the work. It does so as the
        # superuser; people are told of no field that they may not read.
        taking_in = self.env.su and get_inside(self.env, "complaint_taking_in")
        if attributes is None and taking_in:
            return dict.fromkeys(self._fields, {})
        return super().fields_get(allfields, attributes)

    @api.model
    @api.private
    def message_new(self, msg_dict, custom_values=None):
        """Open a case from a mail: the mail's part of intake, ``create`` does the rest."""
        values = dict(custom_values or {})
        informed = values.pop("informed_team_ids", [])
        name, address, description = self._parse_complainant(msg_dict)
        values = {
            "name": self._parse_subject(msg_dict, description),
            # What the field does by itself, and no style that covers the screen.
            "description": tools.html_sanitize(description, sanitize_style=True),
            "channel": "email",
            "partner_name": name or address,
            **self._get_mailed_address_values(msg_dict),
            **values,
            "date_received": self._parse_date_received(
                values.get("date_received") or msg_dict.get("date")
            ),
        }
        # sudo: an alias may belong to a team that the gateway's user may not read.
        team = self.env["complaint.team"].sudo().browse(values.get("team_id"))
        if team:
            values.setdefault("company_id", team.company_id.id)
        author = self.env["res.partner"].browse(msg_dict.get("author_id"))
        wrote_it = author.partner_share and author.email_normalized == address
        if wrote_it and author.company_id.id in (False, values.get("company_id")):
            values = {
                "partner_id": author.id,
                "partner_phone": author.phone,
                **values,
            }
        complaint = (
            super(ComplaintComplaint, self.with_context(complaint_taking_in=Inside()))
            .message_new({**msg_dict, "email_from": address}, values)
            .with_context(complaint_taking_in=None)
        )
        sender = get_only_sender(msg_dict.get("email_from"))
        if sender and sender == complaint.partner_id.email_normalized:
            # Of two contacts with one address, the case's own one wrote it.
            msg_dict["author_id"] = complaint.partner_id.id
        complaint._tell_other_teams(self.env["complaint.team"].browse(informed))
        # sudo: the setting of whichever company.
        company = complaint.sudo().company_id
        if company.complaint_acknowledge_mail and complaint.email_normalized:
            complaint._await_acknowledgement()
        # The mail itself is posted next: it is no second word of the customer, and
        # tells the team where nobody owns the case.
        pictures = 'src="cid:' in values["description"]
        return complaint.with_context(
            complaint_new_mail=Inside("with pictures" if pictures else "plain"),
            complaint_told_partner_ids=Inside(
                tuple(complaint._get_told_without_owner().partner_id.ids)
            ),
        )

    @api.model
    def _parse_subject(self, msg_dict, body):
        """Return the mail's subject, or its first words where it has none."""
        subject = clean_line(msg_dict.get("subject"))
        if not subject:
            text = html2plaintext(body, include_references=False)
            subject = clean_line(text)[:80] or self._get_no_subject(msg_dict)
        return subject[:SUBJECT_SIZE]

    @api.model
    def _get_no_subject(self, msg_dict):
        """Say so in the language of whoever wrote, if they are known."""
        author = self.env["res.partner"].browse(msg_dict.get("author_id") or ())
        # sudo: the writer's language only, for the gateway.
        lang = self.env["res.lang"]._get_code(author.sudo().lang)
        return self.with_context(lang=lang or self.env.lang).env._("(no subject)")

    @api.model
    def _parse_date_received(self, date):
        """Return ``date`` where it lies within the month that a server may be down.

        An unlikely date counts as now.
        """
        now = fields.Datetime.now()
        date = fields.Datetime.to_datetime(date) or now
        return date if now - timedelta(days=31) <= date <= now else now

    @api.model
    def _parse_complainant(self, msg_dict):
        """Return name and address of the customer who wrote, and what they wrote.

        Staff who forward a customer's mail are not the customer: the forwarded
        sender is.
        """
        body = msg_dict.get("body") or ""
        sender = msg_dict.get("email_from") or ""
        name, address = parse_contact_from_email(sender)
        author = self.env["res.partner"].browse(msg_dict.get("author_id"))
        if not author or author.partner_share:
            return clean_line(name), address or sender, body
        # What staff write must not go out to the customer.
        msg_dict["is_internal"] = True
        who, text = self._parse_forwarded(msg_dict, body)
        if not who:
            return author.name, author.email, body
        name, address = parse_contact_from_email(who)
        return clean_line(name), address, text

    @api.model
    def _parse_forwarded(self, msg_dict, body):
        """Return who wrote what a colleague forwards, and that part of the mail.

        The colleague's own words above it stay out: the customer sees the description
        of the case. The mail is on the case as a whole, as an internal note.
        """
        for attachment in msg_dict.get("attachments") or ():
            if isinstance(attachment[1], EmailMessage):
                original = attachment[1]
                part = original.get_body(("plain", "html"))
                text = part.get_content() if part else ""
                if part and part.get_content_subtype() == "plain":
                    text = tools.plaintext2html(text)
                return decode_message_header(original, "From"), text
        text = html2plaintext(body, include_references=False)
        for match in FORWARDED_FROM.finditer(text):
            who = match["who"].replace("[mailto:", "<").replace("]", ">")
            who = who.replace("*", "")
            address = parse_contact_from_email(who)[1]
            # Passed on from colleague to colleague, the customer's is further down.
            if address and not self._is_staff_address(address):
                return who, tools.plaintext2html(text[match.start() :])
        return "", ""

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        # By the indexed address, and only what came by mail: an import is no loop.
        return [
            ("email_normalized", "=", email_from_normalized),
            ("message_ids.message_type", "=", "email"),
        ]

    def _mail_cc_sanitized_raw_dict(self, cc_string):
        # Own aliases are no correspondents: a mail to them would come back.
        addresses = super()._mail_cc_sanitized_raw_dict(cc_string)
        # sudo: aliases are compared only.
        own = self.env["mail.alias.domain"].sudo()._find_aliases(list(addresses))
        return {
            address: raw
            for address, raw in addresses.items()
            if address and address not in own
        }

    # Who is part of a case

    def _is_known_sender(self, address):
        """Who wrote on a case goes on with the one that it was merged into."""
        if super()._is_known_sender(address):
            return True
        # sudo: addresses are compared only.
        return bool(address) and any(
            case._is_known_sender(address)
            for case in self.sudo().merged_ids
            if case._is_same_customer(self.sudo())
        )

    def _get_attentive_user(self):
        # sudo: whom the mail gateway runs as need not see who stands in.
        return super()._get_attentive_user() or self.sudo()._get_stand_ins()[:1]

    def _get_merge_target(self):
        """Return the case where the customer's matter goes on, after merges."""
        self.ensure_one()
        case, seen = self, self.browse()
        while case.duplicate_of_id and case not in seen:
            seen |= case
            if not case._is_same_customer(case.duplicate_of_id):
                break
            case = case.duplicate_of_id
        return case

    def _follow_customer(self, change):
        """The customer follows their case, and no other one does any more."""
        if not change.touches("partner_id"):
            return
        for complaint in self:
            partner = change.old(complaint, "partner_id")
            now = complaint.commercial_partner_id
            if partner.partner_share and partner.commercial_partner_id != now:
                # sudo: the wrong customer must not hear of the case any more,
                # whoever corrected it.
                complaint.sudo().message_unsubscribe(partner.ids)
        self.with_context(mail_create_nosubscribe=False)._follow_customers()

    def _log_readdressed(self, change):
        values = {}
        # sudo: whoever changes the customer need not read the contact they replace.
        for complaint in self.sudo():
            before = [change.old(complaint, name) for name in ADDRESS_FIELDS[:2]]
            now = [complaint[name] for name in ADDRESS_FIELDS[:2]]
            values[complaint] = (
                ", ".join(filter(None, [partner.display_name, address]))
                for partner, address in (before, now)
            )
        self._log_customers(values)

    def _log_addresses(self, addresses):
        # sudo: as above
        is_open = self.sudo().filtered(lambda case: case.phase not in END_PHASES)
        self._log_customers(
            {
                case: (
                    f"{case.partner_id.display_name}, {value}"
                    for value in addresses[case]
                )
                for case in is_open
            }
        )

    def _log_customers(self, values):
        """Append a line for each case whose customer or address has changed.

        :param dict values: ``{case: (before, after)}``, in words
        """
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": complaint.id,
                    "type": "customer",
                    "subject": self._get_labels(ADDRESS_FIELDS[:2]),
                    "old_value": old_value,
                    "new_value": new_value,
                    "reason": self._get_reason(),
                }
                for complaint, (old_value, new_value) in values.items()
            ]
        )

    # Messages

    def message_post(self, **kwargs):
        if self._is_for_customer_without_contact(kwargs):
            addresses = [kwargs.get("outgoing_email_to"), self.partner_email]
            kwargs["outgoing_email_to"] = ", ".join(filter(None, addresses))
        return super().message_post(**kwargs)

    def _is_for_customer_without_contact(self, kwargs):
        """Whether staff write to a customer who cannot follow the case: no contact yet.

        :param kwargs: those of ``message_post``
        """
        # sudo: whoever may post may have the customer told.
        address = self.sudo().email_normalized
        if self.partner_id or not address:
            return False
        if kwargs.get("subtype_xmlid") != "mail.mt_comment" and (
            kwargs.get("subtype_id") != self._get_comment_subtype_id()
        ):
            return False
        incoming = kwargs.get("message_type") == "email"
        partners = self.env["res.partner"]
        author = partners.browse(kwargs.get("author_id") or ())
        if not author and not incoming:
            author = self.env.user.partner_id
        # sudo: addresses are compared only.
        reached = partners.browse(kwargs.get("partner_ids") or ()).sudo()
        named = [kwargs.get("incoming_email_to"), kwargs.get("incoming_email_cc")]
        return (
            kwargs.get("message_type") in ("comment", "email")
            and author
            and not author.partner_share
            and address not in reached.mapped("email_normalized")
            and address not in email_normalize_all(", ".join(filter(None, named)))
        )

    def _message_post_after_hook(self, message, msg_vals):
        res = super()._message_post_after_hook(message, msg_vals)
        new_mail = get_inside(self.env, "complaint_new_mail")
        if new_mail == "with pictures" and not message.is_internal:
            # Only now are they files, with addresses that a browser can load.
            self.description = message.body
        elif not new_mail and self._is_from_customer(message):
            self._on_customer_message()
        elif not new_mail:
            self._link_new_contact(message)
        return res

    def _is_from_customer(self, message):
        """Whether somebody outside the staff wrote ``message`` for the staff to read."""
        self.ensure_one()
        if message.message_type not in ("email", "comment") or message.is_internal:
            return False
        if message.subtype_id.id != self._get_comment_subtype_id():
            return False
        author = message.author_id
        return author.partner_share if author else bool(message.email_from)

    def _on_customer_message(self):
        """A customer's word ends waiting; after closing it becomes a task.

        Without an owner who hears of it as a follower, the team is told.
        """
        # sudo: the customer has no right to write on the case; only the waiting ends.
        complaint = self.sudo()
        if complaint.waiting_customer:
            complaint.waiting_customer = False
        if not complaint.active:
            complaint.active = True
        if complaint.phase in END_PHASES:
            complaint._schedule_late_word()
        else:
            complaint._tell_team(
                self.env._("The customer wrote; the case has no owner")
            )

    def _schedule_late_word(self):
        """Give the owner, or who stands in, one task for what came after the end."""
        owner = self.user_id.filtered("active")
        responsible = owner or self._get_stand_ins()[:1]
        summary = self.env._("The customer wrote after the case was closed")
        known = self.activity_ids.filtered(
            lambda activity: (
                activity.summary == summary and activity.user_id == responsible
            )
        )
        if not known:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                user_id=responsible.id,
            )

    def _link_new_contact(self, message):
        """A contact made from the address on the case becomes its customer."""
        # sudo: who may post may not always read the address or write, and cases of
        # other teams are the same customer's, too.
        complaint = self.sudo()
        address = complaint.email_normalized
        if complaint.partner_id or not address:
            return
        contact = message.partner_ids.filtered(
            lambda partner: (
                partner.email_normalized == address
                and partner.company_id.id in (False, complaint.company_id.id)
            )
        )[:1]
        if not contact:
            return
        cases = complaint.search(
            [
                ("partner_id", "=", False),
                ("email_normalized", "=", address),
                ("company_id", "=", complaint.company_id.id),
                ("phase", "not in", END_PHASES),
            ]
        )
        for case in cases:
            # What the contact does not say stays known.
            phone = contact.phone or case.partner_phone
            case.write({"partner_id": contact.id, "partner_phone": phone})
