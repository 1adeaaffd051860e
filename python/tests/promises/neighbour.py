"""Another process of the same site, which lives as long as its tests and does what it is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

PYTHON = Path(__file__).parents[2]
PATIENCE = 60.0


class Neighbour:
    """The process, as its tests see it. Use it as a context manager."""

    def __init__(self, **settings: Any) -> None:
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.promises.neighbour_settings",
            "NEIGHBOUR_SETTINGS": json.dumps(settings),
        }

    def __enter__(self) -> Neighbour:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.promises.neighbour"],
            cwd=PYTHON,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        try:
            # It reads to the end, and ends then.
            self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def resets(self, way: str, times: int, pause: float) -> int:
        """Lets it do a reset, so many times; returns how often it was done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        impatience = threading.Timer(PATIENCE, self._process.kill)
        impatience.start()
        try:
            self._process.stdin.write(json.dumps([way, times, pause]) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            impatience.cancel()
            impatience.join()
        assert line, "the other process has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return int(answer["value"])


def resets(way: str, times: int, pause: float) -> int:
    """Does a reset, so many times."""
    from .racing_ways import WAYS, WAYS_OF_ROWS

    for _ in range(times):
        time.sleep(pause)
        (WAYS | WAYS_OF_ROWS)[way]()
    return times


def main() -> None:
    """Reads a command from each line and answers it on one."""
    import django

    django.setup()
    for line in sys.stdin:
        arguments = json.loads(line)
        try:
            answer: dict[str, Any] = {"value": resets(*arguments)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
