"""The backend that a scenario scripts, and the view that asks it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import path


class ScriptedBackend(ModelBackend):
    """Knows everybody, with the password `right`; notes which passwords it checked."""

    checked: list[str] = []

    def authenticate(
        self, request: Any, username: Any = None, password: Any = None, **kwargs: Any
    ) -> Any:
        self.checked.append(password)
        if password != "right":
            return None
        return User.objects.get_or_create(username=username or "somebody")[0]


def attempt(request: HttpRequest) -> HttpResponse:
    """Answers a wrong password as a form does: with the page again."""
    outcome = request.GET["outcome"]
    password = "wrong" if outcome == "failure" else "right"
    user = authenticate(request, username=request.GET.get("username"), password=password)
    if outcome == "crash" and user is not None:
        raise RuntimeError("the worker died")
    if outcome == "success" and user is not None:
        login(request, user)
    return HttpResponse(status=401 if user is None else 200)


urlpatterns = [path("attempt/", attempt)]
