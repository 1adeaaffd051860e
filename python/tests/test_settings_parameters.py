"""What failures are counted on."""

from __future__ import annotations

from typing import Any

import pytest

from axes.conf import engine
from axes.models import AccessAttempt

from .conftest import LogLines
from .visitor import LOCKED_OUT, Visitor

IP, NAME, AGENT = "ip_address", "username", "user_agent"
ONLY_USER = "AXES_ONLY_USER_FAILURES"
USER_OR_IP = "AXES_LOCK_OUT_BY_USER_OR_IP"
COMBINATION = "AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP"
USE_AGENT = "AXES_USE_USER_AGENT"

FLAGS = [
    # Only users, user or address, both together, user agent: and what is counted on then.
    ("----", [[IP]]),
    ("---a", [[IP, AGENT]]),
    ("--c-", [[NAME, IP]]),
    ("--ca", [[NAME, IP, AGENT]]),
    ("-o--", [[NAME], [IP]]),
    ("-o-a", [[NAME, AGENT], [IP]]),
    ("-oc-", [[NAME], [IP]]),
    ("-oca", [[NAME, AGENT], [IP]]),
    ("u---", [[NAME]]),
    ("u--a", [[NAME, AGENT]]),
    ("u-c-", [[NAME]]),
    ("u-ca", [[NAME, AGENT]]),
    ("uo--", [[NAME]]),
    ("uo-a", [[NAME, AGENT]]),
    ("uoc-", [[NAME]]),
    ("uoca", [[NAME, AGENT]]),
]


def set_flags(settings: Any, flags: str) -> None:
    """Sets every flag, to true where it is not a dash."""
    names = [ONLY_USER, USER_OR_IP, COMBINATION, USE_AGENT]
    for name, flag in zip(names, flags, strict=True):
        setattr(settings, name, flag != "-")


@pytest.mark.parametrize(("flags", "scopes"), FLAGS)
def test_old_flags_mean_these_scopes(settings: Any, flags: str, scopes: list[list[str]]) -> None:
    set_flags(settings, flags)
    assert engine().scopes == scopes


@pytest.mark.parametrize("flags", [flags for flags, _ in FLAGS])
def test_lockout_parameters_win_over_old_flags(settings: Any, flags: str) -> None:
    set_flags(settings, flags)
    settings.AXES_LOCKOUT_PARAMETERS = [AGENT]
    assert engine().scopes == [[AGENT]]


@pytest.mark.django_db
@pytest.mark.parametrize("wins", [False, True])
@pytest.mark.parametrize(("flags", "scopes"), FLAGS)
def test_old_flags_lock_out_who_shares_what_is_counted_on(
    ada: Visitor, settings: Any, flags: str, scopes: list[list[str]], wins: bool
) -> None:
    set_flags(settings, flags)
    if wins:
        scopes = settings.AXES_LOCKOUT_PARAMETERS = [[NAME, AGENT]]
    ada.fails(3)
    assert ada.is_locked_out
    for parameter, change in [(IP, ADDRESS), (NAME, USERNAME), (AGENT, BROWSER)]:
        counted = any(parameter not in scope for scope in scopes)
        assert ada.but(**change).is_locked_out is counted


def other(**changes: str) -> dict[str, str]:
    return changes


ADDRESS, USERNAME, BROWSER = (
    other(address="192.0.2.77"),
    other(username="bob"),
    other(agent="Curl"),
)

LOCKED = [
    # What is counted on; what is changed after three failures; whether it is still locked out.
    ([IP], ADDRESS, False),
    ([IP], USERNAME, True),
    ([IP], BROWSER, True),
    ([NAME], ADDRESS, True),
    ([NAME], USERNAME, False),
    ([NAME], BROWSER, True),
    ([AGENT], ADDRESS | USERNAME, True),
    ([AGENT], BROWSER, False),
    ([[NAME, IP]], ADDRESS, False),
    ([[NAME, IP]], USERNAME, False),
    ([[NAME, IP]], BROWSER, True),
    ([[IP, AGENT]], BROWSER, False),
    ([[IP, AGENT]], ADDRESS, False),
    ([[IP, AGENT]], USERNAME, True),
    ([NAME, IP], ADDRESS, True),
    ([NAME, IP], USERNAME, True),
    ([NAME, IP], ADDRESS | USERNAME, False),
    ([NAME, [IP, AGENT]], ADDRESS, True),
    ([NAME, [IP, AGENT]], USERNAME, True),
    ([NAME, [IP, AGENT]], USERNAME | BROWSER, False),
    ([[NAME, IP, AGENT]], BROWSER, False),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("parameters", "change", "locked_out"), LOCKED)
