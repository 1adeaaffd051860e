"""The package as it is given away, and an empty environment that it is installed into."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

PROJECT = Path(__file__).parents[2]

# As the tests build everything else, so that most of it is there already.
PROFILE = "--profile=dev"

# What Axes needs at run time, and what that needs in turn.
NEEDED = ["Django", "asgiref", "sqlparse", "typing_extensions"]


class BuildError(RuntimeError):
    """A build or an installation that failed: what it said."""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One build at a time: maturin moves what it has built, under another's hands."""
    with (PROJECT.parent / "target" / "maturin.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(kind: str, folder: Path) -> Path:
    """Runs maturin and returns the file that it made: ``kind`` is ``build`` or ``sdist``."""
    options = [PROFILE, "--quiet"] if kind == "build" else []
    maturin = Path(sys.executable).with_name("maturin")
    with alone():
        run(str(maturin), kind, *options, "--out", str(folder), folder=PROJECT)
    return only_file(folder)


def build_with_pip(source: Path, folder: Path) -> Path:
    """The wheel that pip makes of ``source``, with the maturin that is here already."""
    offline = ["--no-index", "--no-build-isolation", "--no-deps"]
    maturin = f"--config-settings=build-args={PROFILE}"
    pip = [sys.executable, "-m", "pip", "wheel", *offline, maturin]
    # Unpacked elsewhere, it would be compiled with all that it needs.
    target = os.environ.get("CARGO_TARGET_DIR", str(PROJECT.parent / "target"))
    wheel = ["--wheel-dir", str(folder), str(source)]
    # pip calls maturin by its name, which no `PATH` need know.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    with alone():
        run(*pip, *wheel, folder=folder, **os.environ | {"CARGO_TARGET_DIR": target, "PATH": path})
    return only_file(folder)


class Environment:
    """A virtual environment with Django and nothing else; no Rust in its ``PATH``."""

    def __init__(self, folder: Path) -> None:
        run(sys.executable, "-m", "venv", str(folder), folder=folder.parent)
        self.folder = folder
        self.bin = folder / "bin"
        purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.packages = Path(self.python("-c", purelib).strip())
        # Copied from here rather than fetched: the test says nothing about a registry.
        for name in NEEDED:
            copy_distribution(name, self.packages)

    def python(self, *arguments: str, folder: Path | None = None) -> str:
        """What the environment's Python prints."""
        command = [str(self.bin / "python"), *arguments]
        return run(*command, folder=folder or self.folder, PATH=str(self.bin))

    def install(self, wheel: Path) -> None:
        self.python("-m", "pip", "install", "--quiet", "--no-index", str(wheel))


def copy_distribution(name: str, target: Path) -> None:
    """Copies an installed package, file by file, as its record lists them."""
    for file in distribution(name).files or []:
        # Scripts are outside, and compiled files are made again.
        if ".." in file.parts or file.suffix == ".pyc":
            continue
        copy = target / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(file.locate()), copy)


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def run(*command: str, folder: Path, **environment: str) -> str:
    """What ``command`` prints; an error with all that it said where it fails. ``environment`` with
    a ``PATH`` is all that there is, otherwise it is added."""
    process = subprocess.run(
        command,
        cwd=folder,
        env=environment if "PATH" in environment else os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if process.returncode != 0:
        raise BuildError(f"{' '.join(command)}\n{process.stdout}")
    return process.stdout
