"""The failure limit is exact on Redis and Memcached: four processes of eight threads share one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.race.burst import burst, new_address, new_user, right, wrong
from tests.race.servers import Site, sqlite

# Races that look into no table are run here too, on the site below.
from tests.race.test_exact_limit import (  # noqa: F401
    test_a_lockout_does_not_touch_others,
    test_a_user_or_an_address,
    test_clients_that_hang_up_in_the_middle_of_a_burst_make_no_room,
    test_each_user_from_each_address_has_a_limit_of_its_own,
    test_one_user_from_many_addresses,
    test_right_passwords_do_not_make_room_for_wrong_ones,
)
from tests.race.test_lost_permits import (  # noqa: F401
    test_a_client_that_hangs_up_has_failed_all_the_same,
    test_a_killed_worker_gives_no_permit_back,
    test_a_worker_killed_in_the_middle_of_a_burst_grants_no_more,
)

from .conftest import EXACT as KINDS
from .conftest import HANDLER, configured

pytestmark = pytest.mark.alone

LIMIT = 3
LEASE = 2
EXACT = {401: LIMIT - 1, 429: 200 - LIMIT + 1}


@pytest.fixture(scope="module", params=KINDS)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("race")
    settings = {
        "AXES_HANDLER": HANDLER,
        "AXES_PERMIT_LEASE": LEASE,
        "CACHES": {"default": configured(request, request.param)},
        # The database only knows users here.
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    }
    with Site(sqlite(folder, timeout=30), **settings) as site:
        yield site
        assert site.database.rows("SELECT COUNT(*) FROM axes_accessattempt") == [(0,)]


def test_wrong_passwords_of_one_user_from_one_address(site: Site) -> None:
    address, username = new_address(), new_user()
    assert burst(site, [wrong(address, username)] * 200).count == EXACT
    assert len(site.checks(address=address)) == LIMIT


def test_wrong_passwords_of_many_users_from_one_address(site: Site) -> None:
    address = new_address()
    answers = burst(site, [wrong(address, new_user()) for _ in range(200)])
    assert answers.count == EXACT
    assert len(site.checks(address=address)) == LIMIT


def test_right_passwords_all_get_through(site: Site) -> None:
    address = new_address()
    answers = burst(site, [right(address, new_user(), seconds=0.05) for _ in range(30)])
    assert answers.count == {200: 30}


def test_resets_in_between_grant_each_time_what_the_limit_allows(site: Site) -> None:
    address, username = new_address(), new_user()
    resets = 4
    for _ in range(resets):
        assert burst(site, [wrong(address, username)] * 60).count == {401: 2, 429: 58}
        site.run("-m", "django", "axes_reset_username", username)
    assert len(site.checks(address=address)) == LIMIT * resets


def test_both_limits_are_exact_though_either_may_be_told_first(site: Site) -> None:
    # The last of three failures of one is not always the last of three of the other.
    address, username = new_address(), new_user()
    answers = burst(site, [wrong(address, username, "either")] * 100)
    assert len(site.checks(address=address)) == LIMIT
    assert set(answers.count) <= {401, 429}
    assert answers.count.get(401, 0) < LIMIT
