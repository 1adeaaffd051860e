"""A closer look at the shop: `python -m shop.look`, like `shop.day`, with more to ask."""

from __future__ import annotations

import logging
import re
from typing import Any

import django

django.setup()

from django.core import checks  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from axes.models import AccessAttempt  # noqa: E402
from shop import day  # noqa: E402


def answer(
    username: str,
    address: str,
    headers: dict[str, str] | None = None,
    path: str = "/login/",
    **fields: str,
) -> dict[str, Any]:
    """The answer to a wrong password, with everything that a client sees."""
    client = Client(raise_request_exception=False, headers=headers or {})
    form = {"username": username, "password": "wrong", **fields}
    response = client.post(path, form, REMOTE_ADDR=address)
    return {
        "status": response.status_code,
        "headers": dict(response.headers),
        "body": response.content.decode(),
    }


def with_settings(settings: dict[str, Any], name: str, *arguments: Any) -> Any:
    """The same as ``name`` under other settings."""
    with override_settings(**settings):
        return globals().get(name, getattr(day, name, None))(*arguments)


def form_data(address: str, *purchases: str) -> list[str]:
    """What is recorded after a wrong password with each of these."""
    recorded = []
    for purchase in purchases:
        answer("ada", address, purchase=purchase)
        recorded.append(AccessAttempt.objects.get(ip_address=address).post_data)
    return recorded


def check_ids() -> list[str]:
    return [message.id for message in checks.run_checks() if "axes" in message.id]


def lines(username: str, address: str) -> list[list[str]]:
    """The logger, the level and the text of what is logged about a failure."""
    logged: list[list[str]] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append([record.name, record.levelname, record.getMessage()])

    handler = Lines()
    logger = logging.getLogger("axes")
    logger.addHandler(handler)
    answer(username, address)
    logger.removeHandler(handler)
    return logged


def recorded(address: str) -> list[str | None]:
    """The usernames of that address."""
    records = AccessAttempt.objects.filter(ip_address=address)
    return list(records.values_list("username", flat=True))


def actions() -> list[str]:
    """What an administrator can do with attempts."""
    chooser = re.search(r'<select name="action".*?</select>', day.page("accessattempt"), re.DOTALL)
    return re.findall(r'value="(\w+)"', chooser.group()) if chooser else []


def lose_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE axes_accessattempt RENAME TO lost")


def tables() -> dict[str, Any]:
    """The tables of the guard as the database describes them."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table.startswith("axes_"):
                columns = connection.introspection.get_table_description(cursor, table)
                constraints = connection.introspection.get_constraints(cursor, table)
                found[table] = [
                    {column.name: repr(column) for column in columns},
                    {name: repr(sorted(about.items())) for name, about in constraints.items()},
                ]
    return found


DOINGS = [answer, with_settings, form_data, check_ids, lines, recorded, actions, lose_table, tables]

if __name__ == "__main__":
    day.run(*day.DOINGS, *DOINGS)
