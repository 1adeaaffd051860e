"""What is written down, and where: log lines, the access log and form data."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from axes.apps import AppConfig
from axes.models import AccessAttempt, AccessFailureLog, AccessLog

from .conftest import LogLines
from .visitor import PASSWORD, WRONG, Visitor

pytestmark = pytest.mark.django_db

MASK = "*" * 20


def test_lines_go_to_the_logger_of_old(ada: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    ada.fails()
    assert {record.name for record in caplog.records} == {"axes.watch_login"}


def test_all_lines_go_to_the_logger_that_is_named(
    ada: Visitor, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    settings.AXES_LOGGER = "site.security"
    ada.fails(3)
    ada.succeeds()
    ada.but(address="192.0.2.2").succeeds()
    names = {record.name for record in caplog.records if "AXES" in record.getMessage()}
    assert names == {"site.security"}


def test_every_line_starts_alike(ada: Visitor, lines: LogLines) -> None:
    ada.fails(4)
    ada.but(address="192.0.2.2").succeeds()
    found = lines.warnings + lines.at(logging.INFO)
    assert len(found) >= 6
    assert all(line.startswith("AXES: ") for line in found)


def test_a_lockout_is_one_warning(ada: Visitor, lines: LogLines) -> None:
    ada.fails(3)
    assert [line.split(" {")[0] for line in lines.warnings] == [
        "AXES: New login failure (1 of 3) by",
        "AXES: Repeated login failure (2 of 3) by",
        "AXES: Repeated login failure (3 of 3) by",
        "AXES: Locked out until a reset:",
    ]


def test_username_and_address_are_masked_in_lines(ada: Visitor, lines: LogLines) -> None:
    ada.fails()
    assert lines.warnings[0].endswith(
        f'{{username: "{MASK}", ip_address: "{MASK}", user_agent: "Firefox", path_info: "/login/"}}'
    )


def test_what_is_masked_can_be_chosen(ada: Visitor, settings: Any, lines: LogLines) -> None:
    settings.AXES_SENSITIVE_PARAMETERS = []
    ada.fails()
    assert lines.warnings[0].endswith(
        '{username: "ada", ip_address: "192.0.2.1", user_agent: "Firefox", path_info: "/login/"}'
    )


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        (["ip_address"], 'ip_address: "192.0.2.1"'),
        (["username"], 'username: "ada"'),
        ([["username", "ip_address"]], 'username: "ada", ip_address: "192.0.2.1"'),
        (["ip_address", "user_agent"], 'ip_address: "192.0.2.1", user_agent: "Firefox"'),
    ],
)
def test_lines_that_are_not_verbose_show_what_is_counted_on(
    ada: Visitor, settings: Any, lines: LogLines, parameters: Any, shown: str
) -> None:
    settings.AXES_VERBOSE = False
    settings.AXES_SENSITIVE_PARAMETERS = []
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    ada.fails()
    assert lines.warnings[0].endswith(f'{{{shown}, path_info: "/login/"}}')


BEGIN = [
    (["ip_address"], "ip_address"),
    (["username", "ip_address"], "username or ip_address"),
    ([["username", "ip_address"]], "combination of username and ip_address"),
]


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> type[AppConfig]:
    """The app, as if it had not started yet."""
    monkeypatch.setattr(AppConfig, "initialized", False)
    return AppConfig


@pytest.mark.parametrize(("parameters", "words"), BEGIN)
def test_a_line_at_the_start_says_what_is_counted_on(
    settings: Any, lines: LogLines, starts: type[AppConfig], parameters: Any, words: str
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    starts.initialize()
    starts.initialize()
    (line,) = lines.at(logging.INFO)
    assert line.startswith("AXES: BEGIN version ")
    assert line.endswith(f", blocking by {words}")


@pytest.mark.parametrize("name", ["AXES_VERBOSE", "AXES_ENABLED"])
def test_the_line_at_the_start_can_be_left_out(
    settings: Any, lines: LogLines, starts: type[AppConfig], name: str
) -> None:
    setattr(settings, name, False)
    starts.initialize()
    assert lines.at(logging.INFO) == []


LOGS = [
    # What is set; whether successes and failures are written.
    ({}, 1, 0),
    ({"AXES_ENABLE_ACCESS_FAILURE_LOG": True}, 1, 1),
    ({"AXES_DISABLE_SUCCESS_ACCESS_LOG": True}, 0, 0),
    ({"AXES_DISABLE_SUCCESS_ACCESS_LOG": True, "AXES_ENABLE_ACCESS_FAILURE_LOG": True}, 0, 1),
    ({"AXES_DISABLE_ACCESS_LOG": True}, 0, 0),
    ({"AXES_DISABLE_ACCESS_LOG": True, "AXES_ENABLE_ACCESS_FAILURE_LOG": True}, 0, 0),
]


@pytest.mark.parametrize(("values", "successes", "failures"), LOGS)
def test_the_access_log_holds_what_the_settings_say(
    ada: Visitor, settings: Any, values: dict[str, bool], successes: int, failures: int
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    ada.fails()
    ada.succeeds()
    assert (AccessLog.objects.count(), AccessFailureLog.objects.count()) == (successes, failures)


def test_lockouts_go_on_without_an_access_log(ada: Visitor, settings: Any) -> None:
    settings.AXES_DISABLE_ACCESS_LOG = True
    ada.fails(3)
    assert ada.is_locked_out
    assert AccessAttempt.objects.get().failures_since_start == 4


def test_the_failure_log_says_which_failure_locked_out(ada: Visitor, settings: Any) -> None:
    settings.AXES_ENABLE_ACCESS_FAILURE_LOG = True
    ada.fails(4)
    logged = AccessFailureLog.objects.order_by("pk").values_list("locked_out", flat=True)
    assert list(logged) == [False, False, True, True]


def test_the_failure_log_keeps_the_newest_of_a_username(ada: Visitor, settings: Any) -> None:
    settings.AXES_ENABLE_ACCESS_FAILURE_LOG = True
    settings.AXES_LOCK_OUT_AT_FAILURE = False
    settings.AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT = 2
    ada.but(username="bob").fails()
    for path in ["/check/", "/login/", "/form/"]:
        ada.but(path=path).fails()
    kept = AccessFailureLog.objects.filter(username="ada").order_by("pk")
    assert [entry.path_info for entry in kept] == ["/login/", "/form/"]
    assert AccessFailureLog.objects.filter(username="bob").count() == 1


def test_form_data_is_recorded_without_sensitive_values(ada: Visitor) -> None:
    ada.tries(WRONG, next="/inbox/")
    recorded = AccessAttempt.objects.get().post_data.split("\n")
    assert sorted(recorded) == ["next=/inbox/", f"password={MASK}", f"username={MASK}"]


def test_the_fields_of_username_and_password_can_be_named(ada: Visitor, settings: Any) -> None:
    settings.AXES_USERNAME_FORM_FIELD = "email"
    settings.AXES_PASSWORD_FORM_FIELD = "passphrase"
    ada.but(path="/check/").tries(WRONG, email="ada@example.org", passphrase=PASSWORD)
    recorded = AccessAttempt.objects.get().post_data.split("\n")
    assert f"passphrase={MASK}" in recorded
    assert f"password={MASK}" in recorded


def test_the_username_is_looked_for_in_its_form_field(ada: Visitor, settings: Any) -> None:
    settings.AXES_USERNAME_FORM_FIELD = "email"
    request = ada.request()
    request.POST = {"email": "ada@example.org"}  # type: ignore[assignment]
    from axes.helpers import get_client_username

    assert get_client_username(request) == "ada@example.org"
    assert get_client_username(request, {"email": "bob@example.org"}) == "bob@example.org"


def test_only_the_latest_form_data_is_kept(ada: Visitor) -> None:
    for number in range(3):
        ada.tries(WRONG, next=f"/{number}/")
    assert "next=/2/" in AccessAttempt.objects.get().post_data
    assert "next=/0/" not in AccessAttempt.objects.get().post_data
