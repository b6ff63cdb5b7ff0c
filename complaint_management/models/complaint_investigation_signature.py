from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .complaint_investigation import MANAGER_GROUP, SEALED_STATES

# What each scope asks for before it is signed.
ASKED = {
    "short": ("findings", "root_cause_id"),
    "full": (
        "problem",
        "findings",
        "root_cause_id",
        "escape_cause",
        "similar",
        "conclusion",
    ),
}


class ComplaintInvestigation(models.Model):
    """Signing seals an investigation, whoever writes and by whatever way."""

    _inherit = "complaint.investigation"

    # Seal

    def _filter_sealed(self, vals):
        return self.filtered(lambda i: i.state in SEALED_STATES)

    def _get_sealed_message(self, labels):
        return self.env._(
            "%(investigation)s is signed and stays as it is, with all that belongs to "
            "it. A manager can reopen it with a reason.",
            investigation=self.display_name,
        )

    def _get_way(self, name):
        return self.env._(
            "State and signature follow from the buttons “Start”, “Sign”, “Review” and "
            "“Reopen”."
        )

    def _check_actor(self, change):
        if not change.is_talk():
            self._check_actor_impartial()

    def _check_not_sealed(self):
        for investigation in self._filter_sealed({}):
            raise UserError(investigation._get_sealed_message(""))

    def _check_actor_impartial(self):
        """Who is complained about changes nothing (ISO 10002, 4.5)."""
        # sudo: which case it is, to ask whom it is about.
        self.sudo().complaint_id.with_env(self.env)._check_actor_impartial()

    # Sign

    def action_sign(self):
        """Sign the report: everything in it is fixed, and the case gets the result.

        :raises UserError: for anybody but the lead investigator, and when something
            is missing, with all of it in one message
        """
        self.check_access("write")
        # Of two who press at once, the second is told that it is signed.
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        self._check_not_sealed()
        self._check_actor_impartial()
        for investigation in self:
            if investigation.user_id != self.env.user:
                raise UserError(
                    self.env._(
                        "%(investigation)s is signed by its lead investigator, "
                        "%(user)s.",
                        investigation=investigation.display_name,
                        user=investigation.user_id.name,
                    )
                )
            missing = investigation._get_missing_to_sign()
            if missing:
                raise UserError(
                    self.env._(
                        "%(investigation)s cannot be signed yet. Still missing:",
                        investigation=investigation.display_name,
                    )
                    + "".join(f"\n• {line}" for line in missing)
                )
            investigation._sign()
        return True

    def _get_missing_to_sign(self):
        """Return what the investigation lacks, as sentences for people."""
        self.ensure_one()
        _ = self.env._
        hints = {
            "problem": _("what is wrong, where and since when"),
            "findings": _("what was found out"),
            "root_cause_id": _("why it happened"),
            "escape_cause": _("why no check noticed it before the customer did"),
            "similar": _("do similar cases exist, or could they occur?"),
            "conclusion": _("what follows from the findings"),
        }
        missing = [
            f"{self._fields[name]._description_string(self.env)}: {hints[name]}"
            for name in ASKED[self.scope]
            if self._is_empty(name)
        ]
        if self.scope == "full":
            missing += self._get_missing_proof()
        open_questions = self.question_ids.filtered(
            lambda question: question.state in ("draft", "asked")
        )
        if open_questions:
            missing.append(
                _(
                    "Questions: no answer yet to %(questions)s; enter it, or withdraw "
                    "the question",
                    questions=", ".join(f"“{q.name}”" for q in open_questions),
                )
            )
        links = self.evidence_ids.attachment_ids.filtered(lambda a: a.type == "url")
        if links:
            missing.append(
                _(
                    "Evidence: add the file itself instead of the link %(links)s, which "
                    "may change",
                    links=", ".join(f"“{name}”" for name in links.mapped("name")),
                )
            )
        return missing

    def _get_missing_proof(self):
        _ = self.env._
        missing = []
        if not self.evidence_ids and not self.interview_ids:
            missing.append(_("Evidence: what shows it, or an interview"))
        if not self.why_ids:
            missing.append(_("5-Why: the chain from the problem to its root cause"))
        open_steps = self.step_ids.filtered(lambda step: step.state == "open")
        if open_steps:
            missing.append(
                _(
                    "Plan: still open are %(steps)s; mark them as done or dropped",
                    steps=", ".join(f"“{name}”" for name in open_steps.mapped("name")),
                )
            )
        if not self.search_ids:
            missing.append(
                _("Searches: look for similar cases, “Search Similar Cases”")
            )
        return missing

    def _sign(self):
        """Fix the files by their checksums, seal, and hand the result to the case."""
        # sudo: checksums and signature are the system's to write; the signer was
        # checked. The signer stays the real one.
        investigation = self.sudo()
        investigation.evidence_ids._seal_files()
        investigation.write(
            {
                "state": "signed",
                "signed_by_id": self.env.uid,
                "date_signed": fields.Datetime.now(),
                "text_file_ids": [Command.set(investigation._find_text_files().ids)],
            }
        )
        case = investigation.complaint_id
        case.write(
            {
                "findings": self.findings,
                "root_cause_id": self.root_cause_id.id,
            }
        )
        self._log("signing", self.env.user.name)
        if self.review_needed and self.reviewer_id:
            investigation.activity_schedule(
                "complaint_management.mail_activity_type_review",
                user_id=self.reviewer_id.id,
                summary=self.env._("Review the investigation"),
            )

    # Review

    def action_review(self):
        """Confirm a signed report as another person than those who investigated.

        :raises UserError: for who investigated or is complained about, for anybody
            but the reviewer, a manager or quality, and for what is not signed
        """
        self._check_may_review()
        for investigation in self:
            # sudo: the reviewer has no right to write, and was checked.
            investigation.sudo().write(
                {
                    "state": "reviewed",
                    "reviewed_by_id": self.env.uid,
                    "date_reviewed": fields.Datetime.now(),
                }
            )
            investigation._log("review", self.env.user.name)
            investigation._settle_review()
        return True

    @api.private
    def send_back(self, reason):
        """Return a signed report to its investigators, who sign it again.

        :param str reason: what must be better; kept in the decision log
        :raises UserError: as :meth:`action_review`, and without a reason
        """
        self._check_may_review()
        return self._unseal("send_back", reason)

    @api.private
    def reopen(self, reason):
        """Open signed investigations again.

        :param str reason: why; kept in the decision log
        :raises UserError: for anybody but a manager, without a reason, and where the
            case has gone on and needs the signature
        """
        self.check_access("write")
        self._check_actor_impartial()
        if not self.env.su and not self.env.user.has_group(MANAGER_GROUP):
            raise UserError(
                self.env._("Only a manager reopens an investigation that is signed.")
            )
        return self._unseal("investigation_reopening", reason)

    def _unseal(self, decision, reason):
        for investigation in self:
            case = investigation.sudo().complaint_id  # sudo: the caller was checked
            reason = case._clean_reason(reason)
            if investigation.state not in SEALED_STATES:
                raise UserError(
                    self.env._(
                        "%(investigation)s is not signed: it is open already.",
                        investigation=investigation.display_name,
                    )
                )
            if case.date_closed:
                raise UserError(
                    self.env._(
                        "%(case)s has ended, and with it its investigation. A manager "
                        "reopens the case first.",
                        case=case.display_name,
                    )
                )
            # sudo: as above
            investigation.sudo().write(
                {
                    "state": "in_progress",
                    "signed_by_id": False,
                    "date_signed": False,
                    "reviewed_by_id": False,
                    "date_reviewed": False,
                }
            )
            investigation._log(decision, investigation.user_id.name, reason)
            investigation._settle_review()
            # A case that has gone on needs the signature that is taken away.
            case._check_guards()
        return True

    def _check_may_review(self):
        self.check_access("read")
        # sudo: reviewers may only read; Of two at once the second is told.
        self.sudo().lock_for_update()
        self.invalidate_recordset(["state"])
        self._check_actor_impartial()
        for investigation in self:
            if investigation.state != "signed":
                raise UserError(
                    self.env._(
                        "%(investigation)s waits for no review: only what is signed "
                        "is reviewed, and once.",
                        investigation=investigation.display_name,
                    )
                )
            user = self.env.user
            if user in investigation._get_investigators():
                raise UserError(
                    self.env._(
                        "You investigated this yourself; another person reviews it."
                    )
                )
            if user != investigation.reviewer_id and not (
                user.has_group(MANAGER_GROUP)
                or user.has_group("complaint_management.group_complaint_quality")
            ):
                raise UserError(
                    self.env._(
                        "%(investigation)s is reviewed by its reviewer, a manager or "
                        "quality.",
                        investigation=investigation.display_name,
                    )
                )

    def _settle_review(self):
        # sudo: the task of whoever was to review it.
        self.sudo().activity_unlink(["complaint_management.mail_activity_type_review"])

    def _is_done(self):
        """Whether the report is signed, and reviewed where the company asks for it."""
        self.ensure_one()
        return self.state == "reviewed" or (
            self.state == "signed" and not self.review_needed
        )

    def _log(self, type_, who, reason=False):
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": self.complaint_id.id,
                    "type": type_,
                    "subject": self.env._("Investigation"),
                    "new_value": who,
                    "reason": reason,
                }
            ]
        )

    def action_open_reason(self):
        """Open the dialog that asks why the report is reopened or sent back."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env.context.get("reason_title")
            or self.env._("Reopen Investigation"),
            "res_model": "complaint.investigation.reason",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_investigation_id": self.id,
                "default_kind": self.env.context.get("reason_kind", "reopen"),
            },
        }
