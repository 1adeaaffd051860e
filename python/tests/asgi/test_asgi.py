"""A real server that runs views and middleware in an event loop."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

from tests.race.burst import burst, new_address, new_user, right, wrong
from tests.servers import PATIENCE

from .servers import AsgiSite

LIMIT = 3


def wait_for_checks(site: AsgiSite, address: str) -> None:
    """Returns when as many passwords are being checked as the limit allows."""
    deadline = time.monotonic() + PATIENCE
    while len(site.checks(address=address)) < LIMIT:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_more_than_the_limit_are_checked_of_wrong_passwords_at_once(site: AsgiSite) -> None:
    address = new_address()
    answers = burst(site, [wrong(address, new_user()) for _ in range(40)])
    assert len(site.checks(address=address)) == LIMIT
    assert answers.count == {401: LIMIT - 1, 429: 40 - LIMIT + 1}


def test_right_passwords_at_once_all_get_in(site: AsgiSite) -> None:
    address = new_address()
    answers = burst(site, [right(address, new_user(), seconds=0.05) for _ in range(12)])
    assert answers.count == {200: 12}


def test_who_is_locked_out_is_told_so_and_not_checked(site: AsgiSite) -> None:
    address = new_address()
    for status in [401, 401, 429]:
        assert burst(site, [wrong(address, new_user(), seconds=0)]).statuses == [status]
    answers = burst(site, [right(address, new_user(), seconds=0)])
    assert answers.statuses == [429]
    assert "Account locked: too many login attempts." in answers.bodies[0]
    assert site.checks(address=address, right=True) == []


def test_others_are_answered_while_somebody_waits_for_a_permit(site: AsgiSite) -> None:
    """At one process three are being checked, and a fourth waits for one of them."""
    address, process = new_address(), site.processes[0]
    alone = AsgiSite.__new__(AsgiSite)
    alone.processes = [process]
    with ThreadPoolExecutor() as pool:
        slow = [wrong(address, new_user(), seconds=3) for _ in range(LIMIT)]
        checked = pool.submit(burst, alone, slow)
        wait_for_checks(site, address)
        waiting = pool.submit(burst, alone, [right(address, new_user(), seconds=0)])
        slowest = max(process.seconds_to_answer() for _ in range(10))
        assert not waiting.done()
        assert not checked.done()
    assert slowest < 1.5
    assert sorted(checked.result().statuses) == [401, 401, 429]
    assert waiting.result().statuses == [429]


def test_who_hangs_up_during_the_check_has_used_up_the_tries(site: AsgiSite) -> None:
    """An asynchronous server drops the view of somebody who hangs up; the guesses count."""
    address = new_address()
    host = site.processes[0].host
    hung_up = [socket.create_connection((host, port)) for port in [*site.ports, site.ports[0]]]
    for connection in hung_up:
        connection.sendall(wrong(address, new_user(), seconds=1).request())
    wait_for_checks(site, address)
    for connection in hung_up:
        connection.close()
    assert burst(site, [right(address, new_user(), seconds=0)]).statuses == [429]
    assert site.checks(address=address, right=True) == []


def test_nothing_was_complained_about(site: AsgiSite) -> None:
    address = new_address()
    burst(site, [wrong(address, new_user(), seconds=0) for _ in range(10)])
    lines = [line for line in site.log().splitlines() if "AXES: " not in line]
    assert [line for line in lines if not line.startswith(("Unauthorized", "Too Many"))] == []
