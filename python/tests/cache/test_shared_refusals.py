"""The database handler refuses from a cache that processes share, without asking the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.race.burst import burst, new_address, new_user, right, wrong
from tests.race.servers import Site, sqlite

from .conftest import EXACT, configured

LIMIT = 3


@pytest.fixture(scope="module", params=[*EXACT, "third party"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    settings: dict[str, Any] = {
        "CACHES": {"default": configured(request, request.param)},
        "AXES_CACHE": "default",
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    }
    with Site(sqlite(tmp_path_factory.mktemp("race"), timeout=30), **settings) as site:
        yield site


def lock_out(site: Site, address: str) -> None:
    for _ in range(LIMIT):
        burst(site, [wrong(address, new_user(), seconds=0)])
    # The first refusal leaves the marker.
    assert burst(site, [wrong(address, new_user(), seconds=0)]).count == {429: 1}


def test_every_process_refuses_while_the_database_knows_nothing(site: Site) -> None:
    locked, free = new_address(), new_address()
    lock_out(site, locked)
    site.database.change("ALTER TABLE axes_tally RENAME TO axes_hidden")
    try:
        assert burst(site, [wrong(locked, new_user())] * 40).count == {429: 40}
        assert burst(site, [wrong(free, new_user(), seconds=0)] * 8).count == {503: 8}
    finally:
        site.database.change("ALTER TABLE axes_hidden RENAME TO axes_tally")
    assert len(site.checks(address=locked)) == LIMIT
    assert burst(site, [right(free, new_user(), seconds=0)]).count == {200: 1}


@pytest.mark.parametrize("command", ["axes_reset", "axes_reset_ip"])
def test_a_reset_by_one_process_holds_in_all_at_once(site: Site, command: str) -> None:
    address = new_address()
    lock_out(site, address)
    assert burst(site, [wrong(address, new_user())] * 8).count == {429: 8}
    site.run("-m", "django", command, *([address] if command == "axes_reset_ip" else []))
    # One for each process.
    answers = burst(site, [right(address, new_user(), seconds=0.05) for _ in range(4)])
    assert answers.count == {200: 4}
    # And there can be another lockout, which all see again.
    lock_out(site, address)
    assert burst(site, [right(address, new_user(), seconds=0)] * 8).count == {429: 8}
