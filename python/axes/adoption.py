"""Taking over what another program recorded."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections, router, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from axes.clock import now_in_milliseconds

BATCH = 1000
COLUMNS = ["record_key", "username_key", "network", "agent_key"]
PARTS = COLUMNS[1:]


def adopt_records(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Gives records that another program wrote the columns by which they are counted, and lets
    tallies be made anew with them. Runs after every ``migrate``."""
    from axes.models import AccessAttempt, Tally

    if not router.allow_migrate_model(using, AccessAttempt) or not has_columns(using):
        return
    now = now_in_milliseconds()
    idle = Tally.objects.using(using).exclude(current_permits__gt=0, current_until__gt=now)
    idle = idle.exclude(previous_permits__gt=0, previous_until__gt=now)
    records = AccessAttempt.objects.using(using)
    if adopt_new(records, using) + adopt_grown(records):
        idle.delete()
    else:
        delete_without_records(idle, records)


def adopt_new(records: QuerySet[Any], using: str) -> int:
    """Adopts records that another program inserted; returns how many."""
    from axes.models import tallies_left_alone

    orphans = records.filter(agent_key__isnull=True).order_by("pk")
    adopted = 0
    while batch := list(orphans[:BATCH]):
        with transaction.atomic(using=using), tallies_left_alone():
            for attempt in batch:
                attempt.set_identity(using)
                values = {column: getattr(attempt, column) for column in COLUMNS}
                records.filter(pk=attempt.pk).update(**values)
        adopted += len(batch)
    return adopted


def adopt_grown(records: QuerySet[Any]) -> int:
    """Adopts failures that another program added to records of ours: it knows one time only, and
    only refused attempts may be later than the last failure. Returns how many records."""
    from axes.models import tallies_left_alone

    grown = records.filter(last_failure_time__lt=F("attempt_time")).exclude(refused__gt=0)
    with tallies_left_alone():
        return grown.update(last_failure_time=None)


def delete_without_records(tallies: QuerySet[Any], records: QuerySet[Any]) -> None:
    """Deletes tallies all records of which another program deleted: it has reset them."""
    for number in range(1, len(PARTS) + 1):
        for parts in combinations(PARTS, number):
            scope = {f"{part}__isnull": part not in parts for part in PARTS}
            same = records.filter(**{part: OuterRef(part) for part in parts})
            settled = tallies.filter(current_permits=0, previous_permits=0, failures__gt=0)
            settled.filter(~Exists(same), **scope).delete()


def has_columns(using: str) -> bool:
    """Whether the tables are as this version makes them: not after going back to an older one."""
    from axes.models import Tally

    connection = connections[using]
    with connection.cursor() as cursor:
        return Tally._meta.db_table in connection.introspection.table_names(cursor)
