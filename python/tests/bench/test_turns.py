"""Contestants take turns: in short blocks, and each is first equally often."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from contest.workers import BLOCK, Worker, blocks, take_turns


class Contestant(Worker):
    """Somebody who needs as many milliseconds as logins were ordered before, of all together."""

    def __init__(self, name: str, diary: list[str]) -> None:
        self.name = name
        self.diary = diary

    def order(self, do: str, **details: Any) -> Any:
        assert do == "log_in"
        assert details["kind"] == "failed"
        self.diary.append(self.name)
        return [float(len(self.diary))] * details["times"]


@pytest.mark.parametrize(("logins", "expected"), [(2, [2]), (5, [5]), (12, [5, 5, 2])])
def test_blocks(logins: int, expected: list[int]) -> None:
    assert blocks(logins) == expected


def test_everybody_has_a_turn_in_every_block_and_is_first_equally_often() -> None:
    diary: list[str] = []
    workers = {name: Contestant(name, diary) for name in ("a", "b", "c")}
    times = take_turns(workers, 3, 2 * BLOCK, kind="failed")
    turns = [diary[start : start + 3] for start in range(0, len(diary), 3)]
    assert all(sorted(turn) == ["a", "b", "c"] for turn in turns)
    assert Counter(turn[0] for turn in turns) == {"a": 2, "b": 2, "c": 2}
    assert [len(numbers) for numbers in times["a"]] == [2 * BLOCK] * 3
    # The first turn was a's; in the second block it was the last of the three.
    assert times["a"][0] == [1.0] * BLOCK + [6.0] * BLOCK
