"""The pages in the admin site stay fast, however many records and tallies there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from axes.models import AccessLog, Tally

from .visitor import PASSWORD, Visitor

pytestmark = pytest.mark.django_db

ATTEMPTS = "/admin/axes/accessattempt/"
LOG = "/admin/axes/accesslog/"
FAILURES = "/admin/axes/accessfailurelog/"
LOCKOUTS = "/admin/axes/tally/"


@pytest.fixture
def root(ada: Visitor, settings: Any) -> Client:
    settings.AXES_ENABLE_ACCESS_FAILURE_LOG = True
    settings.AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
    client = Client()
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    return client


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["records.RecordAdmin", "lockouts.LockoutAdmin"]:
        monkeypatch.setattr(f"axes.admin.{name}.list_per_page", 4)


def crowd(ada: Visitor, first: int, last: int) -> None:
    """That many clients are locked out, and half of them have no tally any more."""
    for number in range(first, last):
        ada.but(username=f"user{number}", address=f"192.0.2.{number}").fails(3)
        AccessLog.objects.create(username=f"user{number}", path_info="/login/")
        if number % 2:
            Tally.objects.filter(network=f"192.0.2.{number}/32").delete()


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database inside."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found.extend(query["sql"] for query in captured.captured_queries)


def plan(sql: str) -> list[str]:
    """How SQLite goes about it."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
        return [row[3] for row in cursor.fetchall()]


@pytest.mark.database
@pytest.mark.parametrize(
    "page",
    [
        ATTEMPTS,
        f"{ATTEMPTS}?locked_out=yes",
        f"{ATTEMPTS}?locked_out=no&q=user",
        f"{ATTEMPTS}?path_info=/login/",
        LOG,
        FAILURES,
        LOCKOUTS,
        f"{LOCKOUTS}?p=2",
        f"{LOCKOUTS}?q=user",
    ],
)
def test_the_number_of_statements_does_not_grow(
    root: Client, ada: Visitor, short_pages: None, page: str
) -> None:
    crowd(ada, 0, 10)
    root.get(page)
    with statements() as few:
        assert root.get(page).status_code == 200
    crowd(ada, 10, 30)
    with statements() as many:
        assert root.get(page).status_code == 200
    assert len(many) == len(few)
    assert len(many) < 20


def test_lockouts_are_read_from_their_index_in_its_order(
    root: Client, ada: Visitor, short_pages: None
) -> None:
    crowd(ada, 0, 10)
    for parameters in (["ip_address"], [["username", "ip_address"], "ip_address"]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.AXES_LOCKOUT_PARAMETERS", parameters)
            with statements() as asked:
                root.get(LOCKOUTS)
        stored = [sql for sql in asked if "FROM axes_tally WHERE listed_failures" in sql]
        plans = [plan(sql) for sql in stored]
        assert plans == [
            ["SEARCH axes_tally USING INDEX axes_tally_listed (listed_failures>?)"],
            ["SEARCH axes_tally USING COVERING INDEX axes_tally_listed (listed_failures>?)"],
        ]


def test_the_clients_of_a_page_of_attempts_are_looked_up_by_their_keys(
    root: Client, ada: Visitor, short_pages: None
) -> None:
    crowd(ada, 0, 10)
    with statements() as asked:
        root.get(ATTEMPTS)
    (tallies,) = [sql for sql in asked if "FROM axes_tally WHERE scope_key IN" in sql]
    assert plan(tallies) == [
        "SEARCH axes_tally USING INDEX sqlite_autoindex_axes_tally_1 (scope_key=?)"
    ]
    recorded = [sql for sql in asked if "AS first_time" in sql]
    assert len(recorded) == 2
    for sql in recorded:
        assert not any(step.startswith("SCAN") for step in plan(sql)), plan(sql)


@pytest.mark.parametrize(
    "scope",
    [
        ["username"],
        ["ip_address"],
        ["user_agent"],
        ["username", "ip_address"],
        ["username", "user_agent"],
        ["ip_address", "user_agent"],
        ["username", "ip_address", "user_agent"],
    ],
)
def test_whether_a_tally_counts_a_record_is_one_look_at_an_index_whoever_shares_its_values(
    root: Client, ada: Visitor, short_pages: None, settings: Any, scope: list[str]
) -> None:
    """Else one address that tries many usernames, or one username that is tried from many
    addresses, would cost the square of their number."""
    crowd(ada, 0, 10)
    settings.AXES_LOCKOUT_PARAMETERS = [scope]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("axes.admin.filters.MOST_NAMED", 0)
        with statements() as asked:
            root.get(LOCKOUTS)
            root.get(ATTEMPTS, {"locked_out": "yes"})
    recorded = [sql for sql in asked if "LEFT JOIN axes_tally ON" in sql]
    filtered = [sql for sql in asked if "EXISTS(SELECT" in sql]
    assert recorded
    assert filtered
    for sql in [*recorded, *filtered]:
        steps = plan(sql)
        (looked,) = [step for step in steps if "axes_tally" in step or "U0" in step]
        assert (
            "axes_tally_counted (username_key=? AND scope=? AND network=? AND agent_key=?)"
            in looked
        )
    for sql in recorded:
        assert "SCAN axes_accessattempt" not in plan(sql)


def test_the_newest_entries_of_a_log_are_read_without_sorting(root: Client, ada: Visitor) -> None:
    crowd(ada, 0, 3)
    for page in (LOG, FAILURES):
        with statements() as asked:
            root.get(page)
        ordered = [sql for sql in asked if "ORDER BY" in sql and "attempt_time" in sql]
        assert ordered
        for sql in ordered:
            assert "USE TEMP B-TREE FOR ORDER BY" not in plan(sql), sql


def test_the_paths_that_anybody_made_up_do_not_fill_the_filter(root: Client, ada: Visitor) -> None:
    make = AccessLog.objects.bulk_create
    make([AccessLog(path_info="/login/", username="ada") for _ in range(50)])
    make([AccessLog(path_info=f"/made-up-{number}/") for number in range(200)])
    html = root.get(LOG).content.decode()
    assert len(re.findall(r'href="\?path_info=', html)) == 20
    assert 'href="?path_info=%2Flogin%2F"' in html
    # What is asked for is shown, whether it is offered or not.
    response = root.get(LOG, {"path_info": "/made-up-0/"})
    assert [entry.path_info for entry in response.context["cl"].result_list] == ["/made-up-0/"]


def test_a_list_is_not_counted_again_and_says_so_only_when_it_is_narrowed(
    root: Client, ada: Visitor
) -> None:
    crowd(ada, 0, 3)
    for page in (ATTEMPTS, LOG, FAILURES, LOCKOUTS):
        assert "Show all" not in root.get(page).content.decode()
        assert "Show all" in root.get(page, {"q": "user1"}).content.decode()


def test_the_filter_stays_right_when_lockouts_are_too_many_to_name(
    root: Client, ada: Visitor, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["ip_address", ["username", "user_agent"]]
    settings.AXES_COOLOFF_TIME = timedelta(hours=1)
    for number in range(6):
        ada.but(address=f"192.0.2.{number}", username=f"user{number}").fails(3)
    ada.but(address="198.51.100.1").fails(2)
    monkeypatch.setattr("axes.admin.filters.MOST_NAMED", 2)
    shown = {}
    for answer in ("yes", "no"):
        page = root.get(ATTEMPTS, {"locked_out": answer}).context["cl"]
        shown[answer] = {attempt.username for attempt in page.result_list}
    assert shown == {"yes": {f"user{number}" for number in range(6)}, "no": {"ada"}}
