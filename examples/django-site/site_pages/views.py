"""The pages of the site."""

from __future__ import annotations

import heapq
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse
from django.views.generic import TemplateView

from axes.models import AccessFailureLog, AccessLog

from .tries import tries_left


class LandingView(TemplateView):
    """What to try."""

    template_name = "site_pages/landing.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            failure_limit=settings.AXES_FAILURE_LIMIT,
            cooloff_seconds=int(settings.AXES_COOLOFF_TIME.total_seconds()),
            reset_command=reset_command(),
            **kwargs,
        )


class LoginView(auth_views.LoginView):
    """Django's login view, which also says how many tries are left."""

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        username = form.cleaned_data.get("username", "")
        context = self.get_context_data(form=form, tries_left=tries_left(self.request, username))
        return self.render_to_response(context)


class MembersView(LoginRequiredMixin, TemplateView):
    """For members only: what Axes saw of their account lately."""

    template_name = "site_pages/members.html"
    shown = 6

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = {"username__iexact": self.request.user.get_username()}
        logs = [
            log.objects.filter(**mine).order_by("-attempt_time")[: self.shown]
            for log in (AccessLog, AccessFailureLog)
        ]
        newest_first = heapq.merge(*logs, key=lambda entry: entry.attempt_time, reverse=True)
        return super().get_context_data(activity=list(newest_first)[: self.shown], **kwargs)


def reset_command() -> str:
    """What lifts all lockouts, ready to be typed here. Only a demo tells that to visitors."""
    database = os.environ.get("AXES_DEMO_DB")
    return "\n".join(
        [
            f"cd {shlex.quote(str(settings.BASE_DIR))}",
            (f"AXES_DEMO_DB={_short(database)} " if database else "")
            + f"{_short(sys.executable)} manage.py axes_reset",
        ]
    )


def _short(path: str) -> str:
    """``path`` from the site's folder or from the root, whichever is shorter, for a shell."""
    here = os.path.relpath(path, settings.BASE_DIR)
    return shlex.quote(min(here, str(Path(path).absolute()), key=len))
