"""An example as its reader would serve it: migrated, behind gunicorn, on a database of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from tests.servers import PATIENCE, Server, ServerError

from .clients import Client

EXAMPLES = Path(__file__).parents[3] / "examples"
WORKERS = 2
THREADS = 8

# What a test changes: the rest is what the reader copies. Django's own hash takes ten times as long
# as this one, which takes long enough still for others to come meanwhile.
SETTINGS = """
from settings import *

PASSWORD_HASHERS = ["changed_hashes.QuickHasher"]
DATABASES["default"]["NAME"] = {database!r}
DATABASES["default"]["OPTIONS"] = {{"timeout": 20, "init_command": "PRAGMA synchronous = OFF"}}
{changes}
"""

HASHES = """
from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    iterations = 100_000
"""

_addresses = itertools.count(2)

_migrated: dict[tuple[str, str], bytes] = {}
"""What a database is once it is migrated, by the example and by what migrations depend on."""


@dataclass
class ExampleSite(Server):
    """The site in ``examples/NAME``. Use it as a context manager.

    ``changes`` is Python that is put behind the example's settings. A test that needs nobody else's
    failures takes a client of its own, which has an address of its own.
    """

    example: str = ""
    changes: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    name: ClassVar[str] = "Example"
    package: ClassVar[str] = "python3-gunicorn"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "db.sqlite3"

    @property
    def log(self) -> str:
        """All that the site has logged."""
        return (self.folder / "server.log").read_text(errors="replace")

    def client(self) -> Client:
        """Somebody at an address that nobody else has."""
        number = next(_addresses)
        return Client(self.host, self.port, f"127.1.{number >> 8}.{number & 255}")

    def prepare(self) -> None:
        settings = SETTINGS.format(database=str(self.database), changes=self.changes)
        (self.folder / "changed_settings.py").write_text(settings)
        (self.folder / "changed_hashes.py").write_text(HASHES)
        self._migrate()

    def _migrate(self) -> None:
        """A new database becomes what an earlier one of the same tables was by then."""
        matters = re.search(r"(?m)^(DATABASES|INSTALLED_APPS)\b", self.changes)
        kind = self.example, self.changes if matters else ""
        if kind in _migrated:
            self.database.write_bytes(_migrated[kind])
            return
        self.manage("migrate", "--verbosity=0")
        if self.database.exists():
            _migrated[kind] = self.database.read_bytes()

    def command(self) -> list[str]:
        options = [f"--bind={self.host}:{self.port}", f"--workers={WORKERS}"]
        options += [f"--threads={THREADS}", "--graceful-timeout=1", "--no-control-socket"]
        application = "django.core.wsgi:get_wsgi_application()"
        return [sys.executable, "-m", "gunicorn", *options, application]

    def ask(self) -> None:
        answer = Client(self.host, self.port).get("/nothing/")
        if answer.status != 404:
            raise ServerError(f"the site answers {answer.status}")

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run ``manage.py`` and return what it printed; raise when it failed."""
        command = [sys.executable, "manage.py", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with self._popen(command, environment, **pipes) as process:
            output, errors = process.communicate(timeout=PATIENCE)
        if process.returncode != 0:
            told = (output + errors).decode(errors="replace")
            raise ServerError(f"manage.py {' '.join(arguments)} failed:\n{told}")
        return output.decode()

    def make_user(self, username: str, password: str, **fields: Any) -> None:
        """An account."""
        self.make_users({username: fields}, password)

    def make_users(self, users: dict[str, dict[str, Any]], password: str) -> None:
        """Accounts with the same password, by one process for all."""
        self.run(
            "from django.contrib.auth.models import User\n"
            f"for username, fields in {users!r}.items():\n"
            f"    User.objects.create_user(username, password={password!r}, **fields)"
        )

    def run(self, code: str) -> str:
        """Run Python inside the site; returns what it printed."""
        return self.manage("shell", "--verbosity=0", "--command", code)

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What ``statement`` returns from the site's database, committed."""
        connection = sqlite3.connect(self.database, timeout=20)
        with contextlib.closing(connection), connection:
            return connection.execute(statement, parameters).fetchall()

    @property
    def dump(self) -> str:
        """The whole database as text."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=20)) as connection:
            return "\n".join(connection.iterdump())

    def _user(self) -> None:
        """Whoever runs the tests runs the site too: it is their code."""

    def _popen(
        self, command: list[str], environment: dict[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[bytes]:
        private = {
            "PATH": os.environ.get("PATH", os.defpath),
            "DJANGO_SETTINGS_MODULE": "changed_settings",
            "PYTHONPATH": os.pathsep.join([str(self.folder), str(EXAMPLES / self.example)]),
            "PYTHONUNBUFFERED": "1",
        }
        return subprocess.Popen(
            command,
            cwd=EXAMPLES / self.example,
            env=private | self.environment | (environment or {}),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )
