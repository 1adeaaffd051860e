"""One page: the login."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth import authenticate, login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path


def log_in(request: HttpRequest) -> HttpResponseBase:
    """Answers as Django's own view does: 302 after a login, 200 with the form otherwise."""
    form = request.POST
    user = authenticate(request, username=form["username"], password=form["password"])
    if user is None:
        return HttpResponse("Wrong. Try again.")
    login(request, user)
    return HttpResponseRedirect("/")


if apps.is_installed("defender"):
    from defender.decorators import watch_login

    log_in = watch_login()(log_in)

urlpatterns = [path("login/", log_in)]
