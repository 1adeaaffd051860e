"""The scenarios in `fixtures/scenarios` (see `fixtures/README.md`), read and checked."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FIXTURES = Path(__file__).parents[2] / "fixtures"

KEYS = {"name", "why", "differs", "ours_only", "settings", "step"}
DIFFERS = {"django_axes", "axes", "because"}
COMPARED = {"expect", "failures", "locked_out", "removed"}
"""What django-axes shows too; it tells no time left, and not whether a lockout is new."""


class ScenarioError(ValueError):
    """A scenario that makes no sense."""


@dataclass(frozen=True)
class Scenario:
    """Settings, and what happens under them."""

    stem: str
    name: str
    why: str
    settings: dict[str, Any]
    steps: list[dict[str, Any]]
    differs: dict[str, str] | None
    ours_only: str | None

    @classmethod
    def read(cls, text: str, stem: str) -> Scenario:
        """The scenario that a file of this name holds."""
        written = tomllib.loads(text)
        if unknown := set(written) - KEYS:
            raise ScenarioError(f"{stem} has {', '.join(sorted(unknown))}")
        scenario = cls(
            stem=stem,
            name=written["name"],
            why=written["why"],
            settings=written.get("settings", {}),
            steps=written["step"],
            differs=written.get("differs"),
            ours_only=written.get("ours_only"),
        )
        if wrong := scenario.wrong():
            raise ScenarioError(f"{stem} {wrong}")
        return scenario

    def wrong(self) -> str | None:
        """What is wrong with what it says about django-axes."""
        instead = [(step, step["django_axes"]) for step in self.steps if "django_axes" in step]
        if self.ours_only is not None and (self.differs is not None or not self.ours_only):
            return "is ours only, so it says why and cannot differ"
        if self.differs is not None and (
            set(self.differs) != DIFFERS or not all(self.differs.values())
        ):
            return f"differs, but does not say {', '.join(sorted(DIFFERS))}"
        if bool(instead) != (self.differs is not None):
            return "has a difference that no step shows, or a step that nothing explains"
        for here, there in instead:
            if not there or set(there) - COMPARED:
                return f"has a step that differs in {sorted(there)}"
            if any(here.get(name) == value for name, value in there.items()):
                return "has a step that differs in what is the same"
        return None

    def expected_of_django_axes(self, number: int) -> dict[str, Any]:
        """What has to come of the step with this index when django-axes replays it."""
        step = self.steps[number]
        instead: dict[str, Any] = step.get("django_axes", {})
        if "expect" in instead:
            # What comes of our outcome says nothing about another one.
            return instead
        return {name: step[name] for name in COMPARED if name in step} | instead


def load() -> list[Scenario]:
    """Every scenario, by file name."""
    files = sorted((FIXTURES / "scenarios").glob("*.toml"))
    return [Scenario.read(file.read_text(encoding="utf-8"), file.stem) for file in files]


SCENARIOS = load()
ADDRESSES = tomllib.loads((FIXTURES / "addresses.toml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = ADDRESSES["case"]
