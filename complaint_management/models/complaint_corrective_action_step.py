from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .complaint_corrective_action import OPEN_STATES

STEP_ACTIVITY = "complaint_management.mail_activity_type_action"
# What the owner of a step reports; the rest is the plan.
PROGRESS_FIELDS = {"done"}


class ComplaintCorrectiveActionStep(models.Model):
    """One step of an action, done by one person."""

    _name = "complaint.corrective.action.step"
    _description = "Step of an Action"
    _order = "action_id, sequence, id"
    _check_company_auto = True

    action_id = fields.Many2one(
        "complaint.corrective.action", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="action_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Step", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        domain=[("share", "=", False)],
        check_company=True,
        index="btree_not_null",
    )
    date_due = fields.Date(string="Due Date")
    done = fields.Boolean(copy=False)
    date_done = fields.Date(string="Done On", readonly=True, copy=False)
    done_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    activity_id = fields.Many2one(
        "mail.activity",
        string="Task",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create([self._complete(vals) for vals in vals_list])
        steps._check_action_open()
        steps._sync_activities()
        return steps

    def write(self, vals):
        if not self.env.su:
            self._check_progress_rights(vals)
            self._check_action_open()
        if vals.get("done") and not self.env.su:
            # Ticked twice, it was done by whoever ticked it first.
            self = self.filtered(lambda step: not step.done)
        res = super().write(self._complete(vals))
        if {"done", "user_id", "date_due", "name"} & vals.keys():
            self._sync_activities()
        return res

    def unlink(self):
        # sudo: the task of the step's owner goes with the step.
        activities = self.sudo().activity_id
        res = super().unlink()
        activities.unlink()
        return res

    def _check_action_open(self):
        """The steps of a settled action stay as they are, as the action does."""
        settled = self.action_id.filtered(
            lambda action: action.state not in OPEN_STATES
        )
        if settled and not self.env.su:
            raise UserError(
                self.env._(
                    "“%(action)s” is settled, and its steps with it. A manager takes it up "
                    "again first, with “Plan Again”.",
                    action=settled[0].name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_done(self):
        self._check_action_open()
        done = self.filtered("done")
        if done:
            raise UserError(
                self.env._(
                    "The step “%(step)s” is done, and stays with the action.",
                    step=done[0].name,
                )
            )

    def _complete(self, vals):
        """Add who did a step, and when, which nobody else can say."""
        vals = dict(vals)
        if not self.env.su:
            vals.pop("date_done", None)
            vals.pop("done_by_id", None)
            vals.pop("activity_id", None)
        if "done" in vals:
            done = vals["done"]
            vals.setdefault(
                "date_done", fields.Date.context_today(self) if done else False
            )
            vals.setdefault("done_by_id", self.env.uid if done else False)
        return vals

    def _check_progress_rights(self, vals):
        planner = self.env["complaint.corrective.action"]._is_planner()
        if planner or PROGRESS_FIELDS.issuperset(vals):
            return
        raise AccessError(
            self.env._(
                "You can say that a step is done. For anything else, ask somebody who "
                "works in Complaints."
            )
        )

    def _sync_activities(self):
        """Give each owner a task for a step that is to be done, and no other."""
        # sudo: tasks of other people; whoever plans the steps hands them out.
        steps = self.sudo()
        wanted = steps.filtered(
            lambda step: (
                not step.done
                and step.user_id
                and step.user_id != step.action_id.user_id
                and step.action_id.state in ("planned", "in_progress")
            )
        )
        (steps - wanted).activity_id.unlink()
        for step in wanted:
            values = {
                "user_id": step.user_id.id,
                "summary": step.name,
                "date_deadline": step.date_due
                or step.action_id.date_due
                or fields.Date.context_today(step),
            }
            if step.activity_id:
                step.activity_id.write(values)
            else:
                step.activity_id = step.action_id.activity_schedule(
                    STEP_ACTIVITY, automated=True, **values
                )
