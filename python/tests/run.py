"""Runs the tests on each database: ``python -m tests.run`` in the folder ``python``.

SQLite gets the whole suite; PostgreSQL and MariaDB, each a private server, get the tests marked
``database``. Tests marked ``alone`` run one after the other; all others side by side, as many as
there are processors, and those of one file by one process. Further arguments go to pytest.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time

from .servers import MariaDBServer, PostgresServer, ServerError, SqlServer

RUNS: list[tuple[str, str, type[SqlServer] | None]] = [
    ("sqlite", "not browser", None),
    ("postgres", "database", PostgresServer),
    ("mariadb", "database", MariaDBServer),
]

# In the order of `conftest.py`, not by the number of tests in a file.
SIDE_BY_SIDE = ["--numprocesses=auto", "--dist=loadfile", "--no-loadscope-reorder"]
NONE_FOUND = 5


def run(database: str, marker: str, server: type[SqlServer] | None, arguments: list[str]) -> int:
    """Runs pytest on one database and returns its exit code, where no tests are a failure."""
    environment = os.environ | {"AXES_TEST_DB": database}
    with contextlib.ExitStack() as stack:
        if server is not None:
            running = server()
            stack.enter_context(running)
            environment |= {
                "AXES_TEST_DB_HOST": running.host,
                "AXES_TEST_DB_PORT": str(running.port),
                "AXES_TEST_DB_USER": running.user,
                "AXES_TEST_DB_PASSWORD": running.password,
                "AXES_TEST_DB_NAME": running.database,
            }
        codes = [
            pytest(f"({marker}) and not alone", [*SIDE_BY_SIDE, *arguments], environment),
            pytest(f"({marker}) and alone", arguments, environment),
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
    for database, marker, server in RUNS:
        print(f"\n{database}: tests that are `{marker}`", flush=True)
        start = time.monotonic()
        try:
            code = run(database, marker, server, arguments)
        except ServerError as error:
            print(error, file=sys.stderr)
            code = 1
        rows.append((database, time.monotonic() - start, code))
    print()
    for database, seconds, code in rows:
        print(f"{database:10} {seconds:7.1f} s  {'FAILED' if code else 'ok'}")
    return int(any(code for _, _, code in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
