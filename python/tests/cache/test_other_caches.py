"""With any other cache the handler works, as far as that cache does."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from tests.conftest import LogLines
from tests.visitor import Visitor, make_user

from .conftest import HANDLER

BACKENDS = ["locmem.LocMemCache", "filebased.FileBasedCache", "db.DatabaseCache"]


def site(settings: Any, backend: str, location: str) -> Visitor:
    here = {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": location}
    settings.CACHES = {"default": here}
    settings.AXES_HANDLER = HANDLER
    make_user()
    return Visitor()


@pytest.mark.django_db
@pytest.mark.parametrize("backend", BACKENDS)
def test_failures_are_counted_listed_and_reset(
    settings: Any, tmp_path: Any, backend: str, lines: LogLines
) -> None:
    is_table = backend.startswith("db")
    ada = site(settings, backend, "axes_test_cache" if is_table else str(tmp_path))
    if is_table:
        call_command("createcachetable")
    assert [ada.fails().status_code for _ in range(3)] == [200, 200, 429]
    assert ada.is_locked_out
    assert AxesProxyHandler.get_implementation().lockouts()[1] == 1
    assert reset(username="ada") == 1
    assert ada.succeeds().status_code == 302
    assert reset() == 0
    assert lines.errors == []


@pytest.mark.django_db
def test_a_cache_that_keeps_nothing_locks_nobody_out(settings: Any, lines: LogLines) -> None:
    ada = site(settings, "dummy.DummyCache", "")
    assert [ada.fails().status_code for _ in range(5)] == [200] * 5
    assert ada.succeeds().status_code == 302
    assert reset() == 0
    assert lines.errors == []
