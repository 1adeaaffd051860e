"""Taking over what another program recorded."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections, router, transaction

from axes.clock import now_in_milliseconds

BATCH = 1000
COLUMNS = ["record_key", "username_key", "network", "agent_key"]


def adopt_records(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Gives records that another program wrote the columns by which they are counted, and lets
    tallies be made anew with them. Runs after every ``migrate``."""
    from axes.models import AccessAttempt, Tally, tallies_left_alone

    if not router.allow_migrate_model(using, AccessAttempt) or not has_columns(using):
        return
    orphans = AccessAttempt.objects.using(using).filter(agent_key__isnull=True).order_by("pk")
    if not orphans.exists():
        return
    while batch := list(orphans[:BATCH]):
        with transaction.atomic(using=using), tallies_left_alone():
            for attempt in batch:
                attempt.set_identity(using)
                values = {column: getattr(attempt, column) for column in COLUMNS}
                AccessAttempt.objects.using(using).filter(pk=attempt.pk).update(**values)
    now = now_in_milliseconds()
    idle = Tally.objects.using(using).exclude(current_permits__gt=0, current_until__gt=now)
    idle.exclude(previous_permits__gt=0, previous_until__gt=now).delete()


def has_columns(using: str) -> bool:
    """Whether the tables are as this version makes them: not after going back to an older one."""
    from axes.models import Tally

    connection = connections[using]
    with connection.cursor() as cursor:
        return Tally._meta.db_table in connection.introspection.table_names(cursor)
