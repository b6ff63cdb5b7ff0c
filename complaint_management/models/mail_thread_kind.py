import re

from odoo import api, models
from odoo.tools import email_normalize
from odoo.tools.mail import decode_message_header, email_split_and_format

from ..tools.mail_parts import get_header

CASE = "complaint.complaint"
# Programs answer with these; RFC 3834 names “Auto-Submitted”, these predate it.
REPLY_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Reply-From",
    "X-Mail-Autoreply",
)
LIST_PRECEDENCES = ("bulk", "junk", "list", "auto_reply")
# Some answering machines set no header at all. The colon, or the end, keeps
# “Automatic reply was rude” a complaint.
REPLY_SUBJECT = re.compile(
    r"""^\s*(
        auto(matic)?[- ]?(reply|response)
        | out\s+of\s+(the\s+)?office (\s+auto[- ]?reply)?
        | (automatische[r]?\s+antwort | abwesenheits(notiz|meldung|nachricht|assistent))
        | r[ée]ponse\s+automatique | absence\s+du\s+bureau
        | respuesta\s+autom[áa]tica | resposta\s+autom[áa]tica
        | risposta\s+automatica | fuori\s+ufficio
        | automatisch\s+antwoord | afwezigheidsbericht
        | autosvar | automatisk\s+svar | odpowied[źz]\s+automatyczna
    )\s*(:|$|\bre:)""",
    re.IGNORECASE | re.VERBOSE,
)
NO_REPLY = re.compile(r"(no|do-?not|don-?t)[-_.]?reply\b", re.IGNORECASE)


class MailThread(models.AbstractModel):
    """What kind of mail it is that comes in for cases: people's, or a program's."""

    _inherit = "mail.thread"

    @api.model
    def _complaint_machine_reason(self, message):
        """Return why the mail must be a program's or a list's, or an empty text."""
        submitted = get_header(message, "Auto-Submitted").split(";")[0].strip()
        if submitted == "auto-replied" or any(
            get_header(message, name) not in ("", "no") for name in REPLY_HEADERS
        ):
            return "automatic reply"
        if submitted not in ("", "no") and not self._complaint_form_sender(message):
            return "sent by a program"
        if self._complaint_is_list(message):
            return "mailing list"
        if get_header(message, "Return-Path") == "<>":
            return "delivery report"
        if REPLY_SUBJECT.match(decode_message_header(message, "Subject")):
            return "automatic reply by its subject"
        return ""

    @api.model
    def _complaint_is_list(self, message):
        """Whether a mailing list sent the mail; the company's own groups are none.

        Companies let customers write to a group (Google Groups and the like) that
        passes the mail on to the alias.
        """
        list_id = get_header(message, "List-Id").rstrip(">")
        if not list_id:
            return get_header(message, "Precedence") in LIST_PRECEDENCES
        # sudo: the gateway may run as anybody.
        domains = self.env["mail.alias.domain"].sudo().search([])
        return not any(list_id.endswith(f".{domain.name}") for domain in domains)

    @api.model
    def _complaint_form_sender(self, message):
        """Return the customer for whom a contact form wrote the mail, if one did.

        Forms send from an address that nobody reads, or from the company's own, and
        name the customer in “Reply-To”.
        """
        # Most mails name nobody else: nothing has to be parsed to know it.
        if "Reply-To" not in message:
            return ""
        if message.get("In-Reply-To") or message.get("References"):
            return ""
        sender = email_normalize(decode_message_header(message, "From"), strict=False)
        answer_to = next(
            iter(email_split_and_format(decode_message_header(message, "Reply-To"))), ""
        )
        address = email_normalize(answer_to, strict=False)
        if not sender or not address or sender == address:
            return ""
        if get_header(message, "Auto-Submitted").startswith("auto-generated"):
            return answer_to
        if NO_REPLY.match(sender):
            return answer_to
        # sudo: the gateway may run as anybody.
        domains = self.env["mail.alias.domain"].sudo().search([])
        own = [domain for domain in domains if sender.endswith(f"@{domain.name}")]
        if own and not self.env[CASE]._is_staff_address(sender):
            return answer_to
        return ""

    @api.model
    def _complaint_own_address(self, message_dict):
        """Return why mail from one of the company's own aliases makes no case."""
        sender = email_normalize(message_dict["email_from"], strict=False)
        # sudo: the gateway may run as anybody.
        aliases = self.env["mail.alias"].sudo()
        own = sender and aliases.search_count(
            [("alias_full_name", "=", sender)], limit=1
        )
        return "loop: sent by an alias" if own else ""
