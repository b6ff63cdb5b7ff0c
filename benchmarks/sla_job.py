#!/usr/bin/env python3
"""Measure commitments, at two sizes of the register, beside ``helpdesk_mgmt_sla``.

Of the commitments of all open cases 100 are due; a run of a job must cost the same
whatever the number of those that are not. Besides: creating 100 cases with four
commitments each, and what the commitments add to a list of 80. Every round is rolled
back. Installs the addons in a database of its own, drops it at the end, and writes
benchmarks/sla.md. ``benchmarks/run`` fetches the addons to compare with::

    .local/venv/bin/python benchmarks/sla_job.py -c .local/odoo.conf
    … --sizes 1000,1000000 --repeat 5 --keep
    … --peers ""        without helpdesk_mgmt_sla
"""

import argparse
import configparser
import statistics
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import psycopg2

import odoo
from odoo import api, fields
from odoo.modules.registry import Registry
from odoo.tools import config

DUE = 100
SECONDS = 2.0
# Queries of creating 100 cases with four commitments each
CREATE_QUERIES = 500
RESULTS = Path(__file__).with_name("sla.md")
JOBS = {
    "mark what became late": "_cron_find_late",
    "remind and escalate": "_cron_fire_due",
}


def main():
    args = parse()
    config.parse_config([*options(args), "--log-level", "error"])
    odoo.netsvc.init_logger()
    sizes = sorted(int(size) for size in args.sizes.split(","))
    figures = {}
    try:
        install(args)
        for size in sizes:
            with closing(Registry(args.database).cursor()) as cr:
                env = api.Environment(cr, api.SUPERUSER_ID, {})
                fill(env, size)
                for title, method in JOBS.items():
                    figures[title, size] = measure(env, method, args.repeat)
                for peer in Complaints, Helpdesk:
                    if peer.model in env:
                        compare(env, peer(env, size), size, args.repeat, figures)
    finally:
        if not args.keep:
            drop(args.database)
    report(figures, sizes)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", "--config", required=True)
    parser.add_argument("-d", "--database", default="complaints_sla_job")
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--peers", help="folder of the others' addons; empty: none")
    args = parser.parse_args()
    if args.peers is None:
        args.peers = Path(args.config).resolve().parent / "peers" / "odoo" / "addons"
    return args


def options(args):
    """Return Odoo's options: the addons of the configuration, and the others'."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(args.config)
    addons_path = settings["options"]["addons_path"]
    if args.peers and Path(args.peers).is_dir():
        addons_path += f",{args.peers}"
    return ["-c", args.config, "--addons-path", addons_path]


# Database


def install(args):
    drop(args.database)
    log = Path(args.config).parent / "log" / f"{args.database}.log"
    log.parent.mkdir(exist_ok=True)
    addons = "complaint_management"
    if args.peers and Path(args.peers).is_dir():
        addons += ",helpdesk_mgmt_sla"
    command = [sys.executable, "-m", "odoo", *options(args), "-d", args.database]
    command += ["-i", addons, "--stop-after-init", "--no-http"]
    with log.open("w") as out:
        if subprocess.call(command, stdout=out, stderr=subprocess.STDOUT):
            sys.exit(f"The installation failed: see {log}")


def drop(name):
    if name in Registry.registries:
        Registry.delete(name)
    odoo.sql_db.close_db(name)
    with closing(psycopg2.connect(dbname="postgres")) as connection:
        connection.autocommit = True
        connection.cursor().execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def fill(env, size):
    """Have ``size`` open cases with four commitments each, none of them due.

    The first case is made by the application, all others are copies of it by SQL.
    """
    cases = env["complaint.complaint"]
    first = cases.search([], order="id", limit=1)
    if not first:
        partner = env["res.partner"].create(
            {"name": "Customer", "email": "customer@example.com"}
        )
        owner = env.ref("base.user_admin")
        # Reminders of critical cases do not wait for the working hours.
        first = cases.create(
            {
                "name": "Case 0",
                "partner_id": partner.id,
                "severity": "critical",
                "user_id": False,
            }
        )
        first.user_id = owner
    env.flush_all()
    known = cases.with_context(active_test=False).search_count([])
    offset = "(SELECT max(id) FROM complaint_complaint)"
    copy_rows(
        env,
        "complaint_complaint",
        f"t.id = {first.id}",
        f"generate_series(1, {size - known}) n",
        {"id": f"{offset} + n", "reference": f"'BENCH/' || ({known} + n)"},
    )
    copy_rows(
        env,
        "complaint_sla_status",
        f"t.complaint_id = {first.id}",
        "complaint_complaint c",
        {
            "complaint_id": "c.id",
            # As if the cases had come in during the last five days
            "deadline": "t.deadline + mod(c.id, 7200) * interval '1 minute'",
            "next_event_date": "t.next_event_date + interval '30 days'",
            "state": "'running'",
            "date_met": "NULL",
        },
        "NOT EXISTS (SELECT FROM complaint_sla_status s WHERE s.complaint_id = c.id)",
    )
    for table in ("complaint_complaint", "complaint_sla_status"):
        env.cr.execute(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}")
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE complaint_complaint")
    env.cr.execute("VACUUM ANALYZE complaint_sla_status")
    env.cr._cnx.autocommit = False
    env.invalidate_all()
    env.cr.execute(
        "SELECT (SELECT count(*) FROM complaint_complaint),"
        " (SELECT count(*) FROM complaint_sla_status WHERE date_met IS NULL)"
    )
    print("{:,} cases, {:,} open commitments".format(*env.cr.fetchone()), flush=True)


def copy_rows(env, table, rows, times, values, where="TRUE"):
    """Insert copies of the rows of ``table`` that differ in ``values`` only."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema AND table_name = %s",
        [table],
    )
    columns = {name: values.get(name, f"t.{name}") for (name,) in env.cr.fetchall()}
    if "id" not in values:
        columns["id"] = f"nextval('{table}_id_seq')"
    env.cr.execute(
        f"INSERT INTO {table} ({', '.join(columns)})"
        f" SELECT {', '.join(columns.values())} FROM {table} t, {times}"
        f" WHERE {rows} AND {where}"
    )


