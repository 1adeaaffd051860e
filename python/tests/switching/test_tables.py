"""Our migrations make the tables of django-axes 8.3.1, and go on where an older one stopped."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

from ..race.servers import on_server, sqlite
from .environment import Environment
from .story import DRIFT, MIGRATE, look

OURS = Environment(Path(sys.executable))
UP_TO_OURS = ["command", "migrate", "axes", "0010", "--verbosity=0"]

_numbers = itertools.count(1)


@pytest.mark.parametrize("kind", ["sqlite", "postgres", "mariadb"])
def test_the_tables_are_the_same(
    kind: str, django_axes: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made = []
    for environment in (Environment(django_axes), OURS):
        if kind == "sqlite":
            folder = tmp_path / str(next(_numbers))
            folder.mkdir()
            database = sqlite(folder)
        else:
            server = request.getfixturevalue(f"{kind}_server")
            database = on_server(server, f"tables{next(_numbers)}")
        migrate = MIGRATE if environment != OURS else UP_TO_OURS
        told = look(environment, database, "shop.settings", migrate=migrate, tables=["tables"])
        made.append(told["tables"])
    assert len(made[0]) == 4
    assert made[0] == made[1]


@pytest.mark.parametrize("stopped_at", ["0001", "0006", "0008"])
def test_a_site_that_stopped_at_an_older_version_can_switch(
    stopped_at: str, django_axes: Path, tmp_path: Path
) -> None:
    database = sqlite(tmp_path)
    look(
        Environment(django_axes),
        database,
        "shop.settings",
        migrate=["command", "migrate", "axes", stopped_at, "--verbosity=0"],
    )
    told = look(
        OURS,
        database,
        "shop.settings",
        migrate=MIGRATE,
        drift=DRIFT,
        users=["users", "ada"],
        failed=["fail", "ada", "192.0.2.1", 3],
    )
    assert told["drift"] == "No changes detected\n"
    assert told["failed"] == 429
