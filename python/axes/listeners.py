"""Receivers that sites connect to the signals of attempts, which the engine writes by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models.signals import ModelSignal, post_delete, post_save

from axes.models import AccessAttempt, tallies_left_alone


def has_listeners(signal: ModelSignal) -> bool:
    """Whether anybody listens but Axes itself, whose one receiver is always there."""
    live: Any = signal._live_receivers(AccessAttempt)
    # Since Django 5.0 there are two lists: of synchronous receivers and of asynchronous ones.
    receivers = [r for group in live for r in group] if isinstance(live, tuple) else live
    return len(receivers) > 1


def tell_saved(attempts: Iterable[AccessAttempt], using: str) -> None:
    """Tells receivers of what the engine has written."""
    for attempt in attempts:
        with tallies_left_alone():
            post_save.send(
                sender=AccessAttempt,
                instance=attempt,
                created=attempt.failures_since_start == 1,
                raw=False,
                using=using,
                update_fields=None,
            )


def tell_deleted(attempts: Iterable[AccessAttempt], using: str) -> None:
    """Tells receivers of what the engine has deleted."""
    for attempt in attempts:
        with tallies_left_alone():
            post_delete.send(sender=AccessAttempt, instance=attempt, using=using, origin=attempt)
