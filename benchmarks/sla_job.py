#!/usr/bin/env python3
"""Measure the jobs that watch over commitments, at two sizes of the register.

Of the commitments of all open cases 100 are due; a run must cost the same whatever the
number of those that are not. Every round is rolled back. Installs the addon in a
database of its own, and drops it at the end::

    .local/venv/bin/python benchmarks/sla_job.py -c .local/odoo.conf
    … --sizes 1000,1000000 --repeat 5 --keep
"""

import argparse
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
JOBS = {
    "mark what became late": "_cron_find_late",
    "remind and escalate": "_cron_fire_due",
}


def main():
    args = parse()
    config.parse_config(["-c", args.config, "--log-level", "error"])
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
    return parser.parse_args()


# Database


def install(args):
    drop(args.database)
    log = Path(args.config).parent / "log" / f"{args.database}.log"
    log.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "odoo", "-c", args.config, "-d", args.database]
    command += ["-i", "complaint_management", "--stop-after-init", "--no-http"]
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


def report(figures, sizes):
    print(f"\nA run with {DUE} commitments due: milliseconds (queries)\n")
    heads = [f"{size:,} cases" for size in sizes]
    print("| job | " + " | ".join(heads) + " | growth |")
    print("|---|" + "---:|" * (len(sizes) + 1))
    failed = False
    for title in JOBS:
        row = [figures[title, size] for size in sizes]
        growth = row[-1][0] / row[0][0]
        cells = [
            f"{milliseconds:,.0f} ({queries:.0f})" for milliseconds, queries in row
        ]
        print(f"| {title} | " + " | ".join(cells) + f" | {growth:.2f} |")
        failed |= row[-1][0] > SECONDS * 1000 or row[-1][1] != row[0][1]
    if failed:
        sys.exit(
            f"A run takes more than {SECONDS:.0f} s, or more queries in a larger register."
        )


if __name__ == "__main__":
    main()
