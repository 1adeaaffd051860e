"""Attempts that are recorded before anything is timed: one real one, multiplied in the database."""

from __future__ import annotations

import os

from django.db import connection, transaction

TABLES = ("axes_accessattempt", "axes_tally")

# What copies have in the place of the original's values. Digests have the right form, and no client
# that tries later has them. Tables of django-axes have no digests and no tallies.
ADDRESS = "'100.' || (n / 65536) || '.' || (n / 256 % 256) || '.' || (n % 256)"
DIGESTS = ("record_key", "username_key", "scope_key")
DIGEST = {
    "sqlite": "lower(hex(randomblob(32)))",
    "postgresql": "encode(sha256(convert_to('{column}' || n, 'UTF8')), 'hex')",
}
SERIES = {
    "sqlite": "(WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series "
    "WHERE n < {attempts}) SELECT n FROM series)",
    "postgresql": "(SELECT n FROM generate_series(1, {attempts}) AS n)",
}


def record(attempts: int, one_address: bool = False) -> int:
    """Multiplies the only attempt that is recorded: each of another username and another address,
    or all from one address. Returns how many are recorded then."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Pages of an index are written once, not for each row. It ends with the connection.
            cursor.execute("PRAGMA cache_size = -1000000")
    with transaction.atomic(), connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
        tables = [table for table in TABLES if table in there]
        for table in tables[:1] if one_address else tables:
            described = connection.introspection.get_table_description(cursor, table)
            columns = [column.name for column in described if column.name != "id"]
            values = ", ".join(_value(column, one_address) for column in columns)
            series = SERIES[connection.vendor].format(attempts=attempts)
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {values} FROM {table}, {series} AS copies"
            )
        if one_address and len(tables) > 1:
            # It counts one of them. Where it is missing, Axes makes it of what is recorded.
            cursor.execute(f"DELETE FROM {tables[1]}")
        cursor.execute(f"SELECT COUNT(*) FROM {TABLES[0]}")
        (recorded,) = cursor.fetchone()
    return int(recorded)


def settle_down() -> None:
    """Lets happen now what follows so much writing, not while something is timed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
    connection.close()
    os.sync()


def _value(column: str, one_address: bool) -> str:
    is_address = not one_address
    if column == "username":
        return "CASE WHEN username IS NULL THEN NULL ELSE 'recorded-' || n END"
    if column == "ip_address" and is_address:
        return f"CAST({ADDRESS} AS inet)" if connection.vendor == "postgresql" else ADDRESS
    if column == "network" and is_address:
        return f"{ADDRESS} || '/32'"
    if column in DIGESTS:
        digest = DIGEST[connection.vendor].format(column=column)
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE {digest} END"
    return column
