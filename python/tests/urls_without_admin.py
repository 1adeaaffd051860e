"""A site without an admin site."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [path("check/", views.check)]
