"""The example's pages, and allauth's API for apps."""

from __future__ import annotations

from django.urls import include, path
from urls import urlpatterns as pages

urlpatterns = [*pages, path("_allauth/", include("allauth.headless.urls"))]
