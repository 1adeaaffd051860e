"""What a handler tells people who may let others in again."""

from __future__ import annotations

from axes._axes import (
    Attempt,
    Lockout,
    Refusal,
    lifted_line,
    lockouts,
    lockouts_of,
    peek_many,
    unlock,
)
from axes.conf import engine
from axes.connection import AnyConnection
from axes.logger import log

# The failures of a client, the refusal that it would meet, and how many failures it has left.
Standing = tuple[int, Refusal | None, int | None]


class HandlerLockouts:
    """Who is locked out, as the engine judges, and the way to lift it."""

    def connection(self) -> AnyConnection:
        raise NotImplementedError

    def lockouts(
        self, *, search: str = "", start: int = 0, stop: int = 100
    ) -> tuple[list[Lockout], int]:
        """Those who are locked out now, from ``start`` to ``stop``, and how many there are in all.

        ``search`` is a part of a username or of an address, or a whole address.
        """
        return lockouts(engine(), self.connection(), search=search, start=start, stop=stop)

    def lockouts_of(self, scope_keys: list[str]) -> list[Lockout]:
        """Those of the lockouts ``scope_keys`` that still hold."""
        return lockouts_of(engine(), self.connection(), scope_keys)

    def unlock(self, scope_key: str, *, by: str, reason: str) -> int:
        """Lifts the lockout ``scope_key``; returns how many that were: none when it was over.

        The log tells of it; ``by`` says who lifted it and ``reason`` why.
        """
        lifted = 0
        for lockout in self.lockouts_of([scope_key]):
            if self._unlock(lockout):
                log.info("AXES: %s", lifted_line(engine(), lockout, by, reason))
                lifted += 1
        return lifted

    def standings(self, attempts: list[Attempt]) -> list[Standing]:
        """Where the clients of ``attempts`` stand, with one look for all."""
        return peek_many(engine(), self.connection(), attempts)[0]

    def lift(self, attempt: Attempt) -> int:
        """Forgets all that ``attempt`` is refused for; returns how many records that were."""
        return engine().lift(self.connection(), attempt)

    def _unlock(self, lockout: Lockout) -> bool:
        return unlock(engine(), self.connection(), lockout)