# Measuring


def measure(env, method, repeat):
    """Return milliseconds and queries of a run with 100 due, medians of the rounds."""
    times, queries = [], []
    statuses = env["complaint.sla.status"]
    job = env.registry["ir.cron"]
    # A round must be undone; a run of the job commits each batch.
    with patch.object(job, "_commit_progress", lambda *args, **kwargs: 60):
        for number in range(repeat + 1):
            make_due(env)
            before, start = env.cr.sql_log_count, time.perf_counter()
            getattr(statuses, method)()
            env.flush_all()
            if number:  # the first one warms up
                times.append((time.perf_counter() - start) * 1000)
                queries.append(env.cr.sql_log_count - before)
            assert is_done(env, method), f"{method} did not do its work"
            env.cr.rollback()
            env.invalidate_all()
    return statistics.median(times), statistics.median(queries)


def make_due(env):
    """Let the resolutions of 100 cases, spread over the register, be due."""
    past = fields.Datetime.now() - timedelta(hours=1)
    env.cr.execute(
        "UPDATE complaint_sla_status SET deadline = %s, next_event = 'due',"
        " next_event_date = %s WHERE id IN (SELECT id FROM complaint_sla_status"
        " WHERE commitment = 'resolve' AND mod(complaint_id, ("
        "  SELECT greatest(count(*) / %s, 1) FROM complaint_complaint)) = 0 LIMIT %s)",
        [past, past, DUE, DUE],
    )
    assert env.cr.rowcount == DUE, env.cr.rowcount
    # Time has passed for none of the others.
    env.invalidate_all()


def is_done(env, method):
    name = (
        "state = 'late'" if method == "_cron_find_late" else "date_due_sent IS NOT NULL"
    )
    env.cr.execute(f"SELECT count(*) FROM complaint_sla_status WHERE {name}")
    return env.cr.fetchone()[0] == DUE


class Complaints:
    """The operations of complaint_management that commitments have a part in."""

    label = "complaint_management"
    model = "complaint.complaint"
    shown = ("sla_commitment", "sla_time_left", "sla_deadline", "sla_alert")

    def __init__(self, env, size):
        self.records = env[self.model]
        self.partner = env["res.partner"].search(
            [("email", "=", "customer@example.com")], limit=1
        )
        self.prepare(env, size)

    def prepare(self, env, size):
        self.team = env["complaint.team"].search([], limit=1)

    def create(self):
        self.records.create(
            [
                {
                    "name": f"Case {number}",
                    "partner_id": self.partner.id,
                    "team_id": self.team.id,
                }
                for number in range(100)
            ]
        )

    def list(self, *names):
        self.records.web_search_read(
            [], dict.fromkeys(("name", "partner_name", *names), {}), limit=80
        )

    def list_with(self):
        self.list(*self.shown)

    operations = {
        "create 100 with four commitments": "create",
        "list of 80 without commitments": "list",
        "list of 80 with commitments": "list_with",
    }


