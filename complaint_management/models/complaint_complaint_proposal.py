import logging
import uuid
from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError

from ..tools.locking import BUSY
from .complaint_complaint_consent import CONSENT_FIELDS
from .complaint_stage import END_PHASES

_logger = logging.getLogger(__name__)


class ComplaintComplaint(models.Model):
    """The company's side of agreeing: propose, follow up in silence, decide finally."""

    _inherit = "complaint.complaint"

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

    def _get_proposal_html(self, lang=None):
        """Return what the customer is offered: for the page, the mail and the log.

        :param str lang: that of the page; by default the customer's
        """
        self.ensure_one()
        # sudo: read for the customer, to whom nothing else of the case is shown.
        complaint = self.sudo()._with_customer_lang()
        if lang:
            complaint = complaint.with_context(lang=lang)
        return complaint.env["ir.qweb"]._render(
            "complaint_management.complaint_proposal_content", {"complaint": complaint}
        )

    # Final resolution

    @api.private
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

    def _give_task(
        self, summary, note, activity="mail.mail_activity_data_todo", user=None
    ):
        """Give ``user``, else the owner, else who stands in, a task; once at a time."""
        self.ensure_one()
        # sudo: the task of a colleague, set off by the system or a customer.
        complaint = self.sudo()
        owner = (
            user
            or complaint.user_id.filtered("active")
            or complaint._get_stand_ins()[:1]
        )
        known = complaint.activity_ids.filtered(
            lambda a: a.summary == summary and a.user_id == owner
        )
        if not known:
            complaint.activity_schedule(
                activity,
                summary=summary,
                note=tools.plaintext2html(str(note)),
                user_id=owner.id,
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
            if due:
                # Odoo's own pace is once an hour.
                self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
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
