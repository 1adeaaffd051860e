"""A process that logs in where one contestant guards: reads orders, answers with milliseconds.

Orders and answers are lines of JSON, on standard input and output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

import django


def main() -> None:
    # Whatever else is printed goes elsewhere.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    django.setup()
    from contest import logins, recorded

    visitors = logins.Visitors()
    orders: dict[str, Callable[..., object]] = {
        "log_in": visitors.log_in,
        "lock_out": visitors.lock_out,
        "record": recorded.record,
        "settle_down": recorded.settle_down,
    }
    _answer(answers, visitors.move_in())
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        _answer(answers, orders[order.pop("do")](**order))


def _answer(answers: TextIO, answer: object) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
