"""While the database does not answer nobody gets in uncounted, and nothing has to be restarted.

The servers are real and are really stopped. The users live in another database, so what the site
answers meanwhile is what Axes lets it answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.race.burst import Answers, Login, burst, new_address, new_user, right, wrong
from tests.race.servers import on_server
from tests.servers import MariaDBServer, PostgresServer, SqlServer

from .outage_site import TIMEOUTS, OutageSite, tallies_locked

pytestmark = pytest.mark.alone

LIMIT = 3
NAME = "outage"
REFUSED = "Logging in is not possible at the moment. Please try again later."


@dataclass
class Breakable:
    """A site, and the server that holds what Axes counts."""

    site: OutageSite
    server: SqlServer

    def send(self, *logins: Login) -> Answers:
        return burst(self.site, logins, patience=120)


@pytest.fixture(scope="module", params=[PostgresServer, MariaDBServer])
def server(request: pytest.FixtureRequest) -> Iterator[SqlServer]:
    """One of our own, which the tests stop."""
    with request.param() as server:
        yield server


def served(server: SqlServer, folder: Path, name: str, **settings: Any) -> OutageSite:
    database = on_server(server, name)
    database.settings["OPTIONS"] = TIMEOUTS[type(server)]
    return OutageSite(database, folder, AXES_PERMIT_LEASE=2, **settings)


@pytest.fixture(scope="module")
def refusing(server: SqlServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    with served(server, tmp_path_factory.mktemp("outage"), NAME) as site:
        yield Breakable(site, server)


@pytest.fixture(scope="module")
def allowing(server: SqlServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    """A site whose operator chose to let logins through."""
    folder = tmp_path_factory.mktemp("outage")
    with served(server, folder, "allowing", AXES_ON_STORE_ERROR="allow") as site:
        yield Breakable(site, server)


@pytest.fixture(autouse=True)
def _up(server: SqlServer) -> None:
    """A test that failed leaves nothing down for others."""
    if not server.is_running:
        server.restart()


def quick(login: Any, address: str, **more: Any) -> Login:
    found: Login = login(address, new_user(), seconds=0, **more)
    return found


def decisions(lines: list[str]) -> list[str]:
    """Those of what was decided without knowing anything."""
    return [line for line in lines if "could not read from the database" in line]


def assert_refused(answers: Answers) -> None:
    assert set(answers.statuses) == {503}
    assert all(REFUSED in body for body in answers.bodies)


def test_attempts_are_refused_until_the_server_is_back(refusing: Breakable) -> None:
    site, address = refusing.site, new_address()
    assert refusing.send(*[quick(wrong, address)] * 2).count == {401: 2}
    before = len(site.errors())
    refusing.server.kill()
    assert_refused(refusing.send(*(quick(right, address) for _ in range(4))))
    assert_refused(refusing.send(*(quick(wrong, address) for _ in range(4))))
    lines = site.errors()[before:]
    assert len(lines) == 8
    assert all(line.endswith("attempts are refused") for line in lines)
    assert len(site.checks(address=address)) == 2
    refusing.server.restart()
    # Nobody restarts the site, and what was counted before counts still.
    assert refusing.send(quick(wrong, address)).count == {429: 1}
    assert refusing.send(quick(right, new_address())).count == {200: 1}
    assert len(site.checks(address=address)) == LIMIT


def test_a_server_that_is_slow_is_one_that_does_not_answer(refusing: Breakable) -> None:
    site, address = refusing.site, new_address()
    before = len(site.errors())
    with tallies_locked(refusing.server, NAME):
        answers = refusing.send(*(quick(right, address) for _ in range(4)))
        assert_refused(answers)
    assert answers.seconds < 20
    assert [line.endswith("attempts are refused") for line in site.errors()[before:]] == [True] * 4
    assert site.checks(address=address) == []
    assert refusing.send(quick(right, address)).count == {200: 1}


def test_a_restart_in_the_middle_of_an_attack_buys_no_guess(refusing: Breakable) -> None:
    site, address, username = refusing.site, new_address(), new_user()
    over = threading.Event()
    seen: list[int] = []

    def attack() -> None:
        while not over.is_set():
            answers = refusing.send(*[wrong(address, username, seconds=0.02)] * 8)
            seen.extend(answers.statuses)

    attacker = threading.Thread(target=attack)
    attacker.start()
    try:
        for _ in range(2):
            time.sleep(0.3)
            refusing.server.kill()
            time.sleep(0.3)
            refusing.server.restart()
        time.sleep(0.5)
    finally:
        over.set()
        attacker.join(120)
    assert not attacker.is_alive()
    assert set(seen) <= {401, 429, 503}
    assert 503 in seen
    # A permit whose settlement was lost lapses, and is a failure then.
    deadline = time.monotonic() + 20
    while refusing.send(quick(wrong, address)).count != {429: 1}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert len(site.checks(address=address)) == LIMIT


def test_who_lets_logins_through_is_told_so_at_every_decision(allowing: Breakable) -> None:
    site, address = allowing.site, new_address()
    assert allowing.send(quick(wrong, address)).count == {401: 1}
    before = len(site.errors())
    allowing.server.kill()
    assert allowing.send(*(quick(right, address) for _ in range(4))).count == {200: 4}
    after_right = site.errors()[before:]
    assert allowing.send(*(quick(wrong, address) for _ in range(5))).count == {401: 5}
    lines = site.errors()[before:]
    assert all(line.endswith("attempts are let through") for line in lines)
    # One line for each decision; and one for each success, which could not be noted.
    assert len(decisions(after_right)) == 4
    assert len(after_right) == 2 * 4
    assert len(decisions(lines)) == 4 + 5
    assert len(site.checks(address=address)) == 1 + 9
    allowing.server.restart()
    assert allowing.send(quick(wrong, address)).count == {401: 1}
    assert allowing.send(quick(wrong, address)).count == {429: 1}
    assert len(site.errors()) == before + len(lines)
