"""What somebody who logs in meets."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User

from axes.models import AccessAttempt, AccessLog

from .visitor import LOCKED_OUT, PASSWORD, Visitor, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db]

PATHS = ["/login/", "/admin/login/", "/check/", "/check-and-login/", "/check-and-login-async/"]


@pytest.mark.parametrize("path", PATHS)
def test_the_attempt_that_reaches_the_limit_is_answered_429(ada: Visitor, path: str) -> None:
    ada = ada.but(path=path)
    statuses = [ada.fails().status_code for _ in range(4)]
    wrong = 401 if "check" in path else 200
    assert statuses == [wrong, wrong, LOCKED_OUT, LOCKED_OUT]


@pytest.mark.parametrize("path", PATHS)
def test_the_right_password_is_refused_during_a_lockout(ada: Visitor, path: str) -> None:
    ada = ada.but(path=path)
    ada.fails(3)
    assert ada.succeeds().status_code == LOCKED_OUT
    assert "_auth_user_id" not in ada.client.session


@pytest.mark.parametrize("path", PATHS[:1] + PATHS[3:])
def test_two_failures_do_not_keep_the_right_password_out(ada: Visitor, path: str) -> None:
    ada = ada.but(path=path)
    ada.fails(2)
    assert ada.succeeds().status_code in {200, 302}
    assert "_auth_user_id" in ada.client.session


def test_no_password_is_checked_during_a_lockout(
    ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.fails(3)
    checked = []
    monkeypatch.setattr(
        "django.contrib.auth.backends.ModelBackend.authenticate",
        lambda *args, **kwargs: checked.append(kwargs),
    )
    ada.fails(3)
    ada.succeeds()
    assert checked == []


def test_the_login_page_opens_during_a_lockout(ada: Visitor) -> None:
    ada.fails(3)
    assert ada.looks().status_code == 200


def test_a_view_that_is_dispatched_by_axes_does_not_open_during_a_lockout(ada: Visitor) -> None:
    ada = ada.but(path="/dispatched/")
    assert ada.looks().content == b"the page"
    ada.fails(3)
    assert ada.looks().status_code == LOCKED_OUT


def test_the_view_that_is_dispatched_by_axes_is_not_called_during_a_lockout(ada: Visitor) -> None:
    ada = ada.but(path="/dispatched/")
    ada.fails(3)
    assert b"the page" not in ada.succeeds().content


def test_a_form_that_is_guarded_answers_429_at_the_limit(ada: Visitor) -> None:
    ada = ada.but(path="/form/")
    assert [ada.fails().status_code for _ in range(4)] == [400, 400, LOCKED_OUT, LOCKED_OUT]


def test_another_address_is_not_locked_out(ada: Visitor) -> None:
    ada.fails(3)
    assert not ada.but(address="192.0.2.2").is_locked_out


def test_another_username_from_the_address_is_locked_out(ada: Visitor) -> None:
    make_user("bob")
    ada.fails(3)
    assert ada.but(username="bob").is_locked_out


def test_failures_on_different_usernames_add_up_for_an_address(ada: Visitor) -> None:
    for username in ["one", "two", "three"]:
        response = ada.but(username=username).fails()
    assert response.status_code == LOCKED_OUT


def test_right_passwords_never_lock_out(ada: Visitor) -> None:
    for path in PATHS:
        for _ in range(4):
            assert ada.but(path=path).succeeds().status_code in {200, 302}


def test_two_passwords_in_one_request_are_two_attempts(ada: Visitor) -> None:
    ada = ada.but(path="/check-twice/")
    assert [ada.fails().status_code for _ in range(2)] == [401, LOCKED_OUT]
    assert sum(a.failures_since_start - (a.refused or 0) for a in AccessAttempt.objects.all()) == 3


def test_a_right_and_a_wrong_password_in_one_request_are_one_failure(ada: Visitor) -> None:
    ada = ada.but(path="/check-twice/")
    statuses = [ada.succeeds().status_code for _ in range(3)]
    assert statuses == [200, 200, LOCKED_OUT]


def test_nothing_is_kept_of_an_open_page(ada: Visitor) -> None:
    ada.looks()
    assert not AccessAttempt.objects.exists()


def test_a_success_is_in_the_access_log(ada: Visitor) -> None:
    ada.succeeds()
    entry = AccessLog.objects.get()
    assert (entry.username, entry.ip_address, entry.user_agent, entry.path_info) == (
        "ada",
        "192.0.2.1",
        "Firefox",
        "/login/",
    )
    assert entry.logout_time is None


def test_a_logout_is_noted_for_its_session_alone(ada: Visitor) -> None:
    other = Visitor(address="192.0.2.9")
    ada.succeeds()
    other.succeeds()
    ada.client.post("/logout/", **ada.environment())
    noted = AccessLog.objects.filter(logout_time__isnull=False)
    assert [entry.ip_address for entry in noted] == ["192.0.2.1"]


def test_a_session_is_known_by_a_digest_of_its_key(ada: Visitor) -> None:
    ada.succeeds()
    entry = AccessLog.objects.get()
    assert len(entry.session_hash) == 64
    assert entry.session_hash != ada.client.session.session_key


def test_the_site_goes_on_while_axes_is_off(ada: Visitor, settings: Any) -> None:
    settings.AXES_ENABLED = False
    assert [ada.fails().status_code for _ in range(5)] == [200] * 5
    assert ada.tries(PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()
    assert not AccessLog.objects.exists()


def test_the_backend_stands_first_and_the_middleware_last() -> None:
    backends, middleware = django_settings.AUTHENTICATION_BACKENDS, django_settings.MIDDLEWARE
    assert backends[0] == "axes.backends.AxesStandaloneBackend"
    assert middleware[-1] == "axes.middleware.AxesMiddleware"


def test_a_sites_tests_can_force_a_login(ada: Visitor) -> None:
    """Django chooses the first backend that knows users: ours must not look like one."""
    ada.client.force_login(User.objects.get())
    assert ada.client.session["_auth_user_backend"] == "django.contrib.auth.backends.ModelBackend"
    assert ada.client.get("/login/").wsgi_request.user.is_authenticated


@pytest.mark.parametrize("path", ["/check-and-login/", "/check-and-login-async/"])
def test_the_backend_that_knows_users_checks_no_password_itself(
    ada: Visitor, settings: Any, path: str
) -> None:
    settings.AUTHENTICATION_BACKENDS = ["axes.backends.AxesBackend"]
    assert ada.but(path=path).succeeds().status_code == 401


@pytest.mark.parametrize("wrong", [["default"], {"default": 1}, "nowhere", 7, None], ids=repr)
def test_a_wrong_name_of_a_cache_keeps_nobody_from_logging_in(
    ada: Visitor, settings: Any, wrong: Any
) -> None:
    settings.AXES_CACHE = wrong
    assert ada.succeeds().status_code == 302
    assert [ada.fails().status_code for _ in range(3)] == [200, 200, LOCKED_OUT]
