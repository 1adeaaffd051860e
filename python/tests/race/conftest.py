"""Sites to race. Tests share a site: each takes addresses and users of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .servers import Database, Site, on_server, sqlite

DATABASES = ["sqlite", "sqlite-wal", "postgres", "mariadb"]
WAL = {"init_command": "PRAGMA journal_mode = WAL"}

NewDatabase = Callable[[str], Database]

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewDatabase:
    """Makes a database of a kind in ``DATABASES``."""

    def new(kind: str) -> Database:
        if kind.startswith("sqlite"):
            folder: Path = tmp_path_factory.mktemp("race")
            options: dict[str, Any] = WAL if kind == "sqlite-wal" else {}
            return sqlite(folder, **options)
        return on_server(request.getfixturevalue(f"{kind}_server"), f"race{next(_numbers)}")

    return new


@pytest.fixture(scope="package", params=DATABASES)
def site(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Site]:
    with Site(new_database(request.param)) as site:
        yield site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Races have the machine for themselves."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.alone)
