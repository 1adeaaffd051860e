"""The environment of django-axes 8.3.1, which sites switch from."""

from __future__ import annotations

from pathlib import Path

import pytest

ENVIRONMENT = Path(__file__).parents[3] / "target" / "python" / "django-axes-8.3.1"


@pytest.fixture(scope="session")
def django_axes() -> Path:
    """The Python that has django-axes 8.3.1, and no Axes.

    Run it in a folder without a package `axes`, and without this process's environment variables:
    `PYTHONPATH` would let it find ours. `Environment` does so.
    """
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{ENVIRONMENT} is not there: run `cargo xtask test python`", pytrace=False)
    return python
