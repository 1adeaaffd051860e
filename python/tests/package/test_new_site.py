"""What the README promises, for a site that has the wheel and no Rust."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .builds import Environment
from .new_site import NewSite

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def site(environment: Environment) -> Iterator[NewSite]:
    site = NewSite(environment=environment)
    with site:
        create = "from django.contrib.auth.models import User; User.objects.create_superuser"
        site.manage("shell", "--command", f"{create}('root', password={PASSWORD!r})")
        yield site


def test_the_app_comes_from_the_wheel(site: NewSite, environment: Environment) -> None:
    code = "import axes, axes._axes; print(axes._axes.__file__, axes.__version__)"
    file, version = site.manage("shell", "--command", code).splitlines()[-1].split()
    assert file.startswith(str(environment.packages))
    assert f"axes-guard {version}" in " ".join(environment.python("-m", "pip", "list").split())


def test_the_checks_find_nothing(site: NewSite) -> None:
    assert "no issues" in site.manage("check")
    assert "No changes detected" in site.manage("makemigrations", "--check", "--dry-run")


def test_three_failures_lock_out_and_a_reset_lets_in(site: NewSite) -> None:
    site.manage("axes_reset")
    visitor = site.visitor()
    answers = [visitor.log_in("root", "wrong", "/admin/login/").status for _ in range(3)]
    assert answers == [200, 200, 429]
    assert site.manage("axes_list_attempts").split("\n")[0] == "127.0.0.1\troot\t3"
    assert visitor.log_in("root", PASSWORD, "/admin/login/").status == 429
    assert "1 attempts removed." in site.manage("axes_reset")
    assert visitor.log_in("root", PASSWORD, "/admin/login/?next=/admin/").status == 200


def test_the_admin_shows_the_records(site: NewSite) -> None:
    site.manage("axes_reset")
    assert site.visitor().log_in("somebody", "wrong", "/admin/login/").status == 200
    visitor = site.visitor()
    visitor.log_in("root", PASSWORD, "/admin/login/")
    page = visitor.get("/admin/axes/accessattempt/")
    assert page.status == 200
    assert "somebody" in page.text
