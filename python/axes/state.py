"""What Axes keeps on a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from axes._axes import Attempt, Permit, Refusal

ATTRIBUTE = "_axes_state"

Failure = tuple[Attempt, dict[str, Any], str]


class State:
    """The attempt that a request is about, from admission to settlement."""

    def __init__(self) -> None:
        self.attempt: Attempt | None = None
        self.permit: Permit | None = None
        # The refusal of the attempt that the backend has just been asked about.
        self.refusal: Refusal | None = None
        # The refusal that the response has to tell.
        self.answered: Refusal | None = None
        self._uncommitted: list[Failure] = []

    def public(self, request: Any, **attributes: Any) -> None:
        """Sets attributes that a site may read, also where the request is wrapped (DRF)."""
        for name, value in attributes.items():
            setattr(request, name, value)
            if innermost(request) is not request:
                setattr(innermost(request), name, value)

    def remember(self, attempt: Attempt, overrides: dict[str, Any], alias: str) -> None:
        """The failure was written inside the request's transaction, which may yet roll back."""
        failure = (attempt, overrides, alias)
        self._uncommitted.append(failure)

        def committed() -> None:
            self._uncommitted.remove(failure)

        transaction.on_commit(committed, using=alias)

    def undone(self) -> Iterator[Failure]:
        """The failures that were rolled back; each is told once."""
        while self._uncommitted:
            yield self._uncommitted.pop()


def innermost(request: Any) -> Any:
    """The request that the middleware sees."""
    return getattr(request, "_request", request)


def state_of(request: Any) -> State:
    """What Axes knows of ``request``."""
    request = innermost(request)
    state = getattr(request, ATTRIBUTE, None)
    if not isinstance(state, State):
        state = State()
        setattr(request, ATTRIBUTE, state)
    return state


def has_state(request: Any) -> bool:
    """Whether Axes has anything to do with ``request``."""
    return hasattr(innermost(request), ATTRIBUTE)
