"""The system check names a cache that the cache handler cannot rely on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import Warning as CheckWarning
from django.core.checks import run_checks

from axes.checks import is_cache_handler
from axes.entries.lacks import lack_of
from axes.handlers.cache import AxesCacheHandler

from .conftest import EXACT, HANDLER, THIRD_PARTY


class OwnCache(LocMemCache):
    """A site's own."""


class MadeOfOurs(AxesCacheHandler):
    """A site's own, with ours below."""


class OwnHandler:
    """A site's own, which is none of ours."""


DUMMY = "django.core.cache.backends.dummy.DummyCache"

LACKING = {
    DUMMY: "keeps nothing, so nothing is counted",
    "django.core.cache.backends.locmem.LocMemCache": "keeps its entries in each process alone",
    "django.core.cache.backends.filebased.FileBasedCache": "keeps its entries in files of one",
    "django.core.cache.backends.db.DatabaseCache": "is a table of the database",
    "tests.cache.test_checks.OwnCache": "keeps its entries in each process alone",
    THIRD_PARTY: "cannot change an entry only where nobody else",
}


def found() -> list[Any]:
    messages = run_checks(include_deployment_checks=True)
    return [message for message in messages if message.id in {"axes.W001", "axes.I001"}]


@pytest.fixture(autouse=True)
def _cache_handler(settings: Any) -> None:
    settings.AXES_HANDLER = HANDLER


@pytest.mark.parametrize("backend", LACKING)
def test_what_a_cache_cannot_promise_is_said(settings: Any, tmp_path: Any, backend: str) -> None:
    mine = {"BACKEND": backend, "LOCATION": str(tmp_path)}
    settings.CACHES = {"default": {"BACKEND": DUMMY}, "mine": mine}
    settings.AXES_CACHE = "mine"
    (message,) = found()
    assert isinstance(message, CheckWarning)
    assert message.id == "axes.W001"
    assert f"'mine' {LACKING[backend]}" in message.msg
    assert message.hint == "Name a cache on Redis or Memcached, or use the database handler."


def test_pylibmc_is_no_client_to_rely_on() -> None:
    # Which need not be installed for that.
    lack = lack_of("django.core.cache.backends.memcached.PyLibMCCache", {})
    assert lack.startswith("is reached by pylibmc, which cannot change an entry only where")
    assert lack.endswith("PyMemcacheCache can")


def test_how_soon_entries_are_dropped_is_said(settings: Any) -> None:
    backend = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {"default": backend}
    assert "past 300 entries it drops some, lockouts too" in found()[0].msg
    settings.CACHES = {"default": backend | {"OPTIONS": {"MAX_ENTRIES": 9999}}}
    assert "past 9999 entries" in found()[0].msg


def test_the_cache_that_django_has_by_itself_is_named_too() -> None:
    (message,) = run_checks(tags=["caches"])
    assert message.id == "axes.W001"


@pytest.mark.parametrize("backend", EXACT.values())
def test_a_cache_that_keeps_the_limit_exact_is_fine(settings: Any, backend: str) -> None:
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "127.0.0.1:1"}}
    assert found() == []


@pytest.mark.parametrize(
    "handler",
    ["axes.handlers.database.AxesDatabaseHandler", "tests.cache.test_checks.OwnHandler", "no.such"],
)
def test_other_handlers_do_not_keep_things_there(
    monkeypatch: pytest.MonkeyPatch, handler: str
) -> None:
    monkeypatch.setattr("axes.checks.settings", SimpleNamespace(AXES_HANDLER=handler))
    assert not is_cache_handler()


def test_a_handler_made_of_ours_does(settings: Any) -> None:
    settings.AXES_HANDLER = "tests.cache.test_checks.MadeOfOurs"
    assert [message.id for message in found()] == ["axes.W001"]
