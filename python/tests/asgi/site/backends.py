"""The slow backend of the races, for ``aauthenticate``."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User

from tests.race.site.backends import SlowBackend


class SlowAsyncBackend(SlowBackend):
    """Django's own has an ``aauthenticate`` that asks no subclass's ``authenticate``."""

    async def aauthenticate(self, request: Any, **credentials: Any) -> User | None:
        return await sync_to_async(self.authenticate)(request, **credentials)
