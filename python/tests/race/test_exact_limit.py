"""Exactly as many wrong passwords are checked as the limit allows, however many come at once."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product

from .burst import burst, new_address, new_user, right, send_and_leave, wait_until, wrong
from .servers import Site

LIMIT = 3

EXACT = {401: LIMIT - 1, 429: 200 - LIMIT + 1}
"""The answers to 200 wrong passwords: the last failure that is counted begins the lockout."""


def test_one_user_from_one_address(site: Site) -> None:
    address, username = new_address(), new_user()
    answers = burst(site, [wrong(address, username)] * 200)
    assert answers.count == EXACT
    assert len(site.checks(address=address)) == LIMIT
    sql = "SELECT failures_since_start, refused FROM axes_accessattempt WHERE username = ?"
    assert site.database.rows(sql, username) == [(200, 200 - LIMIT)]


def test_many_users_from_one_address(site: Site) -> None:
    address, users = new_address(), [new_user() for _ in range(200)]
    answers = burst(site, [wrong(address, username) for username in users])
    assert answers.count == EXACT
    assert len(site.checks(address=address)) == LIMIT
    sql = (
        "SELECT COUNT(*), SUM(failures_since_start), SUM(refused) FROM axes_accessattempt "
        "WHERE ip_address = ?"
    )
    assert site.database.rows(sql, address) == [(200, 200, 200 - LIMIT)]


def test_one_user_from_many_addresses(site: Site) -> None:
    username = new_user()
    answers = burst(site, [wrong(new_address(), username, "username") for _ in range(200)])
    assert answers.count == EXACT
    assert len(site.checks(username=username)) == LIMIT


def test_each_user_from_each_address_has_a_limit_of_its_own(site: Site) -> None:
    pairs = list(product([new_address() for _ in range(3)], [new_user() for _ in range(3)]))
    logins = [wrong(address, username, "both") for address, username in pairs * 15]
    random.shuffle(logins)
    answers = burst(site, logins)
    assert answers.count == {401: (LIMIT - 1) * 9, 429: (15 - LIMIT + 1) * 9}
    for address, username in pairs:
        assert len(site.checks(address=address, username=username)) == LIMIT


def test_a_user_or_an_address(site: Site) -> None:
    addresses, users = [new_address() for _ in range(8)], [new_user() for _ in range(8)]
    logins = [wrong(*pair, "either") for pair in product(addresses, users)] * 2
    random.shuffle(logins)
    answers = burst(site, logins)
    assert set(answers.count) <= {401, 429}
    checks = [check for address in addresses for check in site.checks(address=address)]
    used = Counter(check[name] for check in checks for name in ("address", "username"))
    assert set(used.values()) <= set(range(1, LIMIT + 1))
    # Nobody was refused without a reason.
    for login, status in zip(logins, answers.statuses, strict=True):
        assert status == 401 or LIMIT in {used[login.address], used[login.username]}


def test_right_passwords_do_not_make_room_for_wrong_ones(site: Site) -> None:
    address = new_address()
    logins = [wrong(address, new_user()) for _ in range(60)]
    logins += [right(address, new_user()) for _ in range(20)]
    random.shuffle(logins)
    answers = burst(site, logins)
    assert len(site.checks(address=address, right=False)) == LIMIT
    # Right ones that came after the lockout are refused like all others.
    assert len(site.checks(address=address, right=True)) == answers.count.get(200, 0)
    assert answers.count.get(401) == LIMIT - 1
    assert set(answers.count) <= {200, 401, 429}


def test_a_lockout_does_not_touch_others(site: Site) -> None:
    locked, free = new_address(), new_address()
    logins = [wrong(locked, new_user()) for _ in range(60)]
    logins += [right(free, new_user()) for _ in range(6)]
    answers = burst(site, logins)
    assert answers.statuses[60:] == [200] * 6
    assert len(site.checks(address=locked)) == LIMIT


def test_clients_that_hang_up_in_the_middle_of_a_burst_make_no_room(site: Site) -> None:
    address, username = new_address(), new_user()
    send_and_leave(site, [wrong(address, username) for _ in range(30)])
    answers = burst(site, [wrong(address, username)] * 30)
    assert set(answers.count) <= {401, 429}
    assert burst(site, [right(address, username)]).count == {429: 1}
    assert len(site.checks(address=address)) == LIMIT


def test_failures_of_clients_that_hang_up_are_recorded(site: Site) -> None:
    address, username = new_address(), new_user()
    send_and_leave(site, [wrong(address, username)] * LIMIT)
    sql = "SELECT SUM(failures_since_start) FROM axes_accessattempt WHERE ip_address = ?"
    wait_until(lambda: site.database.rows(sql, address) == [(LIMIT,)])
