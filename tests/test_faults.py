"""What goes wrong in real life: every reminder goes out once all the same.

Each fault happens to real Odoo processes that work on one database at the same time
as others would.
"""

import pytest

from .server import Database
from .worker import Worker

CASES = 12
AGENT, SUPERVISOR = "Anna Agent", "Sven Supervisor"
MISSED = {f"{AGENT}: Deadline passed": 1, f"{SUPERVISOR}: Escalated to you": 1}

OFFICE = """
from odoo.fields import Command

company = env.company
calendar = env["resource.calendar"].create({
    "name": "Day and night",
    "tz": "UTC",
    "attendance_ids": [Command.clear()] + [
        Command.create({
            "name": "Work", "dayofweek": str(day), "hour_from": 0, "hour_to": 24,
            "day_period": "morning",
        })
        for day in range(7)
    ],
})
users = {}
for login, name, group in [
    ("anna", "Anna Agent", "user"),
    ("sven", "Sven Supervisor", "manager"),
    ("mara", "Mara Manager", "manager"),
    ("eva", "Eva Executive", "executive"),
]:
    users[login] = env["res.users"].with_context(no_reset_password=True).create({
        "login": login, "name": name, "email": f"{login}@example.com",
        "group_ids": [
            Command.link(env.ref(f"complaint_management.group_complaint_{group}").id)
        ],
    })
env["complaint.escalation.level"].create([
    {"level": level, "user_id": users[login].id}
    for level, login in [
        ("supervisor", "sven"), ("manager", "mara"), ("senior_management", "eva"),
    ]
])
result = {}
for name, manager, senior in [("short", 0, 0), ("long", 2, 5)]:
    team = env["complaint.team"].create({
        "name": name, "resource_calendar_id": calendar.id,
        "member_ids": [Command.set(users["anna"].ids)],
    })
    env["complaint.sla.policy"].create({
        "name": name, "company_id": company.id, "team_id": team.id,
        "line_ids": [Command.create({
            "commitment": "resolve", "target": 24, "unit": "clock_hours",
            "remind_before": 4, "escalate_due": True,
            "escalate_manager_days": manager, "escalate_senior_days": senior,
            "repeat_daily": False,
        })],
    })
    result[name] = team.id
result["agent"] = users["anna"].id
"""

RECEIVE = """
from datetime import timedelta
from odoo import fields

received = fields.Datetime.now() - timedelta(hours=hours)
result = env["complaint.complaint"].create([
    {
        "name": f"The lid is missing, {number}", "partner_name": "Clara",
        "team_id": team, "user_id": agent, "date_received": received,
    }
    for number in range(count)
]).ids
"""

TOLD = """
from collections import Counter

from lxml import html

result = []
for case in env["complaint.complaint"].browse(cases):
    told = Counter()
    for message in env["mail.message"].search([
        ("message_type", "=", "user_notification"),
        "|", "&", ("model", "=", case._name), ("res_id", "=", case.id),
        # One message about several cases has their subjects as titles.
        "&", ("model", "=", False), ("body", "like", case.reference),
    ]):
        mails = env["mail.mail"].search_count([("mail_message_id", "=", message.id)])
        assert mails == len(message.notified_partner_ids) == 1, mails
        titles = [message.subject]
        if not message.model:
            titles = html.fromstring(message.body).xpath("//b/text()")
        for title in titles:
            if case.reference in title and "assigned" not in title:
                what = title.split(":")[0].split(" until")[0]
                told[message.notified_partner_ids.name + ": " + what] += 1
    assert len(case.escalation_ids) == sum("Escalated" in what for what in told.elements())
    tasks = Counter(case.activity_ids.activity_type_id.mapped("name"))
    assert set(tasks.values()) <= {1}, tasks
    result.append(told)
"""

JOB = """
env.ref("complaint_management.ir_cron_complaint_sla_catch_up").method_direct_trigger()
"""

RULES = """
env.ref("base_automation.ir_cron_data_base_automation_check").method_direct_trigger()
"""


class Office:
    """The company's database, with two workers on it."""

    def __init__(self, database, folder):
        self.database = database
        self.folder = folder
        self.workers = [self.hire(), self.hire()]
        self.ids = self.workers[0].run(OFFICE)

    def hire(self):
        return Worker(self.database, self.folder / "worker.log")

    def receive(self, hours, count=1, team="short"):
        """Enter cases that were received so many hours ago."""
        return self.workers[0].run(
            RECEIVE,
            hours=hours,
            count=count,
            team=self.ids[team],
            agent=self.ids["agent"],
        )

    def told(self, cases):
        """Return for each case how often each person was told each thing."""
        return self.workers[0].run(TOLD, cases=cases)

    def errors(self):
        lines = (self.folder / "worker.log").read_text(errors="replace").splitlines()
        return [line for line in lines if " ERROR " in line]


class FaultDatabase(Database):
    def __init__(self):
        super().__init__()
        # Beside the one of the server that other tests talk to.
        self.name = f"{self.origin}_faults"


@pytest.fixture(scope="module")
def office(tmp_path_factory, load_registry):
    with FaultDatabase() as database:
        office = Office(database, tmp_path_factory.mktemp("faults"))
        yield office
        for worker in office.workers:
            worker.kill()


