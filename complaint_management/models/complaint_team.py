from ast import literal_eval

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from .complaint_outside_mixin import HANDLERS


class ComplaintTeam(models.Model):
    """Who works the cases: members, mail alias, calendar and assignment rule."""

    _name = "complaint.team"
    _description = "Complaint Team"
    _inherit = ["complaint.protected.mixin", "mail.alias.mixin", "mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Team Leader",
        check_company=True,
        domain=[("share", "=", False)],
        tracking=True,
        help="Told about new cases that have no owner yet.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "complaint_team_member_rel",
        "team_id",
        "user_id",
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        check_company=True,
        help="Deadlines of the team's cases count these hours; without a calendar, "
        "those of the company.",
    )
    assignment_method = fields.Selection(
        [
            ("manual", "Manually"),
            ("balanced", "Fewest open cases first"),
            ("round_robin", "Each member in turn"),
        ],
        required=True,
        default="manual",
        help="How a new case gets its owner. Members who are away or archived are "
        "skipped.",
    )
    last_assigned_id = fields.Many2one(
        "res.users", readonly=True, copy=False, system=True
    )
    alias_id = fields.Many2one(
        help="Mail sent to this address becomes a case of the team."
    )
    complaint_ids = fields.One2many("complaint.complaint", "team_id", "Cases")
    open_count = fields.Integer("Open Cases", compute="_compute_open_count")
    unassigned_count = fields.Integer("No Owner", compute="_compute_open_count")

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        # Record rules name the teams of a user, and are kept in memory.
        self.env.registry.clear_cache()
        return teams

    def write(self, vals):
        res = super().write(vals)
        if not {"resource_calendar_id", "member_ids"}.isdisjoint(vals):
            self.env.registry.clear_cache()
        if "resource_calendar_id" in vals:
            # Without its own, a team counts with its company's.
            others = self.filtered(lambda team: not team.resource_calendar_id)
            calendars = (
                self.resource_calendar_id | others.company_id.resource_calendar_id
            )
            calendars._request_complaint_recount()
        return res

    @api.constrains("resource_calendar_id", "company_id")
    def _check_resource_calendar_id(self):
        # The company's calendar is not the team's choice: it is checked when it is
        # chosen for the company.
        self.filtered("resource_calendar_id")._check_working_hours()

    def _check_working_hours(self):
        for team in self:
            calendar = team.resource_calendar_id or team.company_id.resource_calendar_id
            if calendar:
                calendar._check_complaint_hours(team.company_id)

    @api.model
    @ormcache("team_id", "company_id")
    def _get_calendar_id(self, team_id, company_id):
        """Return the id of the calendar that counts for a case: the team's, else the
        company's. Kept in memory, because every list of cases asks.
        """
        # sudo: calendars are read for whoever sees the case.
        team = self.sudo().browse(team_id)
        company = self.env["res.company"].sudo().browse(company_id)
        return (team.resource_calendar_id or company.resource_calendar_id).id

    def _compute_open_count(self):
        domain = Domain("team_id", "in", self.ids) & Domain(
            "phase", "not in", ("closed", "cancelled")
        )
        counts, unassigned = {}, {}
        for team, owner, count in self.env["complaint.complaint"]._read_group(
            domain, ["team_id", "user_id"], ["__count"]
        ):
            counts[team] = counts.get(team, 0) + count
            if not owner:
                unassigned[team] = count
        for team in self:
            team.open_count = counts.get(team, 0)
            team.unassigned_count = unassigned.get(team, 0)

    # Mail alias

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("complaint.complaint")
        if self.id:
            defaults = literal_eval(self.alias_defaults or "{}")
            values["alias_defaults"] = {**defaults, "team_id": self.id}
        return values

    # Assignment

    def _get_available_members(self):
        """Return ``{team: members at work now}`` for the teams in ``self``."""
        # sudo: the rule of the team decides, whoever enters the case.
        teams = self.sudo()
        available = teams.member_ids._filter_at_work()
        refusing = teams.company_id.filtered(
            lambda company: company.complaint_owner_objection == "refuse"
        )
        refused = {
            company: available._get_complaint_handling_objections(company)
            for company in refusing
        }
        return {
            team: (team_sudo.member_ids & available).filtered(
                lambda user, company=team_sudo.company_id: (
                    user not in refused.get(company, ()) and user.has_group(HANDLERS)
                )
            )
            for team, team_sudo in zip(self, teams, strict=True)
        }

    def _pick_owners(self, counts):
        """Choose owners for new cases by each team's assignment rule.

        :param counts: ``{team: how many new cases}``
        :return: ``{team: list of users}``, as many as asked for; the list is empty
            where the rule is manual or nobody is at work
        """
        teams = self.browse(
            [team.id for team in counts if team.assignment_method != "manual"]
        )
        if not teams:
            return dict.fromkeys(counts, [])
        available = teams._get_available_members()
        loads = teams._get_open_loads()
        owners = dict.fromkeys(counts, [])
        for team in teams:
            members = available[team].sorted("id")
            if not members:
                continue
            if team.assignment_method == "round_robin":
                owners[team] = team._pick_in_turn(members, counts[team])
            else:
                owners[team] = team._pick_balanced(
                    members, counts[team], loads.get(team, {})
                )
        return owners

    def _get_open_loads(self):
        """Return ``{team: {owner: open cases}}``."""
        loads = {}
        # sudo: the load counts every open case, confidential ones included.
        for team, owner, count in (
            self.env["complaint.complaint"]
            .sudo()
            ._read_group(
                [
                    ("team_id", "in", self.ids),
                    ("user_id", "!=", False),
                    ("phase", "not in", ("closed", "cancelled")),
                ],
                ["team_id", "user_id"],
                ["__count"],
            )
        ):
            loads.setdefault(team, {})[owner] = count
        return loads

    def _pick_in_turn(self, members, count):
        self.ensure_one()
        # sudo: the turn moves on whoever enters the case.
        team = self.sudo()
        # Two cases at the same moment must not both go to the same member.
        team.lock_for_update()
        users = list(members)
        later = [user for user in users if user.id > (team.last_assigned_id.id or 0)]
        start = users.index(later[0]) if later else 0
        picked = [users[(start + step) % len(users)] for step in range(count)]
        team.last_assigned_id = picked[-1]
        return picked

    def _pick_balanced(self, members, count, load):
        load = {user: load.get(user, 0) for user in members}
        picked = []
        for __ in range(count):
            owner = min(load, key=lambda user: (load[user], user.id))
            load[owner] += 1
            picked.append(owner)
        return picked

    # Actions

    def action_view_open(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_management.complaint_complaint_action"
        )
        action["domain"] = [("team_id", "in", self.ids)]
        action["context"] = {
            "search_default_open": 1,
            "default_team_id": self.id if len(self) == 1 else False,
        }
        return action

    @api.model
    def _get_default_team(self, company):
        """Return the first team of ``company``: where a case without any goes."""
        return self.search([("company_id", "=", company.id)], limit=1)
