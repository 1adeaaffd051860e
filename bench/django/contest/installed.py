"""Versions of what a worker runs with."""

from __future__ import annotations

import platform
import sqlite3
from importlib import metadata

from django.db import connection

NAMES = {"redis": "redis-py"}  # not the server
PACKAGES = (
    "Django",
    "axes-guard",
    "django-axes",
    "django-defender",
    "gunicorn",
    "psycopg",
    "redis",
)


def versions() -> dict[str, str]:
    """The packages that are installed in this environment, and the database."""
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[NAMES.get(package, package)] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    if connection.vendor == "postgresql":
        number = connection.cursor().connection.info.server_version
        found["PostgreSQL"] = f"{number // 10_000}.{number % 10_000}"
    else:
        found["SQLite"] = sqlite3.sqlite_version
    return found