def test_two_workers_at_once(office):
    """Rules and job, or two jobs: who comes second leaves what the first has."""
    cases = office.receive(hours=48, count=CASES)
    one, other = office.workers
    catch_up = "env['complaint.sla.status']._cron_fire_due(batch_size=3)"
    one.start(catch_up)
    other.start(catch_up)
    one.wait_for()
    other.wait_for()
    # Received 24 hours ago they would be late or not by the second, and the rules and
    # the job leave what is due this minute to one another.
    more = office.receive(hours=25, count=CASES)
    # The rules look back as far as their last run.
    one.run(
        "env['base.automation'].search([('model_name', '=', 'complaint.sla.status')])"
        ".last_run = '2020-01-01'"
    )
    one.start(RULES)
    other.start("import time; time.sleep(0.2)\n" + catch_up)
    one.wait_for()
    other.wait_for()
    one.run(JOB)
    assert office.told(cases + more) == [MISSED] * 2 * CASES
    assert not office.errors()


def test_job_killed_half_way(office):
    cases = office.receive(hours=48, count=CASES)
    office.workers[1].start(
        """
import time

model = type(env["complaint.sla.status"])
tell = model._tell
calls = []

def slow(status, *args):
    calls.append(status)
    if len(calls) == 8:
        answer("half", None)
        time.sleep(600)
    return tell(status, *args)

model._tell = slow
env["complaint.sla.status"]._cron_fire_due(batch_size=5)
"""
    )
    office.workers[1].wait_for("half")
    office.workers[1].kill()
    office.workers[1] = office.hire()
    # The first batch is out, of the second nothing.
    assert office.told(cases) == [MISSED] * 5 + [{}] * (CASES - 5)
    office.workers[0].run(JOB)
    assert office.told(cases) == [MISSED] * CASES


def test_a_month_of_downtime(office):
    """Nobody is told every missed day; every level hears of it, once."""
    cases = office.receive(hours=31 * 24, count=3, team="long")
    office.workers[0].run(
        """
from datetime import timedelta
from odoo import fields

env["base.automation"].search([("model_name", "=", "complaint.sla.status")]).last_run = (
    fields.Datetime.now() - timedelta(days=31)
)
"""
    )
    everybody = {
        **MISSED,
        "Mara Manager: Escalated to you": 1,
        "Eva Executive: Escalated to you": 1,
    }
    for code in RULES, JOB, RULES, JOB:
        office.workers[0].run(code)
    assert office.told(cases) == [everybody] * 3


def test_one_record_that_always_raises(office):
    """A rule of the administrator refuses one case: the others go out, the log says."""
    before = len(office.errors())
    good, bad, last = cases = office.receive(hours=48, count=3)
    worker = office.workers[0]
    reference = worker.run(
        """
rule = env["base.automation"].create({
    "name": "Explode",
    "model_id": env["ir.model"]._get_id("complaint.escalation"),
    "trigger": "on_create",
    "action_server_ids": [(0, 0, {
        "name": "Explode",
        "model_id": env["ir.model"]._get_id("complaint.escalation"),
        "state": "code",
        "code": f"if record.complaint_id.id == {bad}: raise UserError('The kettle exploded')",
    })],
})
result = [rule.id, env["complaint.complaint"].browse(bad).reference]
""",
        bad=bad,
    )
    rule, reference = reference
    worker.run(JOB)
    worker.run(JOB)
    assert office.told(cases) == [MISSED, {}, MISSED]
    errors = office.errors()[before:]
    assert len(errors) == 2
    assert all(reference in error for error in errors)
    worker.run("env['base.automation'].browse(rule).active = False", rule=rule)
    worker.run(JOB)
    assert office.told(cases) == [MISSED] * 3


def test_a_date_moved_into_the_past(office):
    """Odoo's rules look at dates since their last run only; the job finds this one."""
    cases = office.receive(hours=1)
    worker = office.workers[0]
    worker.run(RULES)
    worker.run(JOB)
    assert office.told(cases) == [{}]
    worker.run(
        """
from datetime import timedelta
from odoo import fields

status = env["complaint.complaint"].browse(cases).sla_status_ids
status.deadline = fields.Datetime.now() - timedelta(days=5)
""",
        cases=cases,
    )
    worker.run(RULES)
    assert office.told(cases) == [{}]
    for code in JOB, JOB, RULES:
        worker.run(code)
    assert office.told(cases) == [MISSED]


def test_a_rule_that_was_edited_or_switched_off(office):
    worker = office.workers[0]
    worker.run(
        """
env.ref("complaint_management.base_automation_sla_due").active = False
env.ref("complaint_management.base_automation_sla_before").write(
    {"filter_domain": "[('commitment', '=', 'assign')]", "trg_date_range": 300}
)
"""
    )
    early, late = office.receive(hours=21), office.receive(hours=25)
    worker.run(RULES)
    assert office.told(early + late) == [{}, {}]
    worker.run(JOB)
    expected = [{f"{AGENT}: Resolve": 1}, MISSED]
    assert office.told(early + late) == expected
    worker.run(
        """
for name in "due", "before":
    env.ref(f"complaint_management.base_automation_sla_{name}").write(
        {"active": True, "filter_domain": "[]", "trg_date_range": 1, "last_run": False}
    )
"""
    )
    for code in RULES, JOB:
        worker.run(code)
    assert office.told(early + late) == expected
