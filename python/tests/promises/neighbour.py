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

    def ask(self, name: str, *arguments: Any) -> Any:
        """What the process answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        impatience = threading.Timer(PATIENCE, self._process.kill)
        impatience.start()
        try:
            self._process.stdin.write(json.dumps([name, *arguments]) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            impatience.cancel()
            impatience.join()
        assert line, "the other process has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def run(self, *command: str) -> str:
        """What a command prints in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "django", *command],
            cwd=PYTHON,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def tries(username: str, address: str, password: str) -> int:
    """Sends a password; says what the site answers."""
    from tests.visitor import Visitor

    visitor = Visitor(username=username, address=address, path="/check/")
    return int(visitor.tries(password).status_code)


def resets(name: str, username: str, address: str, times: int = 1, pause: float = 0.0) -> int:
    """Does a reset, so many times."""
    from tests.promises.resets import RESETS, Victim

    for _ in range(times):
        time.sleep(pause)
        RESETS[name](Victim(username, address))
    return times


def main() -> None:
    """Reads a command from each line and answers it on one."""
    import django

    django.setup()
    commands = {"tries": tries, "resets": resets}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            answer: dict[str, Any] = {"value": commands[name](*arguments)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
