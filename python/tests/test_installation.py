"""A new project with one line added is guarded."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"

URLS = """
from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

@csrf_exempt
def check(request):
    given = {name: request.POST[name] for name in ["username", "password"]}
    user = authenticate(request, **given)
    return HttpResponse(status=200 if user else 401)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("login/", LoginView.as_view(template_name="admin/login.html")),
    path("check/", check),
]
"""

TRIES = """
import json, sys
import django
django.setup()
from django.contrib.auth.models import User
from django.test import Client

if not User.objects.exists():
    User.objects.create_superuser("ada", password="correct-horse-battery")

def tries(password):
    form = {"username": "ada", "password": password}
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    return client.post(sys.argv[1], form).status_code

print(json.dumps([tries(password) for password in sys.argv[2:]]))
"""

BARE = """
import django
django.setup()
from django.contrib.auth import authenticate
from django.http import HttpRequest

request = HttpRequest()
request.META["REMOTE_ADDR"] = "127.0.0.1"
assert authenticate(request, username="ada", password="correct-horse-battery")
"""

WRONG, RIGHT = "wrong-horse-battery", "correct-horse-battery"


@dataclass
class Project:
    """A project as `django-admin startproject` makes it."""

    folder: Path

    def run(self, *command: str, wanted: int = 0) -> str:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("AXES_TEST_")
        } | {"DJANGO_SETTINGS_MODULE": "mysite.settings", "PYTHONWARNINGS": "error"}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == wanted, done.stdout + done.stderr
        return done.stdout + done.stderr

    def copy(self, folder: Path) -> Project:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Project(folder)

    def manage(self, *arguments: str) -> str:
        return self.run(sys.executable, "manage.py", *arguments)

    def add(self, *lines: str) -> None:
        with (self.folder / "mysite/settings.py").open("a") as settings:
            settings.write("\n".join(["", *lines, ""]))

    def tries(self, path: str, *passwords: str) -> list[int]:
        """What the attempts are answered, in a process of their own."""
        output = self.run(sys.executable, "-c", TRIES, path, *passwords)
        return answered(output)


def answered(output: str) -> list[int]:
    """The line that the tries end with; log lines stand around it."""
    (line,) = [line for line in output.splitlines() if line.startswith("[")]
    statuses: list[int] = json.loads(line)
    return statuses


@pytest.fixture(scope="module")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What every test begins with, on a copy of its own."""
    project = Project(tmp_path_factory.mktemp("new"))
    start = [sys.executable, "-m", "django", "startproject", "mysite", "."]
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(start, cwd=project.folder, env=environment, check=True)
    # Django's own takes most of the time, and nothing here is about it.
    project.add("PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']")
    return project


@pytest.fixture(scope="module")
def migrated_project(new_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """With one line more, and migrated."""
    project = new_project.copy(tmp_path_factory.mktemp("migrated"))
    settings = project.folder / "mysite/settings.py"
    text = settings.read_text()
    settings.write_text(text.replace("INSTALLED_APPS = [\n", 'INSTALLED_APPS = [\n    "axes",\n'))
    (project.folder / "mysite/urls.py").write_text(URLS)
    project.manage("migrate", "-v0")
    return project


@pytest.fixture
def project(new_project: Project, tmp_path: Path) -> Project:
    return new_project.copy(tmp_path)


@pytest.fixture
def guarded(migrated_project: Project, tmp_path: Path) -> Project:
    return migrated_project.copy(tmp_path)


@pytest.mark.parametrize(
    ("path", "wrong", "right"),
    [("/admin/login/", 200, 302), ("/login/", 200, 302), ("/check/", 401, 200)],
)
def test_one_line_and_a_migration_guard_every_way_to_log_in(
    guarded: Project, path: str, wrong: int, right: int
) -> None:
    assert guarded.tries(path, RIGHT, WRONG, WRONG) == [right, wrong, wrong]
    # Another process goes on where the first one was.
    assert guarded.tries(path, WRONG, RIGHT) == [429, 429]
    assert "1 attempts removed." in guarded.manage("axes_reset")
    assert guarded.tries(path, RIGHT) == [right]


def test_a_new_project_has_nothing_to_migrate_and_nothing_to_check(guarded: Project) -> None:
    assert "No changes detected" in guarded.manage("makemigrations", "--check", "--dry-run")
    assert "no issues" in guarded.manage("check", "--fail-level", "INFO")


def test_a_new_project_says_what_was_added(guarded: Project) -> None:
    guarded.add(
        "LOGGING = {'version': 1, 'handlers': {'c': {'class': 'logging.StreamHandler'}},",
        "           'loggers': {'axes': {'handlers': ['c'], 'level': 'INFO'}}}",
    )
    output = guarded.manage("check")
    assert re.search(r"AXES: BEGIN version \S+, blocking by ip_address\n", output)
    assert "AXES: added the authentication backend and the middleware" in output


def test_a_script_that_checks_a_password_and_ends_holds_no_permit(guarded: Project) -> None:
    assert guarded.tries("/check/", RIGHT) == [200]
    for _ in range(4):
        guarded.run(sys.executable, "-c", BARE)
    permits = (
        "from axes.models import Tally; print(sum(t.current_permits for t in Tally.objects.all()))"
    )
    assert guarded.manage("shell", "-v0", "-c", permits).split()[-1] == "0"
    assert guarded.tries("/check/", RIGHT) == [200]


def test_without_a_migration_logins_are_refused_and_the_log_says_what_to_do(
    project: Project,
) -> None:
    project.manage("migrate", "-v0")
    (project.folder / "mysite/urls.py").write_text(URLS)
    project.add("INSTALLED_APPS += ['axes']")
    output = project.run(sys.executable, "-c", TRIES, "/check/", RIGHT)
    assert answered(output) == [503]
    assert "AXES: " in output
    assert "migrate" in output


def door(text: str) -> tuple[str, list[str]]:
    """The settings and the commands of the README's way in for Django."""
    section = text.split("<!-- door: django -->")[1].split("<!-- /door -->")[0]
    blocks = re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL)
    lines = [line for _, block in blocks for line in block.splitlines()]
    assert 0 < len(lines) <= 12
    settings = "".join(block for kind, block in blocks if kind == "python")
    commands = [
        line
        for kind, block in blocks
        if kind == "sh"
        for line in block.splitlines()
        if line.strip() and not line.startswith(("pip install", "#"))
    ]
    return settings, commands


def test_the_readme_leads_to_a_guarded_site(project: Project) -> None:
    settings, commands = door(README.read_text())
    assert "axes" in settings
    # What the README shows as the whole list is added to the one that is there.
    added = re.sub(r"\bINSTALLED_APPS\s*=", "INSTALLED_APPS +=", settings).replace("...,", "")
    (project.folder / "mysite/urls.py").write_text(URLS)
    project.add(added)
    for command in commands:
        words = shlex.split(command, comments=True)
        words[0] = sys.executable if words[0] in {"python", "python3"} else words[0]
        project.run(*words)
    assert project.tries("/login/", RIGHT, WRONG, WRONG, WRONG, RIGHT) == [302, 200, 200, 429, 429]
