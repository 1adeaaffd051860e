"""What `manage.py check` says about the settings."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import RequestFactory

from axes import wiring
from axes.backends import AxesStandaloneBackend
from axes.checks import Codes, Hints, Messages
from axes.conf import LockoutTier
from axes.helpers import get_cool_off, get_failure_limit
from axes.middleware import AxesMiddleware


def found(deploy: bool = False) -> list[CheckMessage]:
    return [
        message
        for message in run_checks(include_deployment_checks=deploy)
        if message.id is not None and message.id.startswith("axes.")
    ]


def ids(deploy: bool = False) -> list[str | None]:
    return [message.id for message in found(deploy)]


WRONG: list[tuple[str, Any, str, str]] = [
    # The setting, a wrong value, how the message shows it, what the hint says.
    ("AXES_ENABLED", "yes", '"yes"', "True or False"),
    ("AXES_FAILURE_LIMIT", 0, "0", "a whole number of 1 or more"),
    ("AXES_FAILURE_LIMIT", True, "True", "a whole number of 1 or more"),
    ("AXES_FAILURE_LIMIT", 2.5, "2.5", "a whole number of 1 or more"),
    ("AXES_COOLOFF_TIME", -1, "-1", "a timedelta"),
    ("AXES_COOLOFF_TIME", timedelta(0), "0 seconds", "a timedelta"),
    ("AXES_LOCKOUT_PARAMETERS", ["ip"], "ip", "username"),
    ("AXES_LOCKOUT_PARAMETERS", [], "[]", "username"),
    ("AXES_LOCKOUT_PARAMETERS", "username", "username", "username"),
    ("AXES_LOCKOUT_TIERS", [3], "[3]", "LockoutTier"),
    ("AXES_LOCKOUT_TIERS", [LockoutTier(3, 1), LockoutTier(3, 2)], "(3, 1)", "each number once"),
    ("AXES_HTTP_RESPONSE_CODE", 42, "42", "from 100 to 599"),
    ("AXES_IP_WHITELIST", ["192.0.2.0/99"], '"192.0.2.0/99"', "networks"),
    ("AXES_IP_BLACKLIST", "192.0.2.1", '"192.0.2.1"', "a list"),
    ("AXES_IPWARE_PROXY_ORDER", "middle-most", '"middle-most"', "left-most, right-most"),
    ("AXES_IPWARE_PROXY_COUNT", -1, "-1", "from 0 to 100"),
    ("AXES_LOGGER", 7, "7", "a text"),
    ("AXES_LOCKOUT_URL", 7, "7", "a text, or None"),
    ("AXES_USERNAME_CALLABLE", 7, "7", "a callable"),
    ("AXES_SENSITIVE_PARAMETERS", "username", '"username"', "a list of texts"),
    ("AXES_ON_STORE_ERROR", "panic", '"panic"', "refuse, allow"),
    ("AXES_PERMIT_LEASE", 0, "0", "seconds above 0"),
    ("AXES_IPV6_PREFIX", 129, "129", "from 1 to 128"),
]


def test_the_tests_own_settings_are_right() -> None:
    assert ids() == []


@pytest.mark.parametrize(("name", "value", "shown", "hint"), WRONG)
def test_a_wrong_value_is_an_error_that_says_what_is_right(
    settings: Any, name: str, value: Any, shown: str, hint: str
) -> None:
    setattr(settings, name, value)
    errors = [message for message in found() if message.id == "axes.E001"]
    assert len(errors) == 1
    assert errors[0].msg.startswith(name)
    assert shown in errors[0].msg
    assert hint in str(errors[0].hint)


def test_all_wrong_values_are_named_at_once(settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 0
    settings.AXES_VERBOSE = "no"
    settings.AXES_COOLOFF_TIME = -1
    with pytest.raises(SystemCheckError) as raised:
        call_command("check", stdout=StringIO(), stderr=StringIO())
    for name in ["AXES_FAILURE_LIMIT is 0", "AXES_VERBOSE is", "AXES_COOLOFF_TIME is -1"]:
        assert name in str(raised.value)


def test_every_wrong_address_of_a_list_is_named(settings: Any) -> None:
    settings.AXES_IP_WHITELIST = ["ten", "192.0.2.1", "eleven"]
    assert [message.msg.split('"')[1] for message in found()] == ["ten", "eleven"]


def test_what_is_wrong_counts_as_its_default(settings: Any) -> None:
    from axes.conf import engine

    settings.AXES_FAILURE_LIMIT = "many"
    settings.AXES_LOCKOUT_PARAMETERS = ["ip"]
    assert (engine().limit, engine().scopes) == (3, [["ip_address"]])


def test_a_name_that_is_no_setting_is_named_with_what_may_be_meant(settings: Any) -> None:
    settings.AXES_FAILURE_LIMITS = 5
    settings.AXES_SOMETHING_THAT_NOBODY_KNOWS = True
    close, far = found()
    assert (close.id, far.id) == ("axes.W010", "axes.W010")
    assert close.msg == "AXES_FAILURE_LIMITS is not a setting of Axes: it has no effect."
    assert close.hint == "Is AXES_FAILURE_LIMIT meant?"
    assert far.hint == "Remove it."


def test_a_missing_middleware_and_a_missing_backend_are_named(settings: Any) -> None:
    settings.AXES_AUTO_WIRE = False
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    settings.AUTHENTICATION_BACKENDS = settings.AUTHENTICATION_BACKENDS[1:]
    missing = {message.id: (message.msg, message.hint) for message in found()}
    assert missing == {
        Codes.MIDDLEWARE_INVALID: (Messages.MIDDLEWARE_INVALID, Hints.MIDDLEWARE_INVALID),
        Codes.BACKEND_INVALID: (Messages.BACKEND_INVALID, Hints.BACKEND_INVALID),
    }


def test_a_backend_that_cannot_be_imported_says_so(settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, "no.such.Backend"]
    with pytest.raises(ModuleNotFoundError, match=r"BACKENDS names 'no\.such\.Backend'"):
        found()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (["username"], ["axes.W006"]),
        ([["username", "user_agent"]], ["axes.W006"]),
        ([["username", "ip_address"]], []),
        (["username", "ip_address"], []),
        (None, []),
        (lambda request, credentials: ["username"], []),
    ],
)
def test_accounts_that_anybody_can_lock_out_are_named(
    settings: Any, parameters: Any, expected: list[str]
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    assert ids() == expected


def test_nothing_is_missing_while_axes_is_off(settings: Any) -> None:
    settings.AXES_ENABLED = False
    settings.MIDDLEWARE = []
    settings.AUTHENTICATION_BACKENDS = []
    assert [name for name in ids() if name in {"axes.W002", "axes.W003"}] == []


class OwnBackend(AxesStandaloneBackend):
    """A site's own."""


