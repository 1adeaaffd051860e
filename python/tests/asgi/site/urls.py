"""A login page for machines, without a thread of its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from tests.async_auth import aauthenticate, alogin


async def log_in(request: HttpRequest, scopes: str) -> HttpResponse:
    form = request.POST
    user = await aauthenticate(request, username=form["username"], password=form["password"])
    if user is None:
        return HttpResponse("wrong", status=401)
    await alogin(request, user)
    return HttpResponse("welcome")


async def ready(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ready")


urlpatterns = [path("login/<scopes>/", log_in), path("ready/", ready)]
