"""The limit is exact where each request is one transaction."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .burst import burst, new_address, new_user, right, wrong
from .conftest import DATABASES, NewDatabase
from .servers import Site
from .test_exact_limit import EXACT, LIMIT

RECORDED = "SELECT failures_since_start, refused FROM axes_accessattempt WHERE username = ?"


@pytest.fixture(scope="module", params=DATABASES)
def site(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Site]:
    database = new_database(request.param)
    database.settings["ATOMIC_REQUESTS"] = True
    with Site(database) as site:
        yield site


def in_flight(site: Site, address: str) -> int:
    sql = (
        "SELECT COALESCE(SUM(current_permits + previous_permits), 0) FROM axes_tally "
        "WHERE network = ?"
    )
    return int(site.database.rows(sql, f"{address}/32")[0][0])


def test_wrong_passwords(site: Site) -> None:
    address, username = new_address(), new_user()
    assert burst(site, [wrong(address, username)] * 200).count == EXACT
    assert len(site.checks(address=address)) == LIMIT
    assert site.database.rows(RECORDED, username) == [(200, 200 - LIMIT)]


def test_wrong_passwords_whose_requests_are_rolled_back(site: Site) -> None:
    address, username = new_address(), new_user()
    answers = burst(site, [wrong(address, username, then="raise")] * 200)
    assert answers.count == {500: LIMIT - 1, 429: 200 - LIMIT + 1}
    assert len(site.checks(address=address)) == LIMIT
    assert site.database.rows(RECORDED, username) == [(200, 200 - LIMIT)]


def test_wrong_passwords_after_something_was_read(site: Site) -> None:
    address, username = new_address(), new_user()
    assert burst(site, [wrong(address, username, first="read")] * 200).count == EXACT
    assert len(site.checks(address=address)) == LIMIT


def test_wrong_passwords_after_something_was_written(site: Site) -> None:
    # To different rows: what else would be raced is who may change one row.
    address = new_address()
    answers = burst(site, [wrong(address, new_user(), first="write") for _ in range(100)])
    assert answers.count == {401: LIMIT - 1, 429: 100 - LIMIT + 1}
    assert len(site.checks(address=address)) == LIMIT


def test_right_passwords(site: Site) -> None:
    # As many as SQLite gets done, one after the other, well within the five seconds after which
    # Django itself gives up writing a session.
    address = new_address()
    answers = burst(site, [right(address, new_user(), seconds=0.05) for _ in range(20)])
    assert answers.count == {200: 20}


@pytest.mark.parametrize("first", ["", "read", "write"])
def test_a_login_that_is_rolled_back_is_no_failure(site: Site, first: str) -> None:
    address, username = new_address(), new_user()
    undone = right(address, username, first=first, then="raise at last", seconds=0)
    for _ in range(LIMIT + 1):
        assert burst(site, [undone]).count == {500: 1}
    assert in_flight(site, address) == 0
    assert burst(site, [right(address, username, seconds=0)]).count == {200: 1}


@pytest.mark.parametrize("first", ["", "read", "write"])
def test_a_failure_that_is_rolled_back_is_counted_once(site: Site, first: str) -> None:
    address, username = new_address(), new_user()
    undone = wrong(address, username, first=first, then="raise", seconds=0)
    for failures in range(1, LIMIT):
        assert burst(site, [undone]).count == {500: 1}
        assert site.database.rows(RECORDED, username) == [(failures, 0)]
    assert burst(site, [undone]).count == {429: 1}
    assert site.database.rows(RECORDED, username) == [(LIMIT, 0)]
    assert in_flight(site, address) == 0
