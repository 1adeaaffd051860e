"""The guide about integrations is true."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from . import guide
from .sites import EXAMPLES


def pinned() -> dict[str, str]:
    """The packages of the examples as the tests install them."""
    lines = (guide.ROOT / "python" / "requirements-integrations.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    return {name.partition("[")[0]: number for name, number in pins}


def test_it_names_the_packages_that_are_tested_and_their_versions() -> None:
    assert guide.packages() == pinned()


@pytest.mark.parametrize("name", sorted(pinned()))
def test_what_is_installed_is_what_is_pinned(name: str) -> None:
    assert version(name) == pinned()[name]


def test_every_example_has_all_that_a_reader_copies() -> None:
    assert guide.examples()
    for example in guide.examples():
        for file in ["README.md", "manage.py", "settings.py", "urls.py"]:
            assert (EXAMPLES / example / file).is_file(), f"{example}/{file} is missing"


def test_no_example_wires_axes_by_hand() -> None:
    for example in guide.examples():
        files = "".join(file.read_text() for file in (EXAMPLES / example).glob("*.py"))
        assert '"axes",' in files
        for by_hand in ["axes.middleware", "axes.backends", "axes.signals"]:
            assert by_hand not in files, f"{example} has {by_hand}"
