"""The table of differences in `docs/migrating-from-django-axes.md`, from the scenarios.

``python -m tests.switching.guide`` in the folder ``python`` writes it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from ..corpus import ADDRESSES, CASES, FIXTURES, SCENARIOS

GUIDE = FIXTURES.parent / "docs" / "migrating-from-django-axes.md"
PLACE = re.compile(r"(<!-- differences: .*? -->\n).*?(<!-- /differences -->)", re.DOTALL)
HEAD = "| django-axes 8.3.1 | Axes | why | shown by |\n|---|---|---|---|\n"

Told = tuple[str, str, str]


def table() -> str:
    """One row for each difference, with all that shows it."""
    rows: dict[Told, list[str]] = defaultdict(list)
    for scenario in SCENARIOS:
        if scenario.differs is not None:
            link = f"[{scenario.name}](../fixtures/scenarios/{scenario.stem}.toml)"
            rows[told(scenario.differs)].append(link)
    for name, differs in ADDRESSES["differs"].items():
        count = sum(case.get("differs") == name for case in CASES)
        link = f"[{count} of the forwarding headers](../fixtures/addresses.toml)"
        rows[told(differs)].append(link)
    lines = [f"| {' | '.join(texts)} | {', '.join(links)} |\n" for texts, links in rows.items()]
    return HEAD + "".join(lines)


def told(differs: dict[str, str]) -> Told:
    return cell(differs["django_axes"]), cell(differs["axes"]), cell(differs["because"])


def cell(text: str) -> str:
    """The text as a table holds it, with the names of settings as code."""
    return re.sub(r"\bAXES_\w+", r"`\g<0>`", text.replace("|", r"\|"))


def written(guide: str) -> str:
    """The guide with the table in its place."""
    return PLACE.sub(lambda place: place[1] + table() + place[2], guide)


def read(path: Path = GUIDE) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    GUIDE.write_text(written(read()), encoding="utf-8")
