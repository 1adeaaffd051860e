"""What the settings of ``with_code`` and ``watching`` name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from axes.handlers.database import AxesDatabaseHandler


def limit(request: HttpRequest, credentials: Any) -> int:
    return 2 if request.path.startswith("/admin/") else 4


def cool_off(request: HttpRequest) -> timedelta:
    return timedelta(minutes=7)


def username(request: HttpRequest, credentials: Any) -> str:
    return f"{credentials['username']}@example.com"


def exempt(request: HttpRequest, credentials: Any) -> bool:
    return request.META.get("HTTP_X_OFFICE") == "yes"


def address(request: HttpRequest) -> str:
    return request.META.get("HTTP_X_CLIENT", "203.0.113.1")


def describe(
    username: Any, ip_address: Any, user_agent: Any, path_info: Any, request: HttpRequest
) -> str:
    return f"somebody at {path_info}"


def answer(request: HttpRequest, response: HttpResponse, credentials: Any) -> HttpResponse:
    return HttpResponse(f"no entry, {credentials['username']}", status=418)


class NoticingHandler(AxesDatabaseHandler):
    """A project's own, which notices failures."""

    noticed: list[str] = []

    def user_login_failed(
        self, sender: Any, credentials: Any, request: Any = None, **kw: Any
    ) -> None:
        self.noticed.append(credentials["username"])
        super().user_login_failed(sender, credentials, request, **kw)
