"""A middleware that is only asynchronous."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

Answer = Callable[[HttpRequest], Awaitable[HttpResponse]]


@async_only_middleware
def stamp(get_response: Answer) -> Answer:
    async def answer(request: HttpRequest) -> HttpResponse:
        response = await get_response(request)
        response["X-Stamp"] = "asynchronous"
        return response

    return answer
