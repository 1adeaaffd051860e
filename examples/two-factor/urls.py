"""two-factor's pages with a login of our own, and one page for whoever is logged in."""

from __future__ import annotations

from codes import LoginView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from two_factor.urls import urlpatterns as two_factor


@login_required
def home(request: HttpRequest) -> HttpResponse:
    verified = "with" if request.user.is_verified() else "without"
    return HttpResponse(f"You are {request.user.get_username()}, {verified} a second factor.")


urlpatterns = [
    path("", home, name="home"),
    path("account/login/", LoginView.as_view()),  # Before two-factor's own, which has this path.
    path("", include(two_factor)),
]
