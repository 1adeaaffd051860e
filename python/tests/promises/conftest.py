"""What the promises share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from axes.handlers.database import AxesDatabaseHandler
from tests.visitor import PASSWORD, Visitor, make_user

from . import resets
from .configurations import OtherProcess, settings_of
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


@pytest.fixture(scope="module")
def _lasting_users(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Who logs in, for all tests of a module whose tables are not emptied in between."""
    with django_db_blocker.unblock():
        make_user(resets.ADA)
        make_user(resets.BOB[0])
        User.objects.create_superuser(resets.ROOT, password=PASSWORD)
        yield
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="module")
def others(_lasting_users: None) -> Iterator[dict[Any, Any]]:
    """The other process of each configuration, once one was needed."""
    started: dict[Any, OtherProcess] = {}
    yield started
    for other in started.values():
        other.__exit__()


@pytest.fixture
def other(
    request: pytest.FixtureRequest,
    others: dict[Any, OtherProcess],
    settings: Any,
    handler: str,
    kind: str | None,
) -> OtherProcess:
    """A site in this configuration, and a process of it that is not this one."""
    server = None
    if kind is not None:
        server = request.getfixturevalue(f"{'redis' if kind == 'redis' else 'memcached'}_server")
    changed = settings_of(handler, kind, server)
    for name, value in changed.items():
        setattr(settings, name, value)
    settings.ROOT_URLCONF = "tests.promises.site.urls"
    if (handler, kind) not in others:
        others[handler, kind] = OtherProcess(changed).__enter__()
    # What another test left: in the tables, or in a cache.
    AxesDatabaseHandler().reset_attempts()
    resets.reset_all()
    return others[handler, kind]
