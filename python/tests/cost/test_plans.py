"""No statement of an attempt reads a table from one end to the other, however much is recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, AccessAttemptExpiration, Tally
from axes.utils import reset
from tests.visitor import LOCKED_OUT, Visitor

from .statements import Statement, statements

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

MANY = 100_000

TABLES = [
    "axes_accessattempt",
    "axes_accessattemptexpiration",
    "axes_accessfailurelog",
    "axes_ban",
    "axes_tally",
]

NUMBERS = {
    "sqlite": f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"
    " SELECT i FROM n) AS numbers",
    "postgresql": f"(SELECT generate_series(1, {MANY}) AS i) AS numbers",
    "mysql": f"(SELECT seq AS i FROM seq_1_to_{MANY}) AS numbers",
}

# A number as part of a text, and a number as the last three parts of an address.
TEXT = {"sqlite": "printf('%%s%%06d', {0}, i)", None: "CONCAT({0}, LPAD({1}, 6, '0'))"}
ADDRESS = {
    "sqlite": "printf('10.%%d.%%d.%%d', i / 65536, i / 256 %% 256, i %% 256)",
    "postgresql": "CONCAT('10.', i / 65536, '.', i / 256 %% 256, '.', i %% 256)",
    "mysql": "CONCAT('10.', i DIV 65536, '.', i DIV 256 MOD 256, '.', i MOD 256)",
}


def text(prefix: str) -> str:
    number = {"postgresql": "CAST(i AS text)"}.get(connection.vendor, "i")
    return TEXT.get(connection.vendor, TEXT[None]).format(f"'{prefix}'", number)


@pytest.fixture
def crowd(ada: Visitor) -> None:
    """Many attempts are recorded, each of another user from another address, with their tallies."""
    address = ADDRESS[connection.vendor]
    inet = f"CAST({address} AS inet)" if connection.vendor == "postgresql" else address
    network = {"mysql": f"CONCAT({address}, '/32')"}.get(connection.vendor, f"{address} || '/32'")
    numbers = NUMBERS[connection.vendor]
    attempts = (
        "INSERT INTO axes_accessattempt (username, ip_address, user_agent, http_accept, path_info,"
        " attempt_time, last_failure_time, seen_time, get_data, post_data, failures_since_start,"
        f" refused, record_key, username_key, network, agent_key) SELECT {text('user')}, {inet},"
        f" 'Firefox', '', '/login/', %s, %s, %s, '', '', 3, 0, {text('record')}, {text('name')},"
        f" {network}, {text('agent')} FROM {numbers}"
    )
    tallies = (
        "INSERT INTO axes_tally (scope_key, scope, network, epoch, version, failures,"
        " current_permits, current_until, previous_permits, previous_until, first_at, last_at,"
        " expires_at, listed_failures, listed_until, seen_at)"
        f" SELECT {text('key')}, 'ip_address', {network}, 1, 1, 3, 0, 0, 0, 0, 1, 1,"
        f" 9000000000000, 3, 9000000000000, 9000000000000 FROM {numbers}"
    )
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    later = connection.ops.adapt_datetimefield_value(timezone.now() + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(attempts, [now, now, now])
        cursor.execute(tallies, [])
        cursor.execute(
            "INSERT INTO axes_accessattemptexpiration (access_attempt_id, expires_at)"
            " SELECT id, %s FROM axes_accessattempt",
            [later],
        )
        cursor.execute(
            "INSERT INTO axes_accessfailurelog (username, ip_address, user_agent, http_accept,"
            " path_info, attempt_time, locked_out) SELECT username, ip_address, user_agent,"
            " http_accept, path_info, attempt_time, '0' FROM axes_accessattempt"
        )
        cursor.execute(
            "INSERT INTO axes_ban (target, username, reason, author, since_at)"
            f" SELECT {text('username:')}, {text('user')}, '', '', 1 FROM {numbers}",
            [],
        )
        table = "TABLE " if connection.vendor == "mysql" else ""
        for name in TABLES:
            cursor.execute(f"ANALYZE {table}{name}")
    assert AccessAttempt.objects.count() == Tally.objects.count() == MANY


def scans(statement: Statement) -> list[str]:
    """The steps of the database's plan that read a whole table of Axes."""
    sql, parameters = statement
    # Whether there is any ban: that is one row, the first.
    sql = sql.replace("EXISTS (SELECT 1 FROM axes_ban)", "EXISTS (SELECT 1)")
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        cursor.execute(explain + sql, parameters)
        rows = cursor.fetchall()
        columns = [column[0] for column in cursor.description]
    if connection.vendor == "mysql":
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        whole = [
            row
            for row in named
            if row["type"] in {"ALL", "index"} and "axes_" in str(row["table"]) and row["rows"]
        ]
        # A row that is inserted is no table that is read.
        return [str(row) for row in whole if row["select_type"] != "INSERT"]
    pattern = r"SCAN axes_(?!.*CONSTANT)" if connection.vendor == "sqlite" else r"Seq Scan on axes_"
    return [str(row) for row in rows if re.search(pattern, str(row))]


