"""The pages in the admin site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from axes.clock import now_in_milliseconds
from axes.conf import engine, settings
from axes.connection import Connection
from axes.models import AccessAttempt, AccessFailureLog, AccessLog, Tally


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Records are looked at and deleted, not written."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LockedOutFilter(admin.SimpleListFilter):
    """Attempts that count in a lockout which holds now."""

    title = _("locked out")
    parameter_name = "locked_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        tallies = Tally.objects.filter(
            locked_since__isnull=False, expires_at__gt=now_in_milliseconds()
        )
        for column in ("username_key", "network", "agent_key"):
            same = Q(**{column: OuterRef(column)})
            tallies = tallies.filter(Q(**{f"{column}__isnull": True}) | same)
        locked_out = Exists(tallies)
        return queryset.filter(locked_out if self.value() == "yes" else ~locked_out)


class AccessAttemptAdmin(ReadOnlyAdmin):
    list_display = (
        "attempt_time",
        "username",
        "ip_address",
        "failures_since_start",
        "locked_out",
        "path_info",
        "user_agent",
    )
    list_filter = (LockedOutFilter, "attempt_time", "path_info")
    search_fields = ("ip_address", "username", "user_agent", "path_info")
    date_hierarchy = "attempt_time"
    ordering = ("-attempt_time",)
    actions = ("reset_attempts",)
    fieldsets = (
        (None, {"fields": ("username", "path_info", "failures_since_start", "locked_out")}),
        (_("Form Data"), {"fields": ("get_data", "post_data")}),
        (_("Meta Data"), {"fields": ("user_agent", "ip_address", "http_accept", "attempt_time")}),
    )

    @admin.display(description=_("Locked out"))
    def locked_out(self, attempt: AccessAttempt) -> str:
        """The standing of this attempt's client under the policy, now."""
        _failures, refusal, _error = engine().peek(Connection(), as_attempt(attempt), {})
        if refusal is None or refusal.reason != "locked_out":
            return "-"
        if refusal.retry_after is None:
            return str(_("until reset"))
        return str(_("for %(time)s") % {"time": in_words(refusal.retry_after)})

    @admin.action(
        description=_("Reset: lift the lockouts of the selected attempts"), permissions=["delete"]
    )
    def reset_attempts(self, request: HttpRequest, queryset: QuerySet[AccessAttempt]) -> None:
        removed = sum(engine().lift(Connection(), as_attempt(attempt)) for attempt in queryset)
        text = ngettext("%(n)d attempt removed.", "%(n)d attempts removed.", removed)
        self.message_user(request, text % {"n": removed}, messages.SUCCESS)


def in_words(seconds: int) -> str:
    """A length of time in the two largest units that it fills."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def as_attempt(attempt: AccessAttempt) -> Any:
    """A recorded attempt as the engine sees it."""
    return engine().attempt(
        username=attempt.username,
        ip_address=attempt.ip_address,
        user_agent=attempt.user_agent,
        path_info=attempt.path_info,
        method="POST",
        http_accept=attempt.http_accept,
        get_data=[],
        post_data=[],
    )


class AccessLogAdmin(ReadOnlyAdmin):
    list_display = (
        "attempt_time",
        "logout_time",
        "ip_address",
        "username",
        "user_agent",
        "path_info",
    )
    list_filter = ("attempt_time", "logout_time", "path_info")
    search_fields = ("ip_address", "user_agent", "username", "path_info")
    date_hierarchy = "attempt_time"
    fieldsets = (
        (None, {"fields": ("username", "path_info")}),
        (_("Meta Data"), {"fields": ("user_agent", "ip_address", "http_accept")}),
        (_("Time"), {"fields": ("attempt_time", "logout_time")}),
    )


class AccessFailureLogAdmin(ReadOnlyAdmin):
    list_display = (
        "attempt_time",
        "ip_address",
        "username",
        "user_agent",
        "path_info",
        "locked_out",
    )
    list_filter = ("attempt_time", "locked_out", "path_info")
    search_fields = ("ip_address", "user_agent", "username", "path_info")
    date_hierarchy = "attempt_time"
    fieldsets = (
        (None, {"fields": ("username", "path_info", "locked_out")}),
        (_("Meta Data"), {"fields": ("user_agent", "ip_address", "http_accept", "attempt_time")}),
    )


if settings.AXES_ENABLE_ADMIN:
    admin.site.register(AccessAttempt, AccessAttemptAdmin)
    admin.site.register(AccessLog, AccessLogAdmin)
    admin.site.register(AccessFailureLog, AccessFailureLogAdmin)
