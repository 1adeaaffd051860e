"""Right logins wait for each other, and all succeed."""

from __future__ import annotations

from .burst import burst, new_address, new_user, right, wrong
from .servers import Site


def test_many_users_log_in_from_one_address(site: Site) -> None:
    address = new_address()
    answers = burst(site, [right(address, new_user(), seconds=0.15) for _ in range(50)])
    assert answers.count == {200: 50}
    assert len(site.checks(address=address, right=True)) == 50
    sql = "SELECT COUNT(*) FROM axes_accesslog WHERE ip_address = ?"
    assert site.database.rows(sql, address) == [(50,)]
    sql = "SELECT COUNT(*) FROM axes_accessattempt WHERE ip_address = ?"
    assert site.database.rows(sql, address) == [(0,)]


def test_one_user_logs_in_many_times_beside_one_wrong_password(site: Site) -> None:
    address, username = new_address(), new_user()
    logins = [right(address, username, "either", seconds=0.15) for _ in range(20)]
    answers = burst(site, [*logins[:10], wrong(address, username, "either"), *logins[10:]])
    assert answers.count == {200: 20, 401: 1}
