"""Another process of the site: does what it is told, line by line, and says what came of it.

It lives as long as the tests of one configuration, so that it remembers whatever a process may
remember of a lockout.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django


def main() -> None:
    django.setup()
    from tests.promises import resets

    for line in sys.stdin:
        name, arguments = json.loads(line)
        answer: Any = getattr(resets, name)(*arguments)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
