"""Somebody who tries to log in, and the time at which that happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client
from django.utils.timezone import make_naive

USERNAME = "ada"
PASSWORD = "correct-horse-battery"
WRONG = "wrong-horse-battery"
LOCKED_OUT = 429


@dataclass
class Visitor:
    """Somebody with a browser at an address."""

    username: str | None = USERNAME
    address: str = "192.0.2.1"
    agent: str | None = "Firefox"
    path: str = "/login/"
    headers: dict[str, str] = field(default_factory=dict)
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def but(self, **changes: Any) -> Visitor:
        """The same visitor with other properties."""
        return replace(self, **changes)

    def tries(self, password: str, **extra: str) -> Any:
        """Sends a username and a password; returns the response."""
        form = {"password": password, **extra}
        if self.username is not None:
            form["username"] = self.username
        return self.client.post(self.path, form, **self.environment())

    def fails(self, times: int = 1) -> Any:
        """Sends that many wrong passwords; returns the last response."""
        for _ in range(times - 1):
            self.tries(WRONG)
        return self.tries(WRONG)

    def succeeds(self) -> Any:
        """Sends the right password; returns the response, whatever it is."""
        return self.tries(PASSWORD)

    def looks(self) -> Any:
        """Opens the page."""
        return self.client.get(self.path, **self.environment())

    @property
    def is_locked_out(self) -> bool:
        """Whether the right password is refused. Counts, as every attempt does."""
        return bool(self.succeeds().status_code == LOCKED_OUT)

    def environment(self) -> dict[str, str]:
        agent = {} if self.agent is None else {"HTTP_USER_AGENT": self.agent}
        return {"REMOTE_ADDR": self.address, **agent, **self.headers}

    def request(self, method: str = "POST") -> HttpRequest:
        """A request that no middleware has seen."""
        request = HttpRequest()
        request.method = method
        request.META = {**self.environment(), "PATH_INFO": self.path}
        request.path = request.path_info = self.path
        return request


def make_user(username: str = USERNAME, **fields: Any) -> User:
    return User.objects.create_user(username, password=PASSWORD, **fields)


class FakeClock:
    """Django's time, stopped."""

    def __init__(self, zone_is_used: Callable[[], bool]) -> None:
        self.time = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
        self._zone_is_used = zone_is_used

    def now(self) -> datetime:
        """What ``django.utils.timezone.now`` is replaced by."""
        return self.time if self._zone_is_used() else make_naive(self.time)

    def passes(self, seconds: float = 0, **parts: float) -> None:
        self.time += timedelta(seconds=seconds, **parts)


__all__ = ["LOCKED_OUT", "PASSWORD", "USERNAME", "WRONG", "FakeClock", "Visitor", "make_user"]
