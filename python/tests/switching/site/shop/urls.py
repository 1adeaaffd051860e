"""The pages of the shop: logins, a logout, a door for tokens, one that breaks, and the admin."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import aauthenticate, alogin, authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path


def log_in(request: HttpRequest) -> HttpResponse:
    """Answers a wrong password as a form does: with the page again."""
    user = authenticate(
        request, username=request.POST["username"], password=request.POST["password"]
    )
    if user is None:
        return HttpResponse("wrong")
    login(request, user)
    return HttpResponse("welcome")


async def log_in_asynchronously(request: HttpRequest) -> HttpResponse:
    user = await aauthenticate(
        request, username=request.POST["username"], password=request.POST["password"]
    )
    if user is None:
        return HttpResponse("wrong")
    await alogin(request, user)
    return HttpResponse("welcome")


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("goodbye")


def token(request: HttpRequest) -> HttpResponse:
    """Credentials without a username, which no backend takes."""
    return HttpResponse("welcome" if authenticate(request, token="?") else "wrong")


@transaction.atomic
def broken(request: HttpRequest) -> HttpResponse:
    """Breaks after the check, and its transaction with it."""
    log_in(request)
    raise RuntimeError("broken")


urlpatterns = [
    path("login/", log_in),
    path("async-login/", log_in_asynchronously),
    path("logout/", log_out),
    path("token/", token),
    path("broken/", broken),
    path("admin/", admin.site.urls),
]
