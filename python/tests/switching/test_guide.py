"""The guide to switching says what is so."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from axes._axes import Engine, deprecated

from . import guide, test_differences

PYTHON = Path(__file__).parents[2]
TEXT = guide.read()
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", TEXT)
FLAGS = re.findall(r"^\| ((?:`AXES_\w+`(?:, )?)+) \| `(\[.*\])` \|$", TEXT, re.MULTILINE)
RENAMED = re.findall(r"^\| `(AXES_\w+)` \| `(AXES_\w+)` \|$", TEXT, re.MULTILINE)


def test_the_table_is_that_of_the_scenarios() -> None:
    assert guide.written(TEXT) == TEXT, (
        f"{guide.GUIDE.name} is stale: run `python -m tests.switching.guide` in the folder `python`"
    )
    assert guide.table().count("\n") > 20


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    assert re.search(rf"^def {name}", (PYTHON / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_difference_that_is_tested_is_told() -> None:
    tested = {name for name in vars(test_differences) if name.startswith("test_")}
    assert tested - {name for _, name in NAMED} == set()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)", TEXT))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (guide.GUIDE.parent / link).exists()


@pytest.mark.parametrize(("flags", "parameters"), FLAGS)
def test_flags_mean_what_the_guide_says(flags: str, parameters: str) -> None:
    set_flags = dict.fromkeys(re.findall(r"AXES_\w+", flags), True)
    meant = Engine({"AXES_LOCKOUT_PARAMETERS": ast.literal_eval(parameters)})
    assert Engine(set_flags).scopes == meant.scopes


def test_every_deprecated_setting_is_told() -> None:
    told = {name for flags, _ in FLAGS for name in re.findall(r"AXES_\w+", flags)}
    assert told | {old for old, _ in RENAMED} == set(dict(deprecated()))


@pytest.mark.parametrize(("old", "new"), RENAMED)
def test_renamed_settings_are_what_the_guide_says(old: str, new: str) -> None:
    assert new in dict(deprecated())[old]
