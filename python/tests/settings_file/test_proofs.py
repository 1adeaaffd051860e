"""Every setting of the table has a test that shows what it does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from axes.conf import NAMES

from .proofs import PROOFS
from .test_settings_file import GROUPS

TESTS = Path(__file__).parents[1]


def source(module: str) -> str:
    return (TESTS / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")


def test_every_setting_is_proved_and_nothing_else() -> None:
    assert list(PROOFS) == list(NAMES)


@pytest.mark.parametrize("name", PROOFS)
def test_what_proves_the_setting_is_there_and_is_about_it(name: str) -> None:
    for module, function in PROOFS[name]:
        text = source(module)
        functions = [it.name for it in ast.parse(text).body if isinstance(it, ast.FunctionDef)]
        assert function in functions
        # What a settings file proves, it names there.
        about = source(f"settings_file.{function}") if function in GROUPS else text
        assert name in about
