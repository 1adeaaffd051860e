"""The login application that is written in Rust, in a browser, alone and beside a Django site."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ..axum_login import MEMBER, AxumLogin
from ..demo_site import DemoSite
from .conftest import Browser
from .test_demo_site import LOOKS, emulate
from .test_demo_site import log_in as log_in_at_django

pytestmark = pytest.mark.browser


@pytest.fixture
def application() -> Iterator[AxumLogin]:
    with AxumLogin() as application:
        yield application


def log_in(browser: Browser, application: AxumLogin, username: str, password: str) -> None:
    browser.open(f"{application.url}/login")
    browser.fill(username=username, password=password)
    browser.submit()


def photograph(browser: Browser, name: str) -> None:
    """Take pictures in all looks; each page fits a phone and has a style."""
    for look, (scheme, width, height) in LOOKS.items():
        emulate(browser, scheme, width, height)
        browser.screenshot(f"axum-{name}-{look}")
        fits = "return document.documentElement.scrollWidth <= window.innerWidth"
        assert browser.driver.execute_script(fits), f"{name} is wider than {look}"
    assert browser.driver.execute_script("return document.styleSheets[0].cssRules.length > 5")
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_member_logs_in_and_out(browser: Browser, application: AxumLogin) -> None:
    browser.open(application.url)
    assert browser.driver.current_url == f"{application.url}/login"
    log_in(browser, application, *MEMBER)
    assert browser.driver.current_url == f"{application.url}/"
    assert "You are in, alice" in browser.text
    photograph(browser, "home")
    browser.submit()
    assert browser.driver.current_url == f"{application.url}/login"
    browser.open(application.url)
    assert browser.driver.current_url == f"{application.url}/login"
    assert "Successful login by" in application.log
    assert "Successful logout by" in application.log


def test_three_wrong_passwords_lock_out(browser: Browser, application: AxumLogin) -> None:
    browser.expected_statuses = {401, 429}
    for username in ("alice", "alice", "<b>nobody</b>"):
        log_in(browser, application, username, "wrong")
        alert = browser.find("[role=alert]").text
        assert alert == "That username and password do not match."
    photograph(browser, "wrong")
    log_in(browser, application, "alice", "wrong")
    assert "Locked out" in browser.text
    photograph(browser, "locked")
    log_in(browser, application, *MEMBER)
    left = re.search(r"try again in (\d+) seconds", browser.text)
    assert left is not None
    assert 30 < int(left[1]) <= 60
    # The username is never shown, in the log as on the page.
    assert "Locked out for 60 s:" in application.log
    log = "\n".join(line for line in application.log.splitlines() if "first user" not in line)
    assert "alice" not in log
    assert "wrong" not in log


def test_a_lockout_holds_at_a_django_site_too(browser: Browser) -> None:
    browser.expected_statuses = {401, 429}
    with DemoSite() as site, AxumLogin(store=f"sqlite:{site.folder}/db.sqlite3") as application:
        log_in(browser, application, "alice", "wrong")
        log_in_at_django(browser, site, "alice", "wrong")
        assert "1 try left" in browser.find("[role=alert]").text
        log_in(browser, application, "Alice", "wrong")
        assert "Locked out" in browser.text
        log_in_at_django(browser, site, *MEMBER)
        assert "Locked out" in browser.find("[role=alert]").text

        site.manage("axes_reset_username", "alice")
        log_in(browser, application, *MEMBER)
        assert "You are in" in browser.text
