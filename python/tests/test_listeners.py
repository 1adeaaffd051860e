"""Receivers that sites connect to the signals of attempts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.signals import post_delete, post_save

from axes.models import AccessAttempt, Tally
from axes.utils import reset

from .visitor import LOCKED_OUT, Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Heard = list[tuple[str, str | None, int, Any]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What a receiver of a site hears."""
    heard: Heard = []

    def saved(instance: AccessAttempt, created: bool, **kwargs: Any) -> None:
        heard.append(("saved", instance.username, instance.failures_since_start, created))

    def deleted(instance: AccessAttempt, **kwargs: Any) -> None:
        heard.append(("deleted", instance.username, instance.failures_since_start, None))

    post_save.connect(saved, sender=AccessAttempt)
    post_delete.connect(deleted, sender=AccessAttempt)
    yield heard
    post_save.disconnect(saved, sender=AccessAttempt)
    post_delete.disconnect(deleted, sender=AccessAttempt)


def test_receivers_hear_of_every_failure_that_is_recorded(ada: Visitor, heard: Heard) -> None:
    assert ada.fails(4).status_code == LOCKED_OUT
    assert heard == [("saved", "ada", n, n == 1) for n in [1, 2, 3, 4]]


def test_hearing_of_a_record_changes_no_tally(ada: Visitor, heard: Heard) -> None:
    ada.fails(1)
    before = Tally.objects.values().get()
    ada.looks()
    assert Tally.objects.values().get() == before
    assert ada.fails(2).status_code == LOCKED_OUT


def test_receivers_hear_of_what_a_reset_deletes(ada: Visitor, heard: Heard) -> None:
    ada.fails(2)
    ada.but(username="bob", address="198.51.100.7").fails(1)
    heard.clear()
    assert reset(ip="192.0.2.1") == 1
    assert heard == [("deleted", "ada", 2, None)]
    assert reset() == 1
    assert heard[1:] == [("deleted", "bob", 1, None)]


def test_a_reset_of_one_username_is_told_of_that_one_only(ada: Visitor, heard: Heard) -> None:
    ada.fails(1)
    ada.but(username="bob").fails(1)
    heard.clear()
    assert reset(username="ADA") == 1
    assert heard == [("deleted", "ada", 1, None)]
