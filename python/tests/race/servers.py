"""The site that is raced: four processes of eight threads that share one database."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from tests.servers import (
    PATIENCE,
    MariaDBServer,
    PostgresServer,
    Server,
    ServerError,
    SqlServer,
    children,
)

PYTHON = Path(__file__).parents[2]
PROCESSES = 4
THREADS = 8
USERS = 10_000

_filled: dict[tuple[str, str | None], bytes] = {}
"""What a file of SQLite is, once it has tables and users, by all that this depends on."""


@dataclass
class Process(Server):
    """One gunicorn with one worker."""

    environment: dict[str, str] = field(default_factory=dict)

    name: ClassVar[str] = "Race"
    package: ClassVar[str] = "python3-gunicorn"

    def command(self) -> list[str]:
        options = [f"--bind={self.host}:{self.port}", "--workers=1", f"--threads={THREADS}"]
        options += ["--graceful-timeout=1", "--no-control-socket", f"--chdir={PYTHON}"]
        return [sys.executable, "-m", "gunicorn", *options, "tests.race.site.wsgi"]

    def ask(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{self.host}:{self.port}/ready/", timeout=5) as answer:
            assert answer.status == 200

    def kill_worker(self) -> None:
        """Kill what serves; gunicorn starts another."""
        (worker,) = children(self.pid)
        os.kill(worker, signal.SIGKILL)

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def _user(self) -> None:
        """Whoever runs the tests runs the site too: it is their code."""

    def _popen(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=PYTHON,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )


class Database:
    """A database for one site, and a look into it."""

    def __init__(
        self, settings: dict[str, Any], connect: Callable[[], Any], placeholder: str
    ) -> None:
        self.settings = settings
        self._connect = connect
        self._placeholder = placeholder

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What ``sql``, with ``?`` for parameters, returns."""
        with contextlib.closing(self._connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(sql.replace("?", self._placeholder), parameters)
            return [tuple(row) for row in cursor.fetchall()]

    def change(self, sql: str) -> None:
        """Executes ``sql``."""
        with contextlib.closing(self._connect()) as connection:
            connection.cursor().execute(sql)
            connection.commit()


def sqlite(folder: Path, **options: Any) -> Database:
    """A new file, with Django's own options unless ``options`` say more."""
    name = folder / "db.sqlite3"
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(name), "OPTIONS": options}
    return Database(settings, lambda: sqlite3.connect(name), "?")


def on_server(server: SqlServer, name: str) -> Database:
    """A new database on a running server."""
    assert isinstance(server, PostgresServer | MariaDBServer)
    with contextlib.closing(server.connect()) as connection:
        connection.cursor().execute(f"CREATE DATABASE {name}")
    kind = "postgresql" if isinstance(server, PostgresServer) else "mysql"
    settings = {
        "ENGINE": f"django.db.backends.{kind}",
        "HOST": server.host,
        "PORT": server.port,
        "USER": server.user,
        "PASSWORD": server.password,
        "NAME": name,
    }

    def connect() -> Any:
        if isinstance(server, PostgresServer):
            return server.connect(name)
        connection = server.connect()
        connection.select_db(name)
        return connection

    return Database(settings, connect, "%s")


class Site:
    """The processes. Use it as a context manager."""

    process: ClassVar[type[Process]] = Process
    settings: ClassVar[str] = "tests.race.site.settings"
    size: ClassVar[int] = PROCESSES

    def __init__(self, database: Database, **settings: Any) -> None:
        self.database = database
        self._folder = Path(tempfile.mkdtemp(prefix="axes-race-"))
        self._checks = self._folder / "checks"
        self._checks.touch()
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "DJANGO_SETTINGS_MODULE": self.settings,
            "RACE_DATABASE": json.dumps(database.settings),
            "RACE_SETTINGS": json.dumps(settings),
            "RACE_CHECKS_FILE": str(self._checks),
            "PYTHONUNBUFFERED": "1",
        }
        self._environment = environment
        self.processes = [self.process(environment=environment) for _ in range(self.size)]

    def __enter__(self) -> Site:
        try:
            self.fill()
            with ThreadPoolExecutor() as pool:
                list(pool.map(Process.start, self.processes))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(Process.stop, self.processes))
        shutil.rmtree(self._folder, ignore_errors=True)

    def fill(self) -> None:
        """Makes tables and users. A new file of SQLite becomes what an earlier one was by then."""
        if not self.database.settings["ENGINE"].endswith(".sqlite3"):
            return self.make()
        file = Path(self.database.settings["NAME"])
        # The journal's mode is kept in the file; whatever else may differ is not.
        kind = (self.settings, self.database.settings["OPTIONS"].get("init_command"))
        if kind in _filled:
            file.write_bytes(_filled[kind])
            return None
        self.make()
        left = file.with_name(f"{file.name}-wal")
        assert not left.exists(), "not all is in the file"
        _filled[kind] = file.read_bytes()
        return None

    def make(self) -> None:
        """Makes tables and users in all databases of the site."""
        self.run("-c", MAKE.format(users=USERS))

    @property
    def ports(self) -> list[int]:
        return [process.port for process in self.processes]

    def checks(self, **wanted: Any) -> list[dict[str, Any]]:
        """The passwords that were checked, of one ``address``, one ``username`` or ``right``."""
        lines = self._checks.read_text().splitlines()
        found = [json.loads(line) for line in lines]
        return [check for check in found if wanted.items() <= check.items()]

    def log(self) -> str:
        """What the processes complained about."""
        return "".join(process.log for process in self.processes)

    def run(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PYTHON,
            env=self._environment,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode != 0:
            raise ServerError((done.stdout + done.stderr).decode(errors="replace"))


# One process for all: most of its time it starts.
MAKE = """
import django
django.setup()
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections
for name in settings.DATABASES:
    if connections[name].vendor == "sqlite":
        # Nobody races yet.
        connections[name].cursor().execute("PRAGMA synchronous = OFF")
    call_command("migrate", database=name, verbosity=0)
User.objects.bulk_create(User(username=f"user-{{n}}", password="!") for n in range({users}))
connections.close_all()
"""
