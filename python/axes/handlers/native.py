"""The handler that leaves everything to a store outside Django."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from django.db.models.signals import ModelSignal

from axes._axes import (
    NativeStore,
    after_fork_in_child,
    after_fork_in_parent,
    before_fork,
    recorded_attempts,
)
from axes.conf import engine, values
from axes.connection import database_of_axes
from axes.handlers.database import AxesDatabaseHandler, Credentials
from axes.logger import log
from axes.stores import shares_tables


class AxesNativeHandler(AxesDatabaseHandler):
    """Keeps everything in the store that ``AXES_STORE`` names, without asking Django's connections.

    Where that is the database of the site on PostgreSQL, its tables are those of the models, and
    what looks into them works as it does with the database handler. Elsewhere they stay empty.
    """

    def connection(self) -> NativeStore:
        return engine().native_store()

    @property
    def bans_are_rows(self) -> bool:  # type: ignore[override]
        return self._shares_tables()

    def recorded(self) -> Iterator[tuple[str | None, str | None, int]]:
        for address, username, _user_agent, failures in recorded_attempts(self.connection()):
            yield address, username, failures

    def clean_expired_user_attempts(
        self, request: Any = None, credentials: Credentials = None
    ) -> int:
        if self._shares_tables():
            return super().clean_expired_user_attempts(request, credentials)
        overrides = {} if request is None else self._overrides(request, credentials, ())
        removed = engine().purge(self.connection(), overrides)
        log.info("AXES: cleaned up %s expired attempts", removed)
        return removed

    def _is_heard(self, signal: ModelSignal) -> bool:
        return super()._is_heard(signal) and self._shares_tables()

    def _shares_tables(self) -> bool:
        return shares_tables(values().AXES_STORE or "", database_of_axes())


os.register_at_fork(
    before=before_fork,
    after_in_parent=after_fork_in_parent,
    after_in_child=after_fork_in_child,
)
