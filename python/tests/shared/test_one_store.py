"""A lockout made by one host holds at the other, both together check no more passwords than one,
and what lifts it at one lifts it at both."""

from __future__ import annotations

import pytest

from tests.race.burst import burst, new_address, new_user, right, wrong
from tests.race.servers import Process, Site

from .hosts import Hosts

pytestmark = pytest.mark.alone

LIMIT = 3


class Half:
    """Some of the processes, to send logins to."""

    def __init__(self, processes: list[Process]) -> None:
        self.ports = [process.port for process in processes]


def answered(processes: list[Process], *logins: object) -> list[int]:
    """The answers to logins that are sent one after the other."""
    half: Site = Half(processes)  # type: ignore[assignment]
    return [burst(half, [login]).statuses[0] for login in logins]  # type: ignore[list-item]


@pytest.mark.parametrize("first", ["django", "services"])
def test_a_lockout_made_by_one_refuses_at_the_other(hosts: Hosts, first: str) -> None:
    address, username = new_address(), new_user()
    here, there = hosts.django, hosts.services
    if first == "services":
        here, there = there, here
    failing = [wrong(address, username, seconds=0)] * LIMIT
    assert answered(here, *failing) == [401, 401, 429]
    assert answered(there, right(address, username, seconds=0)) == [429]
    assert len(hosts.checks(address=address)) == LIMIT


def test_failures_add_up(hosts: Hosts) -> None:
    address, username = new_address(), new_user()
    login = wrong(address, username, seconds=0)
    assert answered(hosts.django, login) == [401]
    assert answered(hosts.services, login) == [401]
    assert answered(hosts.django, login) == [429]
    assert answered(hosts.services, right(address, username, seconds=0)) == [429]


def test_parallel_guesses_at_both_are_checked_as_often_as_the_limit_allows(hosts: Hosts) -> None:
    address, username = new_address(), new_user()
    answers = burst(hosts, [wrong(address, username)] * 200)
    assert answers.count == {401: LIMIT - 1, 429: 200 - LIMIT + 1}
    assert len(hosts.checks(address=address)) == LIMIT


def test_parallel_guesses_on_one_account_from_everywhere(hosts: Hosts) -> None:
    username = new_user()
    answers = burst(hosts, [wrong(new_address(), username, "username") for _ in range(200)])
    assert answers.count == {401: LIMIT - 1, 429: 200 - LIMIT + 1}
    assert len(hosts.checks(username=username)) == LIMIT


def test_right_passwords_at_both_all_get_in(hosts: Hosts) -> None:
    address = new_address()
    answers = burst(hosts, [right(address, new_user(), seconds=0.05) for _ in range(20)])
    assert answers.count == {200: 20}


def test_the_command_line_lifts_a_lockout_at_both_at_once(hosts: Hosts) -> None:
    address, other = new_address(), new_address()
    for locked in (address, other):
        assert burst(hosts, [wrong(locked, new_user(), seconds=0)] * 4).statuses.count(429) >= 1
    hosts.axes("reset", "--ip", address)
    for processes in (hosts.django, hosts.services):
        assert answered(processes, right(address, new_user(), seconds=0)) == [200]
        assert answered(processes, right(other, new_user(), seconds=0)) == [429]
    # And again, from the beginning.
    answers = burst(hosts, [wrong(address, new_user()) for _ in range(40)])
    assert answers.count == {401: LIMIT - 1, 429: 40 - LIMIT + 1}


def test_djangos_command_lifts_a_lockout_at_both_at_once(hosts: Hosts) -> None:
    address = new_address()
    failing = [wrong(address, new_user(), seconds=0)] * LIMIT
    assert answered(hosts.services, *failing) == [401, 401, 429]
    hosts.run("-m", "django", "axes_reset_ip", address)
    for processes in (hosts.services, hosts.django):
        assert answered(processes, right(address, new_user(), seconds=0)) == [200]


def test_the_admin_site_shows_a_lockout_by_the_service_and_lifts_it(hosts: Hosts) -> None:
    address = new_address()
    failing = [wrong(address, new_user(), seconds=0)] * LIMIT
    assert answered(hosts.services, *failing) == [401, 401, 429]
    hosts.run("-m", "tests.shared.administrator", address)
    for processes in (hosts.services, hosts.django):
        assert answered(processes, right(address, new_user(), seconds=0)) == [200]


def test_a_ban_by_the_command_line_holds_at_both_until_it_is_lifted(hosts: Hosts) -> None:
    address = new_address()
    login = right(address, new_user(), seconds=0)
    hosts.axes("ban", "--ip", address, "--reason", "tried the whole dictionary")
    for processes in (hosts.django, hosts.services):
        assert answered(processes, login) == [403]
    assert not hosts.checks(address=address)
    hosts.axes("unban", "--ip", address)
    for processes in (hosts.django, hosts.services):
        assert answered(processes, login) == [200]
