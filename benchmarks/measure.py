"""Measure what users do most, at several sizes, beside other applications.

Every operation runs with an empty ORM cache and warm registry caches, is rolled back,
and is repeated; the applications and the sizes take turns within each round, so that
whatever else the machine does falls on all alike. ``run`` starts this file.
"""

import argparse
import configparser
import gc
import json
import platform
import statistics
import subprocess
import sys
import time
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import psycopg2
import register
import report
from apps import AGENTS, APPS, BODY
from client import Client

import odoo
from odoo import api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

HERE = Path(__file__).parent
MODULES = "complaint_management,helpdesk_mgmt_sla,project"
DOMAIN = "bench.example.com"


def main():
    args = parse()
    config.parse_config([*options(args), "--log-level", "error"])
    odoo.netsvc.init_logger()
    sizes = sorted(int(size) for size in args.sizes.split(","))
    names = {size: f"{args.prefix}_{size}" for size in sizes}
    try:
        for size, name in names.items():
            prepare(args, name, size)
        results = measure(names, args.repeat)
    finally:
        if not args.keep:
            for name in names.values():
                drop(name)
    facts = describe(args.repeat)
    data = {"facts": facts, "results": results}
    (HERE / "results.json").write_text(json.dumps(data, indent=1) + "\n")
    text = report.render(data)
    (HERE / "results.md").write_text(text)
    print(text)


def parse():
    parser = argparse.ArgumentParser(prog="benchmarks/run")
    parser.add_argument("--sizes", default="1000,100000")
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--config", required=True)
    parser.add_argument("--peers", required=True, help="folder of the others' addons")
    parser.add_argument("--prefix", required=True)
    return parser.parse_args()


