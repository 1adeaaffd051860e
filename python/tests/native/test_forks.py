"""A server that forks while Axes uses its store: workers neither hang nor share connections."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.race.burst import burst, new_address, new_user, right, wait_until, wrong
from tests.race.servers import PYTHON
from tests.servers import PATIENCE, PostgresServer, RedisServer

from .sites import FORKED_AT, LIMIT, WORKERS, PreforkingSite, site_on

pytestmark = pytest.mark.alone

Server = PostgresServer | RedisServer | None


@pytest.fixture(scope="module", params=["sqlite", "postgres", "redis"])
def server(request: pytest.FixtureRequest) -> Server:
    is_file = request.param == "sqlite"
    return None if is_file else request.getfixturevalue(f"{request.param}_server")


@pytest.fixture(scope="module")
def site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreforkingSite]:
    with site_on(server, tmp_path_factory.mktemp("forks"), PreforkingSite) as site:
        assert isinstance(site, PreforkingSite)
        # The first answers before there are others.
        wait_until(lambda: len(site.server.workers) == WORKERS)
        yield site


def connections(pid: int) -> set[str]:
    """The sockets of a process, by numbers that are the same in processes that share them."""
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        # Some are closed meanwhile.
        with suppress(FileNotFoundError):
            found.add(str(link.readlink()))
    return {name for name in found if name.startswith("socket:")}


def test_workers_go_on_where_the_server_began(site: PreforkingSite) -> None:
    logins = [wrong(FORKED_AT, new_user())] * 40
    # One failure was counted before there were workers.
    assert burst(site, logins).count == {401: LIMIT - 2, 429: 40 - LIMIT + 2}
    assert len(site.checks(address=FORKED_AT)) == LIMIT - 1


def test_the_limit_is_exact_and_right_passwords_get_in(site: PreforkingSite) -> None:
    address, username = new_address(), new_user()
    answers = burst(site, [wrong(address, username)] * 200)
    assert answers.count == {401: LIMIT - 1, 429: 200 - LIMIT + 1}
    assert len(site.checks(address=address)) == LIMIT
    address = new_address()
    answers = burst(site, [right(address, new_user(), seconds=0.05) for _ in range(30)])
    assert answers.count == {200: 30}


def test_each_worker_has_connections_of_its_own(site: PreforkingSite, server: Server) -> None:
    before = connections(site.server.pid)

    def own() -> list[set[str]]:
        burst(site, [wrong(new_address(), new_user(), seconds=0) for _ in range(40)])
        return [connections(worker) - before for worker in site.server.workers]

    if server is not None:
        # Which of them answers is up to the system.
        wait_until(lambda: all(own()))
    one, other = own()
    assert not one & other


def test_workers_that_are_replaced_work_as_the_first(site: PreforkingSite) -> None:
    gone = site.server.workers
    for worker in gone:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(set(site.server.workers) - set(gone)) == WORKERS)
    address = new_address()
    answers = burst(site, [wrong(address, new_user())] * 40)
    assert answers.count == {401: LIMIT - 1, 429: 40 - LIMIT + 1}


def test_no_child_uses_locks_of_its_parent_where_nobody_was_told_of_the_fork(
    tmp_path: Path,
) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.native.unhooked", f"sqlite:{tmp_path / 'axes.sqlite3'}"],
        cwd=PYTHON,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    child, parent = told.stdout.splitlines()
    assert "forked while a connection was open" in child
    assert parent == "parent: nothing wrong"
