"""The scenarios that every host replays (see `fixtures/README.md`), through Django."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, NoReturn
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from axes.backends import AxesStandaloneBackend
from axes.conf import LockoutTier
from axes.connection import Connection
from axes.entries.base import Entries
from axes.exceptions import AxesBackendPermissionDenied
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_ip_address
from axes.models import Tally
from axes.signals import user_locked_out
from axes.state import expect_middleware, state_of
from axes.utils import reset

from .corpus import CASES, SCENARIOS, Scenario, ScenarioError
from .corpus_site import ScriptedBackend
from .visitor import LOCKED_OUT, FakeClock

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def value_of(value: Any) -> Any:
    """A setting as Django's settings hold it."""
    if isinstance(value, list):
        return [value_of(item) for item in value]
    if isinstance(value, dict):
        if "failures" in value:
            return LockoutTier(value["failures"], value_of(value["cooloff"]))
        return timedelta(**value)
    return value


REASONS = {
    "denylisted": "denied",
    "not_allowlisted": "denied",
    "store_unavailable": "unavailable",
}


NOBODY_ANSWERS = "redis://127.0.0.1:1/0"


def fails(*_: Any) -> NoReturn:
    raise OperationalError("the store fails")


@dataclass
class Site:
    """Replays the steps of one scenario, and sees what a client and a receiver would see."""

    clock: FakeClock
    outage: pytest.MonkeyPatch = field(default_factory=pytest.MonkeyPatch)
    newly_locked: list[bool] = field(default_factory=list)
    open: dict[str, HttpRequest] = field(default_factory=dict)

    def step(self, step: dict[str, Any]) -> None:
        if "advance" in step:
            self.clock.passes(step["advance"])
        elif "reset" in step:
            self.reset(step)
        elif "ban" in step:
            target = {name: step["ban"].get(name) for name in ("username", "network")}
            seconds = step["ban"].get("seconds")
            until = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
            AxesProxyHandler.ban(**target, until=until)
        elif "unban" in step:
            lifted = AxesProxyHandler.unban(**step["unban"])
            assert step.get("removed", lifted) == lifted
        elif "purge" in step:
            handler = AxesProxyHandler.get_implementation()
            if isinstance(handler, AxesDatabaseHandler):
                handler.clean_expired_user_attempts()
        elif "lose" in step:
            Tally.objects.all().delete()
        elif "store" in step:
            self.store(step["store"])
        elif "begin" in step:
            self.begin(step)
        elif "end" in step:
            self.end(step)
        else:
            for _ in range(step.get("times", 1)):
                self.newly_locked.clear()
                seen = self.attempt(step)
                assert seen["expect"] == step.get("expect", seen["expect"])
            self.compare(seen, step)

    def store(self, health: str) -> None:
        """The database, the cache or the store outside Django, whichever is asked."""
        self.outage.undo()
        if health == "fails":
            self.outage.setattr(django_settings, "AXES_STORE", NOBODY_ANSWERS)
            for name in ("get", "put_all", "swap"):
                self.outage.setattr(Entries, name, fails)
                for kind in Entries.__subclasses__():
                    self.outage.setattr(kind, name, fails)
            self.outage.setattr(Connection, "open", fails)

    def compare(self, seen: dict[str, Any], step: dict[str, Any]) -> None:
        known = {"begin", "end", "attempt", "outcome", "times", "django_axes"}
        wanted = {name: value for name, value in step.items() if name not in known}
        if isinstance(left := wanted.get("retry_after"), float):
            # Headers tell whole seconds, and never too few.
            wanted["retry_after"] = math.ceil(left)
        assert {name: seen[name] for name in wanted} == wanted

    def attempt(self, step: dict[str, Any]) -> dict[str, Any]:
        attempt = step["attempt"]
        query = {"outcome": step["outcome"]}
        if "username" in attempt:
            query["username"] = attempt["username"]
        ScriptedBackend.checked.clear()
        response: Any = Client(raise_request_exception=False).generic(
            attempt.get("method", "POST"),
            f"/attempt/?{urlencode(query)}",
            **self.environment(attempt),
        )
        refusal = state_of(response.wsgi_request).answered
        is_unavailable = refusal is not None and refusal.reason == "store_unavailable"
        busy = "unavailable" if is_unavailable else "busy"
        unchecked = {LOCKED_OUT: "locked_out", 503: busy, 401: "denied", 403: "banned"}
        return {
            "expect": "admitted" if ScriptedBackend.checked else unchecked[response.status_code],
            "failures": (getattr(response.wsgi_request, "axes_failures_since_start", None) or 0),
            "locked_out": response.status_code == LOCKED_OUT,
            "retry_after": int(response.get("Retry-After", 0)) or "never",
            "newly_locked": any(self.newly_locked),
        }

    def environment(self, attempt: dict[str, Any]) -> dict[str, str]:
        agent = {"HTTP_USER_AGENT": attempt["user_agent"]} if "user_agent" in attempt else {}
        return {"REMOTE_ADDR": attempt.get("ip", ""), **agent}

    def begin(self, step: dict[str, Any]) -> None:
        """Django asks the backend; whether the password is right comes out later."""
        attempt = step["attempt"]
        request = HttpRequest()
        request.method = attempt.get("method", "POST")
        request.META = self.environment(attempt)
        expect_middleware(request)
        try:
            AxesStandaloneBackend().authenticate(request, attempt.get("username"), "?")
        except AxesBackendPermissionDenied:
            refusal = state_of(request).refusal
            assert refusal is not None
            seen = REASONS.get(refusal.reason, refusal.reason)
        else:
            seen = "admitted"
        assert seen == step.get("expect", seen)
        self.open[step["begin"]] = request

    def end(self, step: dict[str, Any]) -> None:
        """Django says by a signal what came of it; the middleware, when the request is over."""
        request = self.open.pop(step["end"])
        self.newly_locked.clear()
        credentials = {"username": "?", "password": "?"}
        if step["outcome"] == "failure":
            user_login_failed.send(sender="tests", credentials=credentials, request=request)
        elif step["outcome"] == "success":
            user_logged_in.send(sender=User, request=request, user=User.objects.get())
        elif step["outcome"] == "withdrawn":
            AxesProxyHandler.finish(request, SimpleNamespace(status_code=200))
        refusal = state_of(request).answered
        left = None if refusal is None else refusal.retry_after
        seen = {
            "expect": None if refusal is None else REASONS.get(refusal.reason, refusal.reason),
            "failures": (getattr(request, "axes_failures_since_start", None) or 0),
            "locked_out": getattr(request, "axes_locked_out", False),
            "retry_after": left or "never",
            "newly_locked": any(self.newly_locked),
        }
        self.compare(seen, step)

    def reset(self, step: dict[str, Any]) -> None:
        removed = reset(ip=step["reset"].get("ip"), username=step["reset"].get("username"))
        wanted = step.get("removed", removed)
        if connection.vendor == "mysql":
            # Its collations take forms of one username for the same, so they share a record.
            assert bool(wanted) == bool(removed)
            assert removed <= wanted
        else:
            assert removed == wanted


