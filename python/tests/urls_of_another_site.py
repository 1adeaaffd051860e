"""A site whose admin site is its own."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.auth.views import LoginView
from django.urls import path

from axes.admin import AccessAttemptAdmin, AccessFailureLogAdmin, AccessLogAdmin, LockoutAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog, Tally

backstage = AdminSite(name="backstage")
backstage.register(AccessAttempt, AccessAttemptAdmin)
backstage.register(AccessLog, AccessLogAdmin)
backstage.register(AccessFailureLog, AccessFailureLogAdmin)
backstage.register(Tally, LockoutAdmin)

urlpatterns = [
    path("backstage/", backstage.urls),
    path("login/", LoginView.as_view(template_name="admin/login.html"), name="login"),
]
