"""The handler that keeps everything in Django's database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.signals import ModelSignal, post_delete, post_save
from django.utils import timezone

from axes._axes import (
    Lockout,
    columns_of_lockout,
    columns_of_record,
    columns_of_reset,
    columns_of_scopes,
)
from axes.conf import engine, settings
from axes.connection import AnyConnection, Connection, database_of_axes
from axes.exceptions import AxesStoreError
from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from axes.listeners import has_listeners, tell_deleted, tell_saved
from axes.logger import log
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from axes.state import State

Credentials = dict[str, Any] | None
Attempts = QuerySet[AccessAttempt]


class AxesDatabaseHandler(AxesBaseHandler, AbstractAxesHandler):
    """Keeps tallies, attempts and logs in Django's database."""

    def connection(self) -> AnyConnection:
        return Connection()

    def filter_user_attempts(self, request: Any, credentials: Credentials = None) -> list[Attempts]:
        """The records that count where this attempt counts, for each lockout parameter."""
        attempt = self._attempt(request, credentials)
        overrides = self._overrides(request, credentials, ())
        return [
            AccessAttempt.objects.filter(**columns)
            for columns in columns_of_scopes(engine(), attempt, overrides)
        ]

    def get_user_attempts(self, request: Any, credentials: Credentials = None) -> list[Attempts]:
        """The same without what is past its cool-off."""
        self.clean_expired_user_attempts(request, credentials)
        return self.filter_user_attempts(request, credentials)

    def clean_expired_user_attempts(
        self, request: Any = None, credentials: Credentials = None
    ) -> int:
        """Deletes all records that are past their cool-off; returns how many."""
        overrides = {} if request is None else self._overrides(request, credentials, ())
        connection = self.connection()
        unseen = AccessAttempt.objects.using(database_of_axes()).filter(seen_time__isnull=True)
        removed, left, before = 0, 1, None
        # A purge looks at so many new attempts only; at none, where nothing is ever forgotten.
        while left and left != before:
            removed += engine().purge(connection, overrides)
            left, before = unseen.count(), left
        log.info("AXES: cleaned up %s expired attempts", removed)
        return removed

    def reset_user_attempts(self, request: Any, credentials: Credentials = None) -> int:
        """Forgets all that this attempt is refused for; returns how many records that were."""
        removed = engine().lift(self.connection(), self._attempt(request, credentials))
        log.info("AXES: reset %s attempts", removed)
        return removed

    def reset_logs(self, *, age_days: int | None = None) -> int:
        return self._delete(AccessLog, age_days)

    def reset_failure_logs(self, *, age_days: int | None = None) -> int:
        return self._delete(AccessFailureLog, age_days)

    def remove_out_of_limit_failure_logs(self, *, username: str, limit: int | None = None) -> int:
        """Keeps the newest ``limit`` entries of this username in the failure log, or as many as
        the settings say."""
        if limit is None:
            limit = settings.AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT
        if limit is None:
            return 0
        entries = AccessFailureLog.objects.filter(username=username)
        newest = entries.order_by("-attempt_time", "-pk").values_list("pk", flat=True)[:limit]
        # MySQL takes no LIMIT in a subquery.
        removed, _by_model = entries.exclude(pk__in=list(newest)).delete()
        return int(removed)

    def _recorded(self, request: Any, state: State, credentials: Credentials) -> None:
        """Records are written by the engine, and receivers of ``post_save`` want to know."""
        if state.attempt is not None and self._is_heard(post_save):
            columns = columns_of_record(engine(), state.attempt)
            tell_saved(AccessAttempt.objects.filter(**columns), database_of_axes())
        if engine().is_purge_due():
            with self.connection().apart() as connection:
                overrides = self._overrides(request, credentials, ())
                try:
                    engine().purge_some(connection, overrides)
                except AxesStoreError as error:
                    self._tell_error(f"{error} ({error.__cause__})")

    def _reset(self, ip_address: str | None, username: str | None) -> int:
        if not self._is_heard(post_delete):
            return super()._reset(ip_address, username)
        columns = columns_of_reset(engine(), ip_address=ip_address, username=username)
        attempts = list(AccessAttempt.objects.filter(**columns))
        removed = super()._reset(ip_address, username)
        tell_deleted(attempts, database_of_axes())
        return removed

    def _unlock(self, lockout: Lockout) -> bool:
        if not self._is_heard(post_delete):
            return super()._unlock(lockout)
        attempts = list(AccessAttempt.objects.filter(**columns_of_lockout(lockout)))
        lifted = super()._unlock(lockout)
        if lifted:
            tell_deleted(attempts, database_of_axes())
        return lifted

    def _is_heard(self, signal: ModelSignal) -> bool:
        """Whether a receiver, or a method of a subclass, wants to know of records."""
        hook = "post_save_access_attempt" if signal is post_save else "post_delete_access_attempt"
        overridden = getattr(type(self), hook) is not getattr(AxesBaseHandler, hook)
        return overridden or has_listeners(signal)

    def _delete(self, model: Any, age_days: int | None) -> int:
        entries = model.objects.all()
        if age_days is not None:
            entries = entries.filter(attempt_time__lte=timezone.now() - timedelta(days=age_days))
        removed, _by_model = entries.delete()
        log.info("AXES: deleted %s entries of the %s", removed, model._meta.verbose_name)
        return int(removed)
