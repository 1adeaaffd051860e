"""A login page for machines."""

from __future__ import annotations

from django.contrib.auth import authenticate, login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import path


def log_in(request: HttpRequest, scopes: str) -> HttpResponse:
    form = request.POST
    if form["first"] == "read":
        # Many views look something up before they log somebody in.
        assert User.objects.filter(username=form["username"]).exists()
    elif form["first"] == "write":
        User.objects.filter(username=form["username"]).update(first_name="tried")
    user = authenticate(request, username=form["username"], password=form["password"])
    if form["then"] == "raise":
        raise RuntimeError("the view fails after the password was checked")
    if user is None:
        return HttpResponse("wrong", status=401)
    login(request, user)
    if form["then"] == "raise at last":
        raise RuntimeError("the view fails after the login")
    return HttpResponse("welcome")


def ready(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ready")


urlpatterns = [path("login/<scopes>/", log_in), path("ready/", ready)]
