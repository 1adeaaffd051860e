"""Runs the suite with the native handler, on the tables of the site's own PostgreSQL database.

``python -m tests.run`` loads it (``-p tests.native.plugin``) where ``AXES_TEST_HANDLER`` is native.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from axes._axes import close_stores

from .left_out import LEFT_OUT

TABLES = ["accessattemptexpiration", "accessattempt", "accesslog", "accessfailurelog", "tally"]
EMPTY = ";".join(f"DELETE FROM axes_{table}" for table in TABLES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what cannot hold here; each for a reason, and none that is not there."""
    here = [(item, f"{item.path.stem}::{item.originalname}") for item in items]  # type: ignore[attr-defined]
    out = [item for item, name in here if name in LEFT_OUT]
    items[:] = [item for item, name in here if name not in LEFT_OUT]
    config.hook.pytest_deselected(items=out)


@pytest.fixture(scope="session")
def _native_store(django_db_setup: None) -> Iterator[Any]:
    """The store of the site, once its database is there, and a way to look into it."""
    of = connection.settings_dict
    place = f"{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
    settings.AXES_STORE = f"postgres://{place}"
    with psycopg.connect(f"postgresql://{place}", autocommit=True) as beside:
        yield beside
    close_stores()


@pytest.fixture(autouse=True)
def _empty_native_store(_native_store: Any) -> None:
    """No transaction of a test takes back what the store has committed."""
    _native_store.execute(EMPTY)
