#!/usr/bin/env python3
"""Let customers use the portal at the same time, against two worker processes.

Twenty customers, each with cases of their own in a register of 10,000, go on without a
pause for a minute: the list, a page of it, the form, a new case. Afterwards each case that
the portal confirmed must be there exactly once. Writes ``benchmarks/portal.md``::

    .local/venv/bin/python benchmarks/portal_load.py -c .local/odoo.conf
    … --customers 50 --seconds 120 --keep
"""

import argparse
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import requests
from lxml import html

import odoo
from odoo import api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

HERE = Path(__file__).parent
CASES = 10_000
PASSWORD = "a long pass phrase"


def main():
    args = parse()
    config.parse_config(["-c", args.config, "--log-level", "error"])
    odoo.netsvc.init_logger()
    try:
        prepare(args)
        with server(args) as url:
            customers = [Customer(url, number) for number in range(args.customers)]
            run_all(customer.log_in for customer in customers)
            start = time.perf_counter()
            stop_at = time.monotonic() + args.seconds
            run_all(lambda c=c: c.work_until(stop_at) for c in customers)
            elapsed = time.perf_counter() - start
        problems = check(args, customers)
    finally:
        if not args.keep:
            drop(args.database)
    text = render(args, customers, elapsed, problems)
    (HERE / "portal.md").write_text(text)
    print(text)
    sys.exit(bool(problems))


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", "--config", required=True)
    parser.add_argument("-d", "--database", default="complaints_portal_load")
    parser.add_argument("--customers", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def run_all(calls):
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Database and server


def prepare(args):
    drop(args.database)
    command = [sys.executable, "-m", "odoo", "-c", args.config, "-d", args.database]
    command += ["-i", "complaint_management", "--stop-after-init", "--no-http"]
    log = Path(args.config).parent / "log" / f"{args.database}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as out:
        if subprocess.call(command, stdout=out, stderr=subprocess.STDOUT):
            sys.exit(f"The installation failed: see {log}")
    with closing(Registry(args.database).cursor()) as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        env["ir.mail_server"].search([]).unlink()
        # The limits on forms are for programs; here a program is the customer.
        env.company.complaint_form_address_limit = 10**6
        env.company.complaint_form_network_limit = 10**6
        users = env["res.users"].with_context(no_reset_password=True)
        users = users.create(
            [
                {
                    "name": f"Customer {number}",
                    "login": f"customer{number}@example.com",
                    "email": f"customer{number}@example.com",
                    "password": PASSWORD,
                    "group_ids": [Command.set(env.ref("base.group_portal").ids)],
                }
                for number in range(args.customers)
            ]
        )
        for batch in range(0, CASES, 500):
            env["complaint.complaint"].with_context(tracking_disable=True).create(
                [
                    {
                        "name": f"The kettle leaks, case {number}",
                        "description": "<p>It leaks at the handle.</p>",
                        "partner_id": users[number % len(users)].partner_id.id,
                        "channel": "phone",
                    }
                    for number in range(batch, batch + 500)
                ]
            )
            cr.commit()
        env["mail.mail"].search([]).unlink()
        cr.commit()


@contextmanager
def server(args):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "odoo", "-c", args.config, "-d", args.database]
    command += [f"--http-port={port}", "--workers=2", "--max-cron-threads=0"]
    command += [f"--gevent-port={port + 1}", f"--db-filter=^{args.database}$"]
    log = Path(args.config).parent / "log" / f"{args.database}_server.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    url = f"http://localhost:{port}"
    try:
        for __ in range(120):
            try:
                if requests.get(f"{url}/web/login", timeout=60).ok:
                    break
            except requests.ConnectionError:
                time.sleep(0.5)
        else:
            sys.exit(f"Odoo does not answer: see {log}")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def drop(name):
    if name in Registry.registries:
        Registry.delete(name)
    odoo.sql_db.close_db(name)
    with closing(psycopg2.connect(dbname="postgres")) as connection:
        connection.autocommit = True
        connection.cursor().execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


# Customers


