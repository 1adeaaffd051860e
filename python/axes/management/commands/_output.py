"""What the commands print."""

from __future__ import annotations


def removed(count: int, what: str = "attempts") -> str:
    """The sentence for ``count`` deleted records."""
    return f"{count} {what} removed." if count else f"No {what} found."
