import logging
import re

from odoo import api, models, tools

_logger = logging.getLogger(__name__)

# Programs answer with these; RFC 3834 names the first, the others predate it.
REPLY_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Reply-From",
    "X-Mail-Autoreply",
)
LIST_PRECEDENCES = ("bulk", "junk", "list", "auto_reply")
# Some answering machines set no header at all.
REPLY_SUBJECT = re.compile(
    r"^\s*(auto(matic)?[- ]?(reply|response)|out of (the )?office|automatische antwort"
    r"|abwesenheits|r[ée]ponse automatique|respuesta autom[áa]tica)\b",
    re.IGNORECASE,
)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        """Keep machines from opening cases, and one mail from opening two.

        Only routes to cases are looked at; every other model's mail is untouched.
        """
        routes = super().message_route(
            message, message_dict, model, thread_id, custom_values
        )
        ours = [route for route in routes if route[0] == "complaint.complaint"]
        if not ours:
            return routes
        return [route for route in routes if route not in ours] + (
            self._complaint_routes(message, message_dict, ours)
        )

    @api.model
    def _complaint_routes(self, message, message_dict, routes):
        """Return at most one route to a case: a reply's own, or one new case."""
        reason = self._complaint_machine_reason(message)
        for route in routes:
            if route[1]:
                if reason:
                    # Kept for the staff, but it neither ends waiting nor is sent on.
                    message_dict["is_internal"] = True
                return [self._complaint_retarget(message_dict, route)]
        if reason:
            _logger.info(
                "No case from mail %s of %s: %s",
                message_dict.get("message_id"),
                message_dict.get("email_from"),
                reason,
            )
            return []
        __, __, values, user_id, alias = routes[0]
        known = self._complaint_known_case(message_dict)
        if known:
            return [("complaint.complaint", known.id, {}, user_id, alias)]
        values = self._complaint_contact_form_values(message, dict(values or {}))
        others = [dict(route[2] or {}).get("team_id") for route in routes[1:]]
        if any(others):
            values["informed_team_ids"] = [team for team in others if team]
        return [("complaint.complaint", False, values, user_id, alias)]

    @api.model
    def _complaint_machine_reason(self, message):
        """Return why the mail must be a machine's or a list's, or an empty text."""
        submitted = (
            (message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
        )
        if submitted == "auto-replied" or any(message.get(h) for h in REPLY_HEADERS):
            return "automatic reply"
        if submitted not in ("", "no") and not self._complaint_answer_to(message):
            return "sent by a program"
        if message.get("List-Id") or (
            (message.get("Precedence") or "").strip().lower() in LIST_PRECEDENCES
        ):
            return "mailing list"
        if (message.get("Return-Path") or "").strip() == "<>":
            return "delivery report"
        if REPLY_SUBJECT.match(str(message.get("Subject") or "")):
            return "automatic reply by its subject"
        return ""

    @api.model
    def _complaint_answer_to(self, message):
        """Return the address that a contact form says to answer to, if another."""
        sender = tools.email_normalize(str(message.get("From") or ""), strict=False)
        answer = tools.email_normalize(str(message.get("Reply-To") or ""), strict=False)
        return answer if answer and answer != sender else False

    @api.model
    def _complaint_contact_form_values(self, message, values):
        """A shop's contact form sends for the customer: answer the customer."""
        answer = self._complaint_answer_to(message)
        sender = (
            tools.email_normalize(str(message.get("From") or ""), strict=False) or ""
        )
        generated = (message.get("Auto-Submitted") or "").lower().startswith("auto-gen")
        if answer and (generated or re.match(r"(no|do-?not)[-_.]?reply", sender)):
            values["partner_email"] = answer
            name = tools.mail.parse_contact_from_email(str(message["Reply-To"]))[0]
            values["partner_name"] = name or answer
        return values

    @api.model
    def _complaint_known_case(self, message_dict):
        """Return the case whose number the subject bears, if it is the sender's own."""
        sender = tools.email_normalize(message_dict.get("email_from"), strict=False)
        if not sender:
            return False
        # sudo: found by number, taken only when the sender is the case's customer.
        cases = self.env["complaint.complaint"].sudo()
        return cases._find_by_reference(message_dict.get("subject")).filtered(
            lambda case: (
                sender in (case.email_normalized, case.partner_id.email_normalized)
            )
        )[:1]

    @api.model
    def _complaint_retarget(self, message_dict, route):
        """A reply to a merged case goes where its customer's case went."""
        # sudo: the gateway decides where a mail lands, whoever it runs as.
        case = self.env["complaint.complaint"].sudo().browse(route[1])
        target = case.exists().duplicate_of_id
        if target and case._is_same_customer(target):
            message_dict.pop("parent_id", None)
            return (route[0], target.id, *route[2:])
        return route