def fails(ada: Visitor) -> None:
    assert ada.fails().status_code == 200


def succeeds(ada: Visitor) -> None:
    ada.fails()
    assert ada.but(client=Client()).succeeds().status_code == 302


def is_refused(ada: Visitor) -> None:
    assert ada.fails(5).status_code == LOCKED_OUT


def is_banned(ada: Visitor) -> None:
    AxesProxyHandler.ban(network=ada.address)
    assert [ada.fails().status_code for _ in range(3)] == [403, 403, 403]
    AxesProxyHandler.unban(network=ada.address)
    assert ada.fails().status_code == 200


def is_lifted(ada: Visitor) -> None:
    ada.fails(3)
    assert reset(ip=ada.address) == 1
    ada.fails(3)
    assert reset(username=ada.username) == 1
    ada.fails(3)
    assert reset(ip=ada.address, username=ada.username) == 1


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("keeps", [False, True])
def test_an_attempt_reads_no_whole_table(ada: Visitor, settings: Any, keeps: bool) -> None:
    settings.AXES_COOLOFF_TIME = 1
    settings.AXES_USE_ATTEMPT_EXPIRATION = keeps
    settings.AXES_RESET_ON_SUCCESS = True
    settings.AXES_ENABLE_ACCESS_FAILURE_LOG = True
    stories: list[Callable[[Visitor], None]] = [fails, succeeds, is_refused, is_banned, is_lifted]
    scopes: list[Any] = [["ip_address"], ["username"], ["user_agent"], [["username", "ip_address"]]]
    number = 0
    for parameters in scopes:
        settings.AXES_LOCKOUT_PARAMETERS = parameters
        for story in stories:
            number += 1
            visitor = ada.but(address=f"192.0.2.{number}", agent=f"Browser {number}")
            with statements() as found:
                story(visitor)
            reset(username=ada.username)
            assert found, "the story has statements"
            for statement in found.seen:
                assert not scans(statement), statement[0]


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("keeps", [False, True])
def test_purging_finds_what_has_expired(ada: Visitor, settings: Any, keeps: bool) -> None:
    settings.AXES_COOLOFF_TIME = 1
    settings.AXES_USE_ATTEMPT_EXPIRATION = keeps
    names = [f"somebody-{number}" for number in range(4)]
    for number, username in enumerate(names):
        ada.but(username=username, address=f"192.0.2.{number}").fails()
    purge = AxesDatabaseHandler().clean_expired_user_attempts
    with statements() as found:
        # New ones, which are alive.
        assert purge() == 0
        # And known ones, which are not any more; the last was never known.
        long_ago = timezone.now() - timedelta(days=2)
        past = connection.ops.adapt_datetimefield_value(long_ago)
        AccessAttemptExpiration.objects.filter(access_attempt__username__in=names).update(
            expires_at=long_ago
        )
        with connection.cursor() as cursor:
            times = "attempt_time = %s, last_failure_time = %s"
            known = f"UPDATE axes_accessattempt SET {times}, seen_time = %s WHERE username = %s"
            cursor.executemany(known, [(past, past, past, name) for name in names[1:]])
            unknown = f"UPDATE axes_accessattempt SET {times}, seen_time = NULL WHERE username = %s"
            cursor.execute(unknown, [past, past, names[0]])
        del found.seen[-5:]
        assert purge() == len(names)
    assert AccessAttempt.objects.count() == MANY
    assert str(found).count("DELETE FROM axes_accessattempt ") == 1
    for statement in found.seen:
        assert not scans(statement), statement[0]
