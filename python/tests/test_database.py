"""The suite runs on the database that its run is named after."""

from __future__ import annotations

import os

import pytest
from django.contrib.auth.models import User
from django.db import connection

pytestmark = [pytest.mark.database, pytest.mark.django_db]

VERSIONS = {
    "sqlite": "SELECT 'SQLite ' || sqlite_version()",
    "postgres": "SELECT version()",
    "mariadb": "SELECT version()",
}


def test_the_server_is_the_one_that_was_asked_for() -> None:
    asked = os.environ.get("AXES_TEST_DB", "sqlite")
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS[asked])
        (version,) = cursor.fetchone()
    assert {"sqlite": "SQLite", "postgres": "PostgreSQL", "mariadb": "MariaDB"}[asked] in version


def test_what_is_written_can_be_read() -> None:
    User.objects.create_user("jürgen ⚿", password="correct-horse-battery")
    assert User.objects.get().check_password("correct-horse-battery")
