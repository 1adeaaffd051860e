"""With reversion each request is a transaction: what it counted survives whatever becomes of it."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.race.servers import Database, on_server

from .browsers import Browser, browser
from .clients import Answer, at_once
from .conftest import Serve
from .sites import ExampleSite

RIGHT, WRONG = "correct-horse-battery", "wrong-horse-battery"
LIMIT = 3
PYTHON = str(Path(__file__).parents[2])
CHANGES = f"""
import sys; sys.path.append({PYTHON!r})
ROOT_URLCONF = "tests.integrations.failing_reversion"
# There are many passwords to check.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""

FIRST = ["", "read", "write"]
# How the view goes on, and the answer to a failure that does not lock out yet.
THEN = {"": 401, "forbid": 403, "miss": 404, "raise": 500, "roll back": 401, "poison": 500}

RECORDS = """
SELECT COALESCE(SUM(failures_since_start), 0), COALESCE(SUM(refused), 0)
FROM axes_accessattempt WHERE ip_address = ?
"""
PERMITS = """
SELECT COALESCE(SUM(current_permits + previous_permits), 0) FROM axes_tally WHERE network = ?
"""

_numbers = itertools.count(1)


@dataclass
class Reversion:
    """The site, and a look into its database."""

    site: ExampleSite
    database: Database

    def records(self, visitor: Browser) -> tuple[int, int]:
        """The failures from there, and how many of them were refused."""
        ((failures, refused),) = self.database.rows(RECORDS, visitor.address)
        return int(failures), int(refused)

    def permits(self, visitor: Browser) -> int:
        ((count,),) = self.database.rows(PERMITS, f"{visitor.address}/32")
        return int(count)


@pytest.fixture(scope="module", params=["sqlite", "postgres", "mariadb"])
def reversion(request: pytest.FixtureRequest, serve: Serve) -> Reversion:
    if request.param == "sqlite":
        site = serve("reversion", CHANGES)
        database = Database({}, lambda: sqlite3.connect(site.database, timeout=20), "?")
    else:
        server = request.getfixturevalue(f"{request.param}_server")
        database = on_server(server, f"reversion{next(_numbers)}")
        site = serve("reversion", f"{CHANGES}\nDATABASES = {{'default': {database.settings!r}}}")
    site.make_user("ada", RIGHT)
    return Reversion(site, database)


def check(visitor: Browser, password: str, first: str = "", then: str = "", **more: str) -> Answer:
    fields = {"username": "ada", "password": password, "first": first, "then": then}
    return visitor.post_form(more.get("path", "/check/"), fields)


def log_in(visitor: Browser, password: str) -> Answer:
    return visitor.fill_in("/login/", username="ada", password=password)


def wait_for(get: Callable[[], Any], wanted: Any) -> None:
    """SQLite counts again when the answer has gone out."""
    deadline = time.monotonic() + 10
    while (found := get()) != wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)


def test_its_settings_are_in_order(reversion: Reversion) -> None:
    reversion.site.manage("check", "--fail-level", "WARNING")
    reversion.site.manage("makemigrations", "--check", "--dry-run")


def test_versions_are_kept_of_whoever_logs_in_and_signs(reversion: Reversion) -> None:
    visitor = browser(reversion.site)
    assert visitor.follow(log_in(visitor, RIGHT)).status == 200
    page = visitor.follow(visitor.fill_in("/write/", text="hello", password=RIGHT))
    assert page.text == "ada: hello"
    assert reversion.permits(visitor) == 0


def test_the_third_wrong_password_locks_out(reversion: Reversion) -> None:
    visitor = browser(reversion.site)
    assert [log_in(visitor, WRONG).status for _ in range(LIMIT)] == [200, 200, 429]
    assert log_in(visitor, RIGHT).status == 429
    assert reversion.records(visitor) == (LIMIT + 1, 1)
    assert reversion.permits(visitor) == 0
    reversion.site.manage("axes_reset_ip", visitor.address)
    assert log_in(visitor, RIGHT).status == 302
    assert reversion.permits(visitor) == 0


def test_a_password_that_is_asked_for_again_is_guarded(reversion: Reversion) -> None:
    visitor = browser(reversion.site)
    log_in(visitor, RIGHT)
    signed = [visitor.fill_in("/write/", text="no", password=WRONG).status for _ in range(LIMIT)]
    assert signed == [403, 403, 429]
    assert visitor.fill_in("/write/", text="no", password=RIGHT).status == 429


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("then", THEN)
@pytest.mark.parametrize("path", ["/check/", "/check-in-a-revision/"])
def test_failures_survive_however_the_request_ends(
    reversion: Reversion, path: str, first: str, then: str
) -> None:
    visitor = browser(reversion.site)
    for failures in range(1, LIMIT + 1):
        answer = check(visitor, WRONG, first, then, path=path)
        # What fails behind the view is answered by Django, after Axes.
        locked_out = failures == LIMIT and then != "poison"
        assert answer.status == (429 if locked_out else THEN[then])
        wait_for(lambda: reversion.records(visitor), (failures, 0))
    assert check(visitor, RIGHT).status == 429
    assert reversion.permits(visitor) == 0


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("then", ["", "forbid", "miss", "roll back"])
@pytest.mark.parametrize("path", ["/check/", "/check-in-a-revision/"])
def test_right_passwords_are_no_failures_however_the_request_ends(
    reversion: Reversion, path: str, first: str, then: str
) -> None:
    visitor = browser(reversion.site)
    for _ in range(LIMIT + 1):
        answer = check(visitor, RIGHT, first, then, path=path)
        assert answer.status == {"forbid": 403, "miss": 404}.get(then, 200)
        wait_for(lambda: reversion.permits(visitor), 0)
    assert reversion.records(visitor) == (0, 0)


@pytest.mark.parametrize("then", ["", "forbid", "raise"])
@pytest.mark.parametrize("first", ["", "read"])
def test_exactly_three_passwords_are_checked_however_fast_they_come(
    reversion: Reversion, first: str, then: str
) -> None:
    visitor = browser(reversion.site)
    answers = at_once(16, lambda _: check(visitor, WRONG, first, then))
    statuses = sorted(answer.status for answer in answers)
    assert statuses == sorted([THEN[then]] * (LIMIT - 1) + [429] * (16 - LIMIT + 1))
    assert reversion.records(visitor) == (16, 16 - LIMIT)
    assert reversion.permits(visitor) == 0


def test_right_logins_at_once_all_succeed(reversion: Reversion) -> None:
    address = browser(reversion.site).address
    visitors = [browser(reversion.site, address) for _ in range(6)]
    answers = at_once(len(visitors), lambda number: log_in(visitors[number], RIGHT))
    assert [answer.status for answer in answers] == [302] * len(visitors)
    assert reversion.permits(visitors[0]) == 0
