"""The pages of two-factor as they come, without the example's guard."""

from __future__ import annotations

from django.urls import include, path
from two_factor.urls import urlpatterns as two_factor
from urls import home

urlpatterns = [
    path("", home, name="home"),
    path("", include(two_factor)),
]
