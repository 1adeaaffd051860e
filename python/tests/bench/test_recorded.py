"""Attempts that are multiplied in the database are like those that Axes recorded."""

from __future__ import annotations

from typing import Any

import pytest

from axes.models import AccessAttempt, Tally
from contest.recorded import record

from ..visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def many_failures(settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 1000


def test_each_from_an_address_of_its_own() -> None:
    Visitor().fails()
    assert record(300) == 301
    assert AccessAttempt.objects.values("ip_address").distinct().count() == 301
    assert AccessAttempt.objects.values("record_key").distinct().count() == 301
    assert Tally.objects.count() == 301
    answer = Visitor(address="100.0.1.2").fails()
    assert answer.wsgi_request.axes_failures_since_start == 2


def test_all_from_one_address() -> None:
    Visitor().fails()
    assert record(300, one_address=True) == 301
    assert AccessAttempt.objects.values("username").distinct().count() == 301
    answer = Visitor().fails()
    assert answer.wsgi_request.axes_failures_since_start == 302
