"""Starts examples. A module has one site for all its tests: each test takes a client of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from .sites import ExampleSite

Serve = Callable[..., ExampleSite]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Serves an example: ``serve("rest-framework")``, or with changed settings:
    ``serve("rest-framework", "AXES_COOLOFF_TIME = None")``. Asked again for the same, it returns
    the site that runs."""
    sites: dict[tuple[str, str], ExampleSite] = {}
    with contextlib.ExitStack() as running:

        def served(example: str, changes: str = "") -> ExampleSite:
            if (example, changes) not in sites:
                site = ExampleSite(example=example, changes=changes)
                running.enter_context(site)
                sites[example, changes] = site
            return sites[example, changes]

        yield served
