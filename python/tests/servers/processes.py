"""Ports and processes of this machine."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path


def free_port(host: str) -> int:
    """A port that nobody listens on. Tests that run side by side choose from different ones: until
    a server is there, the same one would be free for both."""
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    while True:
        with socket.socket() as listener:
            listener.bind((host, 0))
            port = int(listener.getsockname()[1])
        # Kernels prefer ports of one parity.
        if port // 2 % count == mine:
            return port


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
