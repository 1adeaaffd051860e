"""Runs the suite with the native handler: ``python -m tests.run`` loads it (``-p``).

``AXES_TEST_STORE`` says where everything is kept: ``postgres`` is the database of the site, whose
tables the tests look into; ``sqlite`` and ``redis`` are none of Django's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.db import connection

from axes._axes import close_stores

from .left_out import COMMITTED, LEFT_OUT
from .stores import in_file, in_redis, in_tables

KIND = os.environ["AXES_TEST_STORE"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what says nothing about the store that is used here."""
    names = {name for reason in LEFT_OUT[KIND].values() for name in reason}

    def is_left_out(item: pytest.Item) -> bool:
        name = getattr(item, "originalname", item.name)
        return item.path.stem in names or f"{item.path.stem}::{name}" in names

    config.hook.pytest_deselected(items=[item for item in items if is_left_out(item)])
    items[:] = [item for item in items if not is_left_out(item)]
    for item in items:
        if KIND == "postgres" and item.path.stem in COMMITTED:
            item.add_marker(pytest.mark.django_db(transaction=True), append=False)


@pytest.fixture(scope="session")
def _native_store(
    request: pytest.FixtureRequest, django_db_setup: None
) -> Iterator[Callable[[], str]]:
    """What makes the site use an empty store, once its database is there."""
    of = connection.settings_dict
    place = f"{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
    with ExitStack() as stack:
        if KIND == "postgres":
            store = in_tables(place)
        elif KIND == "sqlite":
            store = in_file()
        else:
            store = in_redis(request.getfixturevalue("redis_server"))
        yield stack.enter_context(store)
        close_stores()


@pytest.fixture(autouse=True)
def _empty_native_store(_native_store: Callable[[], str]) -> None:
    """No transaction of a test takes back what the store has committed."""
    settings.AXES_STORE = _native_store()
