"""What django-axes 8.3.1 lets sites import, they can import from Axes, and call in the same way."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from . import interface
from .environment import Environment

# Names that no site needs, with the reason.
LEFT_OUT = {
    "axes.conf.JSONSerializableLazyObject": "the default that it wrapped is a plain text here",
}


@pytest.fixture(scope="module")
def theirs(django_axes: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Environment(django_axes).run(interface.__file__))
    return found


def ours(path: str) -> Any:
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return getattr(ours(module), name)


def test_every_name_is_there(theirs: dict[str, Any]) -> None:
    names = {f"{module}.{name}" for module, offered in theirs.items() for name in offered}
    assert len(names) > 100
    missing = set()
    for name in names - set(LEFT_OUT):
        try:
            ours(name)
        except (ImportError, AttributeError):
            missing.add(name)
    assert missing == set()
    assert set(LEFT_OUT) <= names, "what is left out is not there any more"


def test_every_call_that_worked_works(theirs: dict[str, Any]) -> None:
    wrong = []
    for module, offered in theirs.items():
        for name, wanted in offered.items():
            path = f"{module}.{name}"
            if wanted is None or path in LEFT_OUT or not is_spelled_out(wanted):
                continue
            try:
                problem = difference(wanted, inspect.signature(ours(path)))
            except (ImportError, AttributeError):
                problem = "is not there"
            if problem:
                wrong.append(f"{path}: {problem}")
    assert wrong == []


def is_spelled_out(wanted: list[list[Any]]) -> bool:
    """Decorated functions show ``(*args, **kwargs)``, which says nothing."""
    return not any(kind == "VAR_POSITIONAL" for _, kind, _ in wanted)


def difference(wanted: list[list[Any]], signature: inspect.Signature) -> str | None:
    """What a caller that knows the ``wanted`` parameters would stumble over."""
    have = list(signature.parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in have):
        return None
    takes_any_name = any(p.kind is p.VAR_KEYWORD for p in have)
    names = {p.name: p for p in have}
    for place, (name, kind, optional) in enumerate(wanted):
        if kind == "VAR_KEYWORD":
            if not takes_any_name:
                return "takes no other keywords"
            continue
        if name not in names:
            return f"has no {name}"
        if kind == "POSITIONAL_OR_KEYWORD" and have[place].name != name:
            return f"has {have[place].name} where {name} was"
        if optional and names[name].default is inspect.Parameter.empty:
            return f"{name} must be given"
    known = {name for name, _, _ in wanted}
    for p in have:
        required = p.default is p.empty and p.kind not in {p.VAR_KEYWORD, p.VAR_POSITIONAL}
        if required and p.name not in known:
            return f"{p.name} is new and must be given"
    return None
