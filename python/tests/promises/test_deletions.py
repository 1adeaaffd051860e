"""Rows that are deleted while others fail: what was deleted refuses nobody afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction

from axes.models import AccessAttempt
from tests.visitor import LOCKED_OUT, WRONG, Visitor, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def _site(settings: Any, transactional_db: None) -> None:
    make_user()
    settings.AXES_LOCKOUT_PARAMETERS = ["ip_address"]
    # Whoever is refused would wait for a record that somebody deletes.
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False


def guess(address: str) -> int:
    return int(Visitor(address=address, path="/check/").tries(WRONG).status_code)


def guess_in_another_thread(address: str) -> int:
    def run() -> int:
        try:
            return guess(address)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(60)


def test_a_queryset_that_grows_while_it_is_deleted_leaves_no_lockout_without_records() -> None:
    assert [guess(HERE) for _ in range(3)] == [401, 401, LOCKED_OUT]
    answers: list[int] = []

    def fail_elsewhere(execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        if not answers and sql.startswith("SELECT") and "axes_accessattempt" in sql:
            answers.append(0)
            result = execute(sql, parameters, many, context)
            answers.extend(guess(ELSEWHERE) for _ in range(3))
            return result
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(fail_elsewhere):
        AccessAttempt.objects.filter(username="ada").delete()
    assert answers == [0, 401, 401, LOCKED_OUT]
    assert guess(HERE) == 401
    # Deleted with the others or recorded after them, but not locked out by what is in no record.
    is_recorded = AccessAttempt.objects.filter(ip_address=ELSEWHERE).exists()
    assert guess(ELSEWHERE) == (LOCKED_OUT if is_recorded else 401)


@pytest.mark.parametrize("each", [False, True])
def test_a_deletion_holds_from_its_commit_on_whoever_failed_before_it(each: bool) -> None:
    assert [guess(HERE) for _ in range(4)] == [401, 401, LOCKED_OUT, LOCKED_OUT]
    with transaction.atomic():
        rows = AccessAttempt.objects.filter(ip_address=HERE)
        if each:
            rows.get().delete()
        else:
            rows.delete()
        # SQLite lets nobody else write meanwhile. Elsewhere others see the rows until the commit.
        if connection.vendor != "sqlite":
            assert guess_in_another_thread(HERE) == LOCKED_OUT
    assert guess(HERE) == 401
