"""The failure limit is exact where four processes of eight threads share a store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cache.test_races import (  # noqa: F401
    test_both_limits_are_exact_though_either_may_be_told_first,
    test_resets_in_between_grant_each_time_what_the_limit_allows,
    test_right_passwords_all_get_through,
    test_wrong_passwords_of_many_users_from_one_address,
    test_wrong_passwords_of_one_user_from_one_address,
)
from tests.race.servers import Site

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
    test_checks_that_take_longer_than_their_lease_make_no_room,
)

from .sites import site_on

pytestmark = pytest.mark.alone

KINDS = ["sqlite", "postgres", "redis"]
LEASE = 2


@pytest.fixture(scope="module", params=KINDS)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    kind = request.param
    server = None if kind == "sqlite" else request.getfixturevalue(f"{kind}_server")
    folder = tmp_path_factory.mktemp("native")
    with site_on(server, folder, AXES_PERMIT_LEASE=LEASE) as site:
        yield site
