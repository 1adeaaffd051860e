"""What races leave in a store that has tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.race.servers import Site
from tests.race.test_atomic_requests import (  # noqa: F401
    test_wrong_passwords,
    test_wrong_passwords_after_something_was_read,
    test_wrong_passwords_whose_requests_are_rolled_back,
)
from tests.race.test_exact_limit import (  # noqa: F401
    test_failures_of_clients_that_hang_up_are_recorded,
    test_many_users_from_one_address,
    test_one_user_from_one_address,
)

from .sites import site_on

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Each request is one transaction of Django's, which is none of the store's."""
    kind = request.param
    server = None if kind == "sqlite" else request.getfixturevalue(f"{kind}_server")
    folder = tmp_path_factory.mktemp("native_tables")
    with site_on(server, folder, database={"ATOMIC_REQUESTS": True}) as site:
        yield site
