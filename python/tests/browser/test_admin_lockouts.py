"""The page of those who are locked out now, as an administrator uses it by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.wait import WebDriverWait

from ..demo_site import ADMINISTRATOR, MEMBER, DemoSite
from .conftest import Browser
from .test_demo_site import log_in, photograph

pytestmark = pytest.mark.browser

PAGE = "/admin/axes/tally/"


@pytest.fixture
def site() -> Iterator[DemoSite]:
    with DemoSite(cooloff_seconds=3600) as site:
        yield site


def press(browser: Browser, *keys: str) -> None:
    ActionChains(browser.driver).send_keys(*keys).perform()


def press_for_a_page(browser: Browser, *keys: str) -> None:
    """Press keys that open another page, and wait for it."""
    page = browser.find("html")
    press(browser, *keys)
    WebDriverWait(browser.driver, 10).until(lambda _: browser.find("html") != page)


def tab_to(browser: Browser, label: str) -> None:
    """Go from control to control until the one of this name has the focus."""
    for _ in range(60):
        press(browser, Keys.TAB)
        if name_of_focus(browser) == label:
            return
    pytest.fail(f"the keyboard does not come to {label!r}")


def name_of_focus(browser: Browser) -> str:
    """How a screen reader names what has the focus."""
    return str(browser.driver.switch_to.active_element.accessible_name)


def lock_out(browser: Browser, site: DemoSite) -> None:
    for number in range(3):
        log_in(browser, site, MEMBER[0], f"wrong-{number}")
    assert "Locked out" in browser.find("[role=alert]").text


def open_as_administrator(browser: Browser, site: DemoSite, path: str) -> None:
    browser.open(f"{site.url}{path}")
    username, password = ADMINISTRATOR
    browser.fill(username=username, password=password)
    browser.submit("#login-form [type=submit]")


def test_a_lockout_is_seen_and_lifted_by_keyboard_alone(browser: Browser, site: DemoSite) -> None:
    lock_out(browser, site)
    open_as_administrator(browser, site, "/admin/")
    photograph(browser, "admin-index", own=False)
    tab_to(browser, "Locked out now")
    press_for_a_page(browser, Keys.ENTER)
    row = browser.find("#result_list tbody tr").text
    for shown in ["Username: alice\nIP Address: 127.0.0.1", "3", "59 min", "Unlock"]:
        assert shown in row
    photograph(browser, "admin-lockouts", own=False)

    tab_to(browser, "Unlock Username: alice, IP Address: 127.0.0.1")
    press_for_a_page(browser, Keys.ENTER)
    assert "This lockout will be lifted" in browser.text
    assert "Username: alice, IP Address: 127.0.0.1" in browser.text
    assert name_of_focus(browser) == "Reason:"
    photograph(browser, "admin-unlock", own=False)
    # Without a reason nothing is done.
    browser.driver.execute_script("document.querySelector('[name=reason]').required = false")
    browser.find("[name=reason]").send_keys(" ")
    press_for_a_page(browser, Keys.ENTER)
    assert "This field is required." in browser.text
    photograph(browser, "admin-unlock-without-reason", own=False)
    press_for_a_page(browser, "called me, I know her voice", Keys.ENTER)
    assert "1 lockout lifted." in browser.find(".messagelist").text
    assert "0 locked out now" in browser.text
    photograph(browser, "admin-unlocked", own=False)

    browser.open(f"{site.url}/admin/")
    assert "alice" in browser.find("#recent-actions-module").text
    browser.driver.delete_all_cookies()
    log_in(browser, site, *MEMBER)
    assert "You are in" in browser.text
