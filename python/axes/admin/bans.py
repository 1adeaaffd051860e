"""The page of bans: usernames and networks that an operator refuses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from axes._axes import entered_line, targets_of, unbanned_line
from axes.admin.words import time_left_of_ban
from axes.clock import milliseconds
from axes.conf import engine
from axes.handlers.proxy import AxesProxyHandler
from axes.logger import log
from axes.models import Ban


class BanForm(forms.ModelForm):  # type: ignore[type-arg]
    username = forms.CharField(
        label=_("Username"), required=False, widget=AdminTextInputWidget(), strip=True
    )


class BanAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Bans are entered, changed and lifted, each at once and for all processes: to delete one is to
    lift it.

    Nobody may see the page where the handler keeps bans elsewhere than in the table.
    """

    form = BanForm
    list_display = ("whom", "reason", "author", "since_at", "until")
    search_fields = ("username", "network", "reason", "author")
    search_help_text = _("A username or an address, or a part of one")
    fieldsets = (
        (
            None,
            {
                "fields": ("username", "network", "reason", "until_at"),
                "description": _(
                    "Whoever is banned cannot log in until the ban ends or is deleted."
                    " Without a time it does not end."
                ),
            },
        ),
        (_("Meta Data"), {"fields": ("author", "since_at")}),
    )
    readonly_fields = ("author", "since_at")

    # What may be done here.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return AxesProxyHandler.bans_are_rows() and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return AxesProxyHandler.bans_are_rows() and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return AxesProxyHandler.bans_are_rows() and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return AxesProxyHandler.bans_are_rows() and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return AxesProxyHandler.bans_are_rows() and super().has_delete_permission(request, obj)

    # The list.

    @admin.display(description=_("Banned"))
    def whom(self, ban: Ban) -> str:
        return str(ban)

    @admin.display(description=_("Until"), ordering="until_at")
    def until(self, ban: Ban) -> Any:
        return time_left_of_ban(ban)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Finds also the networks that an address is in."""
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        targets = targets_of(search_term)
        return (found | queryset.filter(target__in=targets) if targets else found), has_duplicates

    # What is done.

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets[:1] if obj is None else self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Somebody else is another ban.
        fixed = () if obj is None else ("username", "network")
        return (*fixed, *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Ban, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user.get_username()
            # One that has ended.
            Ban.objects.filter(target=obj.target).delete()
        super().save_model(request, obj, form, change)
        line = entered_line(
            engine(),
            username=obj.username,
            network=obj.network,
            reason=obj.reason,
            author=name_of(request),
            until=None if obj.until_at is None else milliseconds(obj.until_at),
        )
        log.info("AXES: %s", line)

    def delete_model(self, request: HttpRequest, obj: Ban) -> None:
        super().delete_model(request, obj)
        tell_lifted(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Ban]) -> None:
        bans = list(queryset)
        super().delete_queryset(request, queryset)
        for ban in bans:
            tell_lifted(request, ban)


def name_of(request: HttpRequest) -> str:
    """Who does it, as the log names people."""
    return f"user {request.user.pk}"


def tell_lifted(request: HttpRequest, ban: Ban) -> None:
    line = unbanned_line(engine(), username=ban.username, network=ban.network, by=name_of(request))
    log.info("AXES: %s", line)
