"""What the wheel and the source distribution hold."""

from __future__ import annotations

import re
import tarfile
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from subprocess import check_output

import pytest

from .builds import PROJECT, Environment, build_with_pip

ROOT = PROJECT.parent


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def committed(folder: str) -> set[str]:
    """The files below ``folder`` that git knows or would add."""
    options = ["--cached", "--others", "--exclude-standard", "-z"]
    listing = check_output(["git", "ls-files", *options, folder], cwd=PROJECT, text=True)
    return {name for name in listing.split("\0") if name and (PROJECT / name).exists()}


def metadata(wheel: Path) -> Message:
    files = contents(wheel)
    (name,) = (name for name in files if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(files[name])


def test_the_wheel_holds_the_whole_app_and_nothing_else(wheel: Path) -> None:
    files = {name for name in contents(wheel) if ".dist-info/" not in name}
    assert files == committed("axes") | {"axes/_axes.abi3.so"}


@pytest.mark.parametrize("name", ["axes/py.typed", "axes/_axes.pyi"])
def test_the_wheel_brings_types(wheel: Path, name: str) -> None:
    assert name in contents(wheel)


def test_every_language_is_compiled(wheel: Path) -> None:
    files = contents(wheel)
    for name in files:
        if name.endswith(".po"):
            assert name.removesuffix(".po") + ".mo" in files


def test_one_wheel_is_for_every_python(wheel: Path) -> None:
    assert re.fullmatch(r"axes_guard-[\d.]+-cp310-abi3-\w*linux\w*\.whl", wheel.name)


def test_the_licences_are_those_of_the_repository(wheel: Path) -> None:
    files = contents(wheel)
    assert metadata(wheel)["License-Expression"] == "MIT OR Apache-2.0"
    for name in ["LICENSE-MIT", "LICENSE-APACHE"]:
        assert name in metadata(wheel).get_all("License-File", [])
        (copy,) = (file for file in files if file.endswith(f".dist-info/licenses/{name}"))
        assert files[copy] == (ROOT / name).read_bytes()


def test_the_readme_is_the_long_description(wheel: Path) -> None:
    assert metadata(wheel).get_content_type() == "text/plain"
    assert str(metadata(wheel)["Description-Content-Type"]).startswith("text/markdown")
    description = metadata(wheel).get_payload(decode=True)
    assert isinstance(description, bytes)
    assert description.strip() == (ROOT / "README.md").read_bytes().strip()


def test_the_name_is_ours_and_the_version_that_of_the_workspace(wheel: Path) -> None:
    assert metadata(wheel)["Name"] == "axes-guard"
    version = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert metadata(wheel)["Version"] == version[1]


def test_the_djangos_that_are_named_are_those_that_the_tests_run_with(wheel: Path) -> None:
    pins = "\n".join(path.read_text() for path in PROJECT.glob("requirements-*.txt"))
    tested = {
        f"Framework :: Django :: {it}" for it in re.findall(r"^Django==(\d+\.\d+)", pins, re.M)
    }
    named = set(metadata(wheel).get_all("Classifier", []))
    assert {it for it in named if re.match(r"Framework :: Django :: \d", it)} == tested


def test_no_address_is_named_that_is_not_ours(wheel: Path) -> None:
    assert metadata(wheel).get_all("Project-URL") is None
    assert metadata(wheel)["Home-page"] is None


def test_the_source_distribution_holds_what_a_build_needs(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}
    assert {"PKG-INFO", "LICENSE-MIT", "LICENSE-APACHE", "README.md", "Cargo.lock"} <= files
    assert committed("axes") <= files
    assert not [name for name in files if name.startswith(("tests/", "python/tests/"))]
    assert not [name for name in files if name.endswith((".so", ".pyc"))]


@pytest.mark.parametrize("source", ["folder", "archive"])
def test_pip_builds_the_same_package_from_source(
    source: str, sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    built = build_with_pip(PROJECT if source == "folder" else sdist, tmp_path)
    names = [name for name in contents(built) if not name.endswith((".json", "RECORD"))]
    assert set(names) <= set(contents(wheel))
    assert "axes/_axes.abi3.so" in names
    assert metadata(built).items() == metadata(wheel).items()


def test_what_is_installed_needs_nothing_else(environment: Environment) -> None:
    assert "No broken requirements found" in environment.python("-m", "pip", "check")
    told = environment.python("-m", "pip", "show", "axes-guard")
    assert "Requires: asgiref, django" in told
