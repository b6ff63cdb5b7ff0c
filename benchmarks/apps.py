"""The three applications that are compared, each set up as its own users would.

All get the same teams, members, stages, customers and promises, and are used by the
same agent, who sees the cases of two teams out of four.
"""

from datetime import UTC, datetime, timedelta

from odoo.fields import Command

TEAMS = 4
AGENTS = 10
# How the open cases spread over the stages, then how the others ended.
OPEN_STAGES = (
    ("New", 40),
    ("Assessment", 60),
    ("Investigation", 80),
    ("Resolution", 50),
    ("Implementation", 40),
    ("Follow-up", 30),
)
END_STAGES = (("Closed", 11), ("Cancelled", 1))
OPEN_CASES = sum(share for __, share in OPEN_STAGES)
BODY = (
    "<p>Dear team,</p><p>two weeks ago I ordered from your shop, and what arrived is "
    "not what I ordered. The parcel was open at one side, the lid was missing and the "
    "lower part has a crack of about three centimetres. I called twice; the first time "
    "I was told that somebody would call back, the second time that my number was not "
    "known. I attach photographs of the parcel and of the crack.</p><p>I would like a "
    "replacement before the end of the month, or my money back. Please tell me which, "
    "and until when I have to wait.</p><p>Kind regards</p>"
)


def team_members(team, agents):
    """Return the agents of a team: each agent works for two of the four."""
    return agents.browse(
        [
            agent.id
            for number, agent in enumerate(agents)
            if team in (number % TEAMS, (number + 1) % TEAMS)
        ]
    )


class App:
    """What the benchmark must know of one application."""

    model = None
    label = None
    group = None
    kanban_action = None
    list_action = None
    open_filter = None
    date = "create_date"
    alias = None
    # What its web client adds to the domain of the action.
    client_domain = []

    def __init__(self, env):
        self.team_ids = []
        self.stage_ids = []
        self.find(env)

    def find(self, env):
        """Look up what :meth:`set_up` made."""
        raise NotImplementedError

    @classmethod
    def set_up(cls, env, agents):
        """Make teams, stages and promises in an empty database."""
        raise NotImplementedError

    def values(self, case):
        """Return the values that ``create`` gets for ``case``, a dict of the register."""
        raise NotImplementedError

    def template_values(self, stage):
        """Return what a case in ``stage`` has besides :meth:`values`."""
        return {}

    def columns(self):
        """Return ``{column: SQL}`` for the copies; ``c`` is the register, ``t`` the case."""
        raise NotImplementedError

    def children(self, env):
        """Return the rows that belong to a case: (table, its column, {column: SQL})."""
        for field in env[self.model]._fields.values():
            if field.type != "one2many" or not field.inverse_name:
                continue
            comodel = env[field.comodel_name]
            inverse = comodel._fields[field.inverse_name]
            if (
                comodel._auto
                and comodel._name != self.model
                and (inverse.type == "many2one" and inverse.store)
            ):
                yield comodel._table, inverse.name, {}


