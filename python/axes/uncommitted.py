"""What Axes writes inside a transaction of somebody else's, which may yet roll back."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connections, transaction

Redo = Callable[[], None]


class Uncommitted:
    """Something that was written; ``redo`` writes it again."""

    def __init__(self, alias: str, redo: Redo = lambda: None) -> None:
        self.redo = redo
        self.is_committed = False
        # Of this thread. Whoever asks later may be another.
        self._django = connections[alias]
        transaction.on_commit(self._commit, using=alias)

    def _commit(self) -> None:
        self.is_committed = True

    @property
    def is_undone(self) -> bool:
        """Whether it was rolled back, with the transaction or with a savepoint inside it: Django
        has forgotten then what there was to do after the commit."""
        waiting = (hook[1] for hook in self._django.run_on_commit)
        return not self.is_committed and self._commit not in waiting

    @property
    def is_due(self) -> bool:
        """Whether it is to be written again, and can be: a transaction that waits for its rollback
        takes nothing any more."""
        return self.is_undone and not self._django.needs_rollback
