import logging
from datetime import UTC
from email.utils import parsedate_to_datetime

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.mail import (
    decode_message_header,
    email_split,
)

from ..tools.inside import Inside, get_inside
from ..tools.mail_parts import drop_null_characters, get_only_sender
from .mail_message import KEPT_MODELS, WITH_ITS_RECORD

_logger = logging.getLogger(__name__)

CASE = "complaint.complaint"
FEEDBACK = "complaint.feedback"


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def unlink(self):
        """Let the notes of a record go with it; words to or from outside keep both."""
        if self._name in KEPT_MODELS:
            self = self.with_context(complaint_deleting=WITH_ITS_RECORD)
        return super().unlink()

    # Only mail that goes to cases is looked at: the rest of Odoo's mail is as it was.

    @api.private
    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        """Keep programs from opening cases, and one mail from opening two."""
        reason = self._complaint_machine_reason(message)
        if reason and self._complaint_is_addressed(message_dict):
            # Odoo would answer a program that an alias does not accept mail from.
            self = self.with_context(complaint_no_bounce=Inside())
        routes = super().message_route(
            message, message_dict, model, thread_id, custom_values
        )
        self._complaint_check_gateway(routes)
        if self._complaint_is_ours(routes):
            self._complaint_keep_senders(message, message_dict)
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
    def _complaint_check_gateway(self, routes):
        """Let mail be handed in by the gateway only, which becomes records of others.

        :raises AccessError: for a person who hands in a mail of their own making
        """
        if self.env.su or self.env.user.has_group("base.group_system"):
            return
        if self._complaint_is_ours(routes):
            raise AccessError(
                self.env._(
                    "Mail for complaints and feedback is handed in by the mail gateway, "
                    "whose user has the role “Settings”. Write on the record instead."
                )
            )

    @api.model
    def _complaint_is_ours(self, routes):
        """Whether one of the routes leads to correspondence of the product."""
        records = self.env.registry["complaint.outside.mixin"]
        return any(issubclass(self.env.registry[route[0]], records) for route in routes)

    @api.model
    def _complaint_keep_senders(self, message, message_dict):
        """Name all senders of a mail, where Odoo takes the first of several for it."""
        senders = decode_message_header(message, "From", separator=",")
        if senders and not get_only_sender(senders):
            message_dict.update(email_from=senders, author_id=False)

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
                # sudo: as above
                case._on_message_failed(
                    message.sudo(), self.env._("The mail came back as undeliverable")
                )
        return res

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        # Odoo writes back to whoever sends too much. Where that is a program, its
        # answer would be answered again.
        if any(route[0] in (CASE, FEEDBACK) for route in routes or ()):
            self = self.with_context(complaint_no_bounce=Inside())
        return super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _routing_create_bounce_email(
        self, email_from, body_html, message, **mail_values
    ):
        if get_inside(self.env, "complaint_no_bounce"):
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
        route = self._complaint_first_route(message, routes)
        __, thread_id, values, user_id, alias = route
        values = self._complaint_given_values(CASE, values, alias)
        # sudo: the gateway decides where a mail lands, whoever it runs as.
        case = self.env[CASE].sudo().browse(thread_id or []).exists()
        replies = bool(case)
        case = case or self._complaint_numbered_case(message_dict, values)
        if not case:
            self._complaint_take_form_sender(message, message_dict)
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
        teams = [
            self._complaint_given_values(CASE, other[2], other[4]).get("team_id")
            for other in routes
            if other != route
        ]
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
        __, thread_id, values, user_id, alias = self._complaint_first_route(
            message, ours
        )
        # sudo: the gateway decides where a mail lands, whoever it runs as.
        feedback = self.env[FEEDBACK].sudo().browse(thread_id or []).exists()
        replies = bool(feedback)
        sender = get_only_sender(message_dict["email_from"])
        feedback = (
            feedback
            or feedback._find_by_reference(message_dict.get("subject")).filtered(
                lambda known: sender and known._has_correspondent(sender)
            )[:1]
        )
        if not feedback:
            self._complaint_take_form_sender(message, message_dict)
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
            **self._complaint_given_values(FEEDBACK, values, alias),
            "date_received": self._complaint_date_received(message),
        }
        return [*others, (FEEDBACK, False, values, user_id, alias)]

    @api.model
    def _complaint_given_values(self, model, values, alias):
        """Return what an address gives to new records of ``model``, and nothing else.

        The record is made by the superuser: what its creation must not take from people
        does not come by the address either.
        """
        # sudo: to which company the address belongs.
        records = self.env[model]
        company = alias.sudo()._get_complaint_company() if alias else None
        return records._pick_mail_defaults(values or {}, company)[0]

    @api.model
    def _complaint_take_form_sender(self, message, message_dict):
        """Let a new record be that of the customer for whom a contact form wrote.

        Only a new one: what a mail says of itself proves nothing, and an answer acts
        for a customer whom the case knows already.
        """
        form_sender = self._complaint_form_sender(message)
        if form_sender:
            message_dict.update(email_from=form_sender, author_id=False, cc="")

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
            sender = get_only_sender(message_dict["email_from"])
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

    @api.model
    def _complaint_numbered_case(self, message_dict, values):
        """Return the case whose number the subject bears, if the sender is part of it.

        :param values: what the alias gives to new cases; two companies may use the
            same number
        """
        sender = get_only_sender(message_dict["email_from"])
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