class Complaints(App):
    model = "complaint.complaint"
    label = "complaint_management"
    group = "complaint_management.group_complaint_user"
    kanban_action = "complaint_management.complaint_complaint_action"
    list_action = "complaint_management.complaint_complaint_action_register"
    open_filter = "open"
    date = "date_received"
    alias = "bench-complaints"

    @classmethod
    def set_up(cls, env, agents):
        teams = env["complaint.team"].create(
            [
                {
                    "name": f"Complaints {number}",
                    "user_id": members[:1].id,
                    "member_ids": [Command.set(members.ids)],
                    "alias_name": f"{cls.alias}-{number}",
                }
                for number in range(TEAMS)
                if (members := team_members(number, agents))
            ]
        )
        env["complaint.tag"].create([{"name": f"Tag {n}"} for n in range(5)])
        return teams

    def find(self, env):
        teams = env["complaint.team"].search(
            [("alias_name", "=like", f"{self.alias}-%")], order="id"
        )
        self.team_ids = teams.ids
        self.stage_ids = env["complaint.stage"].search([]).ids
        self.category_ids = (
            env["complaint.category"].search([("child_ids", "=", False)]).ids
        )
        self.root_cause_id = env["complaint.root.cause"].search([], limit=1).id
        self.tag_ids = env["complaint.tag"].search([("name", "=like", "Tag %")]).ids
        self.tag_table = ("complaint_complaint_complaint_tag_rel", "complaint_tag_id")

    def values(self, case):
        return {
            "name": case["subject"],
            "description": BODY,
            "partner_id": case["partner_id"],
            "team_id": self.team_ids[case["team"]],
            "user_id": case["owner_id"],
            "category_id": self.category_ids[0],
            "severity": "minor",
            "urgency": "normal",
            "channel": "email",
        }

    def template_values(self, stage):
        received = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
        received -= timedelta(days=10)
        if not stage:
            return {"date_received": received}
        values = {"complexity": "simple"}
        if stage >= 3:
            values["findings"] = BODY
        if stage >= 4:
            values.update(resolution_kind="replacement", resolution=BODY)
        if stage >= 5:
            values["date_communicated"] = received + timedelta(days=4)
        if stage == 6:
            values.update(
                outcome="upheld",
                confirmation="confirmed",
                root_cause_id=self.root_cause_id,
            )
        if stage == 7:
            values.update(cancel_reason="withdrawn", cancel_note="Withdrawn by phone")
        return values

    def columns(self):
        return {
            "reference": "'CMP/' || to_char(c.received, 'YYYY') || '/'"
            " || lpad(c.number::text, 6, '0')",
            "name": "c.subject",
            "partner_id": "c.partner_id",
            "commercial_partner_id": "c.commercial_id",
            "partner_name": "c.partner_name",
            "partner_email": "c.partner_email",
            "email_normalized": "c.partner_email",
            "search_text": "concat_ws(' | ', 'CMP/' || to_char(c.received, 'YYYY')"
            " || '/' || lpad(c.number::text, 6, '0'), c.subject, c.partner_name,"
            " nullif(c.commercial_name, c.partner_name), c.partner_email)",
            "severity": "c.severity",
            "urgency": "c.urgency",
            "priority": "c.priority",
            "date_received": "c.received",
            "team_id": "(%(teams)s)[c.team + 1]",
            "user_id": "c.owner_id",
            "registered_by_id": "c.owner_id",
            "category_id": "(%(categories)s)[1 + mod(c.number, array_length(%(categories)s, 1))]",
            "confidential": "c.confidential",
            "access_token": "NULL",
        }


class Helpdesk(App):
    model = "helpdesk.ticket"
    label = "helpdesk_mgmt"
    group = "helpdesk_mgmt.group_helpdesk_user_team"
    kanban_action = "helpdesk_mgmt.helpdesk_ticket_action"
    list_action = "helpdesk_mgmt.helpdesk_ticket_action"
    open_filter = "open"
    alias = "bench-helpdesk"

    @classmethod
    def set_up(cls, env, agents):
        stages = env["helpdesk.ticket.stage"]
        stages.create(
            [
                {"name": name, "sequence": 3, "company_id": False}
                for name in ("Resolution", "Implementation", "Follow-up")
            ]
        )
        stages.search([("name", "=", "Rejected")]).active = False
        teams = env["helpdesk.ticket.team"].create(
            [
                {
                    "name": f"Helpdesk {number}",
                    "user_id": members[:1].id,
                    "user_ids": [Command.set(members.ids)],
                    "alias_name": f"{cls.alias}-{number}",
                    "use_sla": True,
                }
                for number in range(TEAMS)
                if (members := team_members(number, agents))
            ]
        )
        for team in teams:
            # The leader follows the team: so the application tells of new tickets.
            team.message_subscribe(team.user_id.partner_id.ids)
        env["helpdesk.ticket.category"].create(
            [{"name": f"Category {number}"} for number in range(8)]
        )
        env["helpdesk.ticket.tag"].create([{"name": f"Tag {n}"} for n in range(5)])
        order = stages.search([], order="sequence, id")
        closed = order.filtered("closed")
        # The promises that complaint_management makes when a case comes in.
        env["helpdesk.sla"].create(
            [
                {"name": "Acknowledge", "days": 1, "stage_id": order[1].id},
                {"name": "Assign", "days": 1, "stage_id": order[1].id},
                {"name": "Update", "days": 2, "stage_id": order[2].id},
                {"name": "Resolve", "days": 5, "stage_id": closed[0].id},
            ]
        )

    def find(self, env):
        self.team_ids = env["helpdesk.ticket.team"].search([], order="id").ids
        self.stage_ids = env["helpdesk.ticket.stage"].search([]).ids
        self.category_ids = env["helpdesk.ticket.category"].search([]).ids
        self.tag_ids = (
            env["helpdesk.ticket.tag"].search([("name", "=like", "Tag %")]).ids
        )
        self.tag_table = (
            "helpdesk_ticket_helpdesk_ticket_tag_rel",
            "helpdesk_ticket_tag_id",
        )

    def values(self, case):
        return {
            "name": case["subject"],
            "description": BODY,
            "partner_id": case["partner_id"],
            "partner_name": case["partner_name"],
            "partner_email": case["partner_email"],
            "team_id": self.team_ids[case["team"]],
            "user_id": case["owner_id"],
            "category_id": self.category_ids[0],
        }

    def columns(self):
        return {
            "number": "'HT' || lpad(c.number::text, 6, '0')",
            "name": "c.subject",
            "partner_id": "c.partner_id",
            "commercial_partner_id": "c.commercial_id",
            "partner_name": "c.partner_name",
            "partner_email": "c.partner_email",
            "priority": "c.priority",
            "create_date": "c.received",
            "team_id": "(%(teams)s)[c.team + 1]",
            "user_id": "c.owner_id",
            "category_id": "(%(categories)s)[1 + mod(c.number, array_length(%(categories)s, 1))]",
            "access_token": "NULL",
        }


