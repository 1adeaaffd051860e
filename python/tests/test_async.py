"""The same answers under ASGI, as Django's asynchronous client sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient

from axes.middleware import AxesMiddleware
from axes.models import AccessLog

from .visitor import LOCKED_OUT, PASSWORD, USERNAME, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db]

PATHS = ["/login/", "/admin/login/", "/check/", "/check-and-login/", "/check-and-login-async/"]
SCRIPT = {"x-requested-with": "XMLHttpRequest"}


class AsyncVisitor:
    """Ada, whose browser talks to an ASGI application."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.client = AsyncClient()

    def tries(self, *passwords: str, **options: Any) -> list[Any]:
        """Sends passwords one after the other; returns the responses."""

        async def send() -> list[Any]:
            return [await self.send(password, **options) for password in passwords]

        return async_to_sync(send)()

    async def send(self, password: str, **options: Any) -> Any:
        form = {"username": USERNAME, "password": password}
        return await self.client.post(self.path, form, **options)


@pytest.mark.parametrize("path", PATHS)
def test_the_attempt_that_reaches_the_limit_is_answered_429(ada: Visitor, path: str) -> None:
    statuses = [answer.status_code for answer in AsyncVisitor(path).tries(*["wrong"] * 4)]
    wrong = 401 if "check" in path else 200
    assert statuses == [wrong, wrong, LOCKED_OUT, LOCKED_OUT]


@pytest.mark.parametrize("path", PATHS)
def test_the_right_password_is_refused_during_a_lockout(ada: Visitor, path: str) -> None:
    visitor = AsyncVisitor(path)
    assert visitor.tries("wrong", "wrong", "wrong", PASSWORD)[-1].status_code == LOCKED_OUT
    assert "sessionid" not in visitor.client.cookies


@pytest.mark.parametrize("path", PATHS)
def test_sync_and_async_clients_share_one_budget(ada: Visitor, path: str) -> None:
    ada = ada.but(path=path, address="127.0.0.1")
    ada.fails(2)
    assert AsyncVisitor(path).tries("wrong")[0].status_code == LOCKED_OUT
    assert ada.is_locked_out


@pytest.mark.parametrize("path", ["/login/", "/check-and-login-async/"])
def test_a_login_and_a_logout_are_written_to_the_access_log(ada: Visitor, path: str) -> None:
    visitor = AsyncVisitor(path)
    assert visitor.tries(PASSWORD)[0].status_code in {200, 302}
    (log,) = AccessLog.objects.all()
    assert (log.username, log.logout_time) == (USERNAME, None)
    visitor.path = "/logout/"
    visitor.tries("")
    log.refresh_from_db()
    assert log.logout_time is not None


def test_the_answer_tells_the_time_left(ada: Visitor, settings: Any) -> None:
    settings.AXES_COOLOFF_TIME = 1
    answer = AsyncVisitor("/check-and-login-async/").tries(*["wrong"] * 3)[-1]
    assert 3590 < int(answer["Retry-After"]) <= 3600
    answer = AsyncVisitor("/check-and-login-async/").tries("wrong", headers=SCRIPT)[0]
    assert answer.json()["failure_limit"] == 3


def test_attempts_at_once_share_one_budget(ada: Visitor) -> None:
    """As many as there are permits: this client runs all that is no coroutine in one thread, where
    one more would wait for those behind it. See ``tests/asgi`` for more, on a real server."""
    visitor = AsyncVisitor("/check-and-login-async/")

    async def send() -> list[int]:
        answers = await asyncio.gather(*(visitor.send("wrong") for _ in range(3)))
        return sorted(answer.status_code for answer in answers)

    assert async_to_sync(send)() == [401, 401, LOCKED_OUT]
    assert visitor.tries(PASSWORD)[0].status_code == LOCKED_OUT


def test_the_middleware_is_a_coroutine_where_what_it_calls_is_one() -> None:
    async def asynchronous(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def synchronous(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert iscoroutinefunction(AxesMiddleware(asynchronous))
    assert not iscoroutinefunction(AxesMiddleware(synchronous))


def test_a_request_that_is_no_login_never_leaves_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*args: Any, **kwargs: Any) -> Callable[..., Any]:
        raise AssertionError("a thread was asked for")

    monkeypatch.setattr("axes.middleware.sync_to_async", forbidden)

    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("a page")

    answer = async_to_sync(AxesMiddleware(view))(HttpRequest())
    assert answer.content == b"a page"
