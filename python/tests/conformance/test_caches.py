"""The cache handler keeps the rules of every store."""

from __future__ import annotations

from typing import Any

import axes_conformance
import pytest

from tests.cache.conftest import EXACT, HANDLER, configured

from .backends import Backend


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("rule", axes_conformance.rules())
def test_the_rule_is_kept(
    request: pytest.FixtureRequest, settings: Any, rule: str, kind: str
) -> None:
    settings.CACHES = {"default": configured(request, kind)}
    settings.AXES_HANDLER = HANDLER
    with Backend(tallies_can_be_lost=False) as backend:
        axes_conformance.check(rule, backend)
