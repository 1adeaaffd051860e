"""The database handler keeps the rules of every store."""

from __future__ import annotations

import axes_conformance
import pytest

from .backends import Backend

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("rule", axes_conformance.rules())
def test_the_rule_is_kept(rule: str) -> None:
    with Backend(tallies_can_be_lost=True) as backend:
        axes_conformance.check(rule, backend)
