"""A process that forks behind Python's back, as some servers do, while its store is open. It prints
what the child and then the parent meet; its argument is the URL of the store."""

from __future__ import annotations

import ctypes
import os
import sys

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "axes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    AXES_HANDLER="axes.handlers.native.AxesNativeHandler",
    AXES_STORE=sys.argv[1],
    USE_TZ=True,
)
django.setup()

from axes.conf import engine  # noqa: E402
from axes.exceptions import AxesError  # noqa: E402
from axes.utils import reset  # noqa: E402


def met() -> str:
    try:
        reset()
    except AxesError as error:
        return str(error)
    return "nothing wrong"


assert engine().native_store().prepare() is None
assert met() == "nothing wrong"
child = ctypes.PyDLL(None).fork()
if child == 0:
    # No hook ran before the fork; this one runs afterwards.
    ctypes.pythonapi.PyOS_AfterFork_Child()
    print("child:", met(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent:", met())
