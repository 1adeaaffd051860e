"""The date hierarchy of a list, at a cost that does not grow with the list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

DAY = timedelta(days=1)


class RecordList(ChangeList):
    """A list of records; ``dates`` is what the date hierarchy is made from."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.get_filters_params():
            # What was counted is all there is; nothing has to be counted again.
            self.full_result_count = self.result_count

    @cached_property
    def dates(self) -> Dates:
        return Dates(self)


class Dates:
    """What Django's tag takes for the list.

    Django asks the database for every day, month or year in which there is a record, and looks at
    each record for it. Here it is told all between the first record and the last.
    """

    def __init__(self, page: RecordList) -> None:
        self._page = page
        model_admin: Any = page.model_admin
        times = model_admin.time_range()
        self._times = None if times is None else tuple(map(local, times))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._page, name)

    @property
    def queryset(self) -> Dates:
        return self

    def aggregate(self, **_first_and_last: Any) -> dict[str, datetime | None]:
        first, last = self._times or (None, None)
        return {"first": first, "last": last}

    def datetimes(self, field: str, kind: str) -> list[date]:
        """The first day of each year, month or day (``kind``), as far as one is selected."""
        if self._times is None:
            return []
        first, last = (time.date() for time in self._times)
        selected = {}
        for part in ("year", "month"):
            value = self._page.params.get(f"{field}__{part}")
            if value:
                selected[part] = int(value)
        return [
            day
            for day in steps(kind, first, last, selected.get("year"))
            if all(getattr(day, part) == value for part, value in selected.items())
        ]


def local(time: datetime) -> datetime:
    return timezone.localtime(time) if timezone.is_aware(time) else time


def steps(kind: str, first: date, last: date, year: int | None) -> Iterator[date]:
    """The days from ``first`` to ``last``, of that ``year`` if one is given, on which a year, a
    month or a day (``kind``) begins."""
    if kind == "year":
        yield from (date(number, 1, 1) for number in range(first.year, last.year + 1))
        return
    if year is not None:
        if not 1 <= year < 9999:
            return
        first, last = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
    day = first if kind == "day" else first.replace(day=1)
    while day <= last:
        yield day
        day = day + DAY if kind == "day" else (day.replace(day=28) + 4 * DAY).replace(day=1)
