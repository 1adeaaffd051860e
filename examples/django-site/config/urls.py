"""Addresses of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path
from site_pages import views

admin.site.site_header = "Axes demo: administration"
admin.site.site_title = "Axes demo"
admin.site.index_title = "What would you like to see?"

urlpatterns = [
    path("", views.LandingView.as_view(), name="landing"),
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("members/", views.MembersView.as_view(), name="members"),
    path("admin/", admin.site.urls),
]
