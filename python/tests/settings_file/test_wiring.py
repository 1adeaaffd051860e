"""Settings that no other test is about: the wiring, the lease, the cache beside the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from axes import wiring
from axes.handlers.proxy import AxesProxyHandler
from tests.visitor import LOCKED_OUT, PASSWORD, FakeClock, Visitor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("wires", [True, False])
def test_nothing_is_wired_where_a_site_says_so(settings: Any, wires: bool) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    settings.MIDDLEWARE = []
    settings.AXES_AUTO_WIRE = wires
    wiring.wire()
    assert (wiring.has_backend(), wiring.has_middleware()) == (wires, wires)


@pytest.mark.parametrize("lease", [10, 100])
def test_a_permit_is_held_for_the_lease(
    ada: Visitor, settings: Any, clock: FakeClock, lease: int
) -> None:
    """Whoever is never heard of again has used up the try, once twice the lease is over."""
    settings.AXES_PERMIT_LEASE = lease
    settings.AXES_FAILURE_LIMIT = 1
    settings.AXES_COOLOFF_TIME = 1
    lost = ada.request()
    assert AxesProxyHandler.admit(lost, {"username": "ada"}) is None
    # Else the permit would be given back when the request is forgotten, as a bare one is.
    clock.passes(2 * lease)
    assert ada.succeeds().status_code == LOCKED_OUT
    clock.passes(hours=1)
    assert ada.succeeds().status_code == 302
    assert lost.method == "POST"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("named", ["default", "shared"])
def test_the_cache_that_is_named_refuses_without_the_database(
    ada: Visitor, settings: Any, tmp_path: Any, named: str
) -> None:
    """``default`` is each process's own here, and is not asked. What a transaction wrote is kept in
    no cache, so there is none around this test."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "shared": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(tmp_path),
        },
    }
    settings.AXES_CACHE = named
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    ada = ada.but(path="/check/")
    ada.fails(3)
    ada.succeeds()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert ada.tries(PASSWORD).status_code == LOCKED_OUT
    asked = [query["sql"] for query in queries if "axes_" in query["sql"]]
    assert (asked == []) is (named == "shared")
