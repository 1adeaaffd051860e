"""Handlers, backends and middleware that sites have made of ours by overriding one method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.test import Client, RequestFactory

from axes.backends import AxesStandaloneBackend
from axes.handlers.base import AxesBaseHandler, AxesHandler
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.dummy import AxesDummyHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_lockout_response
from axes.middleware import AxesMiddleware
from axes.models import AccessAttempt, Tally

from .handlers_of_sites import CountsInMemory, HearsOfRecords
from .visitor import LOCKED_OUT, PASSWORD, WRONG, Visitor, make_user

pytestmark = pytest.mark.django_db

Use = Callable[[str], None]


@pytest.fixture
def use(settings: Any) -> Iterator[Use]:
    """Lets the site have the handler of that name."""

    def choose(name: str) -> None:
        settings.AXES_HANDLER = f"tests.handlers_of_sites.{name}"

    yield choose
    HearsOfRecords.heard.clear()
    CountsInMemory.failures.clear()


def test_is_allowed_may_forbid_more(use: Use, ada: Visitor) -> None:
    use("NeverMallory")
    make_user("mallory")
    mallory = ada.but(username="mallory", address="198.51.100.7")
    assert mallory.succeeds().status_code == 200
    assert ada.succeeds().status_code == 302
    assert not Tally.objects.exclude(current_permits=0, previous_permits=0).exists()


def test_is_allowed_that_forbids_does_not_hide_a_lockout(use: Use, ada: Visitor) -> None:
    use("NeverMallory")
    assert ada.fails(3).status_code == LOCKED_OUT
    assert ada.but(username="mallory").succeeds().status_code == LOCKED_OUT


def test_is_allowed_has_the_last_word(use: Use, ada: Visitor) -> None:
    use("AlwaysAda")
    ada.fails(5)
    assert ada.succeeds().status_code == 302
    make_user("bob")
    assert ada.but(username="bob").succeeds().status_code != 302


def test_is_whitelisted_may_exempt_more(use: Use, ada: Visitor) -> None:
    use("ExemptsStaff")
    staff = ada.but(headers={"HTTP_X_STAFF": "yes"})
    assert staff.fails(5).status_code == 200
    assert AccessAttempt.objects.count() == 0
    assert ada.fails(3).status_code == LOCKED_OUT


def test_is_blacklisted_may_deny_others(use: Use, ada: Visitor) -> None:
    use("DeniesRobots")
    assert ada.but(agent="bot").succeeds().status_code == 200
    assert ada.succeeds().status_code == 302


def test_is_locked_may_forgive(use: Use, ada: Visitor) -> None:
    use("ForgivesAda")
    ada.fails(4)
    assert ada.succeeds().status_code == 302
    make_user("bob")
    assert ada.but(username="bob").is_locked_out


def test_get_failures_is_measured_by_the_limit(use: Use, ada: Visitor) -> None:
    use("CountsDouble")
    ada.fails(1)
    request = ada.request()
    assert AxesProxyHandler.get_failures(request, {"username": "ada"}) == 2
    assert not AxesProxyHandler.is_locked(request, {"username": "ada"})
    ada.fails(1)
    assert AxesProxyHandler.is_locked(request, {"username": "ada"})
    assert not AxesProxyHandler.is_allowed(request, {"username": "ada"})
    assert ada.succeeds().status_code == LOCKED_OUT


def test_the_client_may_be_seen_otherwise(use: Use, ada: Visitor) -> None:
    use("SeesTheClientHeader")
    ada.but(username="ada+x", headers={"HTTP_X_CLIENT": "203.0.113.9"}).fails(1)
    attempt = AccessAttempt.objects.get()
    assert (attempt.ip_address, attempt.username) == ("203.0.113.9", "ada")


def test_is_admin_request_says_what_the_admin_site_is(
    use: Use, settings: Any, ada: Visitor
) -> None:
    use("GuardsOnlyTheShop")
    settings.AXES_ONLY_ADMIN_SITE = True
    assert ada.fails(4).status_code == 200
    assert ada.but(headers={"HTTP_X_PART": "shop"}).fails(3).status_code == LOCKED_OUT


def test_a_handler_hears_of_each_record(use: Use, ada: Visitor) -> None:
    use("HearsOfRecords")
    ada.fails(2)
    assert HearsOfRecords.heard == [("ada", 1), ("ada", 2)]


def test_a_handler_may_have_a_store_of_its_own(use: Use, settings: Any, ada: Visitor) -> None:
    use("CountsInMemory")
    settings.AXES_FAILURE_LIMIT = 2
    assert ada.fails(1).status_code == 200
    assert ada.fails(1).status_code == LOCKED_OUT
    assert ada.succeeds().status_code != 302
    assert ada.but(address="198.51.100.7").succeeds().status_code == 302
    assert AccessAttempt.objects.count() == Tally.objects.count() == 0


def test_the_base_handlers_answer_without_a_store(ada: Visitor) -> None:
    request = ada.request()
    for handler in [AxesHandler(), AxesDummyHandler()]:
        assert handler.is_allowed(request) is True
        assert handler.is_locked(request) is False
        assert handler.get_failures(request) == 0
        assert handler.reset_attempts() == handler.reset_logs() == handler.reset_failure_logs() == 0
        assert handler.remove_out_of_limit_failure_logs(username="ada") == 0
    assert issubclass(AxesDatabaseHandler, AxesBaseHandler)


@pytest.mark.parametrize("handler", [AxesDatabaseHandler(), AxesProxyHandler])
def test_questions_about_the_admin_site(settings: Any, ada: Visitor, handler: Any) -> None:
    request = ada.but(path="/admin/login/").request()
    assert handler.get_admin_url() == "/admin/"
    assert handler.is_admin_request(request)
    settings.AXES_ONLY_ADMIN_SITE = True
    with pytest.deprecated_call():
        assert handler.is_admin_site(request) is False
    with pytest.deprecated_call():
        assert handler.is_admin_site(ada.request()) is True
    settings.ROOT_URLCONF = "tests.urls_without_admin"
    assert handler.get_admin_url() is None
    assert not handler.is_admin_request(request)


class OwnBackend(AxesStandaloneBackend):
    asked: list[str | None] = []

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        self.asked.append(username)
        super().authenticate(request, username, password, **kwargs)


class OwnMiddleware(AxesMiddleware):
    def __call__(self, request: Any) -> Any:
        response = super().__call__(request)
        response["X-Guarded"] = "yes"
        return response


def test_a_backend_and_a_middleware_of_a_site_are_used(settings: Any, ada: Visitor) -> None:
    settings.AUTHENTICATION_BACKENDS = [
        f"{__name__}.OwnBackend",
        "django.contrib.auth.backends.ModelBackend",
    ]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:-1], f"{__name__}.OwnMiddleware"]
    answer = ada.but(client=Client()).fails(3)
    assert (answer.status_code, answer["X-Guarded"]) == (LOCKED_OUT, "yes")
    assert OwnBackend.asked == ["ada"] * 3
    OwnBackend.asked.clear()


def test_an_overriding_handler_keeps_the_limit(use: Use, ada: Visitor) -> None:
    use("NeverMallory")
    request = ada.request()
    for _ in range(3):
        assert authenticate(request, username="ada", password=WRONG) is None
    assert authenticate(ada.request(), username="ada", password=PASSWORD) is None
    assert get_lockout_response(request).status_code == LOCKED_OUT


def test_a_test_may_put_its_own_answer_in_the_place_of_ours(ada: Visitor) -> None:
    with mock.patch("axes.handlers.proxy.AxesProxyHandler.is_allowed", return_value=False):
        assert ada.succeeds().status_code == 200
    with mock.patch("axes.handlers.proxy.AxesProxyHandler.is_allowed", return_value=True):
        assert ada.succeeds().status_code == 302


def test_a_view_may_say_that_its_request_is_locked_out(rf: RequestFactory, settings: Any) -> None:
    def view(request: Any) -> HttpResponse:
        request.axes_locked_out = True
        return HttpResponse()

    guarded = AxesMiddleware(view)
    assert guarded(rf.post("/login/")).status_code == LOCKED_OUT
    settings.AXES_ENABLED = False
    assert guarded(rf.post("/login/")).status_code == 200
