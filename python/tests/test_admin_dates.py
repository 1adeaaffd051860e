"""The date hierarchy of the lists in the admin site."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from axes.models import AccessAttempt, AccessLog

from .visitor import PASSWORD

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ATTEMPTS = "/admin/axes/accessattempt/"
LOG = "/admin/axes/accesslog/"


@pytest.fixture
def root(db: None, settings: Any) -> Client:
    settings.TIME_ZONE = "UTC"
    client = Client()
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    AccessLog.objects.all().delete()
    return client


def entries(*times: datetime) -> None:
    """A record of each kind at each of these times."""
    for time in times:
        AccessLog.objects.filter(pk=AccessLog.objects.create().pk).update(attempt_time=time)
        attempt = AccessAttempt(username=str(time), user_agent="x", failures_since_start=1)
        attempt.save()
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=time)


def day(year: int, month: int, number: int, hour: int = 12) -> datetime:
    return datetime(year, month, number, hour, tzinfo=timezone.utc)


def offered(client: Client, page: str, **query: str) -> list[str]:
    """What the date hierarchy offers: first the way back, if there is one."""
    with CaptureQueriesContext(connection) as captured:
        html = client.get(page, query).content.decode()
    assert not any("trunc" in asked["sql"].lower() for asked in captured.captured_queries)
    shown = re.search(r'<nav class="toplinks".*?</nav>', html, re.DOTALL)
    if shown is None:
        return []
    lines = unescape(re.sub(r"<span.*?</span>|<[^>]*>", "", shown[0])).split("\n")
    return [
        line.strip("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK} ")
        for line in lines
        if line.strip()
    ]


@pytest.mark.parametrize("page", [LOG, ATTEMPTS])
@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ([day(2024, 5, 1), day(2026, 1, 2)], ["2024", "2025", "2026"]),
        (
            [day(2026, 1, 31), day(2026, 3, 1)],
            ["All dates", "January 2026", "February 2026", "March 2026"],
        ),
        ([day(2026, 2, 27), day(2026, 2, 28)], ["2026", "February 27", "February 28"]),
        ([day(2026, 2, 27, 1), day(2026, 2, 27, 23)], ["2026", "February 27"]),
    ],
)
def test_the_years_months_or_days_from_the_first_record_to_the_last_are_offered(
    root: Client, page: str, times: list[datetime], shown: list[str]
) -> None:
    entries(*times)
    assert offered(root, page) == shown


@pytest.mark.parametrize("page", [LOG, ATTEMPTS])
@pytest.mark.parametrize(
    ("year", "month", "number", "shown"),
    [
        ("2025", "", "", ["All dates", "November 2025", "December 2025"]),
        ("2026", "", "", ["All dates", "January 2026"]),
        ("2025", "12", "", ["2025", *(f"December {number}" for number in range(1, 32))]),
        ("2026", "1", "", ["2026", "January 1", "January 2"]),
        ("2025", "12", "24", ["December 2025", "December 24"]),
        ("1999", "", "", ["All dates"]),
        ("1999", "12", "", ["1999"]),
    ],
)
def test_what_lies_in_the_selected_time_is_offered(
    root: Client, page: str, year: str, month: str, number: str, shown: list[str]
) -> None:
    entries(day(2025, 11, 30), day(2026, 1, 2))
    query = {"year": year, "month": month, "day": number}
    selected = {f"attempt_time__{part}": value for part, value in query.items() if value}
    assert offered(root, page, **selected) == shown


def test_a_record_that_is_selected_by_its_day_is_shown(root: Client) -> None:
    entries(day(2025, 11, 30), day(2026, 1, 2))
    selected = {"attempt_time__year": "2026", "attempt_time__month": "1", "attempt_time__day": "2"}
    for page in (LOG, ATTEMPTS):
        (record,) = root.get(page, selected).context["cl"].result_list
        assert record.attempt_time == day(2026, 1, 2)


def test_the_days_are_those_of_the_time_zone(root: Client, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    entries(day(2026, 2, 27, hour=22))
    assert offered(root, LOG) == ["2026", "February 28"]


@pytest.mark.parametrize("page", [LOG, ATTEMPTS])
def test_a_list_without_records_offers_nothing(root: Client, page: str) -> None:
    assert offered(root, page) == []


@pytest.mark.parametrize("year", ["0", "1", "9998", "x"])
def test_a_year_without_records_breaks_nothing(root: Client, year: str) -> None:
    entries(day(2026, 1, 2))
    assert root.get(LOG, {"attempt_time__year": year}).status_code in {200, 302}


def test_a_log_whose_clock_was_set_back_offers_all_its_years(root: Client) -> None:
    entries(day(2026, 1, 5), day(2024, 3, 1))
    assert offered(root, LOG) == ["2024", "2025", "2026"]
