"""The ways to let somebody in again, as any process does them."""

from __future__ import annotations

import time
from typing import Any

from django.test import Client

from tests.visitor import WRONG, Visitor

ADA, ADDRESS = "ada", "192.0.2.1"
BOB = ("bob", "198.51.100.7")
ROOT = "root"


def attempt(username: str, address: str, password: str = WRONG) -> int:
    """The status of the answer to one password."""
    visitor = Visitor(username, address, path="/guess/", client=Client())
    return int(visitor.tries(password).status_code)


def attempts(username: str, address: str, times: int) -> list[int]:
    """The statuses of the answers to so many passwords."""
    return [attempt(username, address) for _ in range(times)]


def administrator() -> Client:
    from django.contrib.auth.models import User

    client = Client()
    client.force_login(User.objects.get(username=ROOT))
    return client


def reset_all() -> None:
    from axes.utils import reset

    reset()


def reset_by_address() -> None:
    from axes.utils import reset

    reset(ip=ADDRESS)


def reset_by_username() -> None:
    from axes.utils import reset

    reset(username=ADA)


def reset_by_both() -> None:
    from axes.utils import reset

    reset(ip=ADDRESS, username=ADA)


def delete_queryset() -> None:
    from axes.models import AccessAttempt

    AccessAttempt.objects.filter(username=ADA).delete()


def delete_rows_in_admin() -> None:
    from axes.models import AccessAttempt

    rows = AccessAttempt.objects.filter(username=ADA)
    form: dict[str, Any] = {"action": "delete_selected", "post": "yes"}
    form["_selected_action"] = [str(row.pk) for row in rows]
    if not form["_selected_action"]:
        return
    answer = administrator().post("/admin/axes/accessattempt/", form)
    assert answer.status_code == 302


def unlock_in_admin() -> None:
    from axes.handlers.proxy import AxesProxyHandler

    found, _total = AxesProxyHandler.lockouts(search=ADA)
    form: dict[str, Any] = {"action": "unlock", "reason": "called me"}
    form["_selected_action"] = [lockout.scope_key for lockout in found]
    if not found:
        return
    answer = administrator().post("/admin/axes/tally/", form)
    assert answer.status_code == 302


def again_and_again(how: str, times: int, pause: float) -> None:
    """The reset ``how``, in the middle of whatever happens meanwhile."""
    for _ in range(times):
        time.sleep(pause)
        globals()[how]()


COMMANDS = {
    "reset_all": ["axes_reset"],
    "reset_by_address": ["axes_reset_ip", ADDRESS],
    "reset_by_username": ["axes_reset_username", ADA],
    "reset_by_both": ["axes_reset_ip_username", ADDRESS, ADA],
}
"""What can be done on the command line; everything else is done by a process of the site."""

OF_RECORDS = ["delete_queryset", "delete_rows_in_admin"]
"""What needs rows in the database: the cache handler writes none."""
