from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .complaint_corrective_action import OPEN_STATES, PROGRESS_FIELDS, SYSTEM_FIELDS

MANAGER_GROUP = "complaint_management.group_complaint_manager"
# What was done, for whom and why, once it is settled. Cases may be added: a settled
# action can be the answer to another case, too.
SETTLED_FIELDS = {
    "name",
    "kind",
    "origin",
    "origin_note",
    "user_id",
    "problem",
    "root_cause_id",
    "product_id",
    "category_id",
    "plan",
    "cost",
    "step_ids",
    "date_due",
    "evidence",
    "cancel_reason",
}


class ComplaintCorrectiveAction(models.Model):
    """Who may write what on an action: the plan is agreed on, progress is reported."""

    _inherit = "complaint.corrective.action"

    past_owner_ids = fields.Many2many(
        "res.users",
        "complaint_corrective_action_past_owner_rel",
        string="Worked on It",
        readonly=True,
        copy=False,
        help="Who owned the action while it was under way, or completed it: they do not "
        "judge whether it worked.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        self._check_progress_rights({"name"})
        # What the system finds is nobody's to say, as a default in the context neither.
        found = SYSTEM_FIELDS - {"date_done"}
        context = {
            key: value
            for key, value in self.env.context.items()
            if key.removeprefix("default_") not in found
        }
        self = self.with_env(self.env(context=context))
        actions = super().create(
            [
                {name: value for name, value in vals.items() if name not in found}
                for vals in vals_list
            ]
        )
        actions._check_beginning()
        return actions

    def write(self, vals):
        if not self.env.su:
            self._check_system_fields(vals)
            self._check_progress_rights(vals)
            self._check_reopening(vals)
            self._check_settled(vals)
        if not {"user_id", "state"}.isdisjoint(vals):
            self._remember_owners(vals.get("state") == "done")
        return super().write(vals)

    @api.model
    def _is_manager(self):
        return self.env.su or self.env.user.has_group(MANAGER_GROUP)

    def _check_beginning(self):
        """Only managers bring settled actions along, from an older register."""
        settled = self.filtered(
            lambda action: action.state not in OPEN_STATES or action.date_done
        )
        if settled and not self._is_manager():
            raise UserError(
                self.env._(
                    "“%(action)s” cannot begin as settled: plan it, and report what was "
                    "done. Only a manager enters actions of an older register.",
                    action=settled[0].name,
                )
            )

    def _remember_owners(self, done):
        """Keep who works on what is under way, and who completes it."""
        for action in self.filtered(
            lambda action: action.state == "in_progress" or done
        ):
            people = action.user_id
            if done and not self.env.su:
                people |= self.env.user
            if people - action.past_owner_ids:
                # sudo: the system's own finding.
                action.sudo().past_owner_ids |= people

    def _check_settled(self, vals):
        """A settled action stays as it is until a manager takes it up again.

        Only a manager gives its review to somebody else.
        """
        names = SETTLED_FIELDS.intersection(vals)
        if "reviewer_id" in vals and not self._is_manager():
            names.add("reviewer_id")
        if not names or vals.get("state") in OPEN_STATES:
            return
        for action in self.filtered(lambda action: action.state not in OPEN_STATES):
            changed = [
                action._fields[name]._description_string(self.env)
                for name in names
                if action._fields[name].type == "one2many"
                or action._fields[name].convert_to_cache(vals[name], action)
                != action._fields[name].convert_to_cache(action[name], action)
            ]
            if changed:
                raise UserError(
                    self.env._(
                        "“%(action)s” is settled: %(fields)s cannot change any more. A "
                        "manager takes it up again first, with “Plan Again”.",
                        action=action.name,
                        fields=", ".join(sorted(changed)),
                    )
                )

    @api.model
    def _check_system_fields(self, vals):
        names = SYSTEM_FIELDS.intersection(vals)
        if names:
            labels = sorted(
                self._fields[name]._description_string(self.env) for name in names
            )
            raise UserError(
                self.env._(
                    "%(fields)s: kept by the system, and cannot be changed.",
                    fields=", ".join(labels),
                )
            )

    @api.model
    def _check_progress_rights(self, vals):
        """Who only owns an action or a step reports progress; the plan is agreed on."""
        if self._is_planner() or PROGRESS_FIELDS.issuperset(vals):
            return
        raise AccessError(
            self.env._(
                "You can report the progress and the evidence of your actions. For "
                "anything else, ask somebody who works in Complaints."
            )
        )

    def _check_reopening(self, vals):
        """A settled action is taken up again by a manager only."""
        if "state" not in vals or self._is_manager():
            return
        ended = self.filtered(
            lambda action: action.state not in (*OPEN_STATES, vals["state"])
        )
        if ended:
            raise UserError(
                self.env._(
                    "“%(action)s” is settled. Only a manager takes it up again.",
                    action=ended[0].name,
                )
            )
