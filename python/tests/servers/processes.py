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
    pids = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if (it := state_and_parent(pid)) and it[1] == str(parent)]


def is_running(pid: int) -> bool:
    """Whether there is such a process, which has not ended."""
    found = state_and_parent(pid)
    return found is not None and found[0] not in "ZX"


def is_stopped(pid: int) -> bool:
    """Whether there is such a process, which stands still."""
    found = state_and_parent(pid)
    return found is not None and found[0] in "Tt"


def state_and_parent(pid: int) -> tuple[str, str] | None:
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        # The name, in parentheses, may hold anything; state and parent come after it.
        state, parent, *_ = stat.rpartition(")")[2].split()
        return state, parent
    return None
