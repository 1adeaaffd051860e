"""The backend that checks passwords, and tells how often it did."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend


class CountingBackend(ModelBackend):
    """Django's own; a guard has refused an attempt that does not come here."""

    checked = 0

    def authenticate(self, request: Any, **credentials: Any) -> Any:
        CountingBackend.checked += 1
        return super().authenticate(request, **credentials)
