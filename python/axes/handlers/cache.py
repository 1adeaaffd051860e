"""The handler that keeps everything in one of Django's caches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.cache import BaseCache

from axes._axes import recorded_attempts
from axes.entries import EntriesConnection
from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from axes.parameters import get_cache


class AxesCacheHandler(AxesBaseHandler, AbstractAxesHandler):
    """Keeps tallies and attempts in the cache that ``AXES_CACHE`` names; no logs of the past."""

    @property
    def cache(self) -> BaseCache:
        return get_cache()

    def connection(self) -> EntriesConnection:
        return EntriesConnection()

    def recorded(self) -> Iterator[tuple[str | None, str | None, int]]:
        for address, username, _user_agent, failures in recorded_attempts(self.connection()):
            yield address, username, failures

    # The tables are no business of this handler.

    bans_are_rows = False

    def post_save_access_attempt(self, instance: Any, **kwargs: Any) -> None:
        """Nothing."""

    def post_delete_access_attempt(self, instance: Any, **kwargs: Any) -> None:
        """Nothing."""
