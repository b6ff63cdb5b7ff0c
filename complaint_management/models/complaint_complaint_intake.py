from odoo import api, models
from odoo.exceptions import UserError

from .complaint_stage import END_PHASES


class ComplaintComplaint(models.Model):
    """Intake: every channel ends in ``create``, and ``create`` completes the case.

    Channels differ only in what they parse; customer, order, category's defaults,
    team, number and owner are found here, for a whole batch at once.
    """

    _inherit = "complaint.complaint"

    @api.model
    def load(self, fields, data):
        """Show the errors of an import by row.

        Odoo reports what a whole batch failed of on its first row as well, which may
        be right. The rows that it is about have their own message.
        """
        result = super().load(fields, data)
        first, *others = result["messages"] or [{}]
        if any(other["message"] in first["message"] for other in others):
            result["messages"] = others
        return result

    @api.model
    def _complete_intake_values(self, vals_list):
        """Fill what follows from what is known; what the caller gave stays.

        :param vals_list: values for ``create``
        :return: completed copies of them
        """
        vals_list = [dict(vals) for vals in vals_list]
        # Once for all: the default stage is a search.
        names = ("company_id", "team_id", "category_id", "stage_id")
        defaults = self.default_get(
            [name for name in names if any(name not in vals for vals in vals_list)]
        )
        for vals in vals_list:
            if "stage_id" not in vals:
                vals["stage_id"] = self._get_first_stage(vals, defaults)
            for name, value in defaults.items():
                vals.setdefault(name, value)
            if not self.env.su:
                vals["registered_by_id"] = self.env.uid
                self._check_right_to_hand_over(
                    vals.get(
                        "handover_reason",
                        self.env.context.get("default_handover_reason"),
                    )
                )
        self._fill_from_documents(vals_list)
        self._fill_customers(vals_list)
        self._fill_from_categories(vals_list)
        self._fill_teams(vals_list)
        self._fill_references(vals_list)
        self._fill_owners(vals_list)
        return vals_list

    @api.model
    def _get_first_stage(self, vals, defaults):
        """Return the id of the stage by which a case comes in."""
        kind = vals.get("kind", self.env.context.get("default_kind"))
        stages = self.env["complaint.stage"]
        first = stages.browse(defaults["stage_id"])
        if kind == "inquiry" and not first.inquiry:
            first = stages._first_for_inquiries() or first
        return first.id

    # Steps of the funnel

    @api.model
    def _fill_owners(self, vals_list):
        waiting = {}
        for vals in vals_list:
            if vals.get("team_id") and "user_id" not in vals:
                waiting.setdefault(vals["team_id"], []).append(vals)
        if not waiting:
            return
        # sudo: the rule of the team decides, whoever enters the case.
        teams = self.env["complaint.team"].browse(waiting).sudo()
        owners = teams._pick_owners({team: len(waiting[team.id]) for team in teams})
        for team, users in owners.items():
            for vals, user in zip(waiting[team.id], users, strict=False):
                vals["user_id"] = user.id

    # After creation

    def _enter_phases(self):
        """An older register is entered with cases that are on their way, or closed."""
        started = self.filtered(lambda complaint: complaint.phase != "received")
        if started:
            started._on_phase_changed({case: {"phase": "received"} for case in started})
        # sudo: only the system writes the date; an open case has none.
        self.filtered(
            lambda complaint: (
                complaint.date_closed and complaint.phase not in END_PHASES
            )
        ).sudo().date_closed = False

    # Tools

    def action_assign_to_me(self):
        """Take the case: the calling user becomes its owner."""
        return self.write({"user_id": self.env.uid})

    def action_assign_by_rule(self):
        """Let each team's rule choose the owner of the cases without one."""
        waiting = self.filtered(lambda complaint: not complaint.user_id)
        by_team = waiting.grouped("team_id")
        without_team = by_team.pop(self.env["complaint.team"], self.browse())
        if without_team:
            raise UserError(
                self.env._(
                    "%(cases)s: no team, and so no rule to choose the owner by. Choose "
                    "the team first, or the owner yourself.",
                    cases=", ".join(without_team.mapped("display_name")),
                )
            )
        owners = waiting.team_id._pick_owners(
            {team: len(complaints) for team, complaints in by_team.items()}
        )
        by_owner = {}
        nobody = self.env["complaint.team"]
        for team, complaints in by_team.items():
            users = owners[team]
            if not users:
                nobody |= team
            for complaint, user in zip(complaints, users, strict=False):
                by_owner[user] = by_owner.get(user, self.browse()) | complaint
        if nobody:
            raise UserError(
                self.env._(
                    "No owner could be chosen in %(teams)s: the assignment is manual, "
                    "or every member is away. Choose the owner yourself.",
                    teams=", ".join(nobody.mapped("name")),
                )
            )
        for user, complaints in by_owner.items():
            complaints.user_id = user
        return True
