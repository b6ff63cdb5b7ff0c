from odoo import api, fields, models
from odoo.exceptions import UserError

from .complaint_escalation_level import LEVEL_ORDER, LEVELS

ESCALATION_ACTIVITY = "complaint_management.mail_activity_type_escalation"

OUTCOMES = [
    ("handled", "Dealt With"),
    ("returned", "Returned to the Owner"),
    ("passed_on", "Passed on to the Next Level"),
    ("ended", "Case Ended"),
]
# What a person can say; the others follow from what happens.
GIVEN_OUTCOMES = [pair for pair in OUTCOMES if pair[0] in ("handled", "returned")]


class ComplaintEscalation(models.Model):
    """One hand-over of a case to higher management: why, from whom, to whom, outcome.

    The rows only grow: nobody edits or deletes one, the administrator included. The
    outcome is added once, by :meth:`give_outcome`.
    """

    _name = "complaint.escalation"
    _description = "Escalation"
    _inherit = ["complaint.protected.mixin"]
    _order = "date desc, id desc"

    complaint_id = fields.Many2one(
        "complaint.complaint",
        string="Case",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        related="complaint_id.company_id",
        store=True,
        index=True,
        system=True,
    )
    sla_status_id = fields.Many2one(
        "complaint.sla.status",
        string="Commitment",
        index="btree_not_null",
        ondelete="set null",
        help="The commitment that was not kept.",
    )
    level = fields.Selection(LEVELS, required=True)
    reason = fields.Selection(
        [
            ("severity", "Critical Severity"),
            ("deadline", "Deadline Missed"),
            ("rejection", "Customer Rejected the Resolution"),
            ("recurrence", "Recurring Cause"),
            ("manual", "Asked by Staff"),
        ],
        required=True,
    )
    note = fields.Text(string="Explanation")
    from_user_id = fields.Many2one(
        "res.users",
        string="From",
        ondelete="restrict",
        help="Who hands the case over: the one who asked, or who had it when the "
        "deadline passed.",
    )
    to_user_id = fields.Many2one(
        "res.users", string="To", required=True, index=True, ondelete="restrict"
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    outcome = fields.Selection(OUTCOMES)
    outcome_note = fields.Text(string="Outcome Explained")
    outcome_user_id = fields.Many2one(
        "res.users", string="Outcome By", ondelete="restrict"
    )
    outcome_date = fields.Datetime(string="Outcome On")

    _open_idx = models.Index("(to_user_id) WHERE outcome IS NULL")

    @api.depends("level", "complaint_id")
    def _compute_display_name(self):
        labels = dict(self._fields["level"]._description_selection(self.env))
        for escalation in self:
            case = escalation.complaint_id.display_name
            escalation.display_name = f"{labels.get(escalation.level)}: {case}"

    # Only growing

    def write(self, vals):
        raise UserError(
            self.env._(
                "Escalations are kept as they are: a line cannot be changed. Its "
                "outcome is given once, by the button “Outcome”."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Escalations are kept as they are: a line cannot be deleted.")
        )

    # Outcome

    def give_outcome(self, outcome, note):
        """Say what came of the escalations; once, by the addressee or a manager.

        :param str outcome: ``handled`` or ``returned``
        :param str note: what was decided, kept with the row
        :raises UserError: for anybody else, for the second time or without a note
        """
        if outcome not in dict(GIVEN_OUTCOMES):
            raise UserError(
                self.env._("Say whether it was dealt with or returned to the owner.")
            )
        if not isinstance(note, str) or not note.strip():
            raise UserError(
                self.env._("Say what was decided: it is kept with the escalation.")
            )
        self.check_access("read")
        self._check_may_give_outcome()
        self._end(outcome, note.strip())
        return True

    def _check_may_give_outcome(self):
        manager = self.env.user.has_group(
            "complaint_management.group_complaint_manager"
        )
        # Of two people who decide at once, the second is told that it is given.
        self.sudo().lock_for_update()  # sudo: the right to decide is checked below
        self.invalidate_recordset(["outcome"])
        self.complaint_id._check_actor_impartial()
        for escalation in self:
            if escalation.outcome:
                raise UserError(
                    self.env._(
                        "The outcome of “%(escalation)s” was given already, by "
                        "%(user)s.",
                        escalation=escalation.display_name,
                        user=escalation.outcome_user_id.name,
                    )
                )
            if not manager and escalation.to_user_id != self.env.user:
                raise UserError(
                    self.env._(
                        "The outcome of “%(escalation)s” is given by %(user)s or a "
                        "manager.",
                        escalation=escalation.display_name,
                        user=escalation.to_user_id.name,
                    )
                )

    def _end(self, outcome, note=False):
        """Write the outcome, and take the task off the addressees' list."""
        if not self:
            return
        # sudo: nobody has the right to write; the caller has checked who may.
        super(ComplaintEscalation, self.sudo()).write(
            {
                "outcome": outcome,
                "outcome_note": note,
                "outcome_user_id": self.env.uid,
                "outcome_date": fields.Datetime.now(),
            }
        )
        self._remove_activities()

    def _remove_activities(self):
        """Remove the tasks of those who have no open escalation of the case left."""
        # sudo: tasks of other people, which the outcome settles.
        complaints = self.sudo().complaint_id
        waiting = {
            (escalation.complaint_id, escalation.to_user_id)
            for escalation in complaints.escalation_ids
            if not escalation.outcome
        }
        complaints._get_escalation_activities().filtered(
            lambda activity: (
                (complaints.browse(activity.res_id), activity.user_id) not in waiting
            )
        ).unlink()

    def action_open_outcome(self):
        """Open the dialog that asks for the outcome."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Outcome of the Escalation"),
            "res_model": "complaint.escalate.outcome",
            "view_mode": "form",
            "target": "new",
            "context": {"default_escalation_id": self.id},
        }

    @api.model
    def _level_rank(self, level):
        """Return the place of a level, from 1 upwards; 0 for none."""
        return LEVEL_ORDER.index(level) + 1 if level else 0

    # After opening

    def _pass_on_lower_levels(self):
        """What goes to a higher level is no longer the lower one's to deal with."""
        complaints = self.complaint_id
        reached = {}
        for escalation in self:
            rank = self._level_rank(escalation.level)
            case = escalation.complaint_id
            reached[case] = max(rank, reached.get(case, 0))
        complaints.escalation_ids.filtered(
            lambda e: (
                not e.outcome and self._level_rank(e.level) < reached[e.complaint_id]
            )
        )._end("passed_on")

    def _log_decisions(self):
        self.env["complaint.decision"]._log(
            [
                {
                    "complaint_id": escalation.complaint_id.id,
                    "type": "escalation",
                    "subject": escalation._label("reason"),
                    "new_value": f"{escalation._label('level')}: "
                    f"{escalation.to_user_id.name}",
                    "reason": escalation.note,
                }
                for escalation in self
            ]
        )

    def _schedule_activities(self):
        """Give each addressee one task for a case, however often it is escalated."""
        complaints = self.complaint_id
        known = {
            (activity.res_id, activity.user_id.id)
            for activity in complaints._get_escalation_activities()
        }
        values = []
        model_id = self.env["ir.model"]._get_id(complaints._name)
        activity_type = self.env.ref(ESCALATION_ACTIVITY, raise_if_not_found=False)
        for escalation in self.filtered(lambda e: not e.outcome):
            user = escalation.to_user_id
            if (escalation.complaint_id.id, user.id) in known:
                continue
            known.add((escalation.complaint_id.id, user.id))
            local = escalation.with_context(lang=user.lang or self.env.lang)
            values.append(
                {
                    "activity_type_id": activity_type.id if activity_type else False,
                    "res_model_id": model_id,
                    "res_id": escalation.complaint_id.id,
                    "user_id": user.id,
                    "date_deadline": fields.Date.context_today(
                        escalation.with_context(tz=user.tz)
                    ),
                    "summary": local._label("reason"),
                    "note": escalation.note,
                    "automated": True,
                }
            )
        # The addressee is told below, once, and with more than a task says.
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            values
        )

    def _get_notices(self):
        """Return what the addressees are told, as ``_notify_staff`` takes it."""
        return [
            (escalation.to_user_id, escalation.complaint_id, escalation._tell)
            for escalation in self
        ]

    def _tell(self, case):
        """Return subject and lines for the addressee, in the language of ``case``."""
        escalation = self.with_env(case.env)
        _ = case.env._
        lines = [
            _(
                "This case has been escalated to you as %(level)s. Reason: %(reason)s.",
                level=escalation._label("level"),
                reason=escalation._label("reason"),
            )
        ]
        if escalation.note:
            lines.append(escalation.note)
        if escalation.from_user_id:
            lines.append(_("From: %(user)s", user=escalation.from_user_id.name))
        return _("Escalated to you: %(case)s", case=case.display_name), lines

    def _label(self, name):
        labels = dict(self._fields[name]._description_selection(self.env))
        return labels.get(self[name], "")
