"""A backend that tells which passwords were checked."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from axes.wiring import BACKEND

checked: list[tuple[str | None, str | None]] = []
"""The usernames and passwords that this process has checked."""

BACKENDS = [BACKEND, "tests.promises.site.backends.CountingBackend"]


class CountingBackend(ModelBackend):
    """Checks passwords as Django does, and counts."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        checked.append((username, password))
        return super().authenticate(request, username, password, **kwargs)
