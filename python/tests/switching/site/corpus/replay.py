"""Replays scenarios on django-axes: `python -m corpus.replay`, scenarios in, what was seen out.

It speaks only what Django and django-axes offer to every site. Reads JSON from the standard input,
`scenarios` and `cases` of forwarding headers, and writes JSON: what was seen at each step of each
scenario, and the address of each case.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import django
from django.utils import timezone as django_time


class Clock:
    """Django's time, which passes only where a scenario says so."""

    time = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self.time


clock = Clock()
# Before anything imports it.
django_time.now = clock.now
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.signals import user_logged_in, user_login_failed  # noqa: E402
from django.core.exceptions import PermissionDenied  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from axes.backends import AxesStandaloneBackend  # noqa: E402
from axes.helpers import get_client_ip_address  # noqa: E402
from axes.signals import user_locked_out  # noqa: E402
from axes.utils import reset  # noqa: E402
from corpus.scripted import ScriptedBackend  # noqa: E402

LOCKED_OUT = 429


def value_of(value: Any) -> Any:
    """A setting as Django's settings hold it."""
    if isinstance(value, list):
        return [value_of(item) for item in value]
    return timedelta(**value) if isinstance(value, dict) else value


class Replay:
    """One scenario on an empty database."""

    def __init__(self) -> None:
        self.open: dict[str, HttpRequest] = {}
        self.signals: list[list[str]] = []

    def step(self, step: dict[str, Any]) -> dict[str, Any]:
        if "advance" in step:
            clock.time += timedelta(seconds=step["advance"])
            return {}
        if "purge" in step or "lose" in step:
            # It purges at every attempt, and has nothing but records.
            return {}
        if "reset" in step:
            asked = step["reset"]
            return {"removed": reset(ip=asked.get("ip"), username=asked.get("username"))}
        if "begin" in step:
            return self.begin(step)
        if "end" in step:
            return self.end(step)
        seen = [self.attempt(step) for _ in range(step.get("times", 1))]
        # What an attempt meets holds for each, the rest for the last.
        return {**seen[-1], "expect": ", ".join(sorted({each["expect"] for each in seen}))}

    def environment(self, attempt: dict[str, Any]) -> dict[str, str]:
        agent = {"HTTP_USER_AGENT": attempt["user_agent"]} if "user_agent" in attempt else {}
        return {"REMOTE_ADDR": attempt.get("ip", ""), **agent}

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
        unchecked = {LOCKED_OUT: "locked_out", 401: "denied"}
        return {
            "expect": "admitted" if ScriptedBackend.checked else unchecked[response.status_code],
            "failures": getattr(response.wsgi_request, "axes_failures_since_start", None) or 0,
            "locked_out": response.status_code == LOCKED_OUT,
            "retry_after": response.get("Retry-After"),
        }

    def begin(self, step: dict[str, Any]) -> dict[str, Any]:
        """Django asks the backend; whether the password is right comes out later."""
        attempt = step["attempt"]
        request = HttpRequest()
        request.method = attempt.get("method", "POST")
        request.META = self.environment(attempt)
        self.open[step["begin"]] = request
        request.credentials = {"username": attempt.get("username"), "password": "?"}
        try:
            AxesStandaloneBackend().authenticate(request, **request.credentials)
        except PermissionDenied:
            return {"expect": "locked_out"}
        return {"expect": "admitted"}

    def end(self, step: dict[str, Any]) -> dict[str, Any]:
        """Django says by a signal what came of it."""
        request = self.open.pop(step["end"])
        if step["outcome"] == "failure":
            user_login_failed.send(sender="tests", credentials=request.credentials, request=request)
        elif step["outcome"] == "success":
            user = ScriptedBackend().authenticate(request, request.credentials["username"], "right")
            user_logged_in.send(sender=User, request=request, user=user)
        return {
            "failures": getattr(request, "axes_failures_since_start", None) or 0,
            "locked_out": getattr(request, "axes_locked_out", False),
        }

    def note(self, sender: Any, **kwargs: Any) -> None:
        self.signals.append(sorted(kwargs))


def replay(scenario: dict[str, Any]) -> dict[str, Any]:
    """What is seen at each step, and what a receiver of the lockout signal gets."""
    settings = {name: value_of(value) for name, value in scenario.get("settings", {}).items()}
    replay = Replay()
    user_locked_out.connect(replay.note)
    with override_settings(**settings), transaction.atomic():
        steps = [replay.step(step) for step in scenario["step"]]
        transaction.set_rollback(True)
    user_locked_out.disconnect(replay.note)
    return {"steps": steps, "signals": replay.signals}


def address(case: dict[str, Any]) -> str | None:
    """The client's address."""
    request = HttpRequest()
    request.META = {"HTTP_X_FORWARDED_FOR": case["header"], "REMOTE_ADDR": case.get("peer", "")}
    with override_settings(
        AXES_IPWARE_META_PRECEDENCE_ORDER=["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"],
        AXES_IPWARE_PROXY_ORDER=case.get("order", "left-most"),
        AXES_IPWARE_PROXY_COUNT=case.get("count"),
        AXES_IPWARE_PROXY_TRUSTED_IPS=case.get("trusted"),
    ):
        return get_client_ip_address(request)


def main() -> None:
    given = json.load(sys.stdin)
    call_command("migrate", verbosity=0)
    seen = {scenario["name"]: replay(scenario) for scenario in given["scenarios"]}
    addresses = {case["name"]: address(case) for case in given["cases"]}
    json.dump({"scenarios": seen, "addresses": addresses}, sys.stdout)


if __name__ == "__main__":
    main()