class Customer:
    """One customer in the portal: what was asked for, how long it took, what failed."""

    def __init__(self, url, number):
        self.url = url
        self.number = number
        self.session = requests.Session()
        self.times = defaultdict(list)
        self.errors = []
        self.confirmed = []

    def log_in(self):
        page = self.session.get(f"{self.url}/web/login", timeout=60)
        login = f"customer{self.number}@example.com"
        data = fields_of(page, "login") | {"login": login, "password": PASSWORD}
        self.session.post(f"{self.url}/web/login", data=data, timeout=60)

    def work_until(self, stop_at):
        while time.monotonic() < stop_at and len(self.errors) < 10:
            try:
                self.work()
            except (requests.RequestException, IndexError) as error:
                self.errors.append(repr(error))

    def work(self):
        page = self.ask("list", "GET", "/my/complaints")
        links = html.fromstring(page.text).xpath("//tr//a/@href")
        self.ask("page", "GET", links[len(self.confirmed) % len(links)])
        form = self.ask("form", "GET", "/my/complaints/new")
        subject = f"New case {len(self.confirmed)} of customer {self.number}"
        data = fields_of(form, "name") | {
            "name": subject,
            "description": "The lid does not close, and the kettle boils over.",
        }
        answer = self.ask("new case", "POST", "/my/complaints/new", data=data)
        if answer.ok and not html.fromstring(answer.text).xpath(
            "//*[@aria-invalid='true']"
        ):
            self.confirmed.append(subject)
        else:
            self.errors.append(f"not taken: {subject}")

    def ask(self, what, method, path, **options):
        start = time.perf_counter()
        answer = self.session.request(method, self.url + path, timeout=60, **options)
        self.times[what].append((time.perf_counter() - start) * 1000)
        if not answer.ok:
            self.errors.append(f"{what}: {answer.status_code}")
        return answer


def fields_of(page, name):
    """Return the values of the form on ``page`` that has a field ``name``."""
    (form,) = [f for f in html.fromstring(page.text).forms if name in f.fields]
    return {key: value for key, value in form.form_values() if key}


# Results


def check(args, customers):
    """Return what is wrong: errors, and cases that are lost or there twice."""
    problems = [error for customer in customers for error in customer.errors]
    confirmed = [subject for customer in customers for subject in customer.confirmed]
    with closing(psycopg2.connect(dbname=args.database)) as connection:
        cr = connection.cursor()
        cr.execute("SELECT name FROM complaint_complaint WHERE name LIKE 'New case %'")
        found = [name for (name,) in cr.fetchall()]
        cr.execute(
            "SELECT count(*) - count(DISTINCT reference) FROM complaint_complaint"
        )
        double_numbers = cr.fetchone()[0]
    problems += [f"lost: {name}" for name in set(confirmed) - set(found)]
    if len(found) != len(set(found)):
        problems.append(f"{len(found) - len(set(found))} cases are there twice")
    if double_numbers:
        problems.append(f"{double_numbers} numbers were given twice")
    return problems


def render(args, customers, elapsed, problems):
    times = defaultdict(list)
    for customer in customers:
        for what, samples in customer.times.items():
            times[what] += samples
    total = sum(map(len, times.values()))
    confirmed = sum(len(customer.confirmed) for customer in customers)
    lines = [
        "# Customers at the same time",
        "",
        f"{time.strftime('%Y-%m-%d')}, Odoo {odoo.release.version}, Python "
        f"{platform.python_version()}: {args.customers} customers without a pause for "
        f"{args.seconds} s, two worker processes, {CASES:,} cases.",
        "",
        "| request | number | median, ms | 95 % within, ms | slowest, ms |",
        "|---|---:|---:|---:|---:|",
    ]
    for what, samples in times.items():
        p95 = statistics.quantiles(samples, n=20)[-1]
        lines.append(
            f"| {what} | {len(samples):,} | {statistics.median(samples):,.0f} |"
            f" {p95:,.0f} | {max(samples):,.0f} |"
        )
    lines += [
        "",
        f"{total / elapsed:.0f} requests a second. {confirmed:,} cases were confirmed; "
        + (
            "each is there exactly once, under a number of its own; no request failed."
            if not problems
            else "**problems:**"
        ),
        *(f"- {problem}" for problem in problems[:20]),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