class Helpdesk(Complaints):
    """The same of helpdesk_mgmt_sla, with the same promises. It has no job: what is
    late is found when somebody opens the filter *SLA expired*."""

    label = "helpdesk_mgmt_sla"
    model = "helpdesk.ticket"
    shown = ("sla_deadline", "sla_expired")
    operations = {
        **Complaints.operations,
        "find what is late (filter)": "find_late",
    }

    def prepare(self, env, size):
        teams = env["helpdesk.ticket.team"]
        self.team = teams.search([("name", "=", "Bench")], limit=1)
        if not self.team:
            self.team = teams.create({"name": "Bench", "use_sla": True})
            stages = env["helpdesk.ticket.stage"].search([], order="sequence, id")
            last = stages.filtered("closed")[:1]
            env["helpdesk.sla"].create(
                [
                    {"name": "Acknowledge", "days": 1, "stage_id": stages[1].id},
                    {"name": "Assign", "days": 1, "stage_id": stages[1].id},
                    {"name": "Update", "days": 2, "stage_id": last.id},
                    {"name": "Resolve", "days": 5, "stage_id": last.id},
                ]
            )
        known = self.records.with_context(active_test=False).search_count([])
        first = self.records.search([("ticket_sla_ids", "!=", False)], limit=1)
        if not first:
            first = self.records.create(self._values(0))
        env.flush_all()
        offset = "(SELECT max(id) FROM helpdesk_ticket)"
        copy_rows(
            env,
            "helpdesk_ticket",
            f"t.id = {first.id}",
            f"generate_series(1, {size - known}) n",
            {"id": f"{offset} + n", "number": f"'BENCH' || ({known} + n)"},
        )
        copy_rows(
            env,
            "helpdesk_ticket_sla",
            f"t.ticket_id = {first.id}",
            "helpdesk_ticket c",
            {
                "ticket_id": "c.id",
                "deadline": "t.deadline + mod(c.id, 7200) * interval '1 minute'",
            },
            "NOT EXISTS (SELECT FROM helpdesk_ticket_sla s WHERE s.ticket_id = c.id)",
        )
        for table in ("helpdesk_ticket", "helpdesk_ticket_sla"):
            env.cr.execute(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}")
        # As many are late as in the other application.
        env.cr.execute(
            "UPDATE helpdesk_ticket_sla SET deadline = now() - interval '1 hour'"
            " WHERE id IN (SELECT max(id) FROM helpdesk_ticket_sla GROUP BY ticket_id"
            "  ORDER BY max(id) LIMIT %s)",
            [DUE],
        )
        env.cr.commit()
        env.cr._cnx.autocommit = True
        env.cr.execute("VACUUM ANALYZE helpdesk_ticket")
        env.cr.execute("VACUUM ANALYZE helpdesk_ticket_sla")
        env.cr._cnx.autocommit = False
        env.invalidate_all()

    def _values(self, number):
        return {
            "name": f"Case {number}",
            "description": "<p>The lid is missing.</p>",
            "partner_id": self.partner.id,
            "team_id": self.team.id,
        }

    def create(self):
        self.records.create([self._values(number) for number in range(100)])

    def find_late(self):
        self.records.web_search_read(
            [("ticket_sla_ids.expired", "=", True)], {"name": {}}, limit=80
        )


def compare(env, app, size, repeat, figures):
    """Measure the operations of ``app``: milliseconds and queries, medians."""
    for title, method in app.operations.items():
        times, queries = [], []
        for number in range(repeat + 1):
            env.invalidate_all()
            before, start = env.cr.sql_log_count, time.perf_counter()
            getattr(app, method)()
            env.flush_all()
            if number:  # the first one warms up
                times.append((time.perf_counter() - start) * 1000)
                queries.append(env.cr.sql_log_count - before)
            env.cr.rollback()
            env.invalidate_all()
        row = f"{app.label}: {title}"
        figures[row, size] = statistics.median(times), statistics.median(queries)


def report(figures, sizes):
    rows = list(dict.fromkeys(title for title, __ in figures))
    heads = [f"{size:,} cases" for size in sizes]
    lines = [
        "# Commitments",
        "",
        "Written by `benchmarks/sla_job.py`: milliseconds (queries), medians. All cases",
        f"are open, with four commitments each; {DUE} of these are due.",
        "",
        "| operation | " + " | ".join(heads) + " | growth |",
        "|---|" + "---:|" * (len(sizes) + 1),
    ]
    failures = []
    for title in rows:
        row = [figures[title, size] for size in sizes]
        cells = [
            f"{milliseconds:,.0f} ({queries:.0f})" for milliseconds, queries in row
        ]
        growth = row[-1][0] / row[0][0]
        name = title if ":" in title else f"{Complaints.label}: job, {title}"
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {growth:.2f} |")
    for title in JOBS:
        row = [figures[title, size] for size in sizes]
        if row[-1][0] > SECONDS * 1000 or row[-1][1] != row[0][1]:
            failures.append(
                f"A run of the job “{title}” takes more than {SECONDS:.0f} s, or more "
                "queries in a larger register."
            )
    own = {
        method: [figures[f"{Complaints.label}: {title}", size][1] for size in sizes]
        for title, method in Complaints.operations.items()
    }
    if max(own["create"]) >= CREATE_QUERIES:
        failures.append(f"Creating 100 cases takes {CREATE_QUERIES} queries or more.")
    added = max(
        with_ - without
        for with_, without in zip(own["list_with"], own["list"], strict=True)
    )
    if added > 1:
        failures.append(f"Commitments add {added:.0f} queries to a list.")
    lines += [
        "",
        f"The targets: a run within {SECONDS:.0f} s, with as many queries at any size; "
        f"fewer than {CREATE_QUERIES}",
        "queries to create 100 cases; at most one more query in a list. "
        + (" ".join(failures) or "All are met."),
        "",
        "`helpdesk_mgmt_sla` 19.0 has no job, no reminder and no escalation: what is late",
        "shows when somebody opens the filter.",
    ]
    text = "\n".join(lines) + "\n"
    print(f"\n{text}")
    RESULTS.write_text(text)
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
