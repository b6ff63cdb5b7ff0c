from odoo import api, fields, models
from odoo.exceptions import UserError

from .complaint_complaint import INTERNAL, SEVERITIES
from .complaint_complaint_guard import RECLASSIFIED_FIELDS
from .complaint_stage import END_PHASES


class ComplaintComplaint(models.Model):
    """The steps of a case, and the decisions on it that are kept with their reason."""

    _inherit = "complaint.complaint"

    judged_fields = fields.Char(
        compute="_compute_judged_fields",
        groups=INTERNAL,
        help="What changes by “Reclassify” only, for the form: names of fields.",
    )

    # Steps

    def action_next_stage(self):
        """Move to the next stage of the case's way; the end has its own dialog."""
        self.ensure_one()
        stage = self.next_stage_id
        if not stage:
            raise UserError(
                self.env._("%(case)s has ended already.", case=self.display_name)
            )
        if stage.phase == "closed":
            return self.action_open_close()
        self.stage_id = stage
        return True

    def action_communicated(self):
        """Record that the customer was told the decision just now."""
        return self.write({"date_communicated": fields.Datetime.now()})

    def action_wait_customer(self):
        return self.write({"waiting_customer": True})

    def action_stop_waiting(self):
        return self.write({"waiting_customer": False})

    @api.private
    def action_open_close(self):
        return self._open_wizard("complaint.close")

    def _open_wizard(self, model):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env[model]._description,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_complaint_id": self.id},
        }
        return action

    # Decisions that need a reason: the dialogs and RPC call the same methods

    def reclassify(self, values, reason):
        """Judge anew what a case is and whom it is about, on record.

        :param dict values: new values; only ``kind``, ``category_id``, ``severity``,
            ``safety``, ``complained_user_id``
        :param str reason: why
        :raises UserError: without a reason, or for another field
        """
        other = set(values) - set(RECLASSIFIED_FIELDS)
        if other:
            raise UserError(
                self.env._(
                    "Reclassify changes kind, category, severity, safety and the person "
                    "complained about only, "
                    "not %(fields)s.",
                    fields=self._get_known_labels(other),
                )
            )
        return self.with_context(complaint_reason=self._clean_reason(reason)).write(
            values
        )

    def reopen(self, reason):
        """Open ended cases again, in the first stage of assessment.

        :param str reason: why; kept in the decision log
        :raises UserError: for anybody but a manager, or without a reason
        """
        reason = self._clean_reason(reason)
        stages = self.env["complaint.stage"]
        first = stages._first_of_phase("assessment")
        for kind, cases in self.grouped("kind").items():
            stage = first
            if kind == "inquiry" and not first.inquiry:
                stage = stages._first_for_inquiries() or first
            cases.with_context(complaint_reason=reason).write({"stage_id": stage.id})
        return True

    def cancel(self, cancel_reason, note):
        """End cases that are not to be worked.

        :param str cancel_reason: a value of the field ``cancel_reason``
        :param str note: the explanation, kept in the decision log
        """
        stage = self.env["complaint.stage"]._first_of_phase("cancelled")
        outcome = (
            cancel_reason if cancel_reason in ("withdrawn", "out_of_scope") else False
        )
        return self.write(
            {
                "stage_id": stage.id,
                "cancel_reason": cancel_reason,
                "cancel_note": self._clean_reason(note),
                "outcome": outcome,
            }
        )

    def _clean_reason(self, reason):
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(
                self.env._("Say why: the reason is kept in the decision log.")
            )
        return reason.strip()

    # What a move and a new judgement mean

    def _on_phase_changed(self, before):
        """Record what a move between phases means: who judged, when it ended."""
        now = fields.Datetime.now()
        decisions = []
        for complaint in self:
            old, new = before[complaint]["phase"], complaint.phase
            vals = {}
            if new in END_PHASES:
                vals = {
                    "date_closed": complaint.date_closed or now,
                    "waiting_customer": False,
                }
                decision = complaint._prepare_end_decision()
                if old in END_PHASES:
                    # From one end to another: why, as for a reopening.
                    reasons = [self._get_reason(), decision["reason"]]
                    decision["reason"] = "\n".join(filter(None, reasons))
                decisions.append(decision)
            elif old in END_PHASES:
                vals = {"date_closed": False, **complaint._prepare_reopened_values()}
                decisions.append(
                    {
                        "complaint_id": complaint.id,
                        "type": "reopening",
                        "old_value": complaint._label("phase", old),
                        "new_value": complaint._label("phase", new),
                        "reason": self._get_reason(),
                    }
                )
            if not complaint.date_assessed and new not in (
                "received",
                "assessment",
                "cancelled",
            ):
                vals.update(date_assessed=now, assessed_by_id=self.env.uid)
            if vals:
                # sudo: the system's own findings, which people may not write.
                complaint.sudo().write(vals)
        if decisions:
            self.env["complaint.decision"]._log(decisions)

    def _prepare_end_decision(self):
        """Every reason that the rules of the end ask for goes into the log."""
        self.ensure_one()
        closed = self.phase == "closed"
        reasons = [self.confirmation_note if closed else self.cancel_note]
        if closed and self.handover_reason:
            reasons.append(
                f"{self._get_labels(['handover_reason'])}: {self.handover_reason}"
            )
        return {
            "complaint_id": self.id,
            "type": "closing" if closed else "cancellation",
            "new_value": self._label("outcome" if closed else "cancel_reason"),
            "reason": "\n".join(filter(None, reasons)) or False,
        }

    def _prepare_reopened_values(self):
        """The end of a case is judged anew when it ends again."""
        return {
            "outcome": False,
            "date_communicated": False,
            "confirmation": False,
            "confirmation_note": False,
            "handover_reason": False,
            "cancel_reason": False,
            "cancel_note": False,
            "duplicate_of_id": False,
        }

    def _log_reclassifications(self, change):
        """Keep each judgement that replaces another one, whoever gave the first.

        What makes a case milder needs a reason, and so does any new judgement after
        the assessment. Without it a complaint could quietly become an inquiry
        (ISO 10002, 8.3).
        """
        reason = self._get_reason()
        decisions, unexplained = [], []
        for name in RECLASSIFIED_FIELDS if change.touches(*RECLASSIFIED_FIELDS) else ():
            for complaint in change.filter_changed(name):
                old, new = change.old(complaint, name), complaint[name]
                if not old:
                    continue
                decisions.append(
                    {
                        "complaint_id": complaint.id,
                        "type": "reclassification",
                        "subject": self._get_labels([name]),
                        "old_value": complaint._label(name, old),
                        "new_value": complaint._label(name, new),
                        "reason": reason,
                    }
                )
                assessed = change.old(complaint, "date_assessed")
                if assessed or complaint._is_milder(name, old, new):
                    unexplained.append((complaint, name))
        if unexplained and not reason:
            raise UserError(
                self.env._(
                    "%(case)s has been judged: %(fields)s changes only with a reason. "
                    "Use “Reclassify”, next to the category.",
                    case=unexplained[0][0].display_name,
                    fields=self._get_labels({name for __, name in unexplained}),
                )
            )
        if decisions:
            self.env["complaint.decision"]._log(decisions)

    @api.depends(*RECLASSIFIED_FIELDS, "date_assessed")
    def _compute_judged_fields(self):
        for complaint in self:
            # What is saved: who mistakes a choice corrects it at once.
            saved = complaint._origin
            gravest = {
                "kind": "complaint",
                "severity": SEVERITIES[-1][0],
                "safety": True,
            }
            complaint.judged_fields = ",".join(
                name
                for name in RECLASSIFIED_FIELDS
                if saved[name]
                and (saved.date_assessed or saved[name] == gravest.get(name))
            )

    def _is_milder(self, name, old, new):
        """Whether a new judgement takes the matter less seriously than the old one."""
        if name == "severity":
            order = [False, *(value for value, __ in SEVERITIES)]
            return order.index(new) < order.index(old)
        return not new or (name == "kind" and new == "inquiry")
