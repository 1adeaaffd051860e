"""The pages that are raced, and the admin site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from tests.race.site.urls import urlpatterns as raced

urlpatterns = [*raced, path("admin/", admin.site.urls)]
