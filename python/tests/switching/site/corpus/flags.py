"""What the deprecated flags mean: `python -m corpus.flags`, flags in, lockout parameters out.

django-axes reads them only when it starts, so each set has a process of its own.
"""

from __future__ import annotations

import json
import os
import sys

import django
from django.conf import settings


def tell(flags: list[str]) -> None:
    """Prints the lockout parameters that these flags lead to, as one line of JSON."""
    os.environ["START"] = json.dumps(dict.fromkeys(flags, True))
    django.setup()
    print(json.dumps(settings.AXES_LOCKOUT_PARAMETERS), flush=True)


def main() -> None:
    for flags in json.load(sys.stdin):
        child = os.fork()
        if child == 0:
            tell(flags)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"{flags} cannot be told")


if __name__ == "__main__":
    main()
