"""What the lists of records can be narrowed down by."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from axes._axes import Lockout, columns_of_lockout, filters_of_lockouts
from axes.conf import engine
from axes.handlers.proxy import AxesProxyHandler
from axes.models import Tally

# How many lockouts the filter names one by one, as the engine judges them.
MOST_NAMED = 200
# How many of the newest records the paths to choose from are taken from, and how many those are.
NEWEST = 1000
MOST_PATHS = 20


class IsLockedOutFilter(admin.SimpleListFilter):
    """Attempts that count in a lockout which holds now."""

    title = _("Locked Out")
    parameter_name = "locked_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        lockouts, total = AxesProxyHandler.lockouts(stop=MOST_NAMED)
        locked_out = of_lockouts(lockouts) if total <= MOST_NAMED else of_tallies()
        return queryset.filter(locked_out if self.value() == "yes" else ~locked_out)


def of_lockouts(lockouts: list[Lockout]) -> Q:
    """The records that count in one of ``lockouts``."""
    named: dict[str, list[str | None]] = defaultdict(list)
    found = Q(pk__in=[])
    for lockout in lockouts:
        columns = columns_of_lockout(lockout)
        if len(columns) == 1:
            ((column, value),) = columns.items()
            named[column].append(value)
        else:
            found |= Q(**columns)
    for column, values in named.items():
        found |= Q(**{f"{column}__in": values})
    return found


def of_tallies() -> Q:
    """The records that count in a tally which is locked out."""
    found = Q(pk__in=[])
    for filters, columns in filters_of_lockouts(engine()):
        same = {column: OuterRef(column) for column in columns}
        found |= Q(Exists(Tally.objects.filter(**filters, **same)))
    return found


class PathFilter(admin.SimpleListFilter):
    """The path of the login page.

    Anybody can make up paths: the usual ones of late are offered, and not all that ever were.
    """

    title = _("Path")
    parameter_name = "path_info"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        newest = model_admin.model._default_manager.order_by("-pk")
        paths = Counter(newest.values_list("path_info", flat=True)[:NEWEST])
        offered = {path for path, _times in paths.most_common(MOST_PATHS)}
        if self.value() is not None:
            offered.add(self.value())
        return [(path, path) for path in sorted(offered)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(path_info=self.value())