class Project(App):
    model = "project.task"
    label = "project.task"
    group = "project.group_project_user"
    kanban_action = "project.action_view_all_task"
    list_action = "project.action_view_all_task"
    open_filter = "open_tasks"
    client_domain = [("display_in_project", "=", True)]
    alias = "bench-project"

    @classmethod
    def set_up(cls, env, agents):
        projects = env["project.project"].create(
            [
                {
                    "name": f"Project {number}",
                    # Seen by who follows it, as a team's cases are by its members.
                    "privacy_visibility": "followers",
                    "user_id": team_members(number, agents)[:1].id,
                    "alias_name": f"{cls.alias}-{number}",
                }
                for number in range(TEAMS)
            ]
        )
        for number, project in enumerate(projects):
            project.message_subscribe(team_members(number, agents).partner_id.ids)
            # The leader is told of new tasks.
            follower = project.message_follower_ids.filtered(
                lambda f, leader=project.user_id.partner_id: f.partner_id == leader
            )
            follower.subtype_ids |= env.ref("project.mt_project_task_new")
        env["project.task.type"].create(
            [
                {
                    "name": name,
                    "sequence": 100 + sequence,
                    "fold": (name, share) in END_STAGES,
                    "project_ids": [Command.set(projects.ids)],
                }
                for sequence, (name, share) in enumerate(OPEN_STAGES + END_STAGES)
            ]
        )
        env["project.tags"].create([{"name": f"Tag {n}"} for n in range(5)])

    def find(self, env):
        projects = env["project.project"].search([("name", "=like", "Project _")])
        self.team_ids = sorted(projects.ids)
        self.stage_ids = (
            env["project.task.type"].search([("project_ids", "in", projects.ids)]).ids
        )
        self.tag_ids = env["project.tags"].search([("name", "=like", "Tag %")]).ids
        self.tag_table = ("project_tags_project_task_rel", "project_tags_id")

    def values(self, case):
        return {
            "name": case["subject"],
            "description": BODY,
            "partner_id": case["partner_id"],
            "project_id": self.team_ids[case["team"]],
            "user_ids": [Command.set([case["owner_id"]])],
        }

    def children(self, env):
        yield from super().children(env)
        yield "project_task_user_rel", "task_id", {"user_id": "c.owner_id"}

    def template_values(self, stage):
        if stage < len(OPEN_STAGES):
            return {}
        return {"state": "1_done" if stage == len(OPEN_STAGES) else "1_canceled"}

    def columns(self):
        return {
            "name": "c.subject",
            "partner_id": "c.partner_id",
            "priority": "c.priority",
            "create_date": "c.received",
            "project_id": "(%(teams)s)[c.team + 1]",
            "access_token": "NULL",
        }


APPS = (Complaints, Helpdesk, Project)
