"""Running a program where django-axes is installed, or where Axes is, on a site of theirs."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SITE = Path(__file__).parent / "site"
PATIENCE = 120


@dataclass(frozen=True)
class Environment:
    """A Python with the packages of one of the two, and the folder of the site."""

    python: Path

    def run(self, *arguments: str, given: str = "", **variables: str) -> str:
        """What the program prints; what it complains about when it fails is the error."""
        done = subprocess.run(
            [str(self.python), "-Wdefault", *arguments],
            cwd=SITE,
            # Nothing else of ours: `PYTHONPATH` could bring the other package.
            env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONUTF8": "1", **variables},
            input=given,
            capture_output=True,
            timeout=PATIENCE,
            text=True,
            encoding="utf-8",
            check=False,
        )
        # What it said last: tracebacks would show code that is not ours.
        said = (done.stdout + done.stderr).splitlines()[-1:]
        assert done.returncode == 0, f"{' '.join(arguments)}: {''.join(said)}"
        return done.stdout
