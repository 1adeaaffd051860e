"""Pages of the tests."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from . import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("login/", LoginView.as_view(template_name="admin/login.html"), name="login"),
    path("logout/", LogoutView.as_view()),
    path("check/", views.check),
    path("check-and-login/", views.check_and_login),
    path("check-and-login-async/", views.check_and_login_async),
    path("check-and-raise/", views.check_and_raise),
    path("check-twice/", views.check_twice),
    path("check-without-request/", views.check_without_request),
    path("check-with-context/", views.check_with_context),
    path("dispatched/", views.dispatched),
    path("form/", views.FormLogin.as_view()),
]
