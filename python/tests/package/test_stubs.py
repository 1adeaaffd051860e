"""The stub of the extension says what the extension has: names, parameters, defaults."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import axes

SOURCE = Path(axes.__file__).parent


def stubtest(folder: Path, stub: str) -> str:
    """What mypy's stubtest says of ``stub``, beside a copy of the extension in ``folder``."""
    package = folder / "axes"
    package.mkdir()
    for path in [SOURCE / "__init__.py", *SOURCE.glob("_axes*.so")]:
        shutil.copy(path, package)
    # Types of Django's are not the question here, and would load a site.
    (package / "connection.pyi").write_text("class Connection: ...\nAnyConnection = Connection\n")
    (package / "_axes.pyi").write_text(stub)
    (folder / "mypy.ini").write_text("[mypy]\n")
    command = ["-m", "mypy.stubtest", "axes._axes", "--mypy-config-file", "mypy.ini"]
    return subprocess.run(
        [sys.executable, *command, "--concise"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def test_the_stub_is_that_of_the_extension(tmp_path: Path) -> None:
    assert stubtest(tmp_path, (SOURCE / "_axes.pyi").read_text()) == ""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("def hides(", "def shows(", "axes._axes.Engine.hides is not present in stub"),
        ("def log_out(", "def log_off(", "axes._axes.Engine.log_off is not present at runtime"),
        ("*, username: Any, ip_address: Any) -> int", "*, name: Any) -> int", "Engine.reset"),
        ("def defaults()", "def presets()", "axes._axes.presets is not present at runtime"),
    ],
)
def test_a_stub_that_says_something_else_is_found(
    tmp_path: Path, old: str, new: str, found: str
) -> None:
    stub = (SOURCE / "_axes.pyi").read_text()
    assert stub.count(old) == 1
    assert found in stubtest(tmp_path, stub.replace(old, new))
