"""Running the engine's statements where Django's database is."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_default_timezone, make_naive

from axes.cache import shared_cache

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# What databases say when trying again makes sense: deadlocks, failed serializations, locks.
POSTGRES_CONTENTION = {"40001", "40P01", "55P03"}
MYSQL_CONTENTION = {1020, 1205, 1213}

_side = threading.local()


class Connection:
    """A database connection on which each batch of the engine is committed for itself.

    Inside a request's transaction (``ATOMIC_REQUESTS``) PostgreSQL and MySQL get a connection of
    Axes' own: a failure that was counted must survive when the request rolls back, and a permit
    that nobody else can see would guard nothing. SQLite, where a second connection would wait for
    the first for ever, stays on Django's; so does ``TestCase``, which wants all rolled back.
    """

    def __init__(self, alias: str | None = None) -> None:
        if alias is None:
            from axes.models import AccessAttempt

            alias = router.db_for_write(AccessAttempt) or DEFAULT_DB_ALIAS
        self.alias = alias
        django = connections[alias]
        self.vendor: str = django.vendor
        self._own = (
            django.in_atomic_block and self.vendor != "sqlite" and not in_test_transaction(django)
        )
        self._django = own_connection(alias, django) if self._own else django
        self.cache = shared_cache(alias)
        self._atomic: AbstractContextManager[Any] | None = None

    @property
    def in_transaction(self) -> bool:
        """Whether somebody else's transaction is open here."""
        return self._atomic is None and self._django.in_atomic_block

    @property
    def may_be_rolled_back(self) -> bool:
        """Whether what is written here can be undone by somebody else's transaction."""
        return self._django.in_atomic_block and not in_test_transaction(self._django)

    def query(self, sql: str, parameters: tuple[Any, ...]) -> list[list[Any]]:
        with self._django.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows = [list(row) for row in cursor.fetchall()]
            times = [
                i for i, column in enumerate(cursor.description) if column[0].endswith("_time")
            ]
        for row in rows:
            for index in times:
                row[index] = self._read_time(row[index])
        return rows

    def execute(self, sql: str, parameters: tuple[Any, ...]) -> int:
        with self._django.cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.rowcount)

    def begin(self) -> None:
        if self._own:
            self._django.set_autocommit(False)
        else:
            self._atomic = transaction.atomic(using=self.alias)
            self._atomic.__enter__()

    def commit(self) -> None:
        if self._own:
            self._django.commit()
            self._django.set_autocommit(True)
        elif self._atomic is not None:
            atomic, self._atomic = self._atomic, None
            atomic.__exit__(None, None, None)

    def roll_back(self) -> None:
        if self._own:
            self._django.rollback()
            self._django.set_autocommit(True)
        elif self._atomic is not None:
            atomic, self._atomic = self._atomic, None
            error = RuntimeError("rolled back by Axes")
            atomic.__exit__(RuntimeError, error, None)

    def write_time(self, milliseconds: int) -> Any:
        moment = EPOCH + timedelta(milliseconds=milliseconds)
        if not settings.USE_TZ:
            moment = make_naive(moment, get_default_timezone())
        return self._django.ops.adapt_datetimefield_value(moment)

    def write_address(self, address: str) -> Any:
        return self._django.ops.adapt_ipaddressfield_value(address)

    def read_value(self, value: Any) -> Any:
        return (
            int(value)
            if isinstance(value, Decimal)
            else value
            if isinstance(value, list)
            else str(value)
        )

    def kind_of(self, error: BaseException) -> str:
        """What an error means: ``contended``, ``conflict`` or ``unavailable``."""
        if isinstance(error, IntegrityError):
            return "conflict"
        code = error.args[0] if error.args else None
        contended = (
            getattr(error.__cause__, "sqlstate", None) in POSTGRES_CONTENTION
            or (self.vendor == "mysql" and code in MYSQL_CONTENTION)
            or (self.vendor == "sqlite" and "locked" in str(error))
        )
        # Inside somebody else's transaction nothing can be tried again: it is lost as a whole.
        return "contended" if contended and not self.in_transaction else "unavailable"

    def _read_time(self, value: Any) -> list[int] | None:
        if isinstance(value, str):
            value = parse_datetime(value)
        if value is None:
            return None
        if value.tzinfo is None:
            zone = timezone.utc if settings.USE_TZ else get_default_timezone()
            value = value.replace(tzinfo=zone)
        return [(value - EPOCH) // timedelta(milliseconds=1)]


def in_test_transaction(django: BaseDatabaseWrapper) -> bool:
    """Whether the connection is inside the transaction that ``TestCase`` rolls back."""
    return any(getattr(block, "_from_testcase", False) for block in django.atomic_blocks)


def own_connection(alias: str, django: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """A second connection of this thread to the same database."""
    kept: dict[str, BaseDatabaseWrapper] = _side.__dict__
    if alias not in kept or kept[alias].settings_dict != django.settings_dict:
        kept[alias] = django.copy(alias)
    return kept[alias]


def close_own_connections(**_kwargs: Any) -> None:
    """Closes what ``CONN_MAX_AGE`` says should not be kept, as Django does with its own."""
    for connection in _side.__dict__.values():
        connection.close_if_unusable_or_obsolete()


request_finished.connect(close_own_connections, dispatch_uid="axes_close_own_connections")
