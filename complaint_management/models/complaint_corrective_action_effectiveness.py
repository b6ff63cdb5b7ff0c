from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from .complaint_corrective_action import CURES, OPEN_STATES

RESULTS = [("effective", "Effective"), ("not_effective", "Not Effective")]
# Agreed on before the result is known, and so not changed after it.
SET_IN_ADVANCE = {"effectiveness_criterion", "effectiveness_date"}
REVIEW_GROUPS = (
    "complaint_management.group_complaint_manager",
    "complaint_management.group_complaint_quality",
)


class ComplaintCorrectiveAction(models.Model):
    """Whether an action worked: looked at later, by another person (ISO 9001, 10.2.1 d).

    What shows it, and when it is looked at, is agreed on before the action is done.
    """

    _inherit = "complaint.corrective.action"

    effectiveness_criterion = fields.Text(
        string="Criterion",
        help="What will show that the action worked, such as no complaint of the kind "
        "in three months.",
    )
    effectiveness_date = fields.Date(
        string="Review On",
        copy=False,
        tracking=True,
        index="btree_not_null",
        help="The day from which the effect can be seen.",
    )
    reviewer_id = fields.Many2one(
        "res.users",
        domain=[("share", "=", False)],
        check_company=True,
        tracking=True,
        index="btree_not_null",
        help="Looks whether it worked; never the owner.",
    )
    effectiveness = fields.Selection(
        [("to_review", "To Review"), *RESULTS],
        readonly=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
        system=True,
    )
    effectiveness_note = fields.Text(
        string="Finding",
        readonly=True,
        copy=False,
        help="What the review found.",
        system=True,
    )
    reviewed_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, system=True
    )
    date_reviewed = fields.Date(
        string="Reviewed On", readonly=True, copy=False, system=True
    )
    ineffective_count = fields.Integer(
        string="Found Not Effective",
        readonly=True,
        copy=False,
        help="How many reviews found that it did not work.",
        system=True,
    )
    origin_action_id = fields.Many2one(
        "complaint.corrective.action",
        string="Follows",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The action that did not work, and that this one takes up.",
        system=True,
    )
    follow_up_action_ids = fields.One2many(
        "complaint.corrective.action", "origin_action_id", string="Followed By"
    )
    may_review = fields.Boolean(compute="_compute_may_review")
    deadline = fields.Date(
        string="Next Date",
        compute="_compute_deadline",
        store=True,
        index="btree_not_null",
        help="When the action is due; once done, when it is to be reviewed.",
        system=True,
    )

    @api.depends("state", "date_due", "effectiveness", "effectiveness_date")
    def _compute_deadline(self):
        for action in self:
            if action.state in OPEN_STATES:
                action.deadline = action.date_due
            elif action.state == "done" and action.effectiveness == "to_review":
                action.deadline = action.effectiveness_date
            else:
                action.deadline = False

    @api.depends("effectiveness", "effectiveness_date", "user_id", "reviewer_id")
    @api.depends_context("uid")
    def _compute_may_review(self):
        for action in self:
            action.may_review = not action._get_review_obstacle()

    # What has to be agreed on

    @api.constrains("reviewer_id", "user_id", "past_owner_ids")
    def _check_reviewer(self):
        for action in self:
            if action.reviewer_id & (action.user_id | action.past_owner_ids):
                raise ValidationError(
                    self.env._(
                        "Who owns “%(action)s”, or worked on it, does not judge whether "
                        "it worked. Choose another reviewer.",
                        action=action.name,
                    )
                )

    @api.constrains("effectiveness_date", "date_done", "date_due")
    def _check_effectiveness_date(self):
        for action in self.filtered("effectiveness_date"):
            end = action.date_done or action.date_due
            if end and action.effectiveness_date < end:
                raise ValidationError(
                    self.env._(
                        "“%(action)s” is reviewed after it is done: “Review On” cannot "
                        "be before %(date)s.",
                        action=action.name,
                        date=format_date(self.env, end),
                    )
                )

    def _get_missing(self):
        missing = super()._get_missing()
        if self.state == "done" and self.kind in CURES:
            hints = {
                "effectiveness_criterion": self.env._("what will show that it worked"),
                "effectiveness_date": self.env._("when that is looked at"),
                "reviewer_id": self.env._("who looks at it; not the owner"),
            }
            for name, hint in hints.items():
                if not self[name]:
                    label = self._fields[name]._description_string(self.env)
                    missing.append(f"{label}: {hint}")
        return missing

    def _await_entered_review(self):
        self.filtered(lambda action: action.state == "done")._await_review()

    def _follow_review(self, change):
        """What is done now is to be reviewed; what is taken up again, is not yet."""
        if not change.touches("state"):
            return
        done = self.filtered(lambda action: action.state == "done")
        was_done = self.filtered(lambda action: change.old(action, "state") == "done")
        (done - was_done)._await_review()
        (was_done - done)._forget_review()

    def _forget_review(self):
        """What is taken up again is reviewed again; the log keeps what was found."""
        for action in self.sudo():  # sudo: the system's own findings
            values = {"date_reviewed": False, "reviewed_by_id": False}
            if action.date_reviewed:
                # Agreed on anew, for the next time.
                values["effectiveness_date"] = False
            if action.effectiveness != "not_effective":
                values.update(effectiveness=False, effectiveness_note=False)
            action.write(values)

    def _check_set_in_advance(self, change):
        """By what and when it is judged is agreed on before it is done."""
        names = SET_IN_ADVANCE.intersection(change.vals)
        if self.env.su or not names:
            return
        for action in self.filtered(lambda action: action.state == "done"):
            agreed = {name for name in names if action[name]}
            if action._filter_changing(agreed, change.vals):
                raise UserError(
                    self.env._(
                        "“%(action)s” is done: by what and when it is judged was "
                        "agreed on before, and stays.",
                        action=action.name,
                    )
                )

    def _await_review(self):
        """From now on somebody has to look whether the actions worked."""
        # sudo: the system's own finding.
        self.sudo().filtered(
            lambda action: (
                action.effectiveness_date
                and action.effectiveness_criterion
                and action.effectiveness != "effective"
                and not action.date_reviewed
            )
        ).effectiveness = "to_review"

    # Review

    def review_effectiveness(self, result, note, follow_up=None, date_due=None):
        """Say whether an action worked.

        :param str result: ``effective`` or ``not_effective``
        :param str note: what was found, kept with the action and in the decision log
        :param str follow_up: what comes of an action that did not work: ``reopen``, or
            ``new`` for a new action linked with it
        :param date_due: until when that is to be done
        :return: the action that goes on, if any
        :raises UserError: before the date, by the owner, without a finding, or
            without a way to go on where it did not work
        """
        self.ensure_one()
        self.check_access("read")
        note = note.strip() if isinstance(note, str) else ""
        if result not in dict(RESULTS):
            raise UserError(self.env._("Say whether the action was effective or not."))
        if not note:
            raise UserError(
                self.env._("Say what was found: it is kept with the action.")
            )
        if result == "not_effective" and follow_up not in ("reopen", "new"):
            raise UserError(
                self.env._(
                    "An action that did not work is taken up again, or another one is "
                    "agreed on. Choose which."
                )
            )
        # Two reviewers at once: the second one finds it reviewed.
        self.sudo().lock_for_update()
        self.invalidate_recordset(["effectiveness"])
        obstacle = self._get_review_obstacle()
        if obstacle:
            raise UserError(obstacle)
        self._keep_review(result, note)
        if result == "effective":
            return self.browse()
        date_due = fields.Date.to_date(date_due)
        if follow_up == "reopen":
            return self._take_up_again(date_due)
        return self._beget(note, date_due)

    def _get_review_obstacle(self):
        """Return why the calling user may not review the action, or an empty text."""
        self.ensure_one()
        user, name = self.env.user, self.name
        if self.effectiveness != "to_review" or self.state != "done":
            return self.env._("“%s”: there is nothing to review.", name)
        if user == self.user_id:
            return self.env._(
                "“%s”: its owner does not judge whether it worked. Somebody else does.",
                name,
            )
        if user in self.past_owner_ids:
            return self.env._(
                "“%s”: you worked on it yourself. Somebody else judges whether it worked.",
                name,
            )
        # sudo: compared only, whatever the cases.
        if user in self.sudo().complaint_ids.complained_user_id:
            return self.env._(
                "“%s”: whom one of its cases complains about does not judge it.", name
            )
        if user != self.reviewer_id and not any(map(user.has_group, REVIEW_GROUPS)):
            return self.env._(
                "“%s”: only its reviewer, a manager or quality assurance judges "
                "whether it worked.",
                name,
            )
        if fields.Date.context_today(self) < self.effectiveness_date:
            return self.env._(
                "“%(action)s”: the effect cannot be seen before %(date)s.",
                action=name,
                date=format_date(self.env, self.effectiveness_date),
            )
        return ""

    def _keep_review(self, result, note):
        failed = result == "not_effective"
        # sudo: reviewers need not have the right to write; the review was checked.
        self.sudo().write(
            {
                "effectiveness": result,
                "effectiveness_note": note,
                "reviewed_by_id": self.env.uid,
                "date_reviewed": fields.Date.context_today(self),
                "ineffective_count": self.ineffective_count + failed,
            }
        )
        self._log_decision(
            "effectiveness",
            self.env._("Action"),
            new_value=dict(
                self._fields["effectiveness"]._description_selection(self.env)
            )[result],
            reason=note,
            result=result,
        )
        self.sudo()._notify_staff(  # sudo: the owner hears of it whoever reviews
            [(self.user_id, self.sudo(), self._tell_review)]
        )

    def _tell_review(self, action):
        _ = action.env._
        if action.effectiveness == "effective":
            subject = _("Effective: %(action)s", action=action.name)
        else:
            subject = _("Not effective: %(action)s", action=action.name)
        return subject, [
            _(
                "%(user)s reviewed the action: %(note)s",
                user=action.reviewed_by_id.name,
                note=action.effectiveness_note,
            )
        ]

    def _take_up_again(self, date_due):
        # sudo: what follows from the review, which was checked; only a manager could.
        self.sudo().write(
            {
                "state": "in_progress",
                "date_due": date_due,
                # Agreed on anew, for the next time.
                "effectiveness_date": False,
            }
        )
        return self

    def _beget(self, note, date_due):
        """Open a new action against the same cause, linked with this one."""
        # sudo: as above; the new action is about the same cases, seen or not.
        new = self.sudo().copy(
            {
                "name": self.env._("Again: %(action)s", action=self.name),
                "origin_action_id": self.id,
                "date_due": date_due,
                "plan": False,
                "step_ids": False,
            }
        )
        new.message_post(
            body=self.env._(
                "Follows “%(action)s”, which did not work: %(note)s",
                action=self.name,
                note=note,
            ),
            subtype_xmlid="mail.mt_note",
        )
        return new.with_env(self.env)

    def action_review(self):
        """Open the dialog that asks for the finding."""
        self.ensure_one()
        obstacle = self._get_review_obstacle()
        if obstacle:
            raise UserError(obstacle)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Did It Work?"),
            "res_model": "complaint.effectiveness",
            "view_mode": "form",
            "target": "new",
            "context": {"default_action_id": self.id},
        }
