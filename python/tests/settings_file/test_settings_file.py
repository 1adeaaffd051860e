"""Every setting of the table at once, in the settings files of existing projects."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from axes._axes import defaults
from axes.conf import DEPRECATED, NAMES

GROUPS = ["tiers", "with_code", "pages", "lists", "old", "watching", "off", "native"]
PYTHON = Path(__file__).parents[2]


def values_of(group: str) -> dict[str, Any]:
    module = importlib.import_module(f"tests.settings_file.{group}")
    return {name: value for name, value in vars(module).items() if name.startswith("AXES_")}


def run(group: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", *command],
        cwd=PYTHON,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": f"tests.settings_file.{group}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_value_that_is_not_its_default(name: str) -> None:
    found = [values[name] for group in GROUPS if name in (values := values_of(group))]
    assert found
    assert defaults().get(name) not in found


@pytest.mark.parametrize("group", GROUPS)
def test_the_checks_name_only_what_is_deprecated(group: str) -> None:
    done = run(group, "django", "check")
    assert done.returncode == 0, done.stderr
    named = re.findall(r"\(axes\.(\w+)\) (\w+)", done.stdout + done.stderr)
    assert sorted(named) == sorted(
        ("W004", name) for name in values_of(group) if name in DEPRECATED
    )


@pytest.mark.parametrize("group", GROUPS)
def test_the_project_starts_and_behaves(group: str) -> None:
    done = run(group, "tests.settings_file", group)
    assert done.returncode == 0, done.stdout + done.stderr