class OwnMiddleware(AxesMiddleware):
    """A site's own."""


def test_subclasses_are_as_good(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:-1], "tests.test_checks.OwnMiddleware"]
    settings.AUTHENTICATION_BACKENDS = [
        "tests.test_checks.OwnBackend",
        "django.contrib.auth.backends.ModelBackend",
    ]
    assert ids() == []


def test_settings_that_tiers_stand_for_are_named(settings: Any) -> None:
    settings.AXES_LOCKOUT_TIERS = [LockoutTier(3, timedelta(minutes=5))]
    assert ids() == []
    settings.AXES_FAILURE_LIMIT = 5
    settings.AXES_COOLOFF_TIME = 1
    (message,) = found()
    assert message.id == "axes.W007"
    assert message.msg.startswith("AXES_FAILURE_LIMIT and AXES_COOLOFF_TIME have no effect")


OLD = {
    "AXES_ONLY_USER_FAILURES": True,
    "AXES_LOCK_OUT_BY_USER_OR_IP": False,
    "AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP": True,
    "AXES_USE_USER_AGENT": True,
    "AXES_PROXY_ORDER": "left-most",
    "AXES_PROXY_COUNT": 1,
    "AXES_PROXY_TRUSTED_IPS": [],
    "AXES_META_PRECEDENCE_ORDER": ["REMOTE_ADDR"],
}


@pytest.mark.parametrize("name", OLD)
def test_an_old_setting_is_named(settings: Any, name: str) -> None:
    setattr(settings, name, OLD[name])
    (message,) = found()
    assert message.id == "axes.W004"
    assert message.msg == f"{name} is deprecated."
    assert message.hint == Hints.SETTING_DEPRECATED


