"""A password in `AXES_STORE` is shown nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from axes.stores import MASKED, StoreURL, masked

PYTHON = Path(__file__).parents[2]
SECRET = "s3cret-of-the-store"

SITE = f"""
from tests.settings import *
AXES_HANDLER = "axes.handlers.native.AxesNativeHandler"
AXES_STORE = "postgres://axes:{SECRET}@127.0.0.1:1/site?password={SECRET}"
DEBUG = True
"""

PAGES = """
import django
django.setup()
import sys
from django.conf import settings
from django.core.management import call_command
from django.test import RequestFactory
from django.views.debug import ExceptionReporter
from axes.exceptions import AxesStoreError
from axes.utils import reset
try:
    reset()
except AxesStoreError:
    reporter = ExceptionReporter(RequestFactory().get("/"), *sys.exc_info())
    print(reporter.get_traceback_html(), reporter.get_traceback_text())
call_command("diffsettings")
print("THE END", settings.AXES_STORE.startswith("postgres://axes:"))
"""


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"redis://:{SECRET}@host:6379/0", f"redis://{MASKED}@host:6379/0"),
        (f"postgres://axes:{SECRET}@host/site", f"postgres://{MASKED}@host/site"),
        (f"postgres://axes:{SECRET}@/?#/@host/site", f"postgres://{MASKED}@host/site"),
        (f"postgres://host/site?password={SECRET}", f"postgres://host/site?{MASKED}"),
        (f"postgres://a@host/site?password={SECRET}@1", f"postgres://{MASKED}@1"),
        (f"redis-cluster://u:{SECRET}@one,two", f"redis-cluster://{MASKED}@one,two"),
        (SECRET, MASKED),
        ("sqlite:/var/lib/axes.sqlite3", "sqlite:/var/lib/axes.sqlite3"),
        ("memory:", "memory:"),
    ],
)
def test_a_url_is_shown_without_what_may_be_a_password(url: str, shown: str) -> None:
    assert masked(url) == shown
    assert repr(StoreURL(url)) == repr(shown)
    assert StoreURL(url) == url


def test_djangos_error_pages_and_settings_do_not_show_it(tmp_path: Path) -> None:
    (tmp_path / "site_with_secret.py").write_text(SITE)
    paths = os.pathsep.join([str(tmp_path), str(PYTHON)])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-c", PAGES],
        env=environment | {"DJANGO_SETTINGS_MODULE": "site_with_secret"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "THE END True" in done.stdout, done.stderr
    # What they do show is there.
    assert f"postgres://{MASKED}@127.0.0.1:1/site" in done.stdout
    assert "AxesStoreError" in done.stdout
    assert SECRET not in done.stdout + done.stderr
