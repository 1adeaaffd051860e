"""What Axes keeps on a request."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet, ref

from django.core.signals import got_request_exception, request_finished

from axes._axes import Attempt, Permit, Refusal
from axes.uncommitted import Redo, Uncommitted

ATTRIBUTE = "_axes_state"
EXPECTED = "_axes_middleware"
# In ``META``, spelled as WSGI servers spell what is no header: the request the middleware sees.
ORIGINAL = "axes.request"

Dropped = deque[tuple[Permit, Attempt]]
_dropped: Dropped = deque()
# Those that no middleware sees.
_bare: WeakSet[State] = WeakSet()
# Those of this thread whose transaction went on when the middleware had ended.
_unfinished = threading.local()


class State:
    """The attempt that a request is about, from admission to settlement."""

    def __init__(self) -> None:
        self.attempt: Attempt | None = None
        self.permit: Permit | None = None
        # The refusal of the attempt that the backend has just been asked about.
        self.refusal: Refusal | None = None
        # The refusal that the response has to tell.
        self.answered: Refusal | None = None
        # Whether the middleware gives the permit back when nobody else does.
        self.has_middleware = False
        self._process = os.getpid()
        # The taking of the permit, where that was inside the request's transaction.
        self._taking: Uncommitted | None = None
        self._uncommitted: list[Uncommitted] = []

    def __del__(self, _getpid: Callable[[], int] = os.getpid, _dropped: Dropped = _dropped) -> None:
        """A request that no middleware sees is over when nobody holds it: whoever checked the
        password has gone on. This may run anywhere, at the end of the interpreter too, so it only
        takes a note. A copy in a forked process is not the one that has the permit."""
        if self.has_middleware or self.floating or self._process != _getpid():
            return
        if self.permit is not None and self.attempt is not None:
            _dropped.append((self.permit, self.attempt))

    def public(self, request: Any, **attributes: Any) -> None:
        """Sets attributes that a site may read, also where the request is wrapped."""
        inner = innermost(request)
        for name, value in attributes.items():
            setattr(request, name, value)
            if inner is not request:
                setattr(inner, name, value)

    @property
    def floating(self) -> bool:
        """Whether the permit was taken inside the request's transaction and is not committed: a
        rollback takes it away."""
        return self._taking is not None and not self._taking.is_committed

    def hold(self, permit: Permit, transaction_on: str | None) -> None:
        """The attempt was admitted. ``transaction_on`` names the database in whose transaction the
        permit was taken, if it is not committed yet."""
        self.permit = permit
        self._taking = None if transaction_on is None else Uncommitted(transaction_on)

    def release(self) -> Permit | None:
        """The permit, for whoever settles it; ``None`` where a rollback took it away."""
        permit, self.permit = self.permit, None
        is_gone = self._taking is not None and self._taking.is_undone
        return None if is_gone else permit

    def remember(self, redo: Redo, alias: str) -> None:
        """Something was written inside the request's transaction: ``redo`` writes it again if that
        rolls back."""
        self._uncommitted.append(Uncommitted(alias, redo))

    def redo(self) -> None:
        """Writes again what a rollback has undone."""
        written, self._uncommitted = self._uncommitted, []
        for entry in written:
            if entry.is_due:
                entry.redo()
            elif not entry.is_committed:
                self._uncommitted.append(entry)

    def redo_later(self) -> None:
        """The middleware has done its part, but the transaction may be one that began before it."""
        if self._uncommitted:
            vars(_unfinished).setdefault("states", []).append(self)


def redo_unfinished(**_kwargs: Any) -> None:
    """A request is over, or an exception has ended its transaction."""
    states: list[State] = vars(_unfinished).pop("states", [])
    for state in states:
        state.redo()
        state.redo_later()


got_request_exception.connect(redo_unfinished, dispatch_uid="axes_redo_after_exception")
request_finished.connect(redo_unfinished, dispatch_uid="axes_redo_after_request")


def dropped() -> Iterator[tuple[Permit, Attempt]]:
    """The open permits of requests that are gone; each is told once."""
    while _dropped:
        try:
            yield _dropped.popleft()
        except IndexError:
            # Another thread was quicker.
            return


def drop_all() -> None:
    """The process ends, and with it the requests that are still held."""
    for state in list(_bare):
        state.__del__()
        state.permit = None


os.register_at_fork(after_in_child=_dropped.clear)


def innermost(request: Any) -> Any:
    """The request that the middleware sees: inside a wrapper (REST framework), or behind a request
    that a package made of its headers (OAuth Toolkit)."""
    request = getattr(request, "_request", request)
    original = getattr(request, "META", {}).get(ORIGINAL)
    return request if original is None else original() or request


def state_of(request: Any) -> State:
    """What Axes knows of ``request``."""
    request = innermost(request)
    state = getattr(request, ATTRIBUTE, None)
    if not isinstance(state, State):
        state = State()
        state.has_middleware = hasattr(request, EXPECTED)
        if not state.has_middleware:
            _bare.add(state)
        setattr(request, ATTRIBUTE, state)
    return state


def expect_middleware(request: Any) -> None:
    """The middleware sees this request, and its end."""
    request.META[ORIGINAL] = ref(request)
    setattr(request, EXPECTED, True)


def has_state(request: Any) -> bool:
    """Whether Axes has anything to do with ``request``."""
    return hasattr(innermost(request), ATTRIBUTE)
