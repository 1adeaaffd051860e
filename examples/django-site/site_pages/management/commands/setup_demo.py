"""``manage.py setup_demo``: makes the two accounts of the demo, or puts them in order again."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

ACCOUNTS = [
    ("alice", "correct-horse-battery", {"first_name": "Alice"}),
    ("admin", "admin-demo", {"is_staff": True, "is_superuser": True}),
]


class Command(BaseCommand):
    help = "Makes the demo's accounts. Can be run again: it then only repairs what differs."

    def handle(self, *_: Any, **__: Any) -> None:
        for username, password, properties in ACCOUNTS:
            user, _ = get_user_model().objects.update_or_create(
                username=username, defaults=properties | {"is_active": True}
            )
            if not user.check_password(password):
                user.set_password(password)
                user.save()
