import logging
import uuid
from datetime import timedelta

from markupsafe import Markup
from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import consteq

from .complaint_complaint import INTERNAL
from .complaint_stage import END_PHASES

_logger = logging.getLogger(__name__)

METHODS = [
    ("portal", "Portal"),
    ("phone", "Phone"),
    ("in_person", "In Person"),
    ("email", "E-mail"),
    ("letter", "Letter"),
    ("silence", "No Answer"),
]
# What the customer says yes or no to: another one asks for another answer.
PROPOSAL_FIELDS = (
    "resolution_kind",
    "resolution",
    "resolution_reason",
    "resolution_due_date",
    "redress_amount",
)
CONSENT_FIELDS = (
    "consent_state",
    "date_proposed",
    "proposal_until",
    "proposal_version",
    "proposal_event",
    "proposal_event_date",
    "consent_date",
    "consent_name",
    "consent_comment",
    "consent_method",
)
# Nothing is carried out against the customer's word, or before it.
OPEN_CONSENTS = ("proposed", "rejected", "changed")
SPOKEN = ("phone", "in_person")
BUSY = (DeadlockDetected, LockNotAvailable, SerializationFailure)
NAME_SIZE = 100
COMMENT_SIZE = 5000


class ComplaintComplaint(models.Model):
    """The customer's consent to a proposed resolution (ISO 10002, 7.8 and 7.9).

    A proposal is made to the customer by :meth:`propose_resolution`; the answer comes
    in through the portal or by :meth:`record_consent`. Who rejects gets the manager's
    :meth:`give_final_resolution`. Each step is a line of the decision log, with the
    text that the customer had before them.
    """

    _inherit = "complaint.complaint"

    customer_findings = fields.Html(
        string="What We Found, for the Customer",
        copy=False,
        groups=INTERNAL,
        help="The findings in words for the customer: printed in the response letter. "
        "The investigation's own findings stay internal.",
    )
    resolution_reason = fields.Text(
        string="Why This Resolution",
        copy=False,
        groups=INTERNAL,
        help="The reason that the customer reads, in words that they understand.",
    )
    resolution_due_date = fields.Date(
        string="Carried Out By",
        copy=False,
        groups=INTERNAL,
        help="Until when the customer gets what is proposed.",
    )
    consent_state = fields.Selection(
        [
            ("none", "Not Proposed"),
            ("proposed", "Waiting for the Answer"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("unanswered", "Not Answered"),
            ("changed", "Changed Since"),
            ("final", "Final Resolution"),
        ],
        string="Customer's Consent",
        required=True,
        default="none",
        copy=False,
        tracking=True,
        groups=INTERNAL,
        help="What the customer says to the proposed resolution.",
    )
    date_proposed = fields.Datetime(
        string="Proposed On", readonly=True, copy=False, groups=INTERNAL
    )
    proposal_until = fields.Date(
        string="Answer Asked By",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="Until when the customer is asked to answer the proposal.",
    )
    # Which proposal an answer is about: an old page cannot accept a newer text.
    proposal_version = fields.Char(readonly=True, copy=False, groups=INTERNAL)
    proposal_event = fields.Selection(
        [("remind", "Remind the Customer"), ("no_answer", "No Answer")],
        readonly=True,
        copy=False,
        groups=INTERNAL,
    )
    proposal_event_date = fields.Datetime(readonly=True, copy=False, groups=INTERNAL)
    consent_date = fields.Datetime(
        string="Answered On", readonly=True, copy=False, groups=INTERNAL
    )
    consent_name = fields.Char(
        string="Answered By", readonly=True, copy=False, groups=INTERNAL
    )
    consent_comment = fields.Text(
        string="In Their Words", readonly=True, copy=False, groups=INTERNAL
    )
    consent_method = fields.Selection(
        METHODS, string="Answered Through", readonly=True, copy=False, groups=INTERNAL
    )

    _proposal_event_idx = models.Index(
        "(proposal_event_date) WHERE proposal_event IS NOT NULL"
    )

    # Life

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # A consent is given by the customer, never by the caller's values or
            # defaults.
            none = {**dict.fromkeys(CONSENT_FIELDS, False), "consent_state": "none"}
            vals_list = [{**vals, **none} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        watched = [name for name in PROPOSAL_FIELDS if name in vals]
        # sudo: the consent is internal, and follows whatever changes the proposal.
        asked = (
            self.sudo().filtered(lambda c: c.consent_state not in ("none", "changed"))
            if watched
            else self.browse()
        )
        before = {case: [case[name] for name in watched] for case in asked}
        res = super().write(vals)
        asked.filtered(
            lambda case: before[case] != [case[name] for name in watched]
        )._lose_consent()
        return res

    def _lose_approval(self):
        # What may not be given any more cannot be accepted either.
        res = super()._lose_approval()
        # sudo: the consent follows from the change.
        self.sudo().filtered(lambda c: c.consent_state == "proposed")._lose_consent()
        return res

    def _lose_consent(self):
        """What was proposed has changed: the customer has to be asked again."""
        for complaint in self.filtered(lambda c: c.consent_state != "changed"):
            old = complaint._label("consent_state")
            told = complaint.consent_state in ("accepted", "final", "unanswered")
            values = {
                **dict.fromkeys(CONSENT_FIELDS, False),
                "consent_state": "changed",
                "waiting_customer": False,
            }
            if told:
                # The customer knows another decision than the one that stands here.
                values["date_communicated"] = False
            complaint.write(values)
            complaint._log_consent("proposal_change", old_value=old)
            complaint.message_post(
                body=complaint.env._(
                    "The resolution has changed since the customer got it: propose it "
                    "again."
                ),
                subtype_xmlid="mail.mt_note",
            )

    def _prepare_reopened_values(self):
        return {
            **super()._prepare_reopened_values(),
            **dict.fromkeys(CONSENT_FIELDS, False),
            "consent_state": "none",
        }

    def _on_phase_changed(self, before):
        # sudo: the system's own plan.
        self.sudo().filtered(
            lambda c: c.phase in END_PHASES and c.proposal_event
        ).write({"proposal_event": False, "proposal_event_date": False})
        return super()._on_phase_changed(before)

    def _get_missing_approvals(self, phase):
        missing = super()._get_missing_approvals(phase)
        if phase not in ("implementation", "follow_up", "closed"):
            return missing
        _ = self.env._
        texts = {
            "proposed": _(
                "Consent: the customer has not answered the proposal yet; “Record the "
                "Answer” where they did so by other ways"
            ),
            "rejected": _(
                "Consent: the customer rejected the proposal; propose another one, or "
                "a manager gives the final resolution"
            ),
            "changed": _(
                "Consent: the resolution is another one than the customer was told; "
                "propose it again"
            ),
        }
        # sudo: internal, and decides for whoever works the case.
        state = self.sudo().consent_state
        return [*missing, texts[state]] if state in OPEN_CONSENTS else missing

    # Propose

    def propose_resolution(self):
        """Propose the resolution to the customer, by mail with a link to answer it.

        :raises UserError: naming what is missing, the approval included
        """
        for complaint in self:
            complaint._begin_proposal()
            complaint._tell_customer_by_template(
                "complaint_management.mail_template_complaint_proposal",
                complaint.env._("Tell the customer the proposed resolution"),
            )
        return True

    def _check_proposable(self):
        """Refuse a proposal that is not complete, not approved, or out of turn."""
        self.ensure_one()
        self.check_access("write")
        _ = self.env._
        missing = self._missing_fields("resolution_kind", "resolution")
        if self._needs_approval() and self.approval_state != "approved":
            missing.append(
                _("Approval: the resolution waits for it; “Ask for Approval”")
            )
        if self.kind != "complaint" or self.phase != "resolution":
            missing.append(
                _("Stage: a resolution is proposed in the phase “Resolution” only")
            )
        if self.consent_state == "proposed":
            missing.append(_("Answer: the customer has the proposal before them"))
        if missing:
            raise UserError(
                _("%(case)s cannot be proposed yet. Missing:", case=self.display_name)
                + "".join(f"\n• {line}" for line in missing)
            )

    def _begin_proposal(self):
        """Keep what is proposed to the customer, and from when they have it."""
        self._check_proposable()
        now = fields.Datetime.now()
        # sudo: people cannot write the consent themselves; the right was checked.
        self.sudo().write(
            {
                **dict.fromkeys(CONSENT_FIELDS, False),
                "consent_state": "proposed",
                "date_proposed": now,
                "proposal_until": self._get_proposal_until(),
                "proposal_version": uuid.uuid4().hex,
                "proposal_event": "remind",
                "proposal_event_date": now
                + timedelta(days=self.company_id.complaint_proposal_days),
                "waiting_customer": True,
            }
        )
        self._log_consent("proposal")

    def _get_proposal_until(self):
        """Return until when the customer is asked to answer, also before proposing."""
        self.ensure_one()
        # sudo: for mail templates, whoever sends them.
        complaint = self.sudo()
        if complaint.consent_state == "proposed":
            return complaint.proposal_until
        company = complaint.company_id
        days = company.complaint_proposal_days + company.complaint_proposal_wait_days
        return fields.Date.context_today(complaint) + timedelta(days=days)

    def _get_proposal_html(self):
        """Return what the customer is offered: for the page, the mail and the log."""
        self.ensure_one()
        # sudo: read for the customer, to whom nothing else of the case is shown.
        complaint = self.sudo().with_context(lang=self.partner_id.lang or self.env.lang)
        return complaint.env["ir.qweb"]._render(
            "complaint_management.complaint_proposal_content", {"complaint": complaint}
        )

    # Answer

    def record_consent(self, accepted, name, comment, method):
        """Record what the customer said to the proposal, on their word to the staff.

        :param bool accepted: whether they accept it
        :param str name: who said so
        :param str comment: in their words; needed for a rejection
        :param str method: how: ``phone``, ``in_person``, ``email`` or ``letter``
        :raises UserError: without a name, or where nothing waits for an answer
        """
        self.ensure_one()
        self.check_access("write")
        if method not in dict(METHODS) or method in ("portal", "silence"):
            raise UserError(
                self.env._("Say how the customer told it: by phone, mail, letter, …")
            )
        return self._answer_proposal(accepted, name, comment, method)

    def _answer_proposal(self, accepted, name, comment, method, version=None):
        """Keep the customer's answer, and do what follows from it.

        The caller has checked that whoever answers may do so.

        :param str version: the proposal that the answer is about; by default the one
            that stands
        :raises UserError: for what was changed or answered meanwhile, or is incomplete
        """
        self.ensure_one()
        name, comment = (name or "").strip(), (comment or "").strip()
        self._check_answer(accepted, name, comment, method)
        # sudo: customers cannot write on a case; only their answer is kept.
        complaint = self.sudo()
        # Of two answers at once the second one finds the proposal answered.
        complaint.lock_for_update()
        complaint.invalidate_recordset(["consent_state", "proposal_version"])
        if complaint.consent_state != "proposed" or (
            version is not None
            and not consteq(version, complaint.proposal_version or "")
        ):
            raise UserError(
                self.env._(
                    "This proposal has been answered or changed in the meantime. Load "
                    "the page again to see what stands now."
                )
            )
        complaint.write(
            {
                "consent_state": "accepted" if accepted else "rejected",
                "consent_date": fields.Datetime.now(),
                "consent_name": name,
                "consent_comment": comment,
                "consent_method": method,
                "proposal_event": False,
                "proposal_event_date": False,
                "waiting_customer": False,
            }
        )
        complaint._log_consent(
            "acceptance" if accepted else "rejection",
            reason=comment,
            customer_name=name,
            method=method,
        )
        complaint._post_answer(accepted, name, comment, method)
        if accepted:
            complaint._communicate_by_consent()
        else:
            complaint._escalate("manager", "rejection", note=comment)
        return True

    def _check_answer(self, accepted, name, comment, method):
        _ = self.env._
        if not name and method != "silence":
            raise UserError(_("Say who answers: the name is kept with the answer."))
        if not accepted and not comment:
            raise UserError(_("Say why it is not accepted, so that we can do better."))
        if len(name) > NAME_SIZE or len(comment) > COMMENT_SIZE:
            raise UserError(
                _(
                    "That is too long: at most %(name)s characters for the name, and "
                    "%(comment)s for the comment.",
                    name=NAME_SIZE,
                    comment=COMMENT_SIZE,
                )
            )

    def _communicate_by_consent(self):
        """Who has accepted the decision knows it."""
        if self.date_communicated:
            return
        try:
            with self.env.cr.savepoint():
                self.date_communicated = fields.Datetime.now()
        except UserError as error:
            # The customer's word is never lost for what the company still lacks.
            self._give_task(self.env._("The customer accepted the proposal"), error)

    def _post_answer(self, accepted, name, comment, method):
        """Show the answer among the messages; the owner hears of it as a follower."""
        texts = {
            True: self.env._("%(name)s accepts the proposed resolution."),
            False: self.env._("%(name)s does not accept the proposed resolution."),
        }
        if method == "silence":
            text = self.env._("No answer to the proposal: it counts as accepted.")
        else:
            text = texts[bool(accepted)] % {"name": name}
        body = Markup("<p>%s</p>") % text
        if comment and method != "silence":
            body += Markup("<p>%s</p>") % tools.plaintext2html(comment)
        if method != "portal":
            self.message_post(
                body=body + Markup("<p>%s</p>") % self._label("consent_method"),
                subtype_xmlid="mail.mt_note",
            )
            if method in SPOKEN:
                self._on_customer_told()
            return
        user = self.env.user
        author = self.partner_id if user._is_public() else user.partner_id
        who = {"author_id": author.id} if author else {"email_from": self.partner_email}
        self.message_post(
            body=body, message_type="comment", subtype_xmlid="mail.mt_comment", **who
        )

    def _log_consent(self, type_, **values):
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.id,
                    "type": type_,
                    "subject": self.env._("Resolution"),
                    "new_value": self._label("resolution_kind"),
                    "content": self._get_proposal_html(),
                    **values,
                }
            ]
        )

    # Final resolution

    def give_final_resolution(self):
        """Give the customer, who rejected the proposal, the company's last word.

        The response says that it is final and names what the customer may turn to.

        :raises AccessError: for anybody but a manager
        :raises UserError: naming what is missing, the approval included
        """
        for complaint in self:
            complaint._begin_final_resolution()
            complaint._tell_customer_by_template(
                "complaint_management.mail_template_complaint_final_response",
                complaint.env._("Tell the customer the final resolution"),
            )
        return True

    def _begin_final_resolution(self):
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("complaint_management.group_complaint_manager"):
            raise AccessError(
                self.env._(
                    "After a rejection only a manager gives the final resolution."
                )
            )
        if self.phase in END_PHASES or self.kind != "complaint":
            raise UserError(
                self.env._(
                    "%(case)s: a final resolution is given in an open complaint only.",
                    case=self.display_name,
                )
            )
        missing = self._missing_fields("resolution_kind", "resolution")
        if missing:
            raise UserError("\n".join([self.display_name, *missing]))
        # sudo: people cannot write the consent themselves; the right was checked.
        complaint = self.sudo()
        # It is this very decision that the rejection was escalated for.
        complaint.escalation_ids.filtered(
            lambda e: e.reason == "rejection" and not e.outcome
        )._end("handled", self.env._("Final resolution given"))
        complaint.write(
            {
                "consent_state": "final",
                "proposal_version": False,
                "proposal_event": False,
                "proposal_event_date": False,
                "waiting_customer": False,
                "date_communicated": fields.Datetime.now(),
            }
        )
        self._log_consent("final_resolution")

    # Job

    def _give_task(self, summary, note, activity="mail.mail_activity_data_todo"):
        """Give the owner, or who stands in, a task on the case; once at a time."""
        self.ensure_one()
        # sudo: the task of a colleague, set off by the system or a customer.
        complaint = self.sudo()
        owner = complaint.user_id.filtered("active") or complaint._get_stand_ins()[:1]
        known = complaint.activity_ids.filtered(
            lambda a: a.summary == summary and a.user_id == owner
        )
        if not known:
            complaint.activity_schedule(
                activity, summary=summary, note=str(note), user_id=owner.id
            )

    @api.model
    def _cron_follow_proposals(self, batch_size=50):
        """Remind customers of proposals, and do what the company set without answer.

        Reads only what is due, so that a run after days of downtime catches up and a
        second run finds nothing; a case that fails is logged and left to the next run.
        """
        self._run_due(
            [("proposal_event", "!=", False)],
            "proposal_event_date",
            "_follow_proposal",
            batch_size,
        )

    @api.model
    def _run_due(self, domain, date_field, method, batch_size):
        """Call ``method`` of each case whose ``date_field`` has come, batch by batch."""
        # The queue sends the mails: a mail server that is down stops nothing.
        self = self.with_context(mail_notify_force_send=False)
        job = self.env["ir.cron"]
        now = fields.Datetime.now()
        left = []
        while True:
            due = self.search(
                [*domain, (date_field, "<=", now), ("id", "not in", left)],
                order=f"{date_field}, id",
                limit=batch_size,
            )
            for complaint in due:
                try:
                    with self.env.cr.savepoint():
                        # Another worker may have been at it before the lock.
                        complaint.lock_for_update()
                        complaint.invalidate_recordset()
                        if complaint.filtered_domain([(date_field, "<=", now)]):
                            getattr(complaint, method)(now)
                except BUSY:
                    _logger.info(
                        "%s is being changed; left for the next run", complaint
                    )
                except Exception:
                    _logger.exception("%s failed for %s", method, complaint)
            left += due.filtered(lambda c: c[date_field] and c[date_field] <= now).ids
            more = len(due) == batch_size
            if not job._commit_progress(len(due), remaining=int(more)) or not more:
                return

    def _follow_proposal(self, now):
        """Do what is due about an unanswered proposal."""
        self.ensure_one()
        company = self.company_id
        if self.proposal_event == "remind":
            wait = timedelta(days=company.complaint_proposal_wait_days)
            self.write(
                {
                    "proposal_event": "no_answer",
                    "proposal_event_date": now + wait,
                    # Whenever the reminder goes out, there is time to answer it.
                    "proposal_until": fields.Date.context_today(self) + wait,
                }
            )
            self._tell_customer_by_template(
                "complaint_management.mail_template_complaint_proposal_reminder",
                self.env._("Remind the customer of the proposed resolution"),
            )
            return
        self.write({"proposal_event": False, "proposal_event_date": False})
        way = company.complaint_proposal_no_answer
        if way == "accept":
            self._answer_proposal(
                True, "", self.env._("No answer to the reminder"), "silence"
            )
        elif way == "close":
            self._close_unanswered(now)
        else:
            self._give_task(
                self.env._("The customer does not answer the proposal"),
                self.env._(
                    "Proposed on %s", tools.format_date(self.env, self.date_proposed)
                ),
                "mail.mail_activity_data_call",
            )

    def _close_unanswered(self, now):
        """Close a case whose customer does not answer; else tell what is missing."""
        note = self.env._("No answer to the proposal and its reminder")
        self.write({"consent_state": "unanswered", "waiting_customer": False})
        self._log_consent("no_answer", reason=note, method="silence")
        stage = self.env["complaint.stage"]._first_of_phase("closed")
        try:
            with self.env.cr.savepoint():
                self.write(
                    {
                        "date_communicated": self.date_communicated or now,
                        "confirmation": "no_answer",
                        "confirmation_note": note,
                        "stage_id": stage.id,
                    }
                )
        except UserError as error:
            self._give_task(
                self.env._("The customer does not answer: close the case"), error
            )
