"""The handler that the settings choose."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils.module_loading import import_string

from axes._axes import Attempt, Ban, Lockout, Refusal
from axes.conf import values
from axes.handlers.base import AxesBaseHandler
from axes.handlers.lockouts import Standing
from axes.helpers import toggleable
from axes.state import drop_all


class AxesProxyHandler:
    """Passes everything on to the handler that ``AXES_HANDLER`` names."""

    implementation: AxesBaseHandler | None = None

    @classmethod
    def get_implementation(cls, force: bool = False) -> AxesBaseHandler:
        if cls.implementation is None or force:
            cls.implementation = import_string(values().AXES_HANDLER)()
        assert cls.implementation is not None  # noqa: S101  (told to mypy, not checked)
        return cls.implementation

    @classmethod
    def admit(cls, request: Any, credentials: dict[str, Any] | None = None) -> Refusal | None:
        if cls.__dict__.get("is_allowed") is not IS_ALLOWED and not cls.is_allowed(
            request, credentials
        ):
            return Refusal.not_allowed()
        return cls.get_implementation().admit(request, credentials)

    @classmethod
    def finish(cls, request: Any, response: Any = None) -> None:
        cls.get_implementation().finish(request, response)

    @classmethod
    def give_back_dropped(cls) -> None:
        cls.get_implementation().give_back_dropped()

    @classmethod
    def scopes(cls, request: Any = None) -> list[list[str]]:
        return cls.get_implementation().scopes(request)

    @classmethod
    def is_allowed(cls, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        return cls.get_implementation().is_allowed(request, credentials)

    @classmethod
    def refusal_of(cls, request: Any, credentials: dict[str, Any] | None = None) -> Refusal | None:
        return cls.get_implementation().refusal_of(request, credentials)

    @classmethod
    def is_locked(cls, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        return cls.get_implementation().is_locked(request, credentials)

    @classmethod
    def is_blacklisted(cls, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        return cls.get_implementation().is_blacklisted(request, credentials)

    @classmethod
    def is_whitelisted(cls, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        return cls.get_implementation().is_whitelisted(request, credentials)

    @classmethod
    def get_failures(cls, request: Any, credentials: dict[str, Any] | None = None) -> int:
        return cls.get_implementation().get_failures(request, credentials)

    @classmethod
    def get_admin_url(cls) -> str | None:
        return cls.get_implementation().get_admin_url()

    @classmethod
    def is_admin_request(cls, request: Any) -> bool:
        return cls.get_implementation().is_admin_request(request)

    @classmethod
    def is_admin_site(cls, request: Any) -> bool:
        return cls.get_implementation().is_admin_site(request)

    @classmethod
    def reset_attempts(
        cls,
        *,
        ip_address: str | None = None,
        username: str | None = None,
        ip_or_username: bool = False,
    ) -> int:
        return cls.get_implementation().reset_attempts(
            ip_address=ip_address, username=username, ip_or_username=ip_or_username
        )

    @classmethod
    def remove_out_of_limit_failure_logs(cls, *, username: str, limit: int | None = None) -> int:
        return cls.get_implementation().remove_out_of_limit_failure_logs(
            username=username, limit=limit
        )

    @staticmethod
    def update_request(request: Any) -> None:
        AxesProxyHandler.get_implementation().update_request(request)

    @classmethod
    def lockouts(
        cls, *, search: str = "", start: int = 0, stop: int = 100
    ) -> tuple[list[Lockout], int]:
        return cls.get_implementation().lockouts(search=search, start=start, stop=stop)

    @classmethod
    def lockouts_of(cls, scope_keys: list[str]) -> list[Lockout]:
        return cls.get_implementation().lockouts_of(scope_keys)

    @classmethod
    def standings(cls, attempts: list[Attempt]) -> list[Standing]:
        return cls.get_implementation().standings(attempts)

    @classmethod
    def lift(cls, attempt: Attempt) -> int:
        return cls.get_implementation().lift(attempt)

    @classmethod
    def unlock(cls, scope_key: str, *, by: str, reason: str) -> int:
        return cls.get_implementation().unlock(scope_key, by=by, reason=reason)

    @classmethod
    def bans_are_rows(cls) -> bool:
        return cls.get_implementation().bans_are_rows

    @classmethod
    def ban(
        cls,
        *,
        username: str | None = None,
        network: str | None = None,
        reason: str = "",
        author: str = "",
        until: datetime | None = None,
    ) -> None:
        cls.get_implementation().ban(
            username=username, network=network, reason=reason, author=author, until=until
        )

    @classmethod
    def unban(
        cls, *, username: str | None = None, network: str | None = None, by: str = "somebody"
    ) -> bool:
        return cls.get_implementation().unban(username=username, network=network, by=by)

    @classmethod
    def bans(cls) -> list[Ban]:
        return cls.get_implementation().bans()

    @classmethod
    def reset_logs(cls, *, age_days: int | None = None) -> int:
        return cls.get_implementation().reset_logs(age_days=age_days)

    @classmethod
    def reset_failure_logs(cls, *, age_days: int | None = None) -> int:
        return cls.get_implementation().reset_failure_logs(age_days=age_days)

    @classmethod
    @toggleable
    def user_login_failed(
        cls, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        if request is not None:
            cls.update_request(request)
        cls.get_implementation().user_login_failed(sender, credentials, request, **kwargs)

    @classmethod
    @toggleable
    def user_logged_in(cls, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        cls.get_implementation().user_logged_in(sender, request, user, **kwargs)

    @classmethod
    @toggleable
    def user_logged_out(cls, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        cls.get_implementation().user_logged_out(sender, request, user, **kwargs)

    @classmethod
    def post_save_access_attempt(cls, instance: Any, **kwargs: Any) -> None:
        cls.get_implementation().post_save_access_attempt(instance, **kwargs)

    @classmethod
    def post_delete_access_attempt(cls, instance: Any, **kwargs: Any) -> None:
        cls.get_implementation().post_delete_access_attempt(instance, **kwargs)


# Tests of sites put their own answer in its place, and it is heeded.
IS_ALLOWED = AxesProxyHandler.__dict__["is_allowed"]


def give_back_at_exit() -> None:
    """A script that checked a password and ends holds no permit; there is nobody left to tell of
    what does not work."""
    with suppress(Exception):
        drop_all()
        AxesProxyHandler.give_back_dropped()
