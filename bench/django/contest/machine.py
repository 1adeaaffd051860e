"""What the numbers were measured on; no names of machines or people, no folders."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).parents[3]


def today() -> str:
    return datetime.now(timezone.utc).date().isoformat()


def machine() -> str:
    """Processor, cores, memory, system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}"
    )


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def commit() -> str:
    """Which source was measured, as git knows it. Results do not make it another."""
    head = _git("rev-parse", "--short", "HEAD") or "no commit"
    changed = _git("status", "--porcelain", "--", ".", ":!docs")
    return f"{head}, changed" if changed else head


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def wrk_version() -> str:
    """As wrk tells it, with a usage text."""
    done = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).split()[1]
