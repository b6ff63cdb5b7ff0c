import re
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from odoo.addons.rating.models.rating_data import (
    RATING_HAPPY_VALUE,
    RATING_LIMIT_OK,
    RATING_LIMIT_SATISFIED,
)

from ..tools.inside import Inside, get_inside
from .complaint_complaint import INTERNAL
from .complaint_stage import END_PHASES

RATINGS = [("5", "Happy"), ("3", "Neutral"), ("1", "Unhappy")]
RATED_PHASES = ("follow_up", "closed")
FEEDBACK_SIZE = 5000
SENT_TWICE = timedelta(hours=1)


class ComplaintComplaint(models.Model):
    """What the customer thinks of how the case was handled (ISO 10002, 8.3).

    Asked by mail after the resolution, once, with one reminder; opening the link votes
    for nothing. Staff record what they are told by :meth:`record_rating`. Who is unhappy
    becomes a task of the manager.
    """

    _inherit = "complaint.complaint"

    # Nobody has rated a new case, and no query is needed to know it: what can be given
    # is not counted on creation. The guards keep people from giving it.
    rating_last_value = fields.Float(default=0.0, readonly=False, system=True)
    satisfaction = fields.Selection(
        [("happy", "Happy"), ("neutral", "Neutral"), ("unhappy", "Unhappy")],
        compute="_compute_satisfaction",
        store=True,
        tracking=True,
        groups=INTERNAL,
        help="What the customer last said about how the case was handled.",
        system=True,
    )
    date_rating_requested = fields.Datetime(
        string="Rating Asked On",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    rating_event = fields.Selection(
        [("request", "Ask for a Rating"), ("remind", "Remind of the Rating")],
        readonly=True,
        copy=False,
        groups=INTERNAL,
        system=True,
    )
    rating_event_date = fields.Datetime(
        readonly=True, copy=False, groups=INTERNAL, system=True
    )

    _rating_event_idx = models.Index(
        "(rating_event_date) WHERE rating_event IS NOT NULL"
    )

    @api.depends("rating_last_value")
    def _compute_satisfaction(self):
        for complaint in self:
            value = complaint.rating_last_value
            if not value:
                complaint.satisfaction = False
            elif value >= RATING_LIMIT_SATISFIED:
                complaint.satisfaction = "happy"
            else:
                neutral = value >= RATING_LIMIT_OK
                complaint.satisfaction = "neutral" if neutral else "unhappy"

    # When to ask

    def _on_phase_changed(self, before):
        res = super()._on_phase_changed(before)
        # sudo: the system's own plan.
        for complaint in self.sudo():
            company = complaint.company_id
            if complaint.phase not in RATED_PHASES:
                if complaint.rating_event:
                    complaint.rating_event = complaint.rating_event_date = False
            elif company.complaint_rating and not (
                complaint.rating_event or complaint.date_rating_requested
            ):
                delay = timedelta(days=company.complaint_rating_days)
                complaint.write(
                    {
                        "rating_event": "request",
                        "rating_event_date": fields.Datetime.now() + delay,
                    }
                )
        return res

    def _prepare_reopened_values(self):
        # How the case is handled from now on is another question.
        return {
            **super()._prepare_reopened_values(),
            "date_rating_requested": False,
            "rating_event": False,
            "rating_event_date": False,
        }

    @api.model
    def _cron_request_ratings(self, batch_size=50):
        """Ask for ratings and remind of them. Reads only what is due, and catches up."""
        self._run_due(
            [("rating_event", "!=", False)],
            "rating_event_date",
            "_request_rating",
            batch_size,
        )

    def _request_rating(self, now):
        """Ask the customer, or remind them once; never who has answered."""
        self.ensure_one()
        first = self.rating_event == "request"
        values = {"rating_event": False, "rating_event_date": False}
        asked = self.date_rating_requested
        answered = self.rating_ids.filtered(
            lambda r: r.consumed and (not asked or (r.rated_on or now) >= asked)
        )
        # On the day of reopening, nothing that was said before counts.
        rated = not first and answered
        if first:
            wait = timedelta(days=self.company_id.complaint_rating_reminder_days)
            values = {
                "date_rating_requested": now,
                "rating_event": "remind",
                "rating_event_date": now + wait,
            }
        self.write(values)
        template = self.env.ref(
            "complaint_management.mail_template_complaint_rating",
            raise_if_not_found=False,
        )
        if template and not rated and self.partner_id.email_normalized:
            # The customer alone: nobody of the staff gets a link to vote.
            self.message_post_with_source(
                template,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                notify_skip_followers=True,
            )

    # The secret of a rating: as that of the page, the customer's alone

    def _rating_get_access_token(self, partner=None):
        """Make the rating that a template asks for; its links work once they are sent.

        What is returned stands for the secret in what the staff read.
        """
        super()._rating_get_access_token(partner)
        return f"complaint-{self.id}"

    def _open_links(self, body, addresses):
        body = super()._open_links(body, addresses)
        return self._open_vote(body, self._is_customers_alone(addresses))

    def _get_shown_body(self, message, query):
        body = str(super()._get_shown_body(message, query))
        by_customer = query or self.env.user.partner_id == self.partner_id
        return Markup(
            self._open_vote(body, by_customer and not self._is_asked_by_staff())
        )

    def _open_vote(self, body, by_customer):
        """Return ``body`` with links that take the customer's vote, and only theirs."""
        word = f"/rate/complaint-{self.id}/"
        if word not in body:
            return body
        if not by_customer:
            page = self._get_customer_url()
            return re.sub(rf'href="[^"]*{word}\d"', f'href="{page}"', body)
        # sudo: as for the link of the page; the address is the database's own.
        record = self.sudo()
        base = record.env["ir.config_parameter"].get_param("web.base.url")
        token = super(ComplaintComplaint, record)._rating_get_access_token()
        return body.replace(f'href="{base}{word}', f'href="{base}/rate/{token}/')

    def _renew_link(self):
        """A vote that was asked of somebody else is not theirs to give any more."""
        # sudo: as above
        for rating in self.sudo().rating_ids.filtered(
            lambda rating: not rating.consumed
        ):
            rating.access_token = rating._default_access_token()
        return super()._renew_link()

    # Answers

    @api.private
    def rating_apply(
        self,
        rate,
        token=None,
        rating=None,
        feedback=None,
        subtype_xmlid=None,
        notify_delay_send=False,
    ):
        """Keep what the customer says on the page, and do what follows from it.

        A click that comes twice is one word of the customer.

        :raises AccessError: for staff, who record what they were told
        """
        self._check_customer_acts()
        feedback = (feedback or "")[:FEEDBACK_SIZE]
        if self._is_rated_already(rating, rate, feedback):
            return rating
        if rating:
            # What was said before stays: a second answer is a message of its own.
            rating.sudo().message_id = False  # sudo: as the customer's form does
        rating = super(
            ComplaintComplaint, self.with_context(complaint_rating=Inside())
        ).rating_apply(
            rate,
            token=token,
            rating=rating,
            feedback=feedback,
            subtype_xmlid=subtype_xmlid,
            notify_delay_send=notify_delay_send,
        )
        self._on_rated(rating)
        return rating

    def _is_rated_already(self, rating, rate, feedback):
        """Whether the page was just sent with the same words."""
        # Of two at once the second one is done anew by Odoo, and sees the first.
        return (
            rating
            and rating.consumed
            and rating.rating == rate
            and (rating.feedback or "") == feedback
            and rating.write_date > fields.Datetime.now() - SENT_TWICE
        )

    @api.private
    def record_rating(self, value, comment=""):
        """Record what the customer said about the handling, on their word to the staff.

        :param value: 5 for happy, 3 for neutral, 1 for unhappy
        :param str comment: in their words
        :raises UserError: for another value
        """
        self.ensure_one()
        self.check_access("write")
        if str(value) not in dict(RATINGS):
            raise UserError(
                self.env._("A rating is 5 (happy), 3 (neutral) or 1 (unhappy).")
            )
        comment = (comment or "").strip()
        # sudo: ratings of cases are written by their customers only; staff may record
        # one where they work the case, which was checked.
        rating = (
            self.env["rating.rating"]
            .sudo()
            .create(
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                    "partner_id": self.partner_id.id,
                    "rated_partner_id": self.user_id.partner_id.id,
                    "rating": float(value),
                    "feedback": comment,
                    "consumed": True,
                }
            )
        )
        # Odoo reads the last rating by SQL, which must find this one.
        rating.flush_recordset()
        self.modified(["rating_ids"])
        label = dict(self._fields["satisfaction"]._description_selection(self.env)).get(
            self.sudo().satisfaction, ""
        )
        self.message_post(
            body=Markup("<p><b>%s</b></p>%s")
            % (
                self.env._("Rating on the customer's word: %s", label),
                tools.plaintext2html(comment) if comment else "",
            ),
            subtype_xmlid="mail.mt_note",
        )
        self._on_rated(rating)
        return True

    def _on_rated(self, rating):
        """Take the rating as the customer's confirmation; an unhappy one is a task."""
        self.ensure_one()
        # sudo: set off by the customer, who may not write on the case.
        complaint, rating = self.sudo(), rating.sudo()
        complaint._post_link_note()
        if complaint.rating_event == "remind":
            complaint.write({"rating_event": False, "rating_event_date": False})
        unhappy = rating.rating < RATING_LIMIT_OK
        if unhappy:
            complaint._give_task(
                self.env._("The customer is unhappy: reopen the case or call them"),
                rating.feedback or self.env._("No comment"),
                user=complaint._get_responsible("manager"),
            )
        if complaint.phase in END_PHASES or complaint.confirmation:
            return
        values = {}
        if unhappy:
            note = " ".join((rating.feedback or self.env._("Rated unhappy")).split())
            values = {"confirmation": "not_satisfied", "confirmation_note": note[:500]}
        elif rating.rating >= RATING_HAPPY_VALUE:
            values = {"confirmation": "confirmed"}
        try:
            with self.env.cr.savepoint():
                complaint.write(values)
        except UserError as error:
            # The customer's word is never lost for what the company still lacks.
            complaint._give_task(self.env._("The customer rated the case"), error)

    def _on_customer_message(self):
        # A rating after the end is no late word: who is unhappy has a task of its own.
        if not get_inside(self.env, "complaint_rating"):
            return super()._on_customer_message()
        return None

    def action_reopen_unhappy(self):
        """Reopen in one click, with what the unhappy customer said as the reason."""
        self.ensure_one()
        said = self.rating_ids.filtered("consumed")[:1].feedback
        return self.reopen(
            self.env._("The customer is unhappy: %s", said)
            if said
            else self.env._("The customer is unhappy.")
        )
