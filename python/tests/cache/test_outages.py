"""While the cache does not answer, nobody logs in uncounted."""

from __future__ import annotations

import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from axes.exceptions import AxesStoreError
from axes.utils import reset
from tests.conftest import LogLines
from tests.servers.lines import LineServer
from tests.visitor import Visitor, make_user

from .conftest import EXACT, HANDLER

pytestmark = pytest.mark.alone


@pytest.fixture
def server(request: pytest.FixtureRequest, kind: str) -> Any:
    is_redis = "redis" in kind
    return request.getfixturevalue(f"second_{'redis' if is_redis else 'memcached'}_server")


@pytest.fixture
def ada(kind: str, server: LineServer, settings: Any, db: None) -> Visitor:
    """A visitor at a site whose cache may go away."""
    address = f"{server.host}:{server.port}"
    location = f"redis://{address}/0" if "redis" in kind else address
    settings.CACHES = {"default": {"BACKEND": EXACT[kind], "LOCATION": location}}
    settings.AXES_HANDLER = HANDLER
    make_user()
    return Visitor()


def test_attempts_are_refused_until_it_is_back(
    ada: Visitor, server: LineServer, kind: str, lines: LogLines
) -> None:
    ada.fails(2)
    server.kill()
    start = time.monotonic()
    for _ in range(3):
        response = ada.succeeds()
        assert (response.status_code, response["Retry-After"]) == (503, "1")
        assert response.content.startswith(b"Logging in is not possible at the moment.")
    assert time.monotonic() - start < 20
    assert len(lines.errors) == 3
    assert all(line.endswith("attempts are refused") for line in lines.errors)
    server.restart()
    first = ada.fails().status_code
    # Redis remembers what it said it had written; Memcached begins anew.
    if "redis" in kind:
        assert first == 429
    else:
        assert [first, *(ada.fails().status_code for _ in range(2))] == [200, 200, 429]


def test_a_failure_that_cannot_be_counted_is_answered_by_an_error(
    ada: Visitor, server: LineServer, monkeypatch: pytest.MonkeyPatch, lines: LogLines
) -> None:
    from django.contrib.auth.backends import ModelBackend

    authenticate = ModelBackend.authenticate

    def slow(*args: Any, **kwargs: Any) -> Any:
        # The password is being checked when the server goes away.
        server.kill()
        return authenticate(*args, **kwargs)

    monkeypatch.setattr(ModelBackend, "authenticate", slow)
    assert ada.fails().status_code == 503
    assert lines.errors


def test_the_site_can_choose_to_let_attempts_through(
    ada: Visitor, server: LineServer, settings: Any, lines: LogLines
) -> None:
    settings.AXES_ON_STORE_ERROR = "allow"
    server.kill()
    assert ada.fails().status_code == 200
    assert ada.succeeds().status_code == 302
    assert all(line.endswith("attempts are let through") for line in lines.errors)


def test_a_reset_that_cannot_be_done_says_so(ada: Visitor, server: LineServer) -> None:
    ada.fails(3)
    server.kill()
    with pytest.raises(AxesStoreError):
        reset()
    with pytest.raises(CommandError, match=r"^could not read from the cache: .*; nothing is done$"):
        call_command("axes_list_attempts", stdout=StringIO())


@pytest.mark.parametrize("kind", ["redis"])
def test_a_full_server_refuses(ada: Visitor, server: LineServer) -> None:
    server.query("CONFIG SET maxmemory 1")
    assert ada.succeeds().status_code == 503
    server.query("CONFIG SET maxmemory 0")
    assert ada.succeeds().status_code == 302
