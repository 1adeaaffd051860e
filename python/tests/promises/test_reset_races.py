"""A reset that races with attempts leaves what was before it or what came after, never a half.

Four processes of eight threads are sent wrong passwords without a pause while resets happen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cache.conftest import HANDLER, configured
from tests.race.burst import burst, new_address, new_user, wrong
from tests.race.conftest import new_database  # noqa: F401  (a fixture)
from tests.race.servers import Site, sqlite

LIMIT = 3
RESETS = 6
AT_ONCE = 12

Reset = Callable[[str], None]


@pytest.fixture(scope="module", params=["sqlite", "postgres", "mariadb", "redis", "pymemcache"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    settings: dict[str, Any] = {
        # What is refused changes nothing: then records and tallies can be compared.
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    }
    if request.param in {"redis", "pymemcache"}:
        settings |= {"CACHES": {"default": configured(request, request.param)}}
        settings |= {"AXES_HANDLER": HANDLER}
        database = sqlite(tmp_path_factory.mktemp("race"), timeout=30)
    else:
        database = request.getfixturevalue("new_database")(request.param)
    with Site(database, **settings) as site:
        yield site


class Attack:
    """Wrong passwords from one address, without a pause. Use it as a context manager."""

    def __init__(self, site: Site, address: str) -> None:
        self.site, self.address = site, address
        self.statuses: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Attack:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    @property
    def checks(self) -> int:
        return len(self.site.checks(address=self.address))

    def _run(self) -> None:
        username = new_user()
        while not self._over.is_set():
            logins = [wrong(self.address, username, seconds=0.01) for _ in range(AT_ONCE)]
            self.statuses += burst(self.site, logins).statuses

    def wait_for(self, checks: int) -> None:
        """Until so many passwords have been checked, and two rounds more were answered."""
        deadline = time.monotonic() + 30
        while self.checks < checks:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        answered = len(self.statuses) + 2 * AT_ONCE
        while len(self.statuses) < answered:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def reset(site: Site, address: str) -> None:
    site.run("-m", "django", "axes_reset_ip", address)


LOOK = """
import django
django.setup()
from axes.conf import engine
from axes.handlers.proxy import AxesProxyHandler
handler = AxesProxyHandler.get_implementation()
recorded = sum(count for address, _, count in handler.recorded() if address == {address!r})
attempt = engine().attempt(username=None, ip_address={address!r}, user_agent="racer",
    path_info="/", method="POST", http_accept="", get_data=[], post_data=[])
scopes = {{"scopes": ["ip_address"]}}
counted, refusal, error = engine().peek(handler.connection(), attempt, scopes)
assert error is None, error
assert counted == recorded >= {limit}, (counted, recorded)
"""


def assert_agree(site: Site, address: str) -> None:
    """Tally and records tell the same, and that is a lockout."""
    site.run("-c", LOOK.format(address=address, limit=LIMIT))


def test_between_two_resets_as_many_passwords_are_checked_as_the_limit(site: Site) -> None:
    address = new_address()
    with Attack(site, address) as attack:
        attack.wait_for(LIMIT)
        for number in range(1, RESETS):
            # Nothing is in flight now but what will be refused.
            assert attack.checks == LIMIT * number
            reset(site, address)
            attack.wait_for(LIMIT * (number + 1))
    assert attack.checks == LIMIT * RESETS
    assert set(attack.statuses) == {401, 429}
    assert_agree(site, address)


def test_resets_at_any_moment_grant_no_more_and_leave_no_half(site: Site) -> None:
    address = new_address()
    with Attack(site, address) as attack:
        attack.wait_for(1)
        resetters = [threading.Thread(target=reset, args=(site, address)) for _ in range(RESETS)]
        for resetter in resetters:
            resetter.start()
        for resetter in resetters:
            resetter.join(60)
        before = attack.checks
        # After the last one somebody was admitted, up to the limit.
        attack.wait_for(before)
    assert LIMIT <= attack.checks <= LIMIT * (RESETS + 1)
    assert set(attack.statuses) <= {401, 429}
    assert burst(site, [wrong(address, new_user(), seconds=0)]).count == {429: 1}
    assert_agree(site, address)
