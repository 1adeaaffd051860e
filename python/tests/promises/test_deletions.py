"""Rows that are deleted while others fail: what was deleted refuses nobody afterwards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction

from axes.models import AccessAttempt, Tally
from axes.utils import reset
from tests.visitor import LOCKED_OUT, WRONG, Visitor, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def _site(settings: Any, transactional_db: None) -> None:
    make_user()
    settings.AXES_LOCKOUT_PARAMETERS = ["ip_address"]
    # Whoever is refused would wait for a record that somebody deletes.
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False


def guess(address: str, username: str = "ada") -> int:
    return int(Visitor(username, address, path="/check/").tries(WRONG).status_code)


def in_another_thread(work: Callable[[], Any]) -> Any:
    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(60)


def guess_in_another_thread(address: str, username: str = "ada") -> int:
    return int(in_another_thread(lambda: guess(address, username)))


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


DELETING = "DELETE FROM axes_tally"
LOOKING_ONCE_MORE = "SELECT scope_key FROM axes_tally"


@pytest.mark.parametrize(
    ("chosen", "last"),
    [({}, DELETING), ({"username": "ada"}, LOOKING_ONCE_MORE), ({"ip": HERE}, LOOKING_ONCE_MORE)],
)
def test_a_tally_that_is_made_while_a_reset_is_not_committed_has_nothing_of_what_was_reset(
    chosen: dict[str, str], last: str
) -> None:
    assert [guess(HERE) for _ in range(2)] == [401, 401]
    Tally.objects.all().delete()
    answers: list[int] = []

    def fail_beside(execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        result = execute(sql, parameters, many, context)
        # Others see the records until the commit. SQLite lets nobody else write meanwhile.
        if sql.startswith(last) and not answers:
            if connection.vendor != "sqlite":
                answers.append(guess_in_another_thread(HERE, "bob"))
            else:
                answers.append(LOCKED_OUT)
        return result

    with connection.execute_wrapper(fail_beside):
        reset(**chosen)
    # It was told the truth, and the truth is another one now.
    assert answers == [LOCKED_OUT]
    assert guess(HERE) == 401


def test_a_tally_that_is_made_while_a_login_is_not_committed_has_nothing_of_what_it_forgets(
    settings: Any,
) -> None:
    settings.AXES_RESET_ON_SUCCESS = True
    assert [guess(HERE) for _ in range(2)] == [401, 401]
    # SQLite lets nobody else write meanwhile.
    waiting = [] if connection.vendor == "sqlite" else ["DELETE FROM axes_accessattempt ", "SELECT"]
    answers: list[int] = []

    def work_beside(execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        result = execute(sql, parameters, many, context)
        if waiting and sql.startswith(waiting[0]):
            if waiting.pop(0) == "SELECT":
                # There was no tally to forget anything in.
                answers.append(guess_in_another_thread(HERE, "bob"))
            else:
                in_another_thread(Tally.objects.all().delete)
        return result

    with connection.execute_wrapper(work_beside):
        Visitor(address=HERE).succeeds()
    assert answers in ([], [LOCKED_OUT])
    assert not waiting
    assert guess(HERE, "bob") == 401


def test_a_place_that_was_only_reserved_is_taken_by_the_next_attempt() -> None:
    assert [guess(HERE) for _ in range(2)] == [401, 401]
    nothing = dict.fromkeys(("failures", "first_at", "last_at", "expires_at"), 0)
    reserved = {"epoch": 0, "previous_permits": 1, "listed_failures": 0, "listed_until": 0}
    # As whoever is killed between two statements leaves it.
    assert Tally.objects.update(scope="", **nothing, **reserved) == 1
    assert [guess(HERE) for _ in range(2)] == [LOCKED_OUT, LOCKED_OUT]
    assert Tally.objects.get().scope == "ip_address"
