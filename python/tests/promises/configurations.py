"""The configurations that resets are tried in, each with another process of the same site."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection

from tests.cache.conftest import EXACT, HANDLER

PYTHON = Path(__file__).parents[2]
DATABASE_HANDLER = "axes.handlers.database.AxesDatabaseHandler"


def settings_of(handler: str, kind: str | None, server: Any) -> dict[str, Any]:
    """What the configuration sets. Without a kind of cache there is none that is shared."""
    cache: dict[str, Any] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if kind is not None:
        address = f"{server.host}:{server.port}"
        location = f"redis://{address}/0" if "redis" in kind else address
        cache = {"BACKEND": EXACT[kind], "LOCATION": location, "KEY_PREFIX": f"{handler}-{kind}"}
    return {
        "CACHES": {"default": cache},
        "AXES_CACHE": "default",
        "AXES_HANDLER": HANDLER if handler == "cache" else DATABASE_HANDLER,
        "AXES_LOCKOUT_PARAMETERS": ["username", "ip_address"],
        # So that refusals are remembered in a cache that is shared, and by nobody else.
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
    }


class OtherProcess:
    """A process of the same site. Use it as a context manager."""

    def __init__(self, settings: dict[str, Any]) -> None:
        database = {
            name: str(value) if isinstance(value, Path) else value
            for name, value in connection.settings_dict.items()
            if name in {"ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS"}
        }
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.promises.site.helper_settings",
            "PROMISE_SETTINGS": json.dumps({**settings, "DATABASES": {"default": database}}),
        }

    def __enter__(self) -> OtherProcess:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.promises.site.helper"],
            cwd=PYTHON,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def does(self, name: str, *arguments: Any) -> Any:
        """What the function of that name returns there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def command(self, *words: str) -> None:
        """Runs a command of the site in a process of its own."""
        assert self.does("command", *words) == 0
