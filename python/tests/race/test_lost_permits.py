"""A permit that nobody settles counts as a failure: a crash grants nobody another password."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from .burst import NO_ANSWER, burst, new_address, new_user, right, send_and_leave, wait_until, wrong
from .conftest import NewDatabase
from .restarts import LEASE, LIMIT
from .servers import Site


@pytest.fixture(scope="module", params=["sqlite", "sqlite-wal"])
def site(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Site]:
    """On SQLite; ``test_restarts`` has these races on servers, ``cache/test_races`` on caches."""
    with Site(new_database(request.param), AXES_PERMIT_LEASE=LEASE) as site:
        yield site


def test_a_killed_worker_gives_no_permit_back(site: Site) -> None:
    address = new_address()
    # Both go to the first process, and hang there.
    for _ in range(2):
        send_and_leave(site, [wrong(address, new_user(), seconds=30)])
    wait_until(lambda: len(site.checks(address=address)) == 2)
    site.processes[0].kill_worker()
    answers = burst(site, [wrong(address, new_user()) for _ in range(50)])
    # The two permits were in flight still when the third password was found wrong.
    assert answers.count == {401: 1, 429: 49}
    assert len(site.checks(address=address)) == LIMIT
    # It took at least one lease until somebody was locked out.
    assert answers.seconds > LEASE / 2


def test_a_worker_killed_in_the_middle_of_a_burst_grants_no_more(site: Site) -> None:
    address = new_address()

    def kill() -> None:
        wait_until(lambda: len(site.checks(address=address)) > 0)
        time.sleep(0.1)
        site.processes[1].kill_worker()

    killer = threading.Thread(target=kill)
    killer.start()
    answers = burst(site, [wrong(address, new_user()) for _ in range(100)])
    killer.join()
    assert set(answers.count) <= {401, 429, NO_ANSWER}
    assert len(site.checks(address=address)) == LIMIT
    assert burst(site, [wrong(address, new_user())] * 8).count == {429: 8}
    assert len(site.checks(address=address)) == LIMIT


def test_a_client_that_hangs_up_has_failed_all_the_same(site: Site) -> None:
    address, username = new_address(), new_user()
    send_and_leave(site, [wrong(address, username) for _ in range(LIMIT)])
    wait_until(lambda: len(site.checks(address=address)) == LIMIT)
    assert burst(site, [right(address, username)]).count == {429: 1}
    assert len(site.checks(address=address)) == LIMIT


def test_checks_that_take_longer_than_their_lease_make_no_room(site: Site) -> None:
    address, username = new_address(), new_user()
    # Longer than it takes until a lost permit is counted.
    answers = burst(site, [wrong(address, username, seconds=2.5 * LEASE)] * 20)
    assert set(answers.count) <= {401, 429}
    assert len(site.checks(address=address)) == LIMIT
    assert burst(site, [right(address, username)]).count == {429: 1}
