"""Runs the tests on each database: ``python -m tests.run`` in the folder ``python``.

SQLite gets the whole suite; PostgreSQL and MariaDB, each a private server, get the tests marked
``database``, and so does the native handler with PostgreSQL and Redis (what a file of its own may
change is in ``tests/native``). Tests marked ``alone`` run one
after the other; all others side by side, as many as there are processors, and those of one file by
one process. Further arguments go to pytest.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from .servers import MariaDBServer, PostgresServer, ServerError, SqlServer


@dataclass(frozen=True)
class Run:
    """The tests of a marker, on one database."""

    database: str
    marker: str
    server: type[SqlServer] | None = None
    store: str | None = None
    """Where the native handler keeps everything, where the site uses that one."""

    @property
    def name(self) -> str:
        return self.database if self.store is None else f"native, {self.store}"


RUNS = [
    Run("sqlite", "not browser"),
    Run("postgres", "database", PostgresServer),
    Run("mariadb", "database", MariaDBServer),
    Run("postgres", "database", PostgresServer, store="postgres"),
    Run("sqlite", "database", store="redis"),
]

# In the order of `conftest.py`, not by the number of tests in a file.
SIDE_BY_SIDE = ["--numprocesses=auto", "--dist=loadfile", "--no-loadscope-reorder"]
NONE_FOUND = 5


def run(what: Run, arguments: list[str]) -> int:
    """Runs pytest on one database and returns its exit code, where no tests are a failure."""
    environment = os.environ | {"AXES_TEST_DB": what.database}
    if what.store is not None:
        environment["AXES_TEST_STORE"] = what.store
        arguments = ["-p", "tests.native.plugin", *arguments]
    with contextlib.ExitStack() as stack:
        if what.server is not None:
            running = what.server()
            stack.enter_context(running)
            environment |= {
                "AXES_TEST_DB_HOST": running.host,
                "AXES_TEST_DB_PORT": str(running.port),
                "AXES_TEST_DB_USER": running.user,
                "AXES_TEST_DB_PASSWORD": running.password,
                "AXES_TEST_DB_NAME": running.database,
            }
        codes = [
            pytest(f"({what.marker}) and not alone", [*SIDE_BY_SIDE, *arguments], environment),
            pytest(f"({what.marker}) and alone", arguments, environment),
        ]
    return combined(codes)


def pytest(marker: str, arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-m", marker, *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def combined(codes: list[int]) -> int:
    """The exit code of several runs: one may find nothing, where another does."""
    found = [code for code in codes if code != NONE_FOUND]
    return max(found, default=NONE_FOUND)


def main(arguments: list[str]) -> int:
    rows = []
    for what in RUNS:
        print(f"\n{what.name}: tests that are `{what.marker}`", flush=True)
        start = time.monotonic()
        try:
            code = run(what, arguments)
        except ServerError as error:
            print(error, file=sys.stderr)
            code = 1
        rows.append((what.name, time.monotonic() - start, code))
    print()
    for name, seconds, code in rows:
        print(f"{name:16} {seconds:7.1f} s  {'FAILED' if code else 'ok'}")
    return int(any(code for _, _, code in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