def test_a_lockout_holds_for_what_is_counted_on(
    ada: Visitor, settings: Any, parameters: list[Any], change: dict[str, str], locked_out: bool
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    ada.fails(3)
    assert ada.is_locked_out
    assert ada.but(**change).is_locked_out is locked_out


@pytest.mark.django_db
def test_with_or_the_highest_count_decides(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = [NAME, IP]
    ada.fails(2)
    ada.but(address="192.0.2.2", username="bob").fails(2)
    assert ada.but(address="192.0.2.2").fails().status_code == LOCKED_OUT


def by_username_for_admins(request: Any, credentials: Any) -> list[str]:
    return [NAME] if request.path.startswith("/admin/") else [IP]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "setting", [by_username_for_admins, "tests.test_settings_parameters.by_username_for_admins"]
)
def test_a_callable_decides_for_each_attempt(ada: Visitor, settings: Any, setting: Any) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = setting
    ada.but(path="/admin/login/").fails(3)
    assert ada.but(path="/admin/login/", address="192.0.2.2").is_locked_out
    assert not ada.but(address="192.0.2.3").is_locked_out


@pytest.mark.django_db
@pytest.mark.parametrize("returned", [["ip"], [], None, 3, [[]]])
def test_a_callable_that_returns_no_parameters_is_named(
    ada: Visitor, settings: Any, returned: Any
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = lambda request, credentials: returned
    ada.client.raise_request_exception = True
    with pytest.raises(ValueError, match="AXES_LOCKOUT_PARAMETERS"):
        ada.fails()


@pytest.mark.django_db
def test_by_username_alone_an_attempt_without_one_is_not_recorded(
    ada: Visitor, settings: Any, lines: LogLines
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = [NAME]
    nobody = ada.but(username=None, path="/check/")
    assert [nobody.fails().status_code for _ in range(4)] == [401] * 4
    assert not AccessAttempt.objects.exists()
    assert len(lines.warnings) == 4
    assert not ada.is_locked_out


@pytest.mark.django_db
def test_an_empty_username_does_not_lock_out_another(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = [NAME]
    ada.but(username="", path="/check/").fails(4)
    assert not ada.is_locked_out


SAME = ["ADA", "Ada", " ada ", "\N{FULLWIDTH LATIN SMALL LETTER A}da", "aDa"]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", SAME)
def test_forms_of_one_username_are_one_budget(ada: Visitor, settings: Any, typed: str) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = [NAME]
    ada.but(username=typed, path="/check/").fails(3)
    assert ada.is_locked_out


@pytest.mark.django_db
def test_records_keep_what_was_typed(ada: Visitor) -> None:
    ada.but(username=" ADA", path="/check/").fails()
    assert AccessAttempt.objects.get().username == " ADA"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("prefix", "other", "locked_out"),
    [
        (64, "2001:db8::ffff:1", True),
        (64, "2001:db8:0:1::1", False),
        (128, "2001:db8::2", False),
        (48, "2001:db8:0:1::1", True),
    ],
)
def test_ipv6_is_counted_by_its_prefix(
    ada: Visitor, settings: Any, prefix: int, other: str, locked_out: bool
) -> None:
    settings.AXES_IPV6_PREFIX = prefix
    ada.but(address="2001:db8::1").fails(3)
    assert ada.but(address=other).is_locked_out is locked_out
    assert "2001:db8::1" in AccessAttempt.objects.values_list("ip_address", flat=True)
