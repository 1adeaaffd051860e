"""The login of allauth is guarded as it is, and its second factor by one backend."""

from __future__ import annotations

from pathlib import Path

import pytest

from .browsers import Browser, browser, permits
from .clients import Answer, at_once
from .codes import WRONG_CODE, Device
from .conftest import Serve
from .sites import ExampleSite

RIGHT, WRONG = "correct-horse-battery", "wrong-horse-battery"
LOGIN = "/accounts/login/"
CODE = "/accounts/2fa/authenticate/"
CODE_AGAIN = "/accounts/2fa/reauthenticate/"
PASSWORD_AGAIN = "/accounts/reauthenticate/"
API = "/_allauth/app/v1/auth/login"
PYTHON = str(Path(__file__).parents[2])
DEVICE = Device()

RECORDS = """
SELECT username, failures_since_start, path_info FROM axes_accessattempt WHERE ip_address = ?
"""


@pytest.fixture(scope="module")
def site(serve: Serve) -> ExampleSite:
    """With Ada, and with Eves who have a second factor: one for each test, as a code is good only
    once."""
    site = serve("allauth", "MFA_TOTP_TOLERANCE = 1")
    site.make_user("ada", RIGHT, email="ada@example.com")
    for number in range(6):
        site.make_user(f"eve{number}", RIGHT)
    site.run(
        "from allauth.mfa.totp.internal.auth import TOTP\n"
        "from django.contrib.auth.models import User\n"
        "for eve in User.objects.filter(username__startswith='eve'):\n"
        f"    TOTP.activate(eve, {DEVICE.secret!r})"
    )
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


def log_in(visitor: Browser, password: str, login: str = "ada", **headers: str) -> Answer:
    fields = {"login": login, "password": password}
    return visitor.submit(visitor.get(LOGIN), LOGIN, fields, **headers)


def after_password(site: ExampleSite, login: str) -> Browser:
    """Somebody who knows Eve's password and is asked for a code."""
    visitor = browser(site)
    answer = log_in(visitor, RIGHT, login)
    assert (answer.status, answer.headers["Location"]) == (302, CODE)
    return visitor


def records(site: ExampleSite, visitor: Browser) -> list[tuple[object, ...]]:
    return sorted(site.sql(RECORDS, visitor.address))


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


def test_both_factors_let_in(site: ExampleSite) -> None:
    visitor = after_password(site, "eve0")
    assert permits(site) == 0
    assert visitor.follow(visitor.fill_in(CODE, code=DEVICE.code)).text == "You are eve0."
    assert permits(site) == 0


def test_the_third_wrong_code_locks_out(site: ExampleSite) -> None:
    visitor = after_password(site, "eve1")
    answers = [visitor.fill_in(CODE, code=WRONG_CODE) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert "Incorrect code." in answers[0].text
    assert visitor.fill_in(CODE, code=DEVICE.code).status == 429
    assert visitor.get("/").status == 302
    assert records(site, visitor) == [("eve1", 4, CODE)]
    site.manage("axes_reset_ip", visitor.address)
    assert visitor.follow(visitor.fill_in(CODE, code=DEVICE.code)).text == "You are eve1."
    assert permits(site) == 0


def test_wrong_codes_and_wrong_passwords_share_one_limit(site: ExampleSite) -> None:
    visitor = after_password(site, "eve2")
    assert visitor.fill_in(CODE, code=WRONG_CODE).status == 200
    other = browser(site, visitor.address)
    # The right password between them is no success: nobody has logged in.
    assert log_in(other, RIGHT, "eve2").status == 302
    assert log_in(browser(site, visitor.address), WRONG, "eve2").status == 200
    assert visitor.fill_in(CODE, code=WRONG_CODE).status == 429
    assert log_in(browser(site, visitor.address), RIGHT, "eve2").status == 429


def test_exactly_three_codes_are_checked_however_fast_they_come(site: ExampleSite) -> None:
    visitor = after_password(site, "eve3")
    page = visitor.get(CODE)
    answers = at_once(16, lambda _: visitor.submit(page, CODE, {"code": WRONG_CODE}))
    assert sorted(answer.status for answer in answers) == [200] * 2 + [429] * 14
    assert permits(site) == 0


def test_asking_for_a_code_again_is_guarded(site: ExampleSite) -> None:
    visitor = after_password(site, "eve4")
    visitor.fill_in(CODE, code=DEVICE.code)
    statuses = [visitor.fill_in(CODE_AGAIN, code=WRONG_CODE).status for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_no_secret_is_kept(site: ExampleSite) -> None:
    visitor = browser(site)
    log_in(visitor, "a-secret-typed-wrongly")
    eve = after_password(site, "eve5")
    eve.fill_in(CODE, code="918273")
    assert "a-secret-typed-wrongly" not in site.dump + site.log
    assert "918273" not in site.dump + site.log


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
    assert headless.sql(RECORDS, client.address) == [(typed, 4, API)]
    headless.manage("axes_reset_ip", client.address)
    assert client.post_json(API, right).json["meta"]["is_authenticated"] is True
    assert permits(headless) == 0
