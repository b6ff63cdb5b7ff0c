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
    _inherit = ["complaint.protected.mixin"]
    _order = "action_id, sequence, id"
    _check_company_auto = True

    action_id = fields.Many2one(
        "complaint.corrective.action",
        required=True,
        index=True,
        ondelete="cascade",
        part_of=True,
    )
    company_id = fields.Many2one(
        related="action_id.company_id", store=True, index=True, system=True
    )
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
    date_done = fields.Date(string="Done On", readonly=True, copy=False, system=True)
    done_by_id = fields.Many2one("res.users", readonly=True, copy=False, system=True)
    activity_id = fields.Many2one(
        "mail.activity",
        string="Task",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        system=True,
    )

    _create_preparations = ("_stamp_entered",)
    _create_follows = ("_check_action_open", "_sync_activities")
    _write_checks = ("_check_progress", "_tick_once", "_stamp")
    _write_follows = ("_follow_tasks",)

    def unlink(self):
        # sudo: the task of the step's owner goes with the step.
        activities = self.sudo().activity_id
        res = super().unlink()
        activities.unlink()
        return res

    @api.constrains("user_id")
    def _check_impartial_owner(self):
        self.action_id._check_impartial_owner()

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

    def _check_progress(self, change):
        if self.env.su:
            return
        self._check_action_open()
        planner = self.env["complaint.corrective.action"]._is_planner()
        if not (planner or PROGRESS_FIELDS.issuperset(change.vals)):
            raise AccessError(
                self.env._(
                    "You can say that a step is done. For anything else, ask somebody "
                    "who works in Complaints."
                )
            )

    def _tick_once(self, change):
        """Ticked twice, it was done by whoever ticked it first."""
        if self.env.su or not change.vals.get("done"):
            return
        open_steps = self.filtered(lambda step: not step.done)
        if open_steps != self:
            del change.vals["done"]
            if open_steps:
                open_steps.write({"done": True})

    def _stamp(self, change):
        change.vals.update(self._get_stamps(change.vals))

    @api.model
    def _stamp_entered(self, vals_list):
        return [{**vals, **self._get_stamps(vals)} for vals in vals_list]

    @api.model
    def _get_stamps(self, vals):
        """Return who did a step, and when, which nobody says themselves."""
        if "done" not in vals:
            return {}
        done = vals["done"]
        return {
            "date_done": fields.Date.context_today(self) if done else False,
            "done_by_id": self.env.uid if done else False,
        }

    def _follow_tasks(self, change):
        if change.touches("done", "user_id", "date_due", "name"):
            self._sync_activities()

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
