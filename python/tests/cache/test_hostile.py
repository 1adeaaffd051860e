"""Hostile input where all is kept in a cache: bounded, never a crash, never a way around."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import caches

from axes.entries import entries_of
from tests.conftest import LogLines

# What looks into no table is run here too, with the handler that keeps all in a cache.
from tests.test_hostile import (  # noqa: F401
    HEADERS,
    NAMES,
    SECRET,
    test_a_forged_header_reaches_nobody_else,
    test_a_username_cannot_forge_a_log_line,
    test_any_body_is_an_attempt_that_counts,
    test_long_usernames_that_differ_at_the_end_are_two_accounts,
    test_nothing_that_is_sent_forges_a_log_line,
    test_whoever_lifts_a_lockout_forges_no_log_line,
)
from tests.visitor import LOCKED_OUT, PASSWORD, Visitor

from .conftest import EXACT

LONGEST = 10_000
"""How long an entry may be after a few attempts, in bytes, however much was sent."""


@pytest.fixture(params=["redis", "pymemcache"])
def kind(request: pytest.FixtureRequest) -> str:
    assert request.param in EXACT
    return str(request.param)


@pytest.fixture
def eve(ada: Visitor) -> Visitor:
    """Somebody with bad intentions, at a view that gives the form on as it is."""
    return ada.but(path="/check/")


def everything_stored() -> dict[str, bytes]:
    """What this site has on Redis."""
    cache: Any = caches["default"]
    client = entries_of(cache).client  # type: ignore[attr-defined]
    stored = {}
    for key in client.scan_iter(f"{cache.make_key('')}*", count=1000):
        if client.type(key) == b"zset":
            # Each member of a set is a text by itself.
            for number, member in enumerate(client.zrange(key, 0, -1)):
                stored[f"{key.decode()} {number}"] = member
        else:
            stored[key.decode()] = client.get(key)
    return stored


@pytest.mark.parametrize("name", NAMES)
def test_any_username_is_counted(eve: Visitor, name: str) -> None:
    eve = eve.but(username=NAMES[name])
    assert [eve.fails().status_code for _ in range(3)] == [401, 401, LOCKED_OUT]
    assert eve.but(address="192.0.2.2").fails().status_code == 401


@pytest.mark.parametrize("name", HEADERS)
def test_any_headers_are_counted(eve: Visitor, settings: Any, name: str) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = [["username", "user_agent"]]
    eve = eve.but(headers=HEADERS[name])
    assert [eve.fails().status_code for _ in range(3)] == [401, 401, LOCKED_OUT]


@pytest.mark.parametrize("kind", ["redis"])
def test_entries_are_bounded(eve: Visitor) -> None:
    for name in NAMES.values():
        eve.but(username=name, agent=name, headers={"HTTP_ACCEPT": name}).tries(name, field=name)
    stored = everything_stored()
    assert stored
    assert max(map(len, stored)) < 250
    assert max(map(len, stored.values())) < LONGEST


@pytest.mark.parametrize("kind", ["redis"])
def test_passwords_are_neither_stored_nor_logged(
    eve: Visitor, settings: Any, lines: LogLines
) -> None:
    settings.AXES_SENSITIVE_PARAMETERS = []
    for field in ["password", "PASSWORD", "otp_token"]:
        eve.tries(SECRET, **({} if field == "password" else {field: SECRET}))
    eve.but(address="192.0.2.2").succeeds()
    stored = "\n".join(map(str, everything_stored().items()))
    assert "ada" in stored
    for secret in [SECRET, PASSWORD]:
        assert secret not in stored
        assert secret not in lines.all
