"""The login of allauth is guarded as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from .allauth_site import LOGIN, PASSWORD_AGAIN, RIGHT, WRONG, log_in, records
from .browsers import browser, permits
from .clients import at_once
from .conftest import Serve
from .sites import ExampleSite

API = "/_allauth/app/v1/auth/login"
PYTHON = str(Path(__file__).parents[2])


@pytest.fixture(scope="module")
def site(serve: Serve) -> ExampleSite:
    site = serve("allauth")
    site.make_user("ada", RIGHT, email="ada@example.com")
    return site


@pytest.fixture(scope="module")
def headless(serve: Serve) -> ExampleSite:
    site = serve(
        "allauth",
        f"import sys; sys.path.append({PYTHON!r})\n"
        'ROOT_URLCONF = "tests.integrations.headless_allauth"\n'
        'INSTALLED_APPS += ["allauth.headless"]',
    )
    site.make_user("ada", RIGHT, email="ada@example.com")
    return site


def test_its_settings_are_in_order(site: ExampleSite) -> None:
    site.manage("check", "--fail-level", "WARNING")


@pytest.mark.parametrize("login", ["ada", "ada@example.com", "nobody@example.com"])
def test_the_third_wrong_password_locks_out(site: ExampleSite, login: str) -> None:
    visitor = browser(site)
    answers = [log_in(visitor, WRONG, login) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 429, 429]
    assert answers[2].text.startswith("Account locked: too many login attempts.")
    assert 0 < int(answers[2].headers["Retry-After"]) <= 15 * 60
    assert records(site, visitor) == [(login, 4, LOGIN)]
    assert permits(site) == 0


def test_the_right_password_is_refused_until_a_reset(site: ExampleSite) -> None:
    visitor = browser(site)
    for _ in range(8):
        # More than the five that allauth itself would allow.
        log_in(visitor, WRONG)
    assert log_in(visitor, RIGHT).status == 429
    site.manage("axes_reset_ip", visitor.address)
    assert visitor.follow(log_in(visitor, RIGHT)).text == "You are ada."
    assert permits(site) == 0


def test_right_passwords_never_lock_out(site: ExampleSite) -> None:
    address = browser(site).address
    for login in ["ada", "ada@example.com"] * 3:
        visitor = browser(site, address)
        assert visitor.follow(log_in(visitor, RIGHT, login)).text == "You are ada."
    assert permits(site) == 0


def test_exactly_three_passwords_are_checked_however_fast_they_come(site: ExampleSite) -> None:
    visitor = browser(site)
    page = visitor.get(LOGIN)
    answers = at_once(
        16, lambda _: visitor.submit(page, LOGIN, {"login": "ada", "password": WRONG})
    )
    assert sorted(answer.status for answer in answers) == [200] * 2 + [429] * 14
    assert permits(site) == 0


@pytest.mark.parametrize(
    "headers", [{"X_Requested_With": "XMLHttpRequest"}, {"Accept": "application/json"}]
)
def test_scripts_get_json_from_allauth_and_from_axes(
    site: ExampleSite, headers: dict[str, str]
) -> None:
    visitor = browser(site)
    answers = [log_in(visitor, WRONG, **headers) for _ in range(3)]
    assert [answer.status for answer in answers] == [400, 400, 429]
    assert "form" in answers[0].json
    told = answers[2].json
    assert (told["username"], told["failure_limit"], told["failure_count"]) == ("ada", 3, 3)
    assert log_in(visitor, RIGHT, **headers).status == 429


def test_asking_for_the_password_again_is_guarded(site: ExampleSite) -> None:
    visitor = browser(site)
    log_in(visitor, RIGHT)
    statuses = [visitor.fill_in(PASSWORD_AGAIN, password=WRONG).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert visitor.fill_in(PASSWORD_AGAIN, password=RIGHT).status == 429
    assert records(site, visitor) == [("ada", 4, PASSWORD_AGAIN)]


def test_without_the_adapter_allauth_goes_on_refusing_after_a_reset(
    serve: Serve, tmp_path: Path
) -> None:
    """Why the example has one."""
    cache = "django.core.cache.backends.filebased.FileBasedCache"
    site = serve(
        "allauth",
        "del ACCOUNT_ADAPTER\n"
        f"CACHES = {{'default': {{'BACKEND': {cache!r}, 'LOCATION': {str(tmp_path)!r}}}}}",
    )
    site.make_user("ada", RIGHT)
    visitor = browser(site)
    assert [log_in(visitor, WRONG).status for _ in range(5)] == [200, 200, 429, 429, 429]
    site.manage("axes_reset")
    answer = log_in(visitor, RIGHT)
    assert answer.status == 200
    assert "Too many failed login attempts" in answer.text
    assert permits(site) == 0


def test_logging_in_by_email_alone_is_guarded_by_what_was_typed(serve: Serve) -> None:
    site = serve(
        "allauth",
        'ACCOUNT_LOGIN_METHODS = {"email"}\n'
        'ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]\n'
        'AXES_LOCKOUT_PARAMETERS = ["username"]',
    )
    site.make_user("ada", RIGHT, email="ada@example.com")
    email = "Ada@example.com"
    visitor = browser(site)
    answers = [log_in(browser(site), WRONG, email) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert log_in(visitor, WRONG, email).status == 429
    # allauth writes addresses in small letters before anybody sees them.
    assert records(site, visitor) == [(email.lower(), 1, LOGIN)]
    assert log_in(visitor, RIGHT, "ada@example.com").status == 429
    site.manage("axes_reset_username", "ada@example.com")
    assert visitor.follow(log_in(visitor, RIGHT, email)).text == "You are ada."
    assert permits(site) == 0


@pytest.mark.parametrize("name", ["username", "email"])
def test_the_api_for_apps_is_guarded(headless: ExampleSite, name: str) -> None:
    typed = {"username": "ada", "email": "ada@example.com"}[name]
    client = headless.client()
    wrong, right = ({name: typed, "password": password} for password in (WRONG, RIGHT))
    answers = [client.post_json(API, wrong) for _ in range(3)]
    assert [answer.status for answer in answers] == [400, 400, 429]
    assert (answers[2].json["username"], answers[2].json["failure_count"]) == (typed, 3)
    assert client.post_json(API, right).status == 429
    assert records(headless, client) == [(typed, 4, API)]
    headless.manage("axes_reset_ip", client.address)
    assert client.post_json(API, right).json["meta"]["is_authenticated"] is True
    assert permits(headless) == 0


def test_no_password_is_kept(site: ExampleSite) -> None:
    log_in(browser(site), "a-secret-typed-wrongly")
    assert "a-secret-typed-wrongly" not in site.dump + site.log
