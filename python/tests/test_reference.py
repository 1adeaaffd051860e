"""The examples of the reference page are values that Axes takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import axes.checks
from axes._axes import Engine
from axes.conf import NAMES

PAGE = (Path(__file__).parents[2] / "docs/reference/settings.md").read_text(encoding="utf-8")
IMPORTS, *EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def value_of(example: str) -> dict[str, Any]:
    """What a settings file holds in which the example stands."""
    namespace: dict[str, Any] = {}
    exec(IMPORTS + example, namespace)
    return {name: value for name, value in namespace.items() if name.startswith("AXES_")}


def test_every_setting_has_one_example() -> None:
    assert [example.split(" = ")[0] for example in EXAMPLES] == list(NAMES)


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_the_example_is_right(example: str) -> None:
    values = value_of(example)
    assert len(values) == 1
    assert Engine(values).problems == []
    assert Engine({name: object() for name in values}).problems != []


def test_every_check_is_on_the_page() -> None:
    checks = Path(axes.checks.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r"axes\.[EWI]\d+", checks)) == set(re.findall(r"axes\.[EWI]\d+", PAGE))
