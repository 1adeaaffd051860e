"""The page: results between its marks, and the picture."""

from __future__ import annotations

import os
import socket
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from contest import machine, page, plot
from contest.attack import CONTESTANTS, SLICES
from contest.flat import NOTHING
from contest.trials import GROUPS, GROUPS_WITH_MANY, KINDS, Trial

TRIALS = [
    Trial(
        group.store.name,
        kind,
        group.recorded,
        {each.name: [[1.0 + number]] * 4 for number, each in enumerate(group.contestants)},
    )
    for group in (*GROUPS, *GROUPS_WITH_MANY)
    for kind in KINDS
]
RATES = {each.name: [100.0 + number] * SLICES for number, each in enumerate(CONTESTANTS)}
ABOUT = page.About("cargo xtask bench", "2026-01-01", "a machine", {"Django": "5.2"})


def test_only_what_is_between_the_marks_changes(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("a\n<!-- begin: x -->\nold\n<!-- end: x -->\nb\n", encoding="utf-8")
    page.put(file, "x", r"new \1")
    page.put(file, "x", "newer")
    assert file.read_text() == "a\n<!-- begin: x -->\nnewer\n<!-- end: x -->\nb\n"


def test_a_page_without_marks_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="needs"):
        page.put(file, "x", "new")


@pytest.mark.parametrize("name", ["django", "flat"])
def test_the_page_has_the_marks(name: str) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert text.count(f"<!-- begin: {name} -->") == text.count(f"<!-- end: {name} -->") == 1
    assert f"({plot.FILE.name})" in text


def test_the_tables_hold_everything() -> None:
    text = page.contest(ABOUT, TRIALS, RATES)
    # What both add: Axes a millisecond, django-axes two.
    assert (
        "| SQLite | 1.00 [1.00 – 1.00] | 1.00 [1.00 – 1.00] | 2.00 [2.00 – 2.00] | 1/2.0 |" in text
    )
    assert "| failed login, SQLite: Axes / django-axes | at most 1/6.0 | 1/2.0 | **no** |" in text
    assert text.count("100,000 attempts recorded | ") == 2 * len(KINDS)
    for contestant in CONTESTANTS:
        assert f"| {contestant.name} | 10" in text


def test_what_is_recorded_is_compared_with_nothing() -> None:
    trial = Trial("SQLite", "failed", 0, {NOTHING: [[2.0]] * 4, "much": [[3.0]] * 4})
    text = page.flat(ABOUT, [trial])
    assert "| SQLite | much | 3.00 [3.00 – 3.00] | 1.50× |" in text


def test_the_picture_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plot, "FILE", tmp_path / "picture.svg")
    plot.write(TRIALS, RATES)
    drawn = ElementTree.parse(plot.FILE).getroot()
    words = [element.text for element in drawn.iter() if element.tag.endswith("text")]
    assert words.count("Axes  1.00") == len(GROUPS) + len(GROUPS_WITH_MANY)
    assert "nobody  100" in words


def test_the_machine_is_told_without_names() -> None:
    told = machine.machine()
    assert f"{os.cpu_count()} cores" in told
    assert socket.gethostname() not in told.split()
