"""Odoo processes that do what a test tells them, each in transactions of its own."""

import json
import os
import subprocess
from pathlib import Path

from .server import odoo_command

SCRIPT = """
import json
import os
import traceback

from odoo import SUPERUSER_ID, api

commands = os.fdopen(int(os.environ["WORKER_COMMANDS"]))
answers = os.fdopen(int(os.environ["WORKER_ANSWERS"]), "w")


def answer(*values):
    answers.write(json.dumps(values) + "\\n")
    answers.flush()


env.cr.rollback()
answer("ready", None)
for line in commands:
    names = {"answer": answer}
    env.registry.check_signaling()
    try:
        with env.registry.cursor() as cr:
            names["env"] = api.Environment(cr, SUPERUSER_ID, {})
            exec(json.loads(line), names)
            env.registry.signal_changes()
        answer("done", names.get("result"))
    except Exception:
        answer("failed", traceback.format_exc())
"""


class Worker:
    """One Odoo process on a database; it runs Python code that is handed to it.

    Code finds ``env`` and leaves what it wants to tell in ``result``.
    """

    def __init__(self, database, log):
        self.log = Path(log)
        command = odoo_command(
            database.name,
            "--no-http",
            "--max-cron-threads=0",
            "--smtp-port=1",
        )
        command.insert(command.index("odoo") + 1, "shell")
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        with self.log.open("ab") as log_file:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log_file,
                stderr=log_file,
                pass_fds=(commands, answers),
                env={
                    **os.environ,
                    "WORKER_COMMANDS": str(commands),
                    "WORKER_ANSWERS": str(answers),
                },
            )
        os.close(commands)
        os.close(answers)
        self._commands = os.fdopen(self._commands, "w")
        self._answers = os.fdopen(self._answers)
        self.process.stdin.write(SCRIPT.encode())
        self.process.stdin.close()
        self._ready = False

    def start(self, code, **values):
        """Hand over ``code``; its names are set to ``values`` first."""
        if not self._ready:
            assert self.wait_for("ready") is None
            self._ready = True
        given = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        self._commands.write(json.dumps(given + code) + "\n")
        self._commands.flush()

    def wait_for(self, kind="done"):
        """Return what came with the next answer, which must be of ``kind``."""
        line = self._answers.readline()
        assert line, f"The worker ended:\n{self.tail()}"
        answer, value = json.loads(line)
        assert answer == kind, f"{answer}: {value}\n{self.tail()}"
        return value

    def run(self, code, **values):
        self.start(code, **values)
        return self.wait_for()

    def kill(self):
        """End the process at once, as a power cut does (SIGKILL)."""
        self.process.kill()
        self.process.wait()
        self._commands.close()
        self._answers.close()

    def tail(self):
        return self.log.read_text(errors="replace")[-4000:]
