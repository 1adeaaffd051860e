"""The pages of what is recorded: looked at and deleted, not written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from axes._axes import Attempt
from axes.admin.dates import RecordList
from axes.admin.filters import IsLockedOutFilter, PathFilter
from axes.admin.words import standing
from axes.conf import engine, settings
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.lockouts import Standing
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt

# What every record has.
RECORDED = ("user_agent", "ip_address", "username", "http_accept", "path_info", "attempt_time")


class RecordAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Records are looked at and deleted, however many there are."""

    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RecordList]:
        return RecordList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def time_range(self) -> tuple[datetime, datetime] | None:
        """The times of the first and of the last of all records."""
        records: Any = self.model._default_manager.all()
        times = records.aggregate(first=Min("attempt_time"), last=Max("attempt_time"))
        return None if times["first"] is None else (times["first"], times["last"])


class LogAdmin(RecordAdmin):
    """A log grows at its end: the order of its keys is that of its times, and has an index."""

    ordering = ("-pk",)

    def time_range(self) -> tuple[datetime, datetime] | None:
        log: Any = self.model._default_manager.values_list("attempt_time", flat=True)
        first, last = log.order_by("pk").first(), log.order_by("-pk").first()
        return None if first is None or last is None else (min(first, last), max(first, last))


class AccessAttemptAdmin(RecordAdmin):
    list_display = [
        "attempt_time",
        "username",
        "ip_address",
        "failures_since_start",
        "status",
        "path_info",
        "user_agent",
    ]
    list_filter = ["attempt_time", PathFilter, IsLockedOutFilter]
    search_fields = ["ip_address", "username", "user_agent", "path_info"]
    date_hierarchy = "attempt_time"
    ordering = ("-attempt_time",)
    list_select_related = ("expiration",)
    actions = ["reset_attempts", "cleanup_expired_attempts"]
    fieldsets = (
        (
            None,
            {"fields": ("username", "path_info", "failures_since_start", "status", "expires_at")},
        ),
        (_("Form Data"), {"fields": ("get_data", "post_data")}),
        (_("Meta Data"), {"fields": ("user_agent", "ip_address", "http_accept", "attempt_time")}),
    )
    readonly_fields = [
        *RECORDED,
        "get_data",
        "post_data",
        "failures_since_start",
        "status",
        "expiration",
        "expires_at",
    ]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        # By the name of the method Django would find the relation, and show that.
        columns = ["expires_at" if name == "expiration" else name for name in self.list_display]
        if settings.AXES_USE_ATTEMPT_EXPIRATION and "expires_at" not in columns:
            after = columns.index("status") + 1 if "status" in columns else len(columns)
            columns.insert(after, "expires_at")
        return columns

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        page = super().get_changelist_instance(request)
        # The template looks at the same objects again.
        attempts = list(page.result_list)
        standings = AxesProxyHandler.standings([as_attempt(attempt) for attempt in attempts])
        for attempt, seen in zip(attempts, standings, strict=True):
            attempt.axes_standing = seen
        return page

    @admin.display(description=_("Status"))
    def status(self, obj: AccessAttempt) -> str:
        """Where this attempt's client stands under the policy, now."""
        seen: Standing | None = getattr(obj, "axes_standing", None)
        if seen is None:
            (seen,) = AxesProxyHandler.standings([as_attempt(obj)])
        _failures, refusal, left = seen
        return standing(left, refusal)

    def expiration(self, obj: AccessAttempt) -> datetime | None:
        """When it is forgotten, where each attempt keeps a time for that."""
        kept = getattr(obj, "expiration", None)
        return kept.expires_at if kept else None

    @admin.display(description=_("Expires At"), ordering="expiration__expires_at")
    def expires_at(self, obj: AccessAttempt) -> datetime | None:
        return self.expiration(obj)

    @admin.action(
        description=_("Reset: lift the lockouts of the selected attempts"), permissions=["delete"]
    )
    def reset_attempts(self, request: HttpRequest, queryset: QuerySet[AccessAttempt]) -> None:
        removed = sum(AxesProxyHandler.lift(as_attempt(attempt)) for attempt in queryset)
        # What another handler recorded, and this one knows nothing of.
        _all, deleted = queryset.all().delete()
        removed += deleted.get(AccessAttempt._meta.label, 0)
        text = ngettext("%(n)d attempt removed.", "%(n)d attempts removed.", removed)
        self.message_user(request, text % {"n": removed}, messages.SUCCESS)

    @admin.action(description=_("Clean up expired attempts"), permissions=["delete"])
    def cleanup_expired_attempts(
        self, request: HttpRequest, queryset: QuerySet[AccessAttempt]
    ) -> None:
        """Deletes all that are past their cool-off, selected or not: nothing counts them."""
        chosen = AxesProxyHandler.get_implementation()
        handler = chosen if isinstance(chosen, AxesDatabaseHandler) else AxesDatabaseHandler()
        removed = handler.clean_expired_user_attempts(request)
        text = ngettext(
            "Cleaned up %(n)d expired access attempt.",
            "Cleaned up %(n)d expired access attempts.",
            removed,
        )
        self.message_user(request, text % {"n": removed}, messages.SUCCESS)


def as_attempt(attempt: AccessAttempt) -> Attempt:
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


class AccessLogAdmin(LogAdmin):
    list_display = (
        "attempt_time",
        "logout_time",
        "ip_address",
        "username",
        "user_agent",
        "path_info",
    )
    list_filter = ["attempt_time", "logout_time", PathFilter]
    search_fields = ["ip_address", "user_agent", "username", "path_info"]
    date_hierarchy = "attempt_time"
    fieldsets = (
        (None, {"fields": ("username", "path_info")}),
        (_("Meta Data"), {"fields": ("user_agent", "ip_address", "http_accept")}),
        (_("Time"), {"fields": ("attempt_time", "logout_time")}),
    )
    readonly_fields = [*RECORDED, "logout_time"]


class AccessFailureLogAdmin(LogAdmin):
    list_display = (
        "attempt_time",
        "ip_address",
        "username",
        "user_agent",
        "path_info",
        "locked_out",
    )
    list_filter = ["attempt_time", "locked_out", PathFilter]
    search_fields = ["ip_address", "user_agent", "username", "path_info"]
    date_hierarchy = "attempt_time"
    fieldsets = (
        (None, {"fields": ("username", "path_info", "locked_out")}),
        (_("Meta Data"), {"fields": ("user_agent", "ip_address", "http_accept", "attempt_time")}),
    )
    readonly_fields = [*RECORDED, "locked_out"]
