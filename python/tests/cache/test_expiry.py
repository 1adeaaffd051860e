"""Entries that expire, or are evicted, at any moment are no error and lock nobody out."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from axes.entries import entries_of
from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from tests.conftest import LogLines
from tests.visitor import FakeClock, Visitor


def keys_of(kind: str) -> list[str]:
    """What this site has in the cache."""
    cache: Any = caches["default"]
    client = entries_of(cache).client  # type: ignore[attr-defined]
    prefix = cache.make_key("")
    return [key.decode() for key in client.scan_iter(f"{prefix}*", count=1000)]


@pytest.mark.parametrize("kind", ["redis"])
def test_whatever_entry_goes_the_next_attempt_is_answered(
    ada: Visitor, settings: Any, lines: LogLines
) -> None:
    settings.AXES_RESET_ON_SUCCESS = True
    settings.AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
    client = entries_of(caches["default"]).client  # type: ignore[attr-defined]
    for gone in range(12):
        reset()
        ada.fails(2)
        keys = sorted(keys_of("redis"))
        client.delete(keys[gone % len(keys)])
        assert ada.fails().status_code in {200, 429}
        assert ada.succeeds().status_code in {302, 429}
        AxesProxyHandler.get_implementation().lockouts()
    assert lines.errors == []


def test_a_cool_off_ends_and_begins_again_with_each_failure(
    ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_COOLOFF_TIME = timedelta(minutes=10)
    response = ada.fails(3)
    assert (response.status_code, response["Retry-After"]) == (429, "600")
    clock.passes(minutes=9)
    assert ada.fails()["Retry-After"] == "600"
    clock.passes(minutes=9, seconds=59)
    assert ada.looks().status_code == 200
    assert not AxesProxyHandler.is_allowed(ada.request(), {"username": "ada"})
    clock.passes(seconds=1)
    assert ada.succeeds().status_code == 302


@pytest.mark.parametrize("kind", ["redis"])
def test_entries_of_a_site_with_a_cool_off_expire_by_themselves(
    ada: Visitor, settings: Any
) -> None:
    settings.AXES_COOLOFF_TIME = timedelta(hours=1)
    settings.AXES_RESET_ON_SUCCESS = True
    ada.fails(2)
    ada.succeeds()
    ada.fails(3)
    client = entries_of(caches["default"]).client  # type: ignore[attr-defined]
    expiring = {key: client.ttl(key) for key in keys_of("redis")}
    assert [key for key, ttl in expiring.items() if ttl < 0 and "latest-reset" not in key] == []
    assert all(ttl >= 3600 for key, ttl in expiring.items() if ":axes:tally:" in key)


@pytest.mark.parametrize("kind", ["redis"])
def test_a_login_leaves_nothing_behind(ada: Visitor) -> None:
    ada.succeeds()
    time.sleep(0.1)
    left = [key for key in keys_of("redis") if "latest-reset" not in key]
    client = entries_of(caches["default"]).client  # type: ignore[attr-defined]
    # A mark in place of what was deleted, for ten seconds.
    assert [client.get(key) for key in left] == [b""]
    assert 0 < client.ttl(left[0]) <= 10


def test_the_database_is_asked_for_users_only(ada: Visitor) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ada.fails(3)
        ada.succeeds()
        reset(username="ada")
    assert [query["sql"] for query in queries if "axes_" in query["sql"]] == []
