"""Whoever has an account gains nothing by logging in to it between guesses on others' accounts.

With ``AXES_RESET_ON_SUCCESS`` a success forgets that user's own failures. What an address has
failed on other usernames stays, so the limit of the address is as exact as without it.
"""

from __future__ import annotations

from typing import Any

import pytest

from axes.models import AccessAttempt
from tests.visitor import LOCKED_OUT, PASSWORD, WRONG, Visitor, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db]

LIMIT = 5
ROUNDS = 40
MALLORY = "mallory"

Checked = list[tuple[str | None, str | None]]


@pytest.fixture(autouse=True)
def _reset_on_success(checked: Checked, settings: Any) -> None:
    settings.AXES_RESET_ON_SUCCESS = True
    settings.AXES_FAILURE_LIMIT = LIMIT
    make_user(MALLORY)


@pytest.fixture
def mallory(ada: Visitor) -> Visitor:
    """Who has an account of her own, at the address that all guesses come from."""
    return ada.but(username=MALLORY)


def wrong_ones(checked: Checked) -> list[str | None]:
    """The usernames whose password was checked and wrong."""
    return [username for username, password in checked if password == WRONG]


def statuses(visitor: Visitor, password: str, times: int = 1) -> list[int]:
    return [visitor.tries(password).status_code for _ in range(times)]


ADDRESS: list[list[Any]] = [
    ["ip_address"],
    ["username", "ip_address"],
    [["ip_address", "user_agent"]],
    [["username", "ip_address"], "ip_address"],
]
"""Lockout parameters that count what an address does on whatever accounts."""


@pytest.mark.parametrize("parameters", ADDRESS, ids=str)
def test_ones_own_logins_between_guesses_on_many_accounts_buy_no_guess(
    checked: Checked, ada: Visitor, mallory: Visitor, settings: Any, parameters: list[Any]
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    for number in range(ROUNDS):
        ada.but(username=f"user-{number}").fails()
        mallory.succeeds()
    assert wrong_ones(checked) == [f"user-{number}" for number in range(LIMIT)]
    # Each login before the lockout was a success, none after it was looked at.
    assert checked.count((MALLORY, PASSWORD)) == LIMIT - 1
    assert len(checked) == 2 * LIMIT - 1
    assert statuses(ada, PASSWORD) == [LOCKED_OUT]


@pytest.mark.parametrize("parameters", ADDRESS, ids=str)
def test_failures_on_ones_own_account_between_them_do_not_hide_the_others(
    checked: Checked, ada: Visitor, mallory: Visitor, settings: Any, parameters: list[Any]
) -> None:
    """Her own failures are forgotten; the failures on others are counted exactly all the same."""
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    for number in range(ROUNDS):
        ada.but(username=f"user-{number}").fails()
        mallory.fails()
        mallory.succeeds()
    wrong = wrong_ones(checked)
    # Her own fourth is the fifth of the address.
    others = [username for username in wrong if username != MALLORY]
    assert others == [f"user-{number}" for number in range(LIMIT - 1)]
    assert wrong.count(MALLORY) == LIMIT - 1


@pytest.mark.parametrize("parameters", ADDRESS, ids=str)
def test_the_failures_of_the_address_on_another_username_stay(
    ada: Visitor, mallory: Visitor, settings: Any, parameters: list[Any]
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    ada.fails(2)
    mallory.fails(2)
    # The fifth would lock out: the success in between takes away the two of hers, and no other.
    assert statuses(mallory, PASSWORD) == [200]
    attempt = AccessAttempt.objects.get()
    assert (attempt.username, attempt.failures_since_start) == ("ada", 2)
    others = [ada.but(username=name) for name in ("bob", "eve", "joe")]
    assert [other.fails().status_code for other in others] == [401, 401, LOCKED_OUT]


def test_logins_from_elsewhere_do_not_help_an_account_that_is_guessed_at(
    checked: Checked, ada: Visitor, settings: Any
) -> None:
    """Its owner logs in as always; what another network has failed there stays."""
    settings.AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
    owner = ada.but(address="198.51.100.7")
    for _ in range(ROUNDS):
        ada.fails()
        assert statuses(owner, PASSWORD) == [200]
    assert wrong_ones(checked) == ["ada"] * LIMIT
    assert checked.count(("ada", PASSWORD)) == ROUNDS
