"""Starts examples. A module has one site for all its tests: each test takes a client of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .sites import ExampleSite

Serve = Callable[..., ExampleSite]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Serves an example: ``serve("rest-framework")``, or with changed settings:
    ``serve("rest-framework", "AXES_COOLOFF_TIME = None")``."""
    with contextlib.ExitStack() as running:

        def served(example: str, changes: str = "", **more: Any) -> ExampleSite:
            site = ExampleSite(example=example, changes=changes, **more)
            running.enter_context(site)
            return site

        yield served
