"""A small site with OAuth Toolkit. Axes is the last app, and two settings at the end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent

# A site of your own keeps its key secret.
SECRET_KEY = "only-for-trying-things-out-on-your-own-machine"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "urls"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "oauth2_provider",
    "axes",  # Adds its backend and its middleware itself.
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

OAUTH2_PROVIDER = {"SCOPES": {"read": "See who you are"}}

AXES_FAILURE_LIMIT = 3
AXES_COOLOFF_TIME = timedelta(minutes=15)
