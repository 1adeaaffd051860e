"""What Axes keeps on a request."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet, ref

from django.db import transaction

from axes._axes import Attempt, Permit, Refusal

ATTRIBUTE = "_axes_state"
EXPECTED = "_axes_middleware"
# In ``META``, spelled as WSGI servers spell what is no header: the request the middleware sees.
ORIGINAL = "axes.request"

Redo = Callable[[], None]

Dropped = deque[tuple[Permit, Attempt]]
_dropped: Dropped = deque()
# Those that no middleware sees.
_bare: WeakSet[State] = WeakSet()


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
        # Whether the permit was taken inside the request's transaction, which is still open.
        self.floating = False
        self._uncommitted: list[Redo] = []

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
        for name, value in attributes.items():
            setattr(request, name, value)
            if innermost(request) is not request:
                setattr(innermost(request), name, value)

    def hold(self, permit: Permit, transaction_on: str | None) -> None:
        """The attempt was admitted. ``transaction_on`` names the database in whose transaction the
        permit was taken, if it is not committed yet: a rollback takes the permit with it."""
        self.permit = permit
        self.floating = transaction_on is not None
        if transaction_on is None:
            return

        def committed() -> None:
            if self.permit is permit:
                self.floating = False

        transaction.on_commit(committed, using=transaction_on)

    def remember(self, redo: Redo, alias: str) -> None:
        """The permit was settled inside the request's transaction, which may yet roll back: then
        ``redo`` has to be done."""
        self._uncommitted.append(redo)
        transaction.on_commit(lambda: self._uncommitted.remove(redo), using=alias)

    def undone(self) -> Iterator[Redo]:
        """What has to be done because of a rollback; each is told once."""
        while self._uncommitted:
            yield self._uncommitted.pop()


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
