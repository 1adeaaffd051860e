"""Starts with a settings file and behaves: ``python -m tests.settings_file GROUP``."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command


def main(group: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = f"tests.settings_file.{group}"
    django.setup()
    call_command("migrate", verbosity=0)
    from django.test.utils import setup_test_environment

    from .behaviour import run

    setup_test_environment()
    run(group)


main(sys.argv[1])
