"""A login, and notes whose versions are kept."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from notes.models import Note
from reversion.models import Version


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"notes": Note.objects.all()})


@login_required
def write(request: HttpRequest) -> HttpResponse:
    """Keeps a note of somebody who gives their password again."""
    if request.method != "POST":
        return render(request, "write.html")
    username, password = request.user.get_username(), request.POST["password"]
    if authenticate(request, username=username, password=password) is None:
        raise PermissionDenied
    note = Note.objects.create(text=request.POST["text"])
    return redirect("versions", note.pk)


@login_required
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Who wrote what."""
    found = Version.objects.get_for_object(get_object_or_404(Note, pk=pk))
    lines = [f"{version.revision.user}: {version.field_dict['text']}" for version in found]
    return HttpResponse("\n".join(lines), content_type="text/plain")


urlpatterns = [
    path("", home, name="home"),
    path("login/", LoginView.as_view(template_name="login.html"), name="login"),
    path("write/", write, name="write"),
    path("notes/<int:pk>/", versions, name="versions"),
]
