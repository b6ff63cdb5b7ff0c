from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .complaint_corrective_action import OPEN_STATES, PROGRESS_FIELDS

MANAGER_GROUP = "complaint_management.group_complaint_manager"


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
        system=True,
    )

    # Steps of create and write

    @api.model
    def _check_entry_rights(self, vals_list):
        self._check_progress_rights({"name"})
        return vals_list

    def _check_progress(self, change):
        self._check_progress_rights(change.vals)

    def _check_actor(self, change):
        if not change.is_talk():
            self._check_actor_impartial()

    def _check_actor_impartial(self):
        """Who is complained about plans and reports nothing (ISO 10002, 4.5)."""
        # sudo: which cases they are, to ask whom they are about.
        self.sudo().complaint_ids.with_env(self.env)._check_actor_impartial()

    @api.constrains("user_id", "reviewer_id", "complaint_ids", "step_ids")
    def _check_impartial_owner(self):
        for action in self.sudo():  # sudo: people are compared only
            concerned = action.complaint_ids.complained_user_id & (
                action.user_id | action.reviewer_id | action.step_ids.user_id
            )
            if concerned:
                raise ValidationError(
                    self.env._(
                        "%(users)s cannot work on “%(action)s” nor review it: its case "
                        "is a complaint about them. Choose somebody else.",
                        users=", ".join(concerned.mapped("name")),
                        action=action.name,
                    )
                )

    def _filter_sealed(self, vals):
        """A settled action stays as it is until a manager takes it up again.

        Cases may be added: it can be the answer to another case, too.
        """
        if self.env.su:
            return self.browse()
        return self.filtered(lambda action: action.state not in OPEN_STATES)

    def _get_sealed_message(self, labels):
        return self.env._(
            "“%(action)s” is settled: %(fields)s cannot change any more. A manager takes "
            "it up again first, with “Plan Again”.",
            action=self.name,
            fields=labels,
        )

    def _check_reviewer_given(self, change):
        """Only a manager gives the review of a settled action to somebody else."""
        if not change.touches("reviewer_id") or self._is_manager():
            return
        for action in self._filter_sealed(change.vals):
            if action._is_changing("reviewer_id", change.vals["reviewer_id"]):
                labels = self._get_labels(["reviewer_id"])
                raise UserError(action._get_sealed_message(labels))

    def _check_taken_up(self, change):
        """A settled action is taken up again by a manager only."""
        if not change.touches("state") or self._is_manager():
            return
        ended = self.filtered(
            lambda action: action.state not in (*OPEN_STATES, change.vals["state"])
        )
        if ended:
            raise UserError(
                self.env._(
                    "“%(action)s” is settled. Only a manager takes it up again.",
                    action=ended[0].name,
                )
            )

    def _remember_owners(self, change):
        """Keep who works on what is under way, and who completes it."""
        if not change.touches("user_id", "state"):
            return
        done = change.vals.get("state") == "done"
        for action in self.filtered(
            lambda action: action.state == "in_progress" or done
        ):
            people = action.user_id
            if done and not self.env.su:
                people |= self.env.user
            if people - action.past_owner_ids:
                # sudo: the system's own finding.
                action.sudo().past_owner_ids |= people

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
