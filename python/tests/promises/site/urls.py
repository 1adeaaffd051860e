"""Pages of the promises."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from . import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("guess/", views.guess),
    path("api/", views.Api.as_view()),
]
