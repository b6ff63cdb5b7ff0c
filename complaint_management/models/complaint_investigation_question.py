import logging
from datetime import datetime, time, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import html_sanitize, is_html_empty
from odoo.tools.misc import format_date

from ..tools.locking import take_free
from ..tools.working_time import WorkingTime
from .complaint_investigation import SEALED_STATES

_logger = logging.getLogger(__name__)

QUESTION_ACTIVITY = "complaint_management.mail_activity_type_question"
# Working days between two reminders of a question that nobody answers.
REMIND_EVERY = 2
# All that somebody of the company who is asked may write.
ANSWER_FIELDS = {"answer"}


class ComplaintInvestigationQuestion(models.Model):
    """A question to a department or to somebody outside, and the answer.

    Who is asked inside gets an activity and sees this one question, nothing else of
    the case. Who is asked outside gets a mail; the reply to it is the answer.
    """

    _name = "complaint.investigation.question"
    _description = "Question of an Investigation"
    _inherit = [
        "complaint.investigation.part",
        "complaint.outside.mixin",
        "mail.activity.mixin",
    ]
    _mail_post_access = "read"
    _concerned_field = "investigation_id.complaint_id.complained_user_id"

    name = fields.Char(string="Subject", required=True)
    question = fields.Html(required=True)
    kind = fields.Selection(
        [("internal", "Department"), ("external", "Third Party")],
        required=True,
        default="internal",
    )
    department = fields.Char(help="The department that is asked.")
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain=[("share", "=", False)],
        index="btree_not_null",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Contact", index="btree_not_null", ondelete="restrict"
    )
    date_due = fields.Date(string="Answer Until")
    state = fields.Selection(
        [
            ("draft", "Not Asked Yet"),
            ("asked", "Asked"),
            ("answered", "Answered"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        system=True,
    )
    answer = fields.Html(copy=False)
    date_asked = fields.Datetime(
        string="Asked On", readonly=True, copy=False, system=True
    )
    date_answered = fields.Datetime(
        string="Answered On", readonly=True, copy=False, system=True
    )
    answered_by = fields.Char(readonly=True, copy=False, system=True)
    next_reminder = fields.Datetime(readonly=True, copy=False, system=True)
    reminder_count = fields.Integer(
        string="Reminders", readonly=True, copy=False, system=True
    )

    _remind_idx = models.Index("(next_reminder) WHERE state = 'asked'")

    # Rules

    @api.constrains("kind", "user_id", "partner_id")
    def _check_asked(self):
        for question in self:
            if question.kind == "internal" and not question.user_id:
                raise ValidationError(
                    self.env._(
                        "Question “%(question)s”: choose the person of the department "
                        "who answers.",
                        question=question.name,
                    )
                )
            if question.kind == "external" and not question.partner_id.email:
                raise ValidationError(
                    self.env._(
                        "Question “%(question)s”: choose a contact with an e-mail "
                        "address.",
                        question=question.name,
                    )
                )
            if question.user_id.share:
                raise ValidationError(
                    self.env._(
                        "%(user)s is not of the staff: ask as a third party, by mail.",
                        user=question.user_id.name,
                    )
                )

    _create_preparations = ("_take_entered_answer",)
    _write_checks = ("_check_asked_change", "_take_answer")
    _write_follows = ("_check_place_open", "_follow_answer")

    def _get_way(self, name):
        return self.env._(
            "State and dates of a question follow from “Ask”, the answer and “Withdraw”."
        )

    def _check_asked_change(self, change):
        """Who is asked answers, the question's words and place are the others'."""
        if change.is_talk():
            return
        mine = self.filtered(lambda question: question.user_id == self.env.user)
        is_answer = set(change.vals) <= ANSWER_FIELDS
        (self - mine if is_answer else self)._check_asks()
        # sudo: what is signed is fixed for whoever changes it.
        self.sudo().investigation_id._check_not_sealed()
        # Whoever is asked may be complained about: the person is heard, too.
        (self - mine if _has_answer(change) else self)._check_open()

    @api.model
    def _take_entered_answer(self, vals_list):
        """Note who enters an answer together with its question, and when."""
        default = self.default_get(["answer"])
        return [
            {**vals, **self._get_answered_values(vals)}
            if _is_answer({**default, **vals})
            else vals
            for vals in vals_list
        ]

    def _take_answer(self, change):
        """Note when an answer came, and from whom."""
        if _has_answer(change):
            change.vals.update(self._get_answered_values(change.vals))

    def _get_answered_values(self, vals):
        return {
            "state": "answered",
            "date_answered": fields.Datetime.now(),
            # The mail of a third party is taken in by the system.
            "answered_by": vals.get("answered_by") or self.env.user.name,
            "next_reminder": False,
        }

    def _follow_answer(self, change):
        """Take the task off the list of who was asked, and tell who investigates."""
        if not _has_answer(change):
            return
        self.sudo().activity_feedback([QUESTION_ACTIVITY])  # sudo: their task
        for question in self.sudo():  # sudo: told whoever answered
            question._tell_lead(
                self.env._(
                    "%(who)s answered: %(name)s",
                    who=question.answered_by,
                    name=question.name,
                )
            )

    def _check_asks(self):
        """Who is asked answers; only who investigates words the question."""
        if self.env.su or not self:
            return
        # sudo: only which investigation it is, to ask whether the user may work it.
        investigations = self.sudo().investigation_id.with_user(self.env.uid)
        if not investigations.has_access("write"):
            raise UserError(
                self.env._(
                    "“%(question)s” is asked by those who investigate. Whoever is asked "
                    "writes the answer, and nothing else.",
                    question=self[0].name,
                )
            )

    def _tell_lead(self, text):
        lead = self.investigation_id.user_id
        if lead != self.env.user:
            self.investigation_id.message_notify(
                partner_ids=lead.partner_id.ids,
                subject=text,
                body=self.answer or text,
                email_layout_xmlid="mail.mail_notification_light",
            )

    # Steps

    def action_ask(self):
        """Ask: an activity for somebody of the staff, a mail to somebody outside.

        :raises UserError: when it was asked already, or no date is set
        """
        self.check_access("write")
        self._check_asks()
        self._check_open()
        for question in self:
            if question.state != "draft":
                raise UserError(
                    self.env._(
                        "“%(question)s” was asked already.", question=question.name
                    )
                )
            if not question.date_due:
                raise UserError(
                    self.env._(
                        "“%(question)s”: say until when you need the answer.",
                        question=question.name,
                    )
                )
            # sudo: state and dates are the system's; the right to ask was checked.
            question.sudo().write(
                {
                    "state": "asked",
                    "date_asked": fields.Datetime.now(),
                    "next_reminder": question._get_first_reminder(),
                }
            )
            question._send()
        return True

    def action_withdraw(self):
        """Take a question back: no answer is needed any more."""
        self.check_access("write")
        self._check_asks()
        self._check_open()
        open_questions = self.filtered(lambda q: q.state in ("draft", "asked"))
        # sudo: as above
        open_questions.sudo().write({"state": "withdrawn", "next_reminder": False})
        open_questions.sudo().activity_unlink([QUESTION_ACTIVITY])  # sudo: their task
        return True

    def _send(self):
        self.ensure_one()
        if self.kind == "external":
            self._mail_outside(self.name)
            return
        self.activity_schedule(
            QUESTION_ACTIVITY,
            date_deadline=self.date_due,
            user_id=self.user_id.id,
            summary=self.name,
            note=self.question,
        )

    def _mail_outside(self, subject):
        """Write to the third party; only the question is in the mail."""
        local = self.with_context(lang=self.partner_id.lang or self.env.lang)
        until = local.env._(
            "Please answer until %(date)s, by a reply to this mail.",
            date=format_date(local.env, self.date_due),
        )
        local.message_post(
            subject=subject,
            body=self.question + Markup("<p>%s</p>") % until,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.partner_id.ids,
            email_layout_xmlid="mail.mail_notification_light",
        )

    # Answers by mail

    def _get_known_addresses(self):
        """Only the address that was asked answers."""
        self.ensure_one()
        address = self.kind == "external" and self.partner_id.email_normalized
        return {address} if address else set()

    def _on_known_sender(self, msg_dict, sender):
        """A reply from outside is the answer, unless the report is signed already."""
        msg_dict["author_id"] = self.partner_id.id
        if self.state == "asked" and self.investigation_id.state not in SEALED_STATES:
            body = html_sanitize(msg_dict.get("body") or "")
            # sudo: who answered is the system's to say, and known by the address.
            self.sudo().write({"answer": body, "answered_by": self.partner_id.name})

    def _filter_may_write_to_customer(self):
        """Who is asked inside writes an answer; who investigates writes outside."""
        allowed = super()._filter_may_write_to_customer()
        # sudo: only which investigation it is, to ask whether the user may work it.
        return allowed.filtered(
            lambda question: (
                question.sudo()
                .investigation_id.with_user(self.env.uid)
                ._filter_may_write_to_customer()
            )
        )

    def _get_attentive_user(self):
        return self.investigation_id._get_attentive_user()

    # Reminders

    def _get_working_time(self):
        company = self.investigation_id.company_id
        return WorkingTime.of(company.resource_calendar_id, company)

    def _get_first_reminder(self):
        """Return the first working moment of the day on which the answer is due."""
        morning = datetime.combine(self.date_due, time.min)
        return self._get_working_time().next_moment(morning)

    @api.model
    def _cron_remind(self, batch_size=100):
        """Remind those who owe an answer, once when it is due and then every few days.

        The next moment is stored with the question: what a downtime left is caught up
        on, once, and a run reads only what is due.
        """
        job = self.env["ir.cron"]
        failed = []
        while True:
            domain = [
                ("state", "=", "asked"),
                ("next_reminder", "<=", fields.Datetime.now()),
                ("id", "not in", failed),
            ]
            due = self.search(domain, order="next_reminder, id", limit=batch_size)
            failed += due._remind()
            more = len(due) == batch_size
            if not job._commit_progress(len(due), remaining=int(more)) or not more:
                return

    def _remind(self):
        """Remind of each question by itself; return the ids of those that failed."""
        failed = []
        free = take_free(self)
        for question in free:
            try:
                with self.env.cr.savepoint():
                    question._remind_one()
            except Exception:
                _logger.exception("Reminder of question %s failed", question.id)
                failed.append(question.id)
        return failed + (self - free).ids

    def _remind_one(self):
        self.ensure_one()
        now = fields.Datetime.now()
        working = self._get_working_time()
        later = working.add_days(now, REMIND_EVERY)
        external = self.kind == "external"
        asked = self.partner_id if external else self.user_id.partner_id
        local = self.with_context(lang=asked.lang or self.env.lang)
        subject = local.env._("Reminder: %(question)s", question=self.name)
        if external:
            self._mail_outside(subject)
        else:
            local.message_notify(
                partner_ids=asked.ids,
                subject=subject,
                body=self.question,
                email_layout_xmlid="mail.mail_notification_light",
            )
        self.write(
            {
                "next_reminder": max(later, now + timedelta(days=1)),
                "reminder_count": self.reminder_count + 1,
            }
        )


def _has_answer(change):
    return _is_answer(change.vals)


def _is_answer(vals):
    return not is_html_empty(vals.get("answer"))
