"""Resets made in another process hold in this one at once, whatever the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection

from .visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)

SETTINGS = """
from tests.settings import *
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": %r}}
CACHES = %r
"""


def elsewhere(tmp_path: Any, caches: dict[str, Any], *command: str) -> str:
    """What the command prints in a process of its own, on the same database file."""
    name = connection.settings_dict["NAME"]
    (tmp_path / "elsewhere.py").write_text(SETTINGS % (str(name), caches))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "elsewhere",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "django", *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=["locmem.LocMemCache", "dummy.DummyCache", "filebased.FileBasedCache"])
def cache(request: pytest.FixtureRequest, settings: Any, tmp_path: Any) -> dict[str, Any]:
    backend = f"django.core.cache.backends.{request.param}"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path / "cache")}}
    caches["default"].clear()
    found: dict[str, Any] = settings.CACHES
    return found


RESETS = [
    ["axes_reset"],
    ["axes_reset_ip", "192.0.2.1"],
    ["axes_reset_username", "ada"],
    ["axes_reset_ip_username", "192.0.2.1", "ada"],
]


@pytest.mark.parametrize("command", RESETS, ids=lambda command: command[0])
def test_a_reset_from_the_command_line_lifts_the_lockout_here_at_once(
    ada: Visitor, settings: Any, tmp_path: Any, cache: dict[str, Any], command: list[str]
) -> None:
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    ada.fails(3)
    assert ada.is_locked_out
    assert ada.is_locked_out
    assert elsewhere(tmp_path, cache, *command) == "1 attempts removed.\n"
    assert not ada.is_locked_out


def test_a_lockout_that_is_lifted_can_come_again(
    ada: Visitor, settings: Any, tmp_path: Any, cache: dict[str, Any]
) -> None:
    ada.fails(3)
    elsewhere(tmp_path, cache, "axes_reset")
    assert [ada.fails().status_code for _ in range(3)] == [200, 200, 429]
