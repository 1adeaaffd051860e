"""The pages: log in, and unlock oneself."""

from __future__ import annotations

from captcha.fields import CaptchaField
from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path

from axes.utils import reset_request


class UnlockForm(forms.Form):
    captcha = CaptchaField()


def unlock(request: HttpRequest) -> HttpResponse:
    """Lifts the lockout of whoever solves the captcha: ``?username=`` says of which account."""
    form = UnlockForm(request.POST or None)
    if form.is_valid():
        reset_request(request)
        return redirect("login")
    return render(request, "unlock.html", {"form": form})


@login_required
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"You are {request.user.get_username()}.")


urlpatterns = [
    path("", home, name="home"),
    path("login/", LoginView.as_view(template_name="login.html"), name="login"),
    path("unlock/", unlock, name="unlock"),
    path("captcha/", include("captcha.urls")),
]
