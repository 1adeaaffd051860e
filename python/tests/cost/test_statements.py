"""How many statements an attempt costs, at most."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.servers import RedisServer
from tests.visitor import LOCKED_OUT, PASSWORD, WRONG, Visitor

from .statements import statements

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

FAILED, SUCCEEDED, REFUSED, REFUSED_FOR_NOTHING = 4, 3, 2, 1


def cost(visitor: Visitor, password: str) -> tuple[int, int, str]:
    """The status, how many statements that took, and which."""
    with statements() as found:
        status = visitor.tries(password).status_code
    return status, len(found), str(found)


def test_a_failed_login(ada: Visitor) -> None:
    for number in range(3):
        status, cost_of_it, which = cost(ada, WRONG)
        assert status == (LOCKED_OUT if number == 2 else 200)
        assert 2 <= cost_of_it <= FAILED, which


@pytest.mark.parametrize("before", [0, 2])
def test_a_successful_login_with_its_entry_in_the_access_log(ada: Visitor, before: int) -> None:
    for _ in range(before):
        ada.fails()
    for _ in range(2):
        status, cost_of_it, which = cost(ada.but(client=Client()), PASSWORD)
        assert status == 302
        assert "INSERT INTO axes_accesslog" in which
        assert 2 <= cost_of_it <= SUCCEEDED, which


def test_the_refusal_of_somebody_who_is_locked_out(ada: Visitor) -> None:
    ada.fails(3)
    # There, one statement writes two tables.
    expected = 1 if connection.vendor == "postgresql" else REFUSED
    for _ in range(2):
        status, cost_of_it, which = cost(ada, PASSWORD)
        assert status == LOCKED_OUT
        assert cost_of_it == expected, which


def test_what_was_locked_out_before_a_reset_elsewhere_costs_no_more(ada: Visitor) -> None:
    ada.fails(4)
    # Nobody tells this process.
    for table in ("axes_tally", "axes_accessattempt"):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
    status, cost_of_it, which = cost(ada, WRONG)
    assert status == 200
    assert cost_of_it <= FAILED, which


def test_a_refusal_that_counts_for_nothing(ada: Visitor, settings: Any) -> None:
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    ada.fails(3)
    for _ in range(2):
        status, cost_of_it, which = cost(ada, PASSWORD)
        assert status == LOCKED_OUT
        assert cost_of_it == REFUSED_FOR_NOTHING, which


def test_such_a_refusal_with_a_shared_cache(
    ada: Visitor, settings: Any, redis_server: RedisServer
) -> None:
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    location = f"redis://{redis_server.host}:{redis_server.port}/0"
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": location}}
    settings.AXES_CACHE = "default"
    ada = ada.but(address="192.0.2.77")
    ada.fails(4)
    for _ in range(2):
        status, cost_of_it, which = cost(ada, PASSWORD)
        assert status == LOCKED_OUT
        assert cost_of_it == 0, which
