"""Hostile input: bounded, recorded safely, never a crash, never a way around a lockout."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.db import OperationalError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset

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
    "a megabyte of a field's name": (b"username=ada&password=no&" + b"n" * 1_048_576 + b"=", FORM),
    "a megabyte of JSON": (b'{"username": "' + b"\\u0000" * 170_000 + b'"}', "application/json"),
    "NUL and bad UTF-8 in names": (b"%00=1&%ff=%fe&username=%00%ff&password=%00", FORM),
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
    "a megabyte of agent": {"HTTP_USER_AGENT": "\N{PILE OF POO}" * 262_144},
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
    request.META["PATH_INFO"] = "/" + "p\0" * 524_288
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


FORGES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
"""Whatever ends a line, moves a terminal's cursor or turns the direction of reading."""

LINE_OF_A_CLIENT = re.compile(
    r'AXES: [^"{}]+ \{(username: (None|"[^"]*"), )?(ip_address: (None|"[^"]*"), )?'
    r'(user_agent: (None|"[^"]*"), )?path_info: (None|"[^"]*")\}'
)


def check_lines(found: list[str]) -> None:
    """Each is one line of a fixed form: what was sent stands in quotes and cannot end them."""
    for line in found:
        assert not FORGES.search(line)
        assert len(line) < 10_000
        escapes_apart = re.sub(r"\\.", "", line)
        assert LINE_OF_A_CLIENT.fullmatch(escapes_apart) or "{" not in escapes_apart, line


SENT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from('\0\r\n\t\x1b\x85\u2028\u2029\u202e\u2066\u200f\u061c"\\{}:,\x7f\x9b%'),
    ),
    max_size=300,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(username=SENT, agent=SENT, path=SENT)
def test_nothing_that_is_sent_forges_a_log_line(
    eve: Visitor, settings: Any, lines: LogLines, username: str, agent: str, path: str
) -> None:
    settings.AXES_SENSITIVE_PARAMETERS = []
    reset()
    lines.forget()
    request = eve.request()
    request.META |= {"HTTP_USER_AGENT": agent, "PATH_INFO": path}
    request.path_info = path
    authenticate(request, username="ada", password=PASSWORD)
    user_logged_out.send(sender=None, request=request, user=User(username=username))
    for _ in range(4):
        authenticate(request, username=username, password=WRONG)
    # The logout, three failures, the lockout, and whoever comes during it.
    assert len(lines.ours) >= 5
    check_lines(lines.ours)


@pytest.mark.parametrize("name", ["\r\nAXES: forged", "\x1b[2Jx", "\N{RIGHT-TO-LEFT OVERRIDE}x"])
def test_whoever_lifts_a_lockout_forges_no_log_line(
    eve: Visitor, settings: Any, lines: LogLines, name: str
) -> None:
    settings.AXES_SENSITIVE_PARAMETERS = []
    settings.AXES_LOCKOUT_PARAMETERS = [["username", "user_agent"]]
    eve.but(username=name, agent=name).fails(3)
    lockouts, count = AxesProxyHandler.lockouts()
    assert count == 1
    assert AxesProxyHandler.unlock(lockouts[0].scope_key, by=name, reason=name) == 1
    assert any("lifted" in line for line in lines.ours)
    for line in lines.ours:
        assert not FORGES.search(line)


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


def test_what_a_database_quotes_in_an_error_forges_no_log_line(
    eve: Visitor, lines: LogLines
) -> None:
    forged = "ada\r\nAXES: forged\N{RIGHT-TO-LEFT OVERRIDE}"

    def quoting(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        # As PostgreSQL and MariaDB do, below the first line and in it.
        if "axes_" in sql:
            raise OperationalError(f"bad row '\x1b'\nDETAIL:  Failing row contains ({forged}).")
        return execute(sql, *rest)

    with connection.execute_wrapper(quoting):
        assert eve.but(username=forged).fails().status_code == 503
    assert lines.errors
    for line in lines.errors:
        assert not FORGES.search(line)
        assert "bad row '\\x1b' …; attempts are refused" in line
        assert "ada" not in line


def test_a_forged_header_reaches_nobody_else(eve: Visitor, settings: Any) -> None:
    settings.AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]
    settings.AXES_IPWARE_PROXY_TRUSTED_IPS = ["10.0.0.0/8"]

    def through(peer: str, header: str) -> Visitor:
        return eve.but(address=peer, headers={"HTTP_X_FORWARDED_FOR": header})

    victim = through("10.0.0.1", "192.0.2.7")
    # From outside the header is nothing; from behind the proxy only what the proxy added counts.
    for peer, client in [("198.51.100.1", ""), ("10.0.0.1", ", 198.51.100.2")]:
        statuses = [
            through(peer, forged + client).fails().status_code
            for forged in ["192.0.2.7", "192.0.2.7, 192.0.2.7", "\0", "," * 10_000, "192.0.2.7"]
        ]
        assert statuses == [401, 401, LOCKED_OUT, LOCKED_OUT, LOCKED_OUT]
    assert victim.succeeds().status_code == 200
