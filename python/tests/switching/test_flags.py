"""The deprecated flags mean what they mean to django-axes 8.3.1, in every combination."""

from __future__ import annotations

import json
from itertools import chain, combinations
from pathlib import Path

import pytest

from axes._axes import Engine

from .environment import Environment
from .test_replay import AT_START

FLAGS = sorted(AT_START)
SETS = list(chain.from_iterable(combinations(FLAGS, size) for size in range(len(FLAGS) + 1)))


@pytest.fixture(scope="module")
def theirs(django_axes: Path) -> list[list[list[str]]]:
    printed = Environment(django_axes).run(
        *("-m", "corpus.flags"), given=json.dumps(SETS), DJANGO_SETTINGS_MODULE="corpus.settings"
    )
    parameters = [json.loads(line) for line in printed.splitlines()]
    return [[[part] if isinstance(part, str) else part for part in found] for found in parameters]


def test_every_combination_of_flags_counts_on_the_same(theirs: list[list[list[str]]]) -> None:
    ours = [Engine(dict.fromkeys(flags, True)).scopes for flags in SETS]
    assert len(ours) == 16
    assert [set(map(frozenset, scopes)) for scopes in ours] == [
        set(map(frozenset, scopes)) for scopes in theirs
    ]
