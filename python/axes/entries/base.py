"""What every kind of entries does."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

Found = tuple[str, Any] | None

Put = tuple[str, str, Any, int | None]
"""What `Entries.put` takes."""

Expected = tuple[str, Any]
"""A name, and the token that its entry has to have."""

Join = tuple[str, str, int, int | None]
"""The name of a set, one that joins it, until when, and how many milliseconds the set is kept."""

Gone = tuple[str, str, str]
"""The member of a set, the name of its entry, and what is left of that."""

# What Memcached takes, and every other cache too.
LONGEST_KEY = 240

# How many keys are remembered: what is read is mostly written next.
MOST_KEYS = 200


class Entries:
    """Entries of ``cache``. Whatever goes wrong raises."""

    swaps = False
    """Whether `swap` can be used. Then tokens are the texts of entries."""

    keeps_sets = False
    """Whether `swap` can be given sets. Then `members` and `take_out` can be used too."""

    def __init__(self, cache: Any) -> None:
        self.cache = cache
        self._keys: dict[str, str] = {}

    def key(self, name: str) -> str:
        """The key in the cache, by the site's prefix and version; none that a cache refuses."""
        key = self._keys.get(name)
        if key is None:
            if len(self._keys) >= MOST_KEYS:
                self._keys.clear()
            key = self._keys[name] = self._make_key(name)
        return key

    def _make_key(self, name: str) -> str:
        key = str(self.cache.make_key(name))
        fits = len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key
        return key if fits else sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

    def get(self, names: list[str]) -> list[Found]:
        """The entries as they are now, each with what tells its state from all others."""
        raise NotImplementedError

    def put(self, name: str, value: str, token: Any, milliseconds: int | None) -> bool:
        """Writes where the entry is still in the state ``token``; ``None``: where there is none.

        Without ``milliseconds`` it is kept for ever. Returns whether it was written.
        """
        raise NotImplementedError

    def put_all(self, puts: list[Put]) -> int:
        """Puts one after the other, up to the first in vain; how many were written."""
        for done, put in enumerate(puts):
            if not self.put(*put):
                return done
        return len(puts)

    def swap(
        self,
        expected: list[Expected],
        puts: list[Put],
        told: list[str],
        empty: Sequence[str] = (),
        joins: Sequence[Join] = (),
        now: int = 0,
    ) -> list[str | None] | None:
        """Writes all in one step, if everything that is expected or written is in its state.

        The sets that have to be ``empty`` must have nobody beyond the time ``now``. Otherwise
        nothing is written, and it returns the texts of all entries: first of those that were
        expected, then of those to be written, then of those that are only to be told; and then
        how many are in each of those sets.
        """
        raise NotImplementedError

    def members(self, name: str, cursor: int) -> tuple[int, list[tuple[str, float]]]:
        """Some members of a set, each with until when, and where to go on: 0 after the last."""
        raise NotImplementedError

    def take_out(self, name: str, gone: list[Gone]) -> int:
        """Takes those of ``gone`` out of a set that still are; how many it has then."""
        raise NotImplementedError

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        """Writes whatever there is."""
        raise NotImplementedError

    def seconds(self, milliseconds: int | None) -> int | None:
        """Whole seconds, as most caches count them, and none too few."""
        return None if milliseconds is None else max(1, -(-milliseconds // 1000))


def text_of(value: Any) -> str:
    """What a client hands out as bytes or as text."""
    return value.decode() if isinstance(value, bytes) else str(value)
