import logging
import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize
from odoo.tools.mail import (
    decode_message_header,
    email_split,
    email_split_and_format,
)

from ..tools.mail_parts import drop_null_characters, get_header

_logger = logging.getLogger(__name__)

CASE = "complaint.complaint"
FEEDBACK = "complaint.feedback"
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
    _inherit = "mail.thread"

    # Only mail that goes to cases is looked at: the rest of Odoo's mail is as it was.

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        """Keep programs from opening cases, and one mail from opening two."""
        reason = self._complaint_machine_reason(message)
        if reason and self._complaint_is_addressed(message_dict):
            # Odoo would answer a program that an alias does not accept mail from.
            self = self.with_context(complaint_no_bounce=True)
        routes = super().message_route(
            message, message_dict, model, thread_id, custom_values
        )
        ours = [route for route in routes if route[0] == CASE]
        if not ours:
            return self._complaint_feedback_routes(
                message, message_dict, routes, reason
            )
        # What goes to both registers is a complaint, and is taken in once.
        others = [
            route
            for route in routes
            if route[0] not in (CASE, FEEDBACK) or route[0] == FEEDBACK and route[1]
        ]
        return others + (self._complaint_routes(message, message_dict, ours, reason))

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Tell a case that what it wrote to its customer came back."""
        res = super()._routing_handle_bounce(email_message, message_dict)
        message = message_dict["bounced_message"]
        if message_dict["bounced_email"] and message.model == CASE:
            # sudo: the gateway decides what came back, whoever it runs as.
            case = self.env[CASE].sudo().browse(message.res_id).exists()
            if case and case._is_customer_address(
                message_dict["bounced_partner"], message_dict["bounced_email"]
            ):
                case._on_message_failed(
                    message.sudo(), self.env._("The mail came back as undeliverable")
                )
        return res

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        # Odoo writes back to whoever sends too much. Where that is a program, its
        # answer would be answered again.
        if any(route[0] in (CASE, FEEDBACK) for route in routes or ()):
            self = self.with_context(complaint_no_bounce=True)
        return super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _routing_create_bounce_email(
        self, email_from, body_html, message, **mail_values
    ):
        if self.env.context.get("complaint_no_bounce"):
            _logger.info("No answer to %s: it may be a program", email_from)
            return None
        return super()._routing_create_bounce_email(
            email_from, body_html, message, **mail_values
        )

    @api.model
    def _complaint_routes(self, message, message_dict, routes, reason):
        """Return at most one route: to the case that the mail belongs to, or a new one.

        :param routes: those of Odoo that lead to cases
        :param reason: why the mail is a program's, or an empty text
        """
        if self._complaint_is_delivered(message_dict["message_id"]):
            return []
        drop_null_characters(message_dict)
        form_sender = self._complaint_form_sender(message)
        if form_sender:
            # The contact form wrote for the customer, who is the one to answer.
            message_dict.update(email_from=form_sender, author_id=False)
        route = self._complaint_first_route(message, routes)
        __, thread_id, values, user_id, alias = route
        values = dict(values or {})
        # sudo: the gateway decides where a mail lands, whoever it runs as.
        case = self.env[CASE].sudo().browse(thread_id or []).exists()
        replies = bool(case)
        case = case or self._complaint_numbered_case(message_dict, values)
        reason = reason or self._complaint_own_address(message_dict)
        if case:
            self._complaint_prepare_update(message_dict, reason, replies)
            target = case._get_merge_target()
            if target != case:
                message_dict.pop("parent_id", None)
            return [(CASE, target.id, {}, user_id, alias)]
        if reason:
            _logger.info(
                "No case from mail %s of %s: %s",
                message_dict["message_id"],
                message_dict["email_from"],
                reason,
            )
            return []
        values["date_received"] = self._complaint_date_received(message)
        teams = [(other[2] or {}).get("team_id") for other in routes]
        values["informed_team_ids"] = [
            team for team in teams if team and team != values.get("team_id")
        ]
        return [(CASE, False, values, user_id, alias)]

    @api.model
    def _complaint_feedback_routes(self, message, message_dict, routes, reason):
        """Return the routes, with at most one to feedback, by the rules of cases.

        :param routes: those of Odoo, none of which leads to a case
        :param reason: why the mail is a program's, or an empty text
        """
        ours = [route for route in routes if route[0] == FEEDBACK]
        if not ours:
            return routes
        others = [route for route in routes if route[0] != FEEDBACK]
        if self._complaint_is_delivered(message_dict["message_id"]):
            return others
        drop_null_characters(message_dict)
        form_sender = self._complaint_form_sender(message)
        if form_sender:
            # The contact form wrote for the customer, who is the one to answer.
            message_dict.update(email_from=form_sender, author_id=False)
        __, thread_id, values, user_id, alias = self._complaint_first_route(
            message, ours
        )
        # sudo: the gateway decides where a mail lands, whoever it runs as.
        feedback = self.env[FEEDBACK].sudo().browse(thread_id or []).exists()
        replies = bool(feedback)
        sender = email_normalize(message_dict["email_from"], strict=False)
        feedback = (
            feedback
            or feedback._find_by_reference(message_dict.get("subject")).filtered(
                lambda known: sender and known._has_correspondent(sender)
            )[:1]
        )
        reason = reason or self._complaint_own_address(message_dict)
        if feedback:
            self._complaint_prepare_update(message_dict, reason, replies)
            return [*others, (FEEDBACK, feedback.id, {}, user_id, alias)]
        if reason:
            _logger.info(
                "No feedback from mail %s: %s", message_dict["message_id"], reason
            )
            return others
        values = {
            **(values or {}),
            "date_received": self._complaint_date_received(message),
        }
        return [*others, (FEEDBACK, False, values, user_id, alias)]

    @api.model
    def _complaint_prepare_update(self, message_dict, reason, replies):
        """Decide how a mail is kept on its case.

        :param reason: why the mail is a program's, or an empty text
        :param replies: whether the mail answers a message, not only names a number
        """
        if reason:
            # For the staff to read only. As an answer, it would be sent on to
            # whoever wrote what it answers; as a mail, it would be answered by the
            # owner's own out-of-office message.
            message_dict.update(is_internal=True, message_type="auto_comment")
            message_dict.pop("parent_id", None)
        elif not replies:
            sender = email_normalize(message_dict["email_from"], strict=False)
            # What staff send about a case must not go on to the customer.
            message_dict["is_internal"] = self.env[CASE]._is_staff_address(sender)
        elif not message_dict.get("parent_id"):
            # sudo: Odoo looks with the eyes of the gateway's user, and an answer to
            # a note that this user may not read would go out to the customer.
            parent = self.sudo()._get_parent_message(message_dict)
            message_dict.update(self._message_parse_extract_from_parent(parent))

    @api.model
    def _complaint_first_route(self, message, routes):
        """Return a reply's route, else that of the team which the mail names first."""
        if len(routes) == 1:
            return routes[0]
        addresses = [
            address.lower()
            for header in ("To", "Cc")
            for address in email_split(decode_message_header(message, header, ","))
        ]

        def rank(route):
            alias = route[4]
            names = (alias.alias_full_name, alias.alias_name) if alias else ()
            return not route[1], next(
                (
                    position
                    for position, address in enumerate(addresses)
                    if address in names or address.split("@")[0] in names
                ),
                len(addresses),
            )

        return min(routes, key=rank)

    @api.model
    def _complaint_is_delivered(self, message_id):
        """Whether this very mail has come in, by way of another address.

        A mail server delivers to each address by itself and at the same time. What
        the other delivery wrote is seen only from outside this transaction, and only
        when that delivery is over: hence the lock and the second cursor.
        """
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", message_id)
        )
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL("SELECT 1 FROM mail_message WHERE message_id = %s", message_id)
            )
            return bool(cr.fetchone())

    @api.model
    def _complaint_date_received(self, message):
        """Return when the company's mail server took the mail, if it says so.

        It writes its line on top of those of others. Deadlines count from it, and
        not from the date that the sender wrote.
        """
        trace = next(iter(message.get_all("Received") or ()), "")
        try:
            date = parsedate_to_datetime(trace.rpartition(";")[2].strip())
        except (TypeError, ValueError):
            return None
        return date.astimezone(UTC).replace(tzinfo=None) if date.tzinfo else date

    @api.model
    def _complaint_is_addressed(self, message_dict):
        """Whether an alias of cases is among the recipients."""
        addresses = [
            address.lower() for address in email_split(message_dict["recipients"])
        ]
        names = [address.split("@")[0] for address in addresses]
        # sudo: the gateway may run as anybody.
        aliases = self.env["mail.alias"].sudo()
        return bool(
            aliases.search_count(
                Domain("alias_model_id.model", "in", (CASE, FEEDBACK))
                & (
                    Domain("alias_full_name", "in", addresses)
                    | Domain("alias_name", "in", names)
                    & Domain("alias_incoming_local", "=", True)
                ),
                limit=1,
            )
        )

    # What kind of mail it is

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

    @api.model
    def _complaint_numbered_case(self, message_dict, values):
        """Return the case whose number the subject bears, if the sender is part of it.

        :param values: what the alias gives to new cases; two companies may use the
            same number
        """
        sender = email_normalize(message_dict["email_from"], strict=False)
        # sudo: found by number, taken only when the sender is part of the case.
        cases = self.env[CASE].sudo()
        if not sender:
            return cases
        team = self.env["complaint.team"].sudo().browse(values.get("team_id"))
        return cases._find_by_reference(message_dict.get("subject")).filtered(
            lambda case: (
                case._has_correspondent(sender)
                and team.company_id in (case.company_id, team.company_id.browse())
            )
        )[:1]
