"""Another process of the site: does what it is told, line by line, and says what came of it.

It lives as long as the tests of one configuration, so that it remembers whatever a process may
remember of a lockout. A command is run in a process of its own that remembers nothing: its parent
has loaded Django, which takes a command line most of its time, and has done nothing since.
"""

from __future__ import annotations

import json
import os
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import django


def serve_commands(orders: Connection) -> None:
    """Runs each command that comes in a new process, and answers with its exit code."""
    while True:
        try:
            words: list[str] = orders.recv()
        except EOFError:
            return
        child = os.fork()
        if child == 0:
            run_command(words)
        orders.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def run_command(words: list[str]) -> None:
    """Does what ``manage.py`` does; what a command prints would be taken for an answer."""
    from django.core.management import execute_from_command_line

    code = 1
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as sys.stdout:
            execute_from_command_line(["manage.py", *words])
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    django.setup()
    here, there = Pipe()
    if os.fork() == 0:
        here.close()
        sys.stdin.close()
        serve_commands(there)
        os._exit(0)
    there.close()
    from tests.promises import resets

    for line in sys.stdin:
        name, arguments = json.loads(line)
        if name == "command":
            here.send(arguments)
            answer: Any = here.recv()
        else:
            answer = getattr(resets, name)(*arguments)
        print(json.dumps(answer), flush=True)
    here.close()
    os.wait()


if __name__ == "__main__":
    main()
