"""Somebody at the admin site of a running site, as a program: its argument is the address of whom
they let in again."""

from __future__ import annotations

import sys

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from tests.administration import browser_of, get, unlock  # noqa: E402

(address,) = sys.argv[1:]
setup_test_environment()
root, _ = User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)
browser = browser_of(root)
(row,) = get(browser, q=address).context["cl"].result_list
assert address in row.shown, row.shown
assert "1 lockout lifted." in unlock(browser, row.pk).content.decode()
assert not get(browser, q=address).context["cl"].result_list
