"""When a reset returns, the next attempt is admitted: here, and in another process.

Every way to reset, in every configuration, from every place. Somebody else who is locked out too
stays so, except where all are reset.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.visitor import LOCKED_OUT, PASSWORD, make_user

from . import resets
from .configurations import OtherProcess, settings_of
from .resets import ADA, ADDRESS, COMMANDS, OF_RECORDS, ROOT

pytestmark = pytest.mark.django_db(transaction=True)

BOB = ("bob", "198.51.100.7")

CONFIGURATIONS: list[tuple[str, str | None]] = [
    ("database", None),
    ("database", "redis"),
    ("database", "pymemcache"),
    ("cache", "redis"),
    ("cache", "pymemcache"),
]
"""The handler, and the kind of cache that all processes share."""


def ways(handler: str) -> Iterator[tuple[str, str]]:
    """How a reset is made, and where."""
    for how in COMMANDS:
        yield from ((how, where) for where in ("here", "elsewhere", "on the command line"))
    # Rows of the cache handler are in no table, so none can be deleted there.
    others = ["unlock_in_admin"] if handler == "cache" else ["unlock_in_admin", *OF_RECORDS]
    for how in others:
        yield from ((how, where) for where in ("here", "elsewhere"))


@pytest.fixture(scope="module")
def others(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[dict[Any, Any]]:
    """The other process of each configuration, once one was needed."""
    started: dict[Any, OtherProcess] = {}
    yield started
    for other in started.values():
        other.__exit__()


@pytest.fixture
def other(
    request: pytest.FixtureRequest,
    others: dict[Any, OtherProcess],
    settings: Any,
    handler: str,
    kind: str | None,
) -> OtherProcess:
    """A site in this configuration, and a process of it that is not this one."""
    server = None
    if kind is not None:
        server = request.getfixturevalue(f"{'redis' if kind == 'redis' else 'memcached'}_server")
    changed = settings_of(handler, kind, server)
    for name, value in changed.items():
        setattr(settings, name, value)
    settings.ROOT_URLCONF = "tests.promises.site.urls"
    if (handler, kind) not in others:
        others[handler, kind] = OtherProcess(changed).__enter__()
    # What another test left in a cache; tables are emptied by Django.
    resets.reset_all()
    make_user(ADA)
    make_user(BOB[0])
    User.objects.create_superuser(ROOT, password=PASSWORD)
    return others[handler, kind]


def tries(other: OtherProcess, username: str, address: str) -> list[int]:
    """What a wrong password gets here, and in the other process."""
    return [
        resets.attempt(username, address),
        other.does("attempt", username, address),
    ]


CELLS = [(*found, *way) for found in CONFIGURATIONS for way in ways(found[0])]


@pytest.mark.parametrize(("handler", "kind", "how", "where"), CELLS)
def test_after_it_returns_the_next_attempt_anywhere_is_admitted(
    other: OtherProcess, how: str, where: str
) -> None:
    for who in [(ADA, ADDRESS), BOB]:
        assert [resets.attempt(*who) for _ in range(3)] == [401, 401, LOCKED_OUT]
        # Twice: whoever remembers a refusal has met it by now.
        assert tries(other, *who) + tries(other, *who) == [LOCKED_OUT] * 4
    if where == "here":
        getattr(resets, how)()
    elif where == "elsewhere":
        other.does(how)
    else:
        other.command(*COMMANDS[how])
    # Both are admitted, and both count on: the third failure locks out anew.
    assert tries(other, ADA, ADDRESS) == [401, 401]
    assert tries(other, ADA, ADDRESS) == [LOCKED_OUT] * 2
    expected = 401 if how == "reset_all" else LOCKED_OUT
    assert tries(other, *BOB) == [expected] * 2
