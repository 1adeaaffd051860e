"""What a cache cannot promise."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.memcached import PyLibMCCache
from django.utils.module_loading import import_string

from axes.entries import kind_of
from axes.entries.locked import LockedEntries

RACES = (
    "cannot change an entry only where nobody else has: when many try at once, more passwords may "
    "be checked than the limit allows"
)

# Asking pylibmc for the state of an entry (`gets`) puts its connection out of step now and then.
PYLIBMC = f"is reached by pylibmc, which {RACES}. PyMemcacheCache can"

# In the order in which they are looked for.
LACKS: dict[type, str] = {
    DummyCache: "keeps nothing, so nothing is counted and nobody is ever locked out",
    LocMemCache: "keeps its entries in each process alone: each process counts for itself, and "
    "what one resets, the others remember",
    FileBasedCache: f"keeps its entries in files of one machine and {RACES}",
    PyLibMCCache: PYLIBMC,
    DatabaseCache: f"is a table of the database, where the database handler is exact; it {RACES}",
}

# How many entries Django's own caches keep where the settings do not say; then they drop some,
# lockouts or not.
MAX_ENTRIES = 300


def lack_of(backend: Any, configuration: dict[str, Any]) -> str:
    """What a cache of the class ``backend`` cannot promise; nothing where it lacks nothing."""
    try:
        cache = import_string(backend) if isinstance(backend, str) else None
    except ImportError:
        cache = None
    if not isinstance(cache, type) or kind_of(cache) is not LockedEntries:
        # What is no cache Django itself complains about.
        return ""
    lack = next((text for kind, text in LACKS.items() if issubclass(cache, kind)), RACES)
    if issubclass(cache, (LocMemCache, FileBasedCache, DatabaseCache)):
        options = configuration.get("OPTIONS") or {}
        most = options.get("MAX_ENTRIES", configuration.get("MAX_ENTRIES", MAX_ENTRIES))
        lack += f"; past {most} entries it drops some, lockouts too"
    return lack
