"""What the guide about integrations says."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "guide" / "integrations.md").read_text()


def code_with(words: str) -> str:
    """The block of Python in which ``words`` stand."""
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    (found,) = [block for block in blocks if words in block]
    return found


def packages() -> dict[str, str]:
    """The packages that the guide names, and their versions."""
    return dict(re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \|", TEXT, flags=re.MULTILINE))


def examples() -> list[str]:
    """The folders that the guide links to."""
    return re.findall(r"\]\(\.\./\.\./examples/([\w-]+)\)", TEXT)
