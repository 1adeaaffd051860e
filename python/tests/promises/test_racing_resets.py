"""Resets that race with failures in a cache take each failure as a whole or not at all.

Three processes fail while a fourth resets. Once all is quiet, what the tallies count is what the
recorded attempts say, and nothing is lost that comes afterwards.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from django.test import RequestFactory

from axes.handlers.proxy import AxesProxyHandler
from tests.visitor import make_user

from . import resets
from .configurations import OtherProcess, settings_of
from .resets import ADA, ADDRESS

pytestmark = [pytest.mark.alone, pytest.mark.django_db(transaction=True)]

PROCESSES = 4
TIMES = 12
WAYS = ["reset_all", "reset_by_address", "reset_by_username", "reset_by_both"]
WHO = [(ADA, ADDRESS), ("bob", ADDRESS), (ADA, "198.51.100.7")]


@pytest.fixture(params=["redis", "pymemcache"])
def processes(request: pytest.FixtureRequest, settings: Any) -> Iterator[list[OtherProcess]]:
    """Processes of a site on which nobody is locked out."""
    kind = str(request.param)
    server = request.getfixturevalue(f"{'redis' if kind == 'redis' else 'memcached'}_server")
    changed = settings_of("cache", kind, server) | {"AXES_FAILURE_LIMIT": 10_000}
    for name, value in changed.items():
        setattr(settings, name, value)
    settings.ROOT_URLCONF = "tests.promises.site.urls"
    resets.reset_all()
    for username in {username for username, _ in WHO}:
        make_user(username)
    with ExitStack() as stack:
        yield [stack.enter_context(OtherProcess(changed)) for _ in range(PROCESSES)]


def recorded() -> Counter[str]:
    """What the recorded attempts say, by username and by address."""
    sums: Counter[str] = Counter()
    for address, username, failures in AxesProxyHandler.get_implementation().recorded():
        sums.update({str(address): failures, str(username): failures})
    return sums


def counted(settings: Any) -> Counter[str]:
    """What the tallies count, by username and by address."""
    sums: Counter[str] = Counter()
    for username, address in WHO:
        request = RequestFactory().post("/guess/", REMOTE_ADDR=address)
        for parameter, value in [("username", username), ("ip_address", address)]:
            settings.AXES_LOCKOUT_PARAMETERS = [parameter]
            found = AxesProxyHandler.get_failures(request, {"username": username})
            sums[value] = found
    settings.AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
    return +sums


@pytest.mark.parametrize("ways", [*([way] for way in WAYS), WAYS], ids="+".join)
def test_tallies_and_records_agree_afterwards(
    processes: list[OtherProcess], settings: Any, ways: list[str]
) -> None:
    failing, resetting = processes[:-1], processes[-1]

    def reset(way: str) -> None:
        resetting.does(way)

    with ThreadPoolExecutor(PROCESSES) as pool:
        failures = [
            pool.submit(process.does, "attempts", *who, TIMES)
            for process, who in zip(failing, WHO, strict=True)
        ]
        # As often as there is time for, and always at least once with somebody at it.
        for way in itertools.cycle(ways):
            reset(way)
            if all(future.done() for future in failures):
                break
        assert all(future.result() == [401] * TIMES for future in failures)
    before = recorded()
    assert counted(settings) == before
    for who in WHO:
        assert resets.attempt(*who) == 401
    after = before + Counter({ADA: 2, "bob": 1, ADDRESS: 2, WHO[2][1]: 1})
    assert recorded() == after
    assert counted(settings) == after
    resets.reset_all()
    assert recorded() == counted(settings) == Counter()
