"""A second factor of two-factor: the password is guarded as it is, the code by one backend."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import guide
from .browsers import Browser, browser, permits
from .clients import Answer, at_once
from .codes import WRONG_CODE, Device
from .conftest import Serve
from .sites import ExampleSite

RIGHT, WRONG = "correct-horse-battery", "wrong-horse-battery"
LOGIN = "/account/login/"
PYTHON = str(Path(__file__).parents[2])
DEVICE = Device()

# django-otp lets nobody try a second code within a second.
NO_THROTTLE = "OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0"

RECORDS = """
SELECT username, failures_since_start, path_info FROM axes_accessattempt WHERE ip_address = ?
"""


@pytest.fixture(scope="module")
def site(serve: Serve) -> ExampleSite:
    site = serve("two-factor", NO_THROTTLE)
    add_accounts(site)
    return site


def add_accounts(site: ExampleSite) -> None:
    """Ada, and Eves who have a second factor: one for each test, as a code is good only once."""
    site.make_users({name: {} for name in ["ada", *(f"eve{number}" for number in range(8))]}, RIGHT)
    site.run(
        "from django.contrib.auth.models import User\n"
        "for eve in User.objects.filter(username__startswith='eve'):\n"
        f"    eve.totpdevice_set.create(name='default', key={DEVICE.hexadecimal!r})\n"
        "    eve.staticdevice_set.create(name='backup').token_set.create(token='abcdefgh')"
    )


def log_in(visitor: Browser, password: str, username: str = "ada") -> Answer:
    return visitor.fill_in(LOGIN, auth__username=username, auth__password=password)


class Eve:
    """Somebody who knows Eve's password and is asked for a code."""

    def __init__(self, site: ExampleSite, username: str, address: str | None = None) -> None:
        self.visitor = browser(site, address)
        self.page = log_in(self.visitor, RIGHT, username)
        assert 'name="token-otp_token"' in self.page.text

    def tries(self, code: str) -> Answer:
        return self.visitor.submit(self.page, LOGIN, {"token-otp_token": code})

    def tries_backup(self, code: str) -> Answer:
        page = self.visitor.submit(self.page, LOGIN, {"wizard_goto_step": "backup"})
        assert 'name="backup-otp_token"' in page.text
        return self.visitor.submit(page, LOGIN, {"backup-otp_token": code})


def test_its_settings_are_in_order(site: ExampleSite) -> None:
    site.manage("check", "--fail-level", "WARNING")


def test_the_third_wrong_password_locks_out(site: ExampleSite) -> None:
    visitor = browser(site)
    answers = [log_in(visitor, WRONG) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].text.startswith("Account locked: too many login attempts.")
    assert log_in(visitor, RIGHT).status == 429
    assert site.sql(RECORDS, visitor.address) == [("ada", 4, LOGIN)]
    assert permits(site) == 0
    site.manage("axes_reset_ip", visitor.address)
    page = visitor.follow(log_in(visitor, RIGHT))
    assert page.text == "You are ada, without a second factor."
    assert permits(site) == 0


def test_exactly_three_passwords_are_checked_however_fast_they_come(site: ExampleSite) -> None:
    visitor = browser(site)
    page = visitor.get(LOGIN)
    fields = {"auth-username": "ada", "auth-password": WRONG}
    answers = at_once(16, lambda _: visitor.submit(page, LOGIN, fields))
    assert sorted(answer.status for answer in answers) == [200] * 2 + [429] * 14
    assert permits(site) == 0


def test_both_factors_let_in(site: ExampleSite) -> None:
    eve = Eve(site, "eve0")
    assert permits(site) == 0
    assert eve.visitor.follow(eve.tries(DEVICE.code)).text == "You are eve0, with a second factor."
    assert permits(site) == 0


def test_a_login_remembers_the_backend_that_checked_the_password(site: ExampleSite) -> None:
    eve = Eve(site, "eve1")
    assert eve.tries(DEVICE.code).status == 302
    session = eve.visitor.cookies["sessionid"].value
    backend = site.run(
        "from django.contrib.sessions.models import Session\n"
        f"print(Session.objects.get(pk={session!r}).get_decoded()['_auth_user_backend'])"
    )
    assert backend.splitlines()[-1] == "django.contrib.auth.backends.ModelBackend"


