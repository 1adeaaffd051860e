"""allauth's pages, and one for whoever is logged in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


@login_required
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"You are {request.user.get_username()}.")


urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include("allauth.urls")),
]
