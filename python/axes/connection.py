"""Running the engine's statements where Django's database is."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from django.core.signals import request_finished, request_started
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    IntegrityError,
    OperationalError,
    connections,
    router,
    transaction,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_default_timezone, make_naive

from axes._axes import NativeStore
from axes.cache import shared_cache
from axes.conf import values
from axes.entries import EntriesConnection
from axes.prepared import preparing_cursor

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MILLISECOND = timedelta(milliseconds=1)

# What databases say when trying again makes sense: deadlocks, failed serializations, locks.
POSTGRES_CONTENTION = {"40001", "40P01", "55P03"}
MYSQL_CONTENTION = {1020, 1205, 1213}

# How many seconds others may be in the way before nothing is tried again. Each try waits as long as
# the database itself does: 5 seconds on SQLite, 50 on MySQL.
PATIENCE = 30.0

_side = threading.local()
_changes = threading.local()


class Connection:
    """A database connection on which each batch of the engine is committed for itself.

    Inside a request's transaction (``ATOMIC_REQUESTS``) PostgreSQL and MySQL get a connection of
    Axes' own: a failure that was counted must survive when the request rolls back, and a permit
    that nobody else can see would guard nothing. SQLite, where a second connection would wait for
    the first for ever, stays on Django's (see ``apart``); so does ``TestCase``, which wants all
    rolled back.
    """

    def __init__(self, alias: str | None = None) -> None:
        self.alias = alias = alias or database_of_axes()
        django = connections[alias]
        self.vendor: str = django.vendor
        self._own = (
            django.in_atomic_block and self.vendor != "sqlite" and not in_test_transaction(django)
        )
        self._django = own_connection(alias, django) if self._own else django
        self.cache = shared_cache(alias)
        self._atomic: AbstractContextManager[Any] | None = None
        self._apart = False
        self._plain = False
        self._locks = False
        self._started = time.monotonic()

    def apart(self) -> AbstractContextManager[Connection]:
        """Runs what is inside apart from a transaction of SQLite that has only read so far.

        That transaction ends before and begins anew after it. So what is written here stays when
        the request rolls back, and whoever waits for a permit keeps nobody else from writing. A
        transaction that has written is left alone: what Axes writes belongs to it then.
        """
        return self

    def __enter__(self) -> Connection:
        if self._has_only_read():
            self._statement("COMMIT")
            self._apart = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._apart:
            self._begin_anew()
            self._apart = False

    def lock_afterwards(self) -> None:
        """Lets the transaction that ``apart`` begins anew be one that may write.

        SQLite lets one that has read write only if nobody else wrote since, and others do while
        this password is checked.
        """
        self._locks = True

    @property
    def returns_rows(self) -> bool:
        """Whether an ``INSERT`` can return the row that it leaves: servers are asked."""
        return bool(self._django.features.can_return_columns_from_insert)

    @property
    def in_transaction(self) -> bool:
        """Whether somebody else's transaction is open here."""
        return self._atomic is None and self._django.in_atomic_block and not self._apart

    @property
    def may_be_rolled_back(self) -> bool:
        """Whether what is written here can be undone by somebody else's transaction."""
        return (
            self._django.in_atomic_block
            and not self._apart
            and not in_test_transaction(self._django)
        )

    @property
    def takes_writes(self) -> bool:
        """Whether it is any use to write: not so where the rollback is certain already."""
        return not self._django.needs_rollback

    def open(self) -> tuple[Any, bool]:
        """A cursor for the engine's statements, and whether it takes SQLite's question marks.

        It is the driver's own where nobody watches Django's: SQLite answers faster than Django
        looks for marks in a statement.
        """
        django = self._django
        if is_watched(django):
            return django.cursor(), False
        if django.connection is None:
            django.ensure_connection()
        django.validate_no_broken_transaction()
        if self.vendor == "sqlite":
            return django.connection.cursor(), True
        with django.wrap_database_errors:
            # Django tells its own cursors what times without a zone are in.
            can = self.vendor == "postgresql" and values().USE_TZ
            prepares = can and preparing_cursor(django.connection)
            return prepares or django.create_cursor(), False

    def named(self, error: Exception) -> Exception:
        """An error of the driver as Django names it."""
        try:
            with self._django.wrap_database_errors:
                raise error
        except Exception as named:  # noqa: BLE001  (it is looked at, not swallowed)
            return named

    def begin(self) -> None:
        if self._own:
            self._django.set_autocommit(False)
        elif self._apart:
            self._statement("BEGIN IMMEDIATE")
        elif self.vendor == "sqlite" and self._is_in_autocommit():
            # As `atomic` does it, without what serves code that runs inside: here, none does.
            self._plainly("BEGIN IMMEDIATE")
            self._plain = True
        else:
            self._atomic = transaction.atomic(using=self.alias)
            self._atomic.__enter__()

    def commit(self) -> None:
        if self._atomic is not None:
            atomic, self._atomic = self._atomic, None
            atomic.__exit__(None, None, None)
            return
        try:
            if self._own:
                self._django.commit()
                self._django.set_autocommit(True)
            elif self._plain:
                self._plainly("COMMIT")
                self._plain = False
            else:
                self._statement("COMMIT")
        except DatabaseError:
            # Else what follows would belong to a transaction that nobody commits.
            with suppress(DatabaseError):
                self.roll_back()
            raise

    def roll_back(self) -> None:
        if self._own:
            self._django.rollback()
            self._django.set_autocommit(True)
        elif self._apart:
            self._statement("ROLLBACK")
        elif self._plain:
            self._plain = False
            self._plainly("ROLLBACK")
        elif self._atomic is not None:
            atomic, self._atomic = self._atomic, None
            error = RuntimeError("rolled back by Axes")
            atomic.__exit__(RuntimeError, error, None)

    def write_time(self, milliseconds: int) -> Any:
        moment = EPOCH + timedelta(milliseconds=milliseconds)
        if not values().USE_TZ:
            moment = make_naive(moment, get_default_timezone())
        return self._django.ops.adapt_datetimefield_value(moment)

    def write_address(self, address: str) -> Any:
        return self._django.ops.adapt_ipaddressfield_value(address)

    def read_times(self, rows: Sequence[Sequence[Any]], description: Any) -> list[list[Any]]:
        """``rows`` with their times as the engine takes them."""
        times = [column[0].endswith("_time") for column in description]
        return [
            [
                self._read_time(value) if is_time else value
                for value, is_time in zip(row, times, strict=True)
            ]
            for row in rows
        ]

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
        again = not self.in_transaction and time.monotonic() - self._started < PATIENCE
        return "contended" if contended and again else "unavailable"

    def _has_only_read(self) -> bool:
        django = self._django
        return (
            self.vendor == "sqlite"
            and len(django.atomic_blocks) == 1
            and not in_test_transaction(django)
            and not django.needs_rollback
            and django.connection is not None
            and django.connection.in_transaction
            and django.connection.total_changes == noted_changes(self.alias)
        )

    def _begin_anew(self) -> None:
        django: Any = self._django
        note_changes(self.alias, django)
        while True:
            try:
                if self._locks:
                    self._statement("BEGIN IMMEDIATE")
                else:
                    # As Django begins one: `OPTIONS` may name its mode.
                    django._start_transaction_under_autocommit()
                return
            except OperationalError as error:
                if self.kind_of(error) == "unavailable":
                    break
        # The answer is known already: better a transaction that may fail to write than none.
        self._statement("BEGIN")

    def _is_in_autocommit(self) -> bool:
        if self._django.connection is None:
            self._django.ensure_connection()
        return bool(self._django.autocommit)

    def _plainly(self, sql: str) -> None:
        with self._django.wrap_database_errors:
            self._django.connection.execute(sql)

    def _statement(self, sql: str) -> None:
        with self._django.cursor() as cursor:
            cursor.execute(sql)

    def _read_time(self, value: Any) -> list[int] | None:
        if isinstance(value, str):
            value = parse_datetime(value)
        if value is None:
            return None
        if value.tzinfo is None:
            zone = timezone.utc if values().USE_TZ else get_default_timezone()
            value = value.replace(tzinfo=zone)
        return [(value - EPOCH) // MILLISECOND]


def is_watched(django: BaseDatabaseWrapper) -> bool:
    """Whether somebody wants to see, time or forbid what is asked through Django's cursors."""
    return bool(django.queries_logged or django.execute_wrappers or "cursor" in vars(django))


# What a handler hands to the engine.
AnyConnection: TypeAlias = Connection | EntriesConnection | NativeStore


@cache
def model_of_attempts() -> type[Model]:
    """Models can be imported only when all apps are there."""
    from axes.models import AccessAttempt

    return AccessAttempt


def database_of_axes() -> str:
    """The alias of the database that Axes writes to."""
    return router.db_for_write(model_of_attempts()) or DEFAULT_DB_ALIAS


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


def note_changes(alias: str, django: BaseDatabaseWrapper) -> None:
    """Notes how many rows SQLite has changed until now: what no open transaction has written."""
    if django.vendor == "sqlite" and django.connection is not None:
        setattr(_changes, alias, (django.connection, django.connection.total_changes))


def noted_changes(alias: str) -> int:
    """What was noted of this connection; nothing has been written on one that nobody noted."""
    noted, changes = getattr(_changes, alias, (None, 0))
    return int(changes) if noted is connections[alias].connection else 0


def note_changes_before_request(**_kwargs: Any) -> None:
    """A connection that is kept from request to request has written before."""
    alias = database_of_axes()
    django = connections[alias]
    if not django.in_atomic_block:
        note_changes(alias, django)


request_started.connect(note_changes_before_request, dispatch_uid="axes_note_changes")
request_finished.connect(close_own_connections, dispatch_uid="axes_close_own_connections")
