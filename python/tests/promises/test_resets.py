"""When a reset returns, the next attempt is admitted: here, and in another process.

Every way to reset, in every configuration, from every place. Somebody else who is locked out too
stays so, except where all are reset.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.visitor import LOCKED_OUT

from . import resets
from .configurations import OtherProcess
from .resets import ADA, ADDRESS, BOB, COMMANDS, OF_RECORDS

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

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


@pytest.fixture
def _django_db_helper() -> None:
    """Keeps users: pytest-django would empty all tables, which takes longer than a cell."""


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
