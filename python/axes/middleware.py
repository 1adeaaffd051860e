"""The middleware that answers whoever is locked out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase

from axes.conf import values
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_lockout_response, get_unavailable_response
from axes.responses import get_banned_response
from axes.state import expect_middleware, has_state, state_of


class AxesMiddleware:
    """Stands last in ``MIDDLEWARE``: replaces the response to an attempt that was refused."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self._is_async:
            return self.__acall__(request)
        expect_middleware(request)
        response: HttpResponseBase = self.get_response(request)
        return self.answer(request, response) if concerns(request) else response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        expect_middleware(request)
        response: HttpResponseBase = await self.get_response(request)
        if not concerns(request):
            return response
        return await sync_to_async(self.answer, thread_sensitive=True)(request, response)

    def answer(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response to a request that tried to log in."""
        if not values().AXES_ENABLED:
            return response
        AxesProxyHandler.finish(request, response)
        if getattr(request, "axes_locked_out", False):
            credentials = getattr(request, "axes_credentials", None)
            return get_lockout_response(request, response, credentials)
        refusal = state_of(request).answered
        if refusal is not None and refusal.undecided:
            return get_unavailable_response(request, refusal, response)
        if refusal is not None and refusal.reason == "banned":
            return get_banned_response(request, refusal, response)
        return response


def concerns(request: HttpRequest) -> bool:
    """Whether the request tried to log in, or a site's own code says that it is locked out."""
    return has_state(request) or getattr(request, "axes_locked_out", False)
