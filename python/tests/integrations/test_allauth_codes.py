"""The second factor of allauth is guarded by one backend of the example's."""

from __future__ import annotations

import pytest

from .allauth_site import (
    CODE,
    CODE_AGAIN,
    DEVICE,
    LOGIN,
    RIGHT,
    WRONG,
    add_eves,
    log_in,
    records,
)
from .browsers import Browser, browser, permits
from .clients import at_once
from .codes import WRONG_CODE
from .conftest import Serve
from .sites import ExampleSite


@pytest.fixture(scope="module")
def site(serve: Serve) -> ExampleSite:
    site = serve("allauth", "MFA_TOTP_TOLERANCE = 1")
    add_eves(site, 6)
    return site


def after_password(site: ExampleSite, login: str) -> Browser:
    """Somebody who knows Eve's password and is asked for a code."""
    visitor = browser(site)
    answer = log_in(visitor, RIGHT, login)
    assert (answer.status, answer.headers["Location"]) == (302, CODE)
    return visitor


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


def test_no_code_is_kept(site: ExampleSite) -> None:
    after_password(site, "eve5").fill_in(CODE, code="918273")
    assert "918273" not in site.dump + site.log


def test_a_success_forgets_what_it_proves_once_both_factors_were_right(serve: Serve) -> None:
    site = serve("allauth", "MFA_TOTP_TOLERANCE = 1\nAXES_RESET_ON_SUCCESS = True")
    add_eves(site, 1)
    visitor = browser(site)
    for login in ["eve0", "eve0@example.com"]:
        assert log_in(visitor, WRONG, login).status == 200
    assert log_in(visitor, RIGHT, "eve0").status == 302
    both = [("eve0", 1, LOGIN), ("eve0@example.com", 1, LOGIN)]
    assert records(site, visitor) == both
    assert visitor.follow(visitor.fill_in(CODE, code=DEVICE.code)).text == "You are eve0."
    assert records(site, visitor) == both[1:]
