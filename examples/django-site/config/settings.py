"""Settings of a small site that Axes guards. What is about Axes stands at the end."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# A site of your own keeps its key secret: this one is for trying things out on your own machine.
SECRET_KEY = os.environ.get("AXES_DEMO_SECRET_KEY", "only-for-the-demo-on-your-own-machine")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

INSTALLED_APPS = [
    "site_pages",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",  # All it takes: Axes adds its backend and its middleware itself.
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "site_pages.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("AXES_DEMO_DB", BASE_DIR / "db.sqlite3"),
        "OPTIONS": {
            # Readers and the writer do not wait for each other; writers queue instead of failing.
            "init_command": "PRAGMA journal_mode = WAL",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "members"
LOGOUT_REDIRECT_URL = "landing"

# What Axes sees and does is told on the terminal: its lines hold no names, addresses or passwords.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"terminal": {"class": "logging.StreamHandler"}},
    "loggers": {"axes": {"handlers": ["terminal"], "level": "INFO"}},
}

# --- Axes ---

# The third wrong password locks out ...
AXES_FAILURE_LIMIT = 3
# ... this account from this address: the administrator still gets in from the same machine ...
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# ... for a minute, short enough to watch ...
AXES_COOLOFF_TIME = timedelta(seconds=float(os.environ.get("AXES_DEMO_COOLOFF_SECONDS", "60")))
# ... which does not start again when somebody tries meanwhile.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# The right password clears the wrong ones before it.
AXES_RESET_ON_SUCCESS = True
# What people see who are locked out.
AXES_LOCKOUT_TEMPLATE = "lockout.html"
# Every wrong password is kept: the members' page shows them to whom they concern.
AXES_ENABLE_ACCESS_FAILURE_LOG = True
