"""What the promises share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.visitor import Visitor, make_user

from .site import backends


@pytest.fixture
def checked(settings: Any) -> Iterator[list[tuple[str | None, str | None]]]:
    """The passwords that a backend of the site has checked."""
    settings.AUTHENTICATION_BACKENDS = backends.BACKENDS
    settings.ROOT_URLCONF = "tests.promises.site.urls"
    backends.checked.clear()
    yield backends.checked
    backends.checked.clear()


@pytest.fixture
def ada(db: None) -> Visitor:
    """A visitor with an account."""
    make_user()
    return Visitor(path="/guess/")
