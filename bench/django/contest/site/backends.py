"""The backend that checks passwords, and tells how often it did."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest


class CountingBackend(ModelBackend):
    """Django's own; a guard has refused an attempt that does not come here."""

    checked = 0

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **others: Any,
    ) -> User | None:
        CountingBackend.checked += 1
        return super().authenticate(request, username, password, **others)