CODE = [
    "AXES_USERNAME_CALLABLE",
    "AXES_WHITELIST_CALLABLE",
    "AXES_LOCKOUT_CALLABLE",
    "AXES_CLIENT_IP_CALLABLE",
    "AXES_CLIENT_STR_CALLABLE",
    "AXES_FAILURE_LIMIT",
    "AXES_COOLOFF_TIME",
    "AXES_LOCKOUT_PARAMETERS",
]


@pytest.mark.parametrize("name", CODE)
@pytest.mark.parametrize("path", ["tests.nowhere.code", "tests.test_checks.nothing"])
def test_code_that_cannot_be_imported_is_named(settings: Any, name: str, path: str) -> None:
    setattr(settings, name, path)
    messages = [message for message in found() if message.id == "axes.W005"]
    assert len(messages) == 1
    assert messages[0].msg == f"{name} names something that cannot be imported."


@pytest.mark.parametrize("name", ["AXES_FAILURE_LIMIT", "AXES_COOLOFF_TIME"])
@pytest.mark.parametrize("text", ["5", "0.5", "soon"])
def test_a_text_that_is_no_path_is_an_error_and_the_default_holds(
    settings: Any, name: str, text: str
) -> None:
    setattr(settings, name, text)
    assert "axes.E001" in ids()
    request = RequestFactory().post("/")
    assert (get_failure_limit(request), get_cool_off(request)) == (3, None)


def test_a_cache_that_does_not_exist_is_an_error(settings: Any) -> None:
    settings.AXES_CACHE = "nowhere"
    (message,) = found()
    assert message.id == "axes.E002"
    assert message.hint == "Use one of: default."


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_a_cache_that_processes_do_not_share_is_named(settings: Any, backend: str) -> None:
    settings.CACHES = {"own": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    settings.AXES_CACHE = "own"
    (message,) = found()
    assert message.id == "axes.I001"
    assert "a reset holds in every process at once" in message.msg


def test_the_default_cache_is_mentioned_on_deployment_only() -> None:
    assert ids(deploy=False) == []
    assert ids(deploy=True) == ["axes.I001"]


def test_a_cache_that_was_not_chosen_for_axes_is_mentioned_on_deployment_only(
    settings: Any,
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert ids(deploy=False) == []
    assert ids(deploy=True) == ["axes.I001"]


def test_a_shared_cache_is_fine(settings: Any, tmp_path: Any) -> None:
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"own": {"BACKEND": backend, "LOCATION": str(tmp_path)}}
    settings.AXES_CACHE = "own"
    assert ids(deploy=True) == []


def test_wiring_adds_nothing_twice(settings: Any) -> None:
    before = (settings.AUTHENTICATION_BACKENDS, settings.MIDDLEWARE)
    assert wiring.wire() == []
    assert before == (settings.AUTHENTICATION_BACKENDS, settings.MIDDLEWARE)


@pytest.mark.parametrize(
    ("name", "value", "wired"),
    [
        ("AXES_AUTO_WIRE", False, []),
        ("AXES_ENABLED", False, []),
        ("AXES_AUTO_WIRE", True, ["authentication backend", "middleware"]),
    ],
)
def test_wiring_happens_where_it_is_wanted(
    settings: Any, name: str, value: bool, wired: list[str]
) -> None:
    setattr(settings, name, value)
    settings.MIDDLEWARE, settings.AUTHENTICATION_BACKENDS = ["x.Y"], ["x.Z"]
    assert wiring.wire() == wired
    expected = (
        (["x.Y", wiring.MIDDLEWARE], [wiring.BACKEND, "x.Z"]) if wired else (["x.Y"], ["x.Z"])
    )
    assert (list(settings.MIDDLEWARE), list(settings.AUTHENTICATION_BACKENDS)) == expected


def test_explicit_configuration_stays_as_it_is(settings: Any) -> None:
    """Also where it stands in another place than wiring would choose."""
    settings.MIDDLEWARE = ["tests.test_checks.OwnMiddleware", "x.Y"]
    settings.AUTHENTICATION_BACKENDS = ["x.Z", "axes.backends.AxesBackend"]
    assert wiring.wire() == []
    assert settings.MIDDLEWARE == ["tests.test_checks.OwnMiddleware", "x.Y"]
    assert settings.AUTHENTICATION_BACKENDS == ["x.Z", "axes.backends.AxesBackend"]


def test_a_backend_that_does_not_stand_first_still_needs_the_middleware(settings: Any) -> None:
    settings.MIDDLEWARE = ["x.Y"]
    assert wiring.wire() == ["middleware"]
