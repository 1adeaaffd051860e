"""Hostile input: bounded, recorded safely, never a crash, never a way around a lockout."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from axes.models import AccessAttempt

from .conftest import LogLines
from .visitor import LOCKED_OUT, PASSWORD, WRONG, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SECRET = "s3cret-" + "zebra"


@pytest.fixture
def eve(ada: Visitor) -> Visitor:
    """Somebody with bad intentions, at a view that gives the form on as it is."""
    return ada.but(path="/check/")


NAMES = {
    "long": "x" * 10_000,
    "very long": "x" * 1_000_000,
    "NUL": "ad\0a",
    "only NUL": "\0",
    "new lines": "ada\r\nAXES: Successful login by",
    "right to left": "\N{RIGHT-TO-LEFT OVERRIDE}ada",
    "emoji": "\N{PILE OF POO}" * 300,
    "combining": "a" + "\N{COMBINING ACUTE ACCENT}" * 5_000,
    "quotes": "'; DROP TABLE axes_accessattempt; --",
    "percent": "%s%d%(x)s",
    "braces": "{0}{username}",
    "backslash": "\\",
    "spaces": "   ",
    "empty": "",
}


@pytest.mark.parametrize("name", NAMES)
def test_any_username_is_counted_and_recorded(eve: Visitor, name: str) -> None:
    eve = eve.but(username=NAMES[name])
    assert [eve.fails().status_code for _ in range(3)] == [401, 401, LOCKED_OUT]
    (attempt,) = AccessAttempt.objects.all()
    assert attempt.failures_since_start == 3
    assert attempt.username is not None
    assert len(attempt.username) <= 255
    assert "\0" not in attempt.username


def test_no_username_is_recorded_as_none(eve: Visitor) -> None:
    assert eve.but(username=None).fails(3).status_code == LOCKED_OUT
    assert {attempt.username for attempt in AccessAttempt.objects.all()} == {None}


def test_records_without_a_username_do_not_grow_in_number(eve: Visitor) -> None:
    eve.but(username=None).fails(5)
    assert AccessAttempt.objects.count() == 1


def test_long_usernames_that_differ_at_the_end_are_two_accounts(
    eve: Visitor, settings: Any
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username"]
    eve.but(username="x" * 10_000 + "a").fails(3)
    assert eve.but(username="x" * 10_000 + "b").fails().status_code == 401


@pytest.mark.parametrize("surrogate", ["\ud800", "ada\udfff", "\udcff\udcfe"])
def test_lone_surrogates_are_counted(eve: Visitor, surrogate: str) -> None:
    for _ in range(3):
        assert authenticate(eve.request(), username=surrogate, password=WRONG) is None
    assert AccessAttempt.objects.get().failures_since_start == 3
    assert eve.is_locked_out


@pytest.mark.parametrize("password", ["\ud800", "\udcff" * 3])
def test_a_password_that_is_no_text_is_a_wrong_one(eve: Visitor, password: str) -> None:
    for _ in range(3):
        assert authenticate(eve.request(), username="ada", password=password) is None
    assert AccessAttempt.objects.get().failures_since_start == 3
    assert eve.is_locked_out


FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
BODIES = {
    "invalid UTF-8": (b"username=%ff%fe&password=\xff\xfe", FORM),
    "unknown charset": (b"username=ada&password=no", FORM + "; charset=nonsense"),
    "JSON": (json.dumps({"username": "ada", "password": SECRET}).encode(), "application/json"),
    "JSON that is none": (b'{"username": ', "application/json"),
    "broken multipart": (b"--x\r\nContent-Disposition: form-data; name=", MULTIPART),
    "multipart without a boundary": (b"--x", "multipart/form-data"),
    "multipart with a file": (
        b'--x\r\nContent-Disposition: form-data; name="username"; filename="a"\r\n\r\nada\r\n--x--',
        MULTIPART,
    ),
    "empty": (b"", FORM),
    "binary": (bytes(range(256)), "application/octet-stream"),
    "many fields": (b"&".join(b"f%d=v" % i for i in range(900)), FORM),
}


@pytest.mark.parametrize("name", BODIES)
def test_any_body_is_an_attempt_that_counts(eve: Visitor, name: str) -> None:
    body, kind = BODIES[name]
    statuses = [
        eve.client.generic("POST", eve.path, body, kind, **eve.environment()).status_code
        for _ in range(4)
    ]
    if name == "multipart without a boundary":
        # Django refuses it by itself, before any password is checked.
        assert set(statuses) == {400}
    else:
        assert statuses == [401, 401, LOCKED_OUT, LOCKED_OUT]


HEADERS = {
    "huge agent": {"HTTP_USER_AGENT": "x" * 100_000},
    "NUL in the agent": {"HTTP_USER_AGENT": "a\0b"},
    "emoji in the agent": {"HTTP_USER_AGENT": "\N{PILE OF POO}" * 300},
    "surrogates in the agent": {"HTTP_USER_AGENT": "\udcff"},
    "huge accept": {"HTTP_ACCEPT": "y" * 100_000},
    "NUL in accept": {"HTTP_ACCEPT": "\0"},
    "huge forwarded": {"HTTP_X_FORWARDED_FOR": "1.1.1.1," * 10_000},
    "forged forwarded": {"HTTP_X_FORWARDED_FOR": "127.0.0.1", "HTTP_X_REAL_IP": "127.0.0.1"},
    "an address that is none": {"REMOTE_ADDR": "unix:"},
    "no address": {"REMOTE_ADDR": ""},
    "an address with a zone": {"REMOTE_ADDR": "fe80::1%eth0"},
}


@pytest.mark.parametrize("name", HEADERS)
def test_any_headers_are_recorded_within_bounds(eve: Visitor, settings: Any, name: str) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username"]
    eve = eve.but(headers=HEADERS[name])
    assert [eve.fails().status_code for _ in range(3)] == [401, 401, LOCKED_OUT]
    attempt = AccessAttempt.objects.get()
    assert len(attempt.user_agent) <= 255
    assert len(attempt.http_accept) <= 1025
    assert "\0" not in attempt.user_agent + attempt.http_accept


def test_a_long_path_is_recorded_within_bounds(eve: Visitor) -> None:
    request = eve.request()
    request.META["PATH_INFO"] = "/" + "p\0" * 5_000
    authenticate(request, username="ada", password=WRONG)
    path = AccessAttempt.objects.get().path_info
    assert len(path) <= 255
    assert "\0" not in path


def test_form_data_is_recorded_within_bounds(eve: Visitor) -> None:
    eve.tries(WRONG, comment="x\0" * 100_000)
    assert len(AccessAttempt.objects.get().post_data) <= 1024
    assert "\0" not in AccessAttempt.objects.get().post_data


@pytest.mark.parametrize(
    "username", ["ada\r\nAXES: forged", "ada\x1b[2J", "a\N{LINE SEPARATOR}b", "a\x85b", 'a", b: "c']
)
def test_a_username_cannot_forge_a_log_line(
    eve: Visitor, settings: Any, lines: LogLines, username: str
) -> None:
    settings.AXES_SENSITIVE_PARAMETERS = []
    eve.but(username=username, agent="agent\r\nAXES: forged\x1b", headers={}).fails(4)
    assert len(lines.warnings) == 5
    for line in lines.warnings:
        assert len(line.splitlines()) == 1
        assert line.isprintable()
        assert '", b: "' not in line


def everything_stored() -> str:
    """Every value of every table of Axes, also those that no page shows."""
    found = []
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in tables:
            if table.startswith("axes_"):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


@pytest.mark.parametrize("path", ["/check/", "/login/", "/admin/login/", "/check-and-login-async/"])
@pytest.mark.parametrize("field", ["password", "PASSWORD", "Password"])
def test_passwords_are_neither_stored_nor_logged(
    eve: Visitor, settings: Any, lines: LogLines, path: str, field: str
) -> None:
    settings.AXES_ENABLE_ACCESS_FAILURE_LOG = True
    settings.AXES_SENSITIVE_PARAMETERS = []
    eve = eve.but(path=path)
    for _ in range(4):
        eve.tries(SECRET, **({} if field == "password" else {field: SECRET}))
    eve.but(address="192.0.2.2").succeeds()
    stored = everything_stored()
    assert "ada" in stored
    for secret in [SECRET, PASSWORD]:
        assert secret not in stored
        assert secret not in lines.all


def test_a_password_in_the_query_is_not_stored(eve: Visitor) -> None:
    eve.but(path=f"/check/?password={SECRET}&next=/x/").fails()
    attempt = AccessAttempt.objects.get()
    assert "next=/x/" in attempt.get_data
    assert SECRET not in everything_stored()


def test_passwords_in_the_credentials_of_a_site_are_not_stored(eve: Visitor) -> None:
    authenticate(eve.request(), username="ada", password=SECRET, token=SECRET)
    assert SECRET not in everything_stored()


TEXT = st.text(st.characters(), max_size=400)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(username=TEXT, agent=TEXT, path=TEXT, accept=TEXT, field=TEXT, value=TEXT)
def test_any_text_is_counted_once_and_recorded(
    eve: Visitor, username: str, agent: str, path: str, accept: str, field: str, value: str
) -> None:
    AccessAttempt.objects.all().delete()
    request = eve.request()
    request.META |= {"HTTP_USER_AGENT": agent, "PATH_INFO": path, "HTTP_ACCEPT": accept}
    request.POST = {field: value}  # type: ignore[assignment]
    assert authenticate(request, username=username, password=WRONG) is None
    attempt = AccessAttempt.objects.get()
    assert attempt.failures_since_start == 1
    attempt.refresh_from_db()
    for text in [attempt.username, attempt.user_agent, attempt.path_info, attempt.post_data]:
        assert "\0" not in (text or "")
        (text or "").encode()
