"""Ports and processes of this machine."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path


def free_port(host: str) -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])


def children(parent: int) -> list[int]:
    """The process ids of ``parent``'s children; none where there is no ``/proc``."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything; state and parent come after it.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            if fields[1] == str(parent):
                found.append(int(stat.parent.name))
    return found