def options(args):
    """Return Odoo's options: the addons of the configuration, and the others'."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(args.config)
    addons_path = f"{settings['options']['addons_path']},{args.peers}"
    return ["-c", args.config, "--addons-path", addons_path]


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


# Databases


def prepare(args, name, size):
    """Make the database ``name`` with all applications, unless it is there, filled."""
    if is_filled(name):
        say(f"{size:,} cases: using {name} as it is")
        return
    drop(name)
    say(f"{size:,} cases: installing {MODULES}")
    log = Path(args.config).parent / "log" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as out:
        command = [sys.executable, "-m", "odoo", *options(args), "-d", name]
        command += ["-i", MODULES, "--stop-after-init", "--no-http"]
        if subprocess.call(command, stdout=out, stderr=subprocess.STDOUT):
            sys.exit(f"The installation failed: see {log}")
    say(f"{size:,} cases: filling")
    start = time.perf_counter()
    with closing(Registry(name).cursor()) as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        agents = set_up(env)
        register.fill(env, size, agents)
        for cls in APPS:
            register.check(env, cls(env))
        env["ir.config_parameter"].set_param("benchmarks.filled", size)
        cr.commit()
    say(f"{size:,} cases: filled in {time.perf_counter() - start:.0f} s")


def is_filled(name):
    try:
        with closing(psycopg2.connect(dbname=name)) as connection:
            cr = connection.cursor()
            cr.execute(
                "SELECT 1 FROM ir_config_parameter WHERE key = 'benchmarks.filled'"
            )
            return bool(cr.fetchone())
    except psycopg2.Error:
        return False


def drop(name):
    if name in Registry.registries:
        Registry.delete(name)
    odoo.sql_db.close_db(name)
    with closing(psycopg2.connect(dbname="postgres")) as connection:
        connection.autocommit = True
        connection.cursor().execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def set_up(env):
    """Make agents and teams; nobody is sent real mail."""
    env["ir.mail_server"].search([]).unlink()
    env.company.alias_domain_id = env["mail.alias.domain"].create({"name": DOMAIN})
    agents = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"Agent {number}",
                    "login": f"agent{number}",
                    "email": f"agent{number}@{DOMAIN}",
                    "tz": "Europe/Brussels",
                    "group_ids": [
                        Command.set(
                            [env.ref(cls.group).id for cls in APPS]
                            + [env.ref("base.group_user").id]
                        )
                    ],
                }
                for number in range(AGENTS)
            ]
        )
    )
    for cls in APPS:
        cls.set_up(env, agents)
    env.cr.commit()
    return agents


# Measuring


class Bench:
    """One application in one database, with the data that the operations need."""

    def __init__(self, name, cls):
        self.cr = Registry(name).cursor()
        env = api.Environment(self.cr, api.SUPERUSER_ID, {})
        agent = env["res.users"].search([("login", "=", "agent0")])
        self.context = {
            "lang": "en_US",
            "tz": agent.tz,
            "uid": agent.id,
            "allowed_company_ids": agent.company_ids.ids,
        }
        self.uid = agent.id
        self.app = cls(env)
        self.client = Client(self.env(), self.app)
        self.cr.execute(
            "SELECT partner_id, partner_name, partner_email FROM bench_case"
            " WHERE partner_id NOT IN (SELECT partner_id FROM bench_case"
            " GROUP BY 1 HAVING count(*) > 20) ORDER BY number DESC LIMIT 100"
        )
        self.customers = self.cr.fetchall()
        first = self.app.stage_ids[0]
        domain = [("stage_id", "=", first), ("active", "=", True)]
        self.movable = self.client.model.search(domain, limit=30).ids
        self.turn = 0
        self.cr.rollback()

    def env(self):
        return api.Environment(self.cr, self.uid, self.context)

    def cases(self, count):
        cases = []
        for number in range(count):
            partner_id, name, email = self.customers[
                (self.turn + number) % len(self.customers)
            ]
            cases.append(
                {
                    "subject": f"The toaster smells of burning, call {number}",
                    "partner_id": partner_id,
                    "partner_name": name,
                    "partner_email": email,
                    "team": number % 2,  # the first agent works for teams 0 and 1
                    "owner_id": self.uid,
                }
            )
        return cases

    # Operations: each returns how many records it touched or showed

    def create(self, count):
        values = [self.app.values(case) for case in self.cases(count)]
        records = self.client.model.create(values)
        self.cr.flush()
        return len(records)

    def mail_in(self):
        case = self.cases(1)[0]
        mail = EmailMessage()
        mail["From"] = f"{case['partner_name']} <{case['partner_email']}>"
        mail["To"] = f"{self.app.alias}-0@{DOMAIN}"
        mail["Subject"] = case["subject"]
        mail["Message-ID"] = f"<{self.turn}.{time.time_ns()}@mail.example.com>"
        mail.set_content("Please see the other part.")
        mail.add_alternative(BODY, subtype="html")
        # The gateway runs as the system, as Odoo's own incoming mail servers do.
        env = api.Environment(self.cr, api.SUPERUSER_ID, {})
        case_id = env["mail.thread"].message_process(None, mail.as_bytes())
        self.cr.flush()
        return int(bool(case_id))

    def move(self):
        record_id = self.movable[self.turn % len(self.movable)]
        return self.client.move(record_id, self.app.stage_ids[1])

    def run(self, operation):
        """Run ``operation`` once; return milliseconds, queries and records."""
        self.client.model = self.env()[self.app.model]
        self.client.model.env.invalidate_all()
        gc.collect()
        queries = self.cr.sql_log_count
        start = time.perf_counter()
        records = operation(self)
        elapsed = (time.perf_counter() - start) * 1000
        queries = self.cr.sql_log_count - queries
        self.cr.rollback()
        self.turn += 1
        return elapsed, queries, records


def open_cases(bench):
    return bench.client.open_domain()


OPERATIONS = {
    "create 1": lambda b: b.create(1),
    "create 100": lambda b: b.create(100),
    "mail in": lambda b: b.mail_in(),
    "kanban": lambda b: b.client.open_kanban(open_cases(b)),
    "kanban, closed cases too": lambda b: b.client.open_kanban([]),
    "list of 80": lambda b: b.client.open_list([]),
    "text search": lambda b: b.client.open_list(
        b.client.text_domain(register.RARE_WORD.lower())
    ),
    "text search, common word": lambda b: b.client.open_list(
        b.client.text_domain(register.COMMON_WORD)
    ),
    "stage move": lambda b: b.move(),
    "group by month": lambda b: b.client.open_months(open_cases(b)),
    "group by month, closed cases too": lambda b: b.client.open_months([]),
}


def measure(names, repeat):
    benches = {
        (size, cls.label): Bench(name, cls)
        for size, name in names.items()
        for cls in APPS
    }
    samples = {}
    for turn in range(repeat + 1):  # the first round warms up
        say(f"round {turn} of {repeat}")
        for name in names.values():
            tidy(name)
        for line, operation in OPERATIONS.items():
            for (size, label), bench in benches.items():
                sample = bench.run(operation)
                if turn:
                    samples.setdefault((line, size, label), []).append(sample)
    for bench in benches.values():
        bench.cr.close()
    return [
        {
            "line": line,
            "size": size,
            "app": label,
            "ms": round(statistics.median(ms for ms, __, __ in runs), 2),
            "ms_min": round(min(ms for ms, __, __ in runs), 2),
            "queries": statistics.median_low(queries for __, queries, __ in runs),
            "records": runs[-1][2],
        }
        for (line, size, label), runs in samples.items()
    ]


def tidy(name):
    """Clear away the rows that were rolled back, as PostgreSQL does by itself in time."""
    with closing(psycopg2.connect(dbname=name)) as connection:
        connection.autocommit = True
        connection.cursor().execute("VACUUM")


def describe(repeat):
    with closing(psycopg2.connect(dbname="postgres")) as connection:
        version = connection.server_version // 10000
    processor = platform.processor() or platform.machine()
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            processor = text.partition(":")[2].strip()
            break
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": processor,
        "python": platform.python_version(),
        "postgresql": version,
        "odoo": odoo.release.version,
        "repeat": repeat,
    }


if __name__ == "__main__":
    main()