@pytest.fixture
def site(settings: Any, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    User.objects.create_user("the only one")
    settings.ROOT_URLCONF = "tests.corpus_site"
    settings.AUTHENTICATION_BACKENDS = [
        "axes.backends.AxesStandaloneBackend",
        "tests.corpus_site.ScriptedBackend",
    ]
    # Whoever waits lets the scenario's time pass.
    monkeypatch.setattr("axes.clock.time", SimpleNamespace(sleep=clock.passes))
    site = Site(clock)

    def note(newly_locked: bool, **kwargs: Any) -> None:
        site.newly_locked.append(newly_locked)

    user_locked_out.connect(note)
    yield site
    user_locked_out.disconnect(note)
    site.outage.undo()


def test_the_scenarios_are_found() -> None:
    assert len(SCENARIOS) > 30
    assert len(CASES) > 5


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.stem)
def test_django_answers_as_the_scenario_says(site: Site, settings: Any, scenario: Scenario) -> None:
    for name, value in scenario.settings.items():
        setattr(settings, name, value_of(value))
    for step in scenario.steps:
        site.step(step)


DIFFERS = """
[differs]
django_axes = "x"
axes = "y"
because = "z"
"""
STEP = "django_axes = { removed = 2 }"


def scenario_with(differences: str, step: str) -> Scenario:
    text = f'name = "A"\nwhy = "B"\n{differences}\n[[step]]\nreset = {{}}\nremoved = 1\n{step}'
    return Scenario.read(text, "a")


def test_a_difference_is_told_and_shown() -> None:
    assert scenario_with(DIFFERS, STEP).expected_of_django_axes(0) == {"removed": 2}
    assert scenario_with('ours_only = "no tiers"', "").expected_of_django_axes(0) == {"removed": 1}


@pytest.mark.parametrize(
    ("differences", "step"),
    [
        (DIFFERS, ""),
        ("", STEP),
        (DIFFERS, "django_axes = { removed = 1 }"),
        (DIFFERS, "django_axes = {}"),
        (DIFFERS, "django_axes = { retry_after = 1 }"),
        (DIFFERS.replace("z", ""), STEP),
        ('ours_only = "no tiers"' + DIFFERS, STEP),
        ('ours_only = "no tiers"', STEP),
        ('ours_only = ""', ""),
        ('skip = "yes"', ""),
    ],
)
def test_half_a_difference_is_wrong(differences: str, step: str) -> None:
    with pytest.raises(ScenarioError, match=r"^a (has|is|differs)"):
        scenario_with(differences, step)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_django_finds_the_address_as_the_case_says(settings: Any, case: dict[str, Any]) -> None:
    settings.AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR"]
    settings.AXES_IPWARE_PROXY_ORDER = case.get("order", "left-most")
    settings.AXES_IPWARE_PROXY_COUNT = case.get("count")
    settings.AXES_IPWARE_PROXY_TRUSTED_IPS = case.get("trusted", [])
    request = HttpRequest()
    request.META = {"HTTP_X_FORWARDED_FOR": case["header"], "REMOTE_ADDR": case.get("peer", "")}
    # Where the header is ignored, whoever connected is the client.
    assert get_client_ip_address(request) == case.get("client", case.get("peer"))
