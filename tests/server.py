"""A real Odoo server process with a database of its own, and ways to talk to it."""

import hashlib
import json
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time
import xmlrpc.client
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from pathlib import Path

import psycopg2
import requests
from psycopg2 import sql

import odoo
from odoo.sql_db import connection_info_for
from odoo.tests.common import get_db_name
from odoo.tools import config, file_path

ROOT = Path(__file__).parent.parent
ADDON = "complaint_management"
PASSWORD = "a long pass phrase, for tests"


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Database:
    """The database that servers of tests run on: a fresh copy of one made once.

    The first has the addon installed and is never served. It is made anew when the
    addon changed. The copy is dropped with the ``with`` block.

    :param purpose: part of the copy's name; two copies at a time need two
    """

    def __init__(self, purpose="run"):
        self.origin = f"{get_db_name()}_wire"
        self.name = f"{self.origin}_{purpose}"

    def __enter__(self):
        if self._comment() != self._fingerprint():
            self._make_origin()
        self._drop(self.name)
        self._execute("CREATE DATABASE {} TEMPLATE {}", self.name, self.origin)
        shutil.copytree(
            config.filestore(self.origin),
            config.filestore(self.name),
            dirs_exist_ok=True,
        )
        return self

    def __exit__(self, *args):
        self._drop(self.name)

    def _make_origin(self):
        self._drop(self.origin)
        self._execute(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'",
            self.origin,
        )
        options = ["--init", ADDON, "--stop-after-init", "--no-http"]
        self._run(odoo_command(self.origin, *options))
        # What a browser loads first takes Odoo long to put together: once is enough.
        self._run(
            odoo_command(self.origin, "--no-http", subcommand="shell"),
            input="env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()",
        )
        self._execute(
            "COMMENT ON DATABASE {} IS {}",
            self.origin,
            literal=self._fingerprint(),
        )

    def _run(self, command, **options):
        done = subprocess.run(command, capture_output=True, text=True, **options)
        assert done.returncode == 0, done.stderr[-5000:]

    def _fingerprint(self):
        """Change with the addon's files, tests aside, and with Odoo's version."""
        digest = hashlib.sha256(odoo.release.version.encode())
        for path in sorted((ROOT / ADDON).rglob("*")):
            if path.is_file() and "tests" not in path.parts and path.suffix != ".pyc":
                digest.update(str(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def _comment(self):
        query = sql.SQL(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE datname = {}"
        )
        row = self._query(query.format(sql.Literal(self.origin)))
        return row and row[0]

    def _drop(self, name):
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        shutil.rmtree(config.filestore(name), ignore_errors=True)

    def _execute(self, statement, *names, literal=None):
        parts = [sql.Identifier(name) for name in names]
        if literal:
            parts.append(sql.Literal(literal))
        self._query(sql.SQL(statement).format(*parts))

    def _query(self, query):
        __, info = connection_info_for("postgres")
        with closing(psycopg2.connect(**info)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchone() if cursor.description else None


def odoo_command(database, *options, subcommand=None):
    """Return the command that runs Odoo on ``database``, set up as these tests are."""
    file = config["config"]
    addons = ",".join(config["addons_path"])
    return [
        sys.executable,
        "-m",
        "odoo",
        *([subcommand] if subcommand else []),
        *([f"--config={file}"] if file else []),
        f"--addons-path={addons}",
        f"--database={database}",
        *options,
    ]


class Postbox:
    """A mail server that keeps what it gets, for what Odoo sends out."""

    def __init__(self):
        postbox = self
        self.mails = []

        class Handler(socketserver.StreamRequestHandler):
            def answer(self, line):
                self.wfile.write(f"{line}\r\n".encode())

            def handle(self):
                recipients = []
                self.answer("220 postbox")
                for line in self.rfile:
                    command = line.decode(errors="replace").strip().upper()
                    if command.startswith("RCPT TO:"):
                        recipients.append(line.decode().split("<")[1].split(">")[0])
                    if command == "DATA":
                        self.answer("354 go on")
                        postbox.mails.append((recipients, self.read_mail()))
                        recipients = []
                    if command == "QUIT":
                        self.answer("221 bye")
                        return
                    self.answer("250 ok")

            def read_mail(self):
                lines = []
                for line in self.rfile:
                    if line == b".\r\n":
                        break
                    lines.append(line[1:] if line.startswith(b"..") else line)
                return message_from_bytes(b"".join(lines), policy=policy.SMTP)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()

    def to(self, address):
        """Return the mails that went to ``address``."""
        return [mail for recipients, mail in self.mails if address in recipients]


class Server:
    """An Odoo server process on a database; ends with the ``with`` block."""

    def __init__(self, database, postbox, log):
        self.database = database.name
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = log
        self.command = odoo_command(
            self.database,
            f"--http-port={self.port}",
            "--http-interface=127.0.0.1",
            # Not reachable for the scheduler's own pace: tests decide what happens.
            "--max-cron-threads=0",
            "--workers=0",
            "--limit-time-real=600",
            f"--db-filter=^{self.database}$",
            "--smtp=localhost",
            f"--smtp-port={postbox.port}",
            "--email-from=odoo@localhost",
        )
        self.process = None

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *args):
        self.process.terminate()
        try:
            # Odoo waits for connections that nobody closes; nothing is lost here.
            self.process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _wait(self):
        for __ in range(240):
            assert self.process.poll() is None, f"Odoo ended:\n{self.tail()}"
            try:
                if requests.get(f"{self.url}/web/login", timeout=60).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.25)
        raise TimeoutError(f"Odoo does not answer:\n{self.tail()}")

    def tail(self):
        """Return the end of what the server logged."""
        return Path(self.log).read_text(errors="replace")[-4000:]

    # Ways to talk to it

    def xmlrpc(self, login, password):
        """Return ``call(model, method, *args, **kwargs)`` by XML-RPC."""
        common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common")
        uid = common.authenticate(self.database, login, password, {})
        assert uid, f"{login} cannot log in"
        proxy = xmlrpc.client.ServerProxy(
            f"{self.url}/xmlrpc/2/object", allow_none=True
        )

        def call(model, method, *args, **kwargs):
            return proxy.execute_kw(
                self.database, uid, password, model, method, args, kwargs
            )

        call.uid = uid
        return call

    def json2(self, key):
        """Return ``call(model, method, **arguments)`` by JSON-2."""
        headers = {"Authorization": f"bearer {key}", "X-Odoo-Database": self.database}

        def call(model, method, **arguments):
            response = requests.post(
                f"{self.url}/json/2/{model}/{method}",
                headers=headers,
                json=arguments,
                timeout=60,
            )
            if not response.ok:
                raise RuntimeError(response.json()["message"])
            return response.json()

        return call

    def api_key(self, login, password):
        """Make an API key as a user does in the preferences: with the password."""
        session = requests.Session()

        def rpc(path, **params):
            response = session.post(
                f"{self.url}{path}",
                json={"jsonrpc": "2.0", "params": params},
                timeout=60,
            ).json()
            assert "error" not in response, json.dumps(response["error"], indent=1)
            return response["result"]

        def call(model, method, *args, **kwargs):
            return rpc(
                f"/web/dataset/call_kw/{model}/{method}",
                model=model,
                method=method,
                args=args,
                kwargs=kwargs,
            )

        rpc(
            "/web/session/authenticate",
            db=self.database,
            login=login,
            password=password,
        )
        wizard = call("res.users.apikeys.description", "create", {"name": "tests"})
        check = call("res.users.apikeys.description", "make_key", [wizard])
        shown = call(
            check["res_model"],
            "run_check",
            [check["res_id"]],
            context={"password": password},
        )
        return shown["context"]["default_key"]

    def gateway(self, raw, uid, password):
        """Hand a raw mail to Odoo's gateway script, as a mail server does.

        :return: the script's exit code
        """
        done = subprocess.run(
            [
                sys.executable,
                file_path("mail/static/scripts/odoo-mailgate.py"),
                "--host=localhost",
                f"--port={self.port}",
                f"--database={self.database}",
                f"--userid={uid}",
                f"--password={password}",
            ],
            input=raw,
            capture_output=True,
            timeout=120,
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        return done.returncode


@contextmanager
def running_server(log):
    """Yield a server with its postbox, on a database that nothing has happened in."""
    with Database("server") as database, Postbox() as postbox:
        server = Server(database, postbox, log)
        server.postbox = postbox
        with server:
            yield server
