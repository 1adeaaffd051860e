"""Compiles the translations: ``python -m tests.locales`` in the folder ``python``.

Django reads the compiled files, which are committed beside their sources: whoever installs the
package needs no tool for it. ``tests/package/test_locales.py`` fails where one is stale.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parents[1] / "axes" / "locale"


def compiled(source: Path) -> bytes:
    """What Django reads instead of ``source``; what is marked as fuzzy is left out."""
    with source.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    target = io.BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def sources() -> list[Path]:
    return sorted(LOCALES.rglob("*.po"))


def main() -> None:
    for source in sources():
        source.with_suffix(".mo").write_bytes(compiled(source))


if __name__ == "__main__":
    main()
