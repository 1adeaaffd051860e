"""Handlers as sites write them: each overrides one thing."""

from __future__ import annotations

from typing import Any

from axes.handlers.base import AxesHandler
from axes.handlers.database import AxesDatabaseHandler


class NeverMallory(AxesDatabaseHandler):
    def is_allowed(self, request: Any, credentials: Any = None) -> bool:
        if (credentials or {}).get("username") == "mallory":
            return False
        return super().is_allowed(request, credentials)


class AlwaysAda(AxesDatabaseHandler):
    def is_allowed(self, request: Any, credentials: Any = None) -> bool:
        return (credentials or {}).get("username") == "ada"


class ExemptsStaff(AxesDatabaseHandler):
    def is_whitelisted(self, request: Any, credentials: Any = None) -> bool:
        return request.META.get("HTTP_X_STAFF") == "yes" or super().is_whitelisted(
            request, credentials
        )


class DeniesRobots(AxesDatabaseHandler):
    def is_blacklisted(self, request: Any, credentials: Any = None) -> bool:
        return "bot" in request.META.get("HTTP_USER_AGENT", "")


class ForgivesAda(AxesDatabaseHandler):
    def is_locked(self, request: Any, credentials: Any = None) -> bool:
        if (credentials or {}).get("username") == "ada":
            return False
        return super().is_locked(request, credentials)


class CountsDouble(AxesDatabaseHandler):
    def get_failures(self, request: Any, credentials: Any = None) -> int:
        return 2 * super().get_failures(request, credentials)


class SeesTheClientHeader(AxesDatabaseHandler):
    def get_client_ip_address(self, request: Any) -> str | None:
        return str(request.META["HTTP_X_CLIENT"])

    def get_client_username(self, request: Any, credentials: Any = None) -> str | None:
        name = super().get_client_username(request, credentials)
        return name and name.partition("+")[0]


class GuardsOnlyTheShop(AxesDatabaseHandler):
    def is_admin_request(self, request: Any) -> bool:
        return request.META.get("HTTP_X_PART") == "shop"


class HearsOfRecords(AxesDatabaseHandler):
    heard: list[tuple[str, int]] = []

    def post_save_access_attempt(self, instance: Any, **kwargs: Any) -> None:
        super().post_save_access_attempt(instance, **kwargs)
        self.heard.append((instance.username, instance.failures_since_start))


class CountsInMemory(AxesHandler):
    """A handler with a store of its own, as the documented base class allows."""

    failures: dict[str, int] = {}

    def user_login_failed(
        self, sender: Any, credentials: Any, request: Any = None, **kwargs: Any
    ) -> None:
        address = request.axes_ip_address
        self.failures[address] = self.failures.get(address, 0) + 1
        if self.failures[address] >= 2:
            request.axes_locked_out = True

    def get_failures(self, request: Any, credentials: Any = None) -> int:
        return self.failures.get(self.get_client_ip_address(request) or "", 0)
