"""A day in the shop: `python -m shop.day`, what happens in, what came of it out.

Reads JSON from the standard input: an object whose values are `[name, argument, ...]` of a
function below. Writes JSON: what each returned, under the same name. It is the same with
django-axes and with Axes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import CommandError, call_command  # noqa: E402
from django.db import DatabaseError, connection  # noqa: E402
from django.test import Client  # noqa: E402

from axes.models import AccessAttempt, AccessFailureLog, AccessLog  # noqa: E402

RIGHT = "correct-horse-battery"


def command(*words: str) -> str:
    """What a command of `manage.py` prints, and its exit status where it says one."""
    printed = StringIO()
    try:
        call_command(*words, stdout=printed, stderr=printed)
    except SystemExit as end:
        return f"{printed.getvalue()}exit {end.code}"
    except CommandError as error:
        return f"error: {error}"
    except (ValueError, DatabaseError) as error:
        return f"broken: {type(error).__name__}"
    return printed.getvalue()


def users(*names: str) -> None:
    for name in names:
        User.objects.create_user(name, password=RIGHT)
    User.objects.create_superuser("root", password=RIGHT)


def fail(username: str, address: str, times: int = 1, agent: str = "Firefox") -> int:
    """The status of the last answer."""
    return [log_in(username, address, "wrong", agent).status_code for _ in range(times)][-1]


def succeed(username: str, address: str, agent: str = "Firefox") -> int:
    return log_in(username, address, RIGHT, agent).status_code


def log_in(username: str, address: str, password: str, agent: str) -> Any:
    form = {"username": username, "password": password, "card": "4111"}
    return Client(headers={"user-agent": agent}).post("/login/", form, REMOTE_ADDR=address)


def token(address: str, times: int = 1) -> int:
    answers = [Client().post("/token/", REMOTE_ADDR=address) for _ in range(times)]
    return answers[-1].status_code


def stay(username: str, address: str) -> str:
    """Logs in and returns the session's key."""
    client = Client()
    client.post("/login/", {"username": username, "password": RIGHT}, REMOTE_ADDR=address)
    return client.session.session_key


def leave(session: str, address: str) -> int:
    """Logs that session out."""
    client = Client()
    client.cookies["sessionid"] = session
    return client.post("/logout/", REMOTE_ADDR=address).status_code


def page(path: str) -> str:
    """What an administrator sees there."""
    client = Client()
    client.force_login(
        User.objects.get(username="root"), "django.contrib.auth.backends.ModelBackend"
    )
    response = client.get(f"/admin/axes/{path}/")
    return response.content.decode() if response.status_code == 200 else str(response.status_code)


def attempts() -> list[list[Any]]:
    fields = ("username", "ip_address", "user_agent", "failures_since_start")
    return [list(row) for row in AccessAttempt.objects.order_by("pk").values_list(*fields)]


def expirations() -> int:
    return AccessAttempt.objects.filter(expiration__expires_at__isnull=False).count()


def sessions() -> list[list[Any]]:
    """The access log: who, and whether they have left."""
    rows = AccessLog.objects.order_by("pk").values_list("username", "logout_time")
    return [[username, left is not None] for username, left in rows]


def failure_logs() -> list[list[Any]]:
    rows = AccessFailureLog.objects.order_by("pk").values_list("username", "locked_out")
    return [list(row) for row in rows]


def columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return sorted(column.name for column in described)


DOINGS = [
    command, users, fail, succeed, token, stay, leave, page, attempts, expirations, sessions,
    failure_logs, columns,
]  # fmt: skip


def run(*doings: Callable[..., Any]) -> None:
    """Does what the standard input says, and tells what came of it."""
    known = {doing.__name__: doing for doing in doings}
    told = {label: known[name](*rest) for label, (name, *rest) in json.load(sys.stdin).items()}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    run(*DOINGS)
