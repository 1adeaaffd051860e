"""What is kept in the database, and what becomes of it by a site's own hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from axes.models import AccessAttempt, Tally
from axes.utils import reset

from .visitor import LOCKED_OUT, PASSWORD, Visitor, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def record(**values: Any) -> AccessAttempt:
    """An attempt as a site's own code makes it."""
    defaults = {
        "username": "ada",
        "ip_address": "192.0.2.1",
        "user_agent": "Firefox",
        "failures_since_start": 3,
    }
    return AccessAttempt.objects.create(**{**defaults, **values})


def test_records_equal_what_was_sent(ada: Visitor) -> None:
    ada = ada.but(headers={"HTTP_ACCEPT": "text/html"}, path="/login/?next=/x/")
    ada.fails(2)
    attempt = AccessAttempt.objects.get()
    assert (attempt.username, attempt.ip_address, attempt.user_agent) == (
        "ada",
        "192.0.2.1",
        "Firefox",
    )
    assert (attempt.path_info, attempt.http_accept) == ("/login/", "text/html")
    assert attempt.failures_since_start == 2
    assert attempt.get_data == "next=/x/"
    assert abs((timezone.now() - attempt.attempt_time).total_seconds()) < 60


def test_there_is_one_record_for_each_username_address_and_agent(ada: Visitor) -> None:
    for change in [{}, {"username": "bob"}, {"address": "192.0.2.2"}, {"agent": "Curl"}]:
        ada.but(**change).fails(2)
    counts = AccessAttempt.objects.order_by("pk").values_list("failures_since_start", flat=True)
    assert list(counts) == [2, 2, 2, 2]


def test_an_attempt_during_a_lockout_is_recorded(ada: Visitor) -> None:
    ada.fails(5)
    assert AccessAttempt.objects.get().failures_since_start == 5


def test_a_client_without_any_value_that_counts_is_not_recorded(ada: Visitor) -> None:
    nobody = ada.but(username=None, agent=None, address="", path="/check/")
    assert nobody.fails(4).status_code == 401
    assert not AccessAttempt.objects.exists()


def delete_one_by_one() -> None:
    for attempt in AccessAttempt.objects.all():
        attempt.delete()


def raw_username() -> None:
    AccessAttempt.objects.update(username="somebody else", ip_address="198.51.100.1")


def save_with_fewer() -> None:
    for attempt in AccessAttempt.objects.all():
        attempt.failures_since_start = 0
        attempt.save()


def save_one_field() -> None:
    for attempt in AccessAttempt.objects.all():
        attempt.failures_since_start = 1
        attempt.save(update_fields=["failures_since_start"])


def admin_deletes() -> None:
    User.objects.create_superuser("root", password=PASSWORD)
    client = Client()
    client.force_login(User.objects.get(username="root"))
    form = {
        "action": "delete_selected",
        "_selected_action": [str(attempt.pk) for attempt in AccessAttempt.objects.all()],
        "post": "yes",
    }
    client.post("/admin/axes/accessattempt/", form)


RESETS: dict[str, Callable[[], Any]] = {
    "everything": reset,
    "the address": lambda: reset(ip="192.0.2.1"),
    "the username": lambda: reset(username="ada"),
    "both": lambda: reset(ip="192.0.2.1", username="ada"),
    "either": lambda: reset(ip="192.0.2.1", username="nobody", ip_or_username=True),
    "deleting a queryset": lambda: AccessAttempt.objects.all().delete(),
    "deleting a filtered queryset": lambda: AccessAttempt.objects.filter(username="ada").delete(),
    "deleting an instance": delete_one_by_one,
    "deleting in the admin": admin_deletes,
    "updating the failures": lambda: AccessAttempt.objects.update(failures_since_start=0),
    "updating who it was": raw_username,
    "saving fewer failures": save_with_fewer,
    "saving one field": save_one_field,
    "deleting tallies and records": lambda: (
        AccessAttempt.objects.all().delete(),
        Tally.objects.all().delete(),
    ),
}

PARAMETERS: list[list[Any]] = [
    ["ip_address"],
    ["username"],
    ["username", "ip_address"],
    [["username", "ip_address"]],
    [["username", "ip_address", "user_agent"]],
    ["user_agent"],
]


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("how", RESETS)
def test_after_a_reset_the_next_attempt_is_admitted(
    ada: Visitor, settings: Any, how: str, parameters: list[Any]
) -> None:
    if how == "updating who it was" and parameters == ["user_agent"]:
        parameters = ["username"]
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    ada.fails(3)
    RESETS[how]()
    assert not ada.is_locked_out


def test_deleting_some_records_leaves_the_failures_of_the_others(ada: Visitor) -> None:
    ada.fails(2)
    ada.but(username="bob").fails(2)
    assert ada.is_locked_out
    AccessAttempt.objects.filter(username="bob").delete()
    assert ada.fails().status_code == LOCKED_OUT


def test_a_record_that_is_moved_to_another_client_counts_there(ada: Visitor) -> None:
    make_user("bob")
    ada.fails(3)
    AccessAttempt.objects.update(ip_address="198.51.100.1")
    assert ada.but(address="198.51.100.1").is_locked_out


def test_a_record_that_a_site_creates_counts_at_once(ada: Visitor) -> None:
    record()
    assert ada.is_locked_out


def test_a_record_adds_to_what_is_counted_already(ada: Visitor) -> None:
    ada.fails()
    record(username="bob", failures_since_start=2)
    assert ada.is_locked_out


def test_records_that_are_created_in_bulk_count_at_once(ada: Visitor) -> None:
    AccessAttempt.objects.bulk_create(
        AccessAttempt(
            username=username,
            ip_address="192.0.2.1",
            user_agent="x",
            failures_since_start=2,
            attempt_time=timezone.now(),
        )
        for username in ["one", "two"]
    )
    assert ada.is_locked_out


def test_get_or_create_and_update_or_create_count_at_once(ada: Visitor) -> None:
    key = {"username": "ada", "ip_address": "192.0.2.1", "user_agent": "Firefox"}
    AccessAttempt.objects.get_or_create(**key, defaults={"failures_since_start": 1})
    assert not ada.is_locked_out
    AccessAttempt.objects.update_or_create(**key, defaults={"failures_since_start": 3})
    assert ada.is_locked_out


def test_the_record_that_a_site_created_goes_on_growing(ada: Visitor) -> None:
    record(failures_since_start=1)
    ada.fails()
    assert AccessAttempt.objects.get().failures_since_start == 2


def test_attempts_have_no_default_order() -> None:
    assert not AccessAttempt.objects.all().ordered


class TestRollback:
    """Two tests, in whatever order: what one wrote the other does not see."""

    @pytest.mark.parametrize("number", [1, 2])
    def test_a_test_case_rolls_everything_back(self, ada: Visitor, number: int) -> None:
        assert not AccessAttempt.objects.exists()
        assert not Tally.objects.exists()
        assert [ada.fails().status_code for _ in range(3)] == [200, 200, LOCKED_OUT]
