"""What is built once for all tests of the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from .builds import Environment, build


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("build", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """A new environment with the wheel in it."""
    environment = Environment(tmp_path_factory.mktemp("environment") / "venv")
    environment.install(wheel)
    return environment
