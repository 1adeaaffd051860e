"""The site that the tests share: each takes addresses and users of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.race.servers import on_server, sqlite

from .servers import AsgiSite


@pytest.fixture(scope="package", params=["sqlite", "postgres"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AsgiSite]:
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("asgi")
        database = sqlite(folder, timeout=20)
    else:
        database = on_server(request.getfixturevalue("postgres_server"), "asgi")
    # Leases are short, for the test that waits for their end; no check here takes as long.
    with AsgiSite(database, AXES_PERMIT_LEASE=5) as site:
        yield site
