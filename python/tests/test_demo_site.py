"""The example site without a browser: it is in order, its pages answer, Axes guards it."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .demo_site import ADMINISTRATOR, MEMBER, DemoSite, Visitor, users_environment


@pytest.fixture(scope="module")
def running_site() -> Iterator[DemoSite]:
    with DemoSite() as site:
        yield site


@pytest.fixture
def site(running_site: DemoSite) -> DemoSite:
    running_site.manage("axes_reset")
    return running_site


def lock_out(visitor: Visitor) -> None:
    statuses = [visitor.log_in("alice", f"wrong-{number}").status for number in range(3)]
    assert statuses == [200, 200, 429]


def test_its_settings_are_in_order(site: DemoSite) -> None:
    site.manage("check", "--fail-level", "WARNING")
    site.manage("makemigrations", "--check", "--dry-run")


def test_setting_up_twice_changes_nothing_and_repairs_what_differs(site: DemoSite) -> None:
    accounts = ("dumpdata", "auth.user", "--indent", "1")
    before = site.manage(*accounts)
    site.manage("setup_demo")
    assert site.manage(*accounts) == before
    spoil = "from django.contrib.auth.models import User; User.objects.update(is_active=False)"
    site.manage("shell", "--no-imports", "--command", spoil)
    site.manage("setup_demo")
    assert site.manage(*accounts) == before


@pytest.mark.parametrize("path", ["/", "/login/", "/admin/login/"])
def test_pages_answer_and_everything_they_load_is_the_sites_own(site: DemoSite, path: str) -> None:
    visitor = Visitor(site.url)
    page = visitor.get(path)
    assert page.status == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    loaded = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/static/")
        assert visitor.get(address).status == 200
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", page.text)


def test_what_is_not_there_says_so(site: DemoSite) -> None:
    answer = Visitor(site.url).get("/nothing/")
    assert (answer.status, "There is no such page" in answer.text) == (404, True)


def test_members_get_in_and_others_are_asked_to_log_in(site: DemoSite) -> None:
    visitor = Visitor(site.url)
    assert visitor.get("/members/").url.endswith("/login/?next=/members/")
    page = visitor.log_in(*MEMBER)
    assert page.url.endswith("/members/")
    assert "You are in" in page.text
    assert "Logged in" in page.text


def test_without_scripts_the_lockout_page_says_it_all_in_words(site: DemoSite) -> None:
    visitor = Visitor(site.url)
    lock_out(visitor)
    page = visitor.log_in(*MEMBER)
    assert page.status == 429
    assert 55 <= int(page.headers["Retry-After"]) <= 60
    assert re.search(r"You can try again in (1 minute|\d\d seconds)\.", page.text)
    assert re.search(r'<a class="button" data-again href="/login/">Try again</a>', page.text)
    assert visitor.get("/login/").status == 200


def test_the_command_of_the_landing_page_lifts_the_lockout_everywhere(site: DemoSite) -> None:
    visitor = Visitor(site.url)
    lock_out(visitor)
    shown = re.search(r"<code>(cd .+?\n.+? axes_reset)</code>", Visitor(site.url).get("/").text)
    assert shown is not None
    command = ["sh", "-e", "-c", html.unescape(shown[1])]
    done = subprocess.run(command, env=users_environment(), capture_output=True, check=True)
    assert done.stdout == b"1 attempts removed.\n"
    # Whichever process of the server is asked.
    for _ in range(6):
        assert Visitor(site.url).log_in(*MEMBER).status == 200


def test_exactly_three_however_fast_they_come(site: DemoSite) -> None:
    visitors = [Visitor(site.url) for _ in range(16)]
    with ThreadPoolExecutor(len(visitors)) as pool:
        answers = list(pool.map(lambda visitor: visitor.log_in("alice", "wrong"), visitors))
    assert sorted(answer.status for answer in answers) == [200] * 2 + [429] * 14
    assert site.manage("axes_list_attempts").split("\t")[1:] == ["alice", "3\n"]


def test_the_administrator_gets_in_from_where_alice_is_locked_out(site: DemoSite) -> None:
    lock_out(Visitor(site.url))
    visitor = Visitor(site.url)
    assert visitor.log_in(*ADMINISTRATOR, path="/admin/login/").status == 200
    page = visitor.get("/admin/axes/accessattempt/")
    assert (page.status, "alice" in page.text) == (200, True)