def test_the_third_wrong_code_locks_out(site: ExampleSite) -> None:
    eve = Eve(site, "eve2")
    answers = [eve.tries(WRONG_CODE) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert "Invalid token" in answers[0].text
    assert eve.tries(DEVICE.code).status == 429
    assert eve.visitor.get("/").status == 302
    assert site.sql(RECORDS, eve.visitor.address) == [("eve2", 4, LOGIN)]
    site.manage("axes_reset_ip", eve.visitor.address)
    assert eve.visitor.follow(eve.tries(DEVICE.code)).text == "You are eve2, with a second factor."
    assert permits(site) == 0


def test_wrong_backup_codes_count_and_right_ones_let_in(site: ExampleSite) -> None:
    eve = Eve(site, "eve3")
    assert [eve.tries_backup("zzzzzzzz").status for _ in range(2)] == [200, 200]
    page = eve.visitor.follow(eve.tries_backup("abcdefgh"))
    assert page.text == "You are eve3, with a second factor."
    assert site.sql(RECORDS, eve.visitor.address) == [("eve3", 2, LOGIN)]
    assert permits(site) == 0


def test_wrong_codes_and_wrong_passwords_share_one_limit(site: ExampleSite) -> None:
    eve = Eve(site, "eve4")
    assert eve.tries(WRONG_CODE).status == 200
    # The right password between them is no success: nobody has logged in.
    again = Eve(site, "eve4", eve.visitor.address)
    assert log_in(browser(site, eve.visitor.address), WRONG, "eve4").status == 200
    assert again.tries(WRONG_CODE).status == 429
    assert eve.tries(DEVICE.code).status == 429


def test_exactly_three_codes_are_checked_however_fast_they_come(site: ExampleSite) -> None:
    eve = Eve(site, "eve5")
    answers = at_once(16, lambda _: eve.tries(WRONG_CODE))
    assert sorted(answer.status for answer in answers) == [200] * 2 + [429] * 14
    assert permits(site) == 0
    sql = "SELECT failures_since_start, refused FROM axes_accessattempt WHERE username = 'eve5'"
    assert site.sql(sql) == [(16, 13)]


def test_no_secret_is_kept(site: ExampleSite) -> None:
    log_in(browser(site), "a-secret-typed-wrongly")
    eve = Eve(site, "eve6")
    eve.tries("918273")
    eve.tries_backup("backup-typed-wrongly")
    for secret in ["a-secret-typed-wrongly", "918273", "backup-typed-wrongly"]:
        assert secret not in site.dump + site.log


def test_codes_that_django_otp_does_not_check_are_not_counted(serve: Serve) -> None:
    site = serve("two-factor", "OTP_TOTP_THROTTLE_FACTOR = 60")
    add_accounts(site)
    eve = Eve(site, "eve0")
    assert eve.tries(WRONG_CODE).status == 200
    answers = [eve.tries(code) for code in [WRONG_CODE, DEVICE.code, WRONG_CODE]]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert all("temporarily disabled" in answer.text for answer in answers)
    assert site.sql(RECORDS, eve.visitor.address) == [("eve0", 1, LOGIN)]


@pytest.fixture(scope="module")
def plain(serve: Serve) -> ExampleSite:
    """The site without the example's login view."""
    path = f"import sys; sys.path.append({PYTHON!r})"
    urls = 'ROOT_URLCONF = "tests.integrations.plain_two_factor"'
    site = serve("two-factor", f"{NO_THROTTLE}\n{path}\n{urls}")
    add_accounts(site)
    return site


def test_without_the_login_view_of_the_example_codes_are_no_attempts(plain: ExampleSite) -> None:
    eve = Eve(plain, "eve0")
    assert [eve.tries(WRONG_CODE).status for _ in range(4)] == [200] * 4
    assert plain.sql(RECORDS, eve.visitor.address) == []
    passwords = [log_in(browser(plain, eve.visitor.address), WRONG).status for _ in range(3)]
    assert passwords == [200, 200, 429]
    assert eve.tries(DEVICE.code).status == 302
    assert permits(plain) == 0


def test_a_view_of_ones_own_has_its_codes_guarded(plain: ExampleSite) -> None:
    client = plain.client()

    def tries(code: str) -> int:
        return client.post_form("/check-code/", {"username": "eve1", "code": code}).status

    assert tries(DEVICE.code) == 200
    assert [tries(WRONG_CODE) for _ in range(4)] == [401, 401, 429, 429]
    assert plain.sql(RECORDS, client.address) == [("eve1", 4, "/check-code/")]
    assert permits(plain) == 0


def test_a_view_that_tells_afterwards_has_its_failures_counted(plain: ExampleSite) -> None:
    client = plain.client()
    statuses = [client.post_form("/tell/", {"username": "eve2"}).status for _ in range(4)]
    assert statuses == [401, 401, 429, 429]
    assert plain.sql(RECORDS, client.address) == [("eve2", 4, "/tell/")]
    assert log_in(browser(plain, client.address), RIGHT).status == 429


def test_the_backend_in_the_guide_is_the_examples() -> None:
    assert guide.is_code_of("two-factor/codes.py", "CodeBackend")
