"""A backend that takes its time, and writes down which passwords it checks."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

RIGHT = "correct-horse-battery"


class SlowBackend(ModelBackend):
    """Checks as slowly as a good password hash, but by sleeping: a race needs no processor."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        assert request is not None
        right = password == RIGHT
        address = request.META.get("HTTP_X_FORWARDED_FOR")
        write_down({"username": username, "address": address, "right": right})
        # Whoever restarts the database wants to see what Axes does, not what this look-up does.
        looked_up = request.POST["first"] != "nothing"
        user = User.objects.get(username=username) if looked_up else None
        time.sleep(float(request.POST["seconds"]))
        return user if right else None


def write_down(check: dict[str, Any]) -> None:
    """Appends one line. One short write to a file opened for appending is never torn apart."""
    line = json.dumps(check).encode() + b"\n"
    file = os.open(settings.CHECKS_FILE, os.O_WRONLY | os.O_APPEND)
    try:
        assert os.write(file, line) == len(line)
    finally:
        os.close(file)
