"""Whoever is locked out unlocks themselves, and nobody else, by solving a captcha."""

from __future__ import annotations

import re
from urllib.request import ProxyHandler, build_opener

import pytest

from . import guide
from .browsers import Browser, Inputs, browser, permits
from .clients import Answer, at_once
from .conftest import Serve
from .sites import ExampleSite

RIGHT, WRONG = "correct-horse-battery", "wrong-horse-battery"


@pytest.fixture(scope="module")
def site(serve: Serve) -> ExampleSite:
    site = serve("captcha")
    site.make_users({"ada": {}, "bob": {}}, RIGHT)
    return site


def log_in(visitor: Browser, password: str, username: str = "ada") -> Answer:
    return visitor.fill_in("/login/", username=username, password=password)


def locked_out(site: ExampleSite, address: str | None = None, username: str = "ada") -> Browser:
    """Somebody who has just been locked out."""
    visitor = browser(site, address)
    statuses = [log_in(visitor, WRONG, username).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    return visitor


def unlock(site: ExampleSite, visitor: Browser, path: str, answer: str | None = None) -> Answer:
    """Answers the captcha at ``path``, rightly unless ``answer`` is given."""
    page = visitor.get(path)
    key = Inputs(page.text).fields["captcha_0"]
    if answer is None:
        sql = "SELECT response FROM captcha_captchastore WHERE hashkey = ?"
        ((answer,),) = site.sql(sql, key)
    return visitor.submit(page, path, {"captcha_1": str(answer)})


def test_its_settings_are_in_order(site: ExampleSite) -> None:
    site.manage("check", "--fail-level", "WARNING")


def test_the_lockout_page_leads_to_a_captcha_that_lets_one_in_again(site: ExampleSite) -> None:
    visitor = locked_out(site)
    page = log_in(visitor, RIGHT)
    assert page.status == 429
    link = re.search(r'href="(/unlock/\?username=ada)"', page.text)
    assert link is not None
    answer = unlock(site, visitor, link[1])
    assert (answer.status, answer.headers["Location"]) == (302, "/login/")
    assert visitor.follow(log_in(visitor, RIGHT)).text == "You are ada."
    assert permits(site) == 0


def test_the_captcha_is_a_picture(site: ExampleSite) -> None:
    visitor = browser(site)
    shown = re.search(r'<img src="([^"]+)"', visitor.get("/unlock/").text)
    assert shown is not None
    with build_opener(ProxyHandler({})).open(site.url + shown[1]) as picture:
        assert picture.read().startswith(b"\x89PNG")


@pytest.mark.parametrize("answer", ["nonsense", ""])
def test_a_wrong_answer_unlocks_nobody(site: ExampleSite, answer: str) -> None:
    visitor = locked_out(site)
    page = unlock(site, visitor, "/unlock/?username=ada", answer)
    assert page.status == 200
    assert "captcha_0" in Inputs(page.text).fields
    assert log_in(visitor, RIGHT).status == 429


def test_one_answer_unlocks_once(site: ExampleSite) -> None:
    visitor = locked_out(site)
    page = visitor.get("/unlock/?username=ada")
    sql = "SELECT response FROM captcha_captchastore WHERE hashkey = ?"
    ((solution,),) = site.sql(sql, Inputs(page.text).fields["captcha_0"])
    fields = {"captcha_1": solution}
    assert visitor.submit(page, "/unlock/?username=ada", fields).status == 302
    assert [log_in(visitor, WRONG).status for _ in range(3)] == [200, 200, 429]
    assert visitor.submit(page, "/unlock/?username=ada", fields).status == 200
    assert log_in(visitor, RIGHT).status == 429


def test_only_that_client_is_unlocked(site: ExampleSite) -> None:
    somebody_else = locked_out(site)
    visitor = locked_out(site)
    colleague = locked_out(site, visitor.address, "bob")
    assert unlock(site, visitor, "/unlock/?username=ada").status == 302
    assert log_in(somebody_else, RIGHT).status == 429
    assert log_in(colleague, RIGHT, "bob").status == 429
    assert log_in(visitor, RIGHT).status == 302


def test_after_a_captcha_the_limit_is_exact_again(site: ExampleSite) -> None:
    visitor = locked_out(site)
    assert unlock(site, visitor, "/unlock/?username=ada").status == 302
    page = visitor.get("/login/")
    fields = {"username": "ada", "password": WRONG}
    answers = at_once(12, lambda _: visitor.submit(page, "/login/", fields))
    assert sorted(answer.status for answer in answers) == [200] * 2 + [429] * 10
    assert permits(site) == 0


def test_a_username_with_special_characters_finds_its_way_through_the_link(
    site: ExampleSite,
) -> None:
    username = "a&b=<c>+é/d"
    visitor = locked_out(site, username=username)
    link = re.search(r'href="(/unlock/\?username=[^"]+)"', log_in(visitor, RIGHT, username).text)
    assert link is not None
    assert unlock(site, visitor, link[1]).status == 302
    assert log_in(visitor, WRONG, username).status == 200


def test_the_lockout_can_go_to_the_captcha_at_once(serve: Serve) -> None:
    site = serve("captcha", 'AXES_LOCKOUT_TEMPLATE = None\nAXES_LOCKOUT_URL = "/unlock/"')
    site.make_user("ada", RIGHT)
    visitor = browser(site)
    answers = [log_in(visitor, WRONG) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 302]
    path = answers[-1].headers["Location"]
    assert path == "/unlock/?username=ada"
    assert unlock(site, visitor, path, "nonsense").status == 200
    assert unlock(site, visitor, path).status == 302
    assert visitor.follow(log_in(visitor, RIGHT)).text == "You are ada."


def test_the_view_in_the_guide_is_the_examples() -> None:
    assert guide.is_code_of("captcha/urls.py", "unlock")
