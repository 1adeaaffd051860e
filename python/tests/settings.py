"""Django settings of the tests. ``AXES_TEST_DB`` chooses the database; see ``tests/run.py``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgres": "django.db.backends.postgresql",
    "mariadb": "django.db.backends.mysql",
}

DATABASE = os.environ.get("AXES_TEST_DB", "sqlite")

if DATABASE not in ENGINES:
    raise ValueError(f"AXES_TEST_DB is {DATABASE!r}: choose one of {', '.join(ENGINES)}")

if DATABASE == "sqlite":
    # A file, because threads cannot share a database in memory as they share one on disk.
    FILE = Path(tempfile.gettempdir()) / f"axes-tests-{os.getpid()}.sqlite3"
    DATABASES = {"default": {"ENGINE": ENGINES[DATABASE], "NAME": FILE, "TEST": {"NAME": FILE}}}
else:
    if "AXES_TEST_DB_HOST" not in os.environ:
        raise ValueError(f"no {DATABASE} server is named: run `python -m tests.run`, it starts one")
    DATABASES = {
        "default": {
            "ENGINE": ENGINES[DATABASE],
            **{
                name: os.environ[f"AXES_TEST_DB_{name}"]
                for name in ["HOST", "PORT", "USER", "PASSWORD", "NAME"]
            },
        }
    }

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
ROOT_URLCONF = "tests.urls"
STATIC_URL = "static/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

if os.environ.get("AXES_TEST_STORE"):
    # Where it is, is known once there is a database: see `tests/native/plugin.py`.
    AXES_HANDLER = "axes.handlers.native.AxesNativeHandler"
    AXES_STORE = "memory:"
