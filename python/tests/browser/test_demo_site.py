"""The story that the example site tells, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from ..demo_site import ADMINISTRATOR, MEMBER, DemoSite
from .conftest import Browser

pytestmark = pytest.mark.browser

LOOKS = {
    "light": ("light", 1280, 900),
    "dark": ("dark", 1280, 900),
    "phone": ("light", 390, 844),
}


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[DemoSite]:
    """The site, with the cool-off that the test's parameter asks for."""
    with DemoSite(cooloff_seconds=getattr(request, "param", 60)) as site:
        yield site


def photograph(browser: Browser, name: str, own: bool = True) -> None:
    """Take pictures of the whole page in all looks; pages of our ``own`` must fit a phone."""
    for look, (scheme, width, height) in LOOKS.items():
        emulate(browser, scheme, width, height)
        whole = browser.driver.execute_script("return document.documentElement.scrollHeight")
        emulate(browser, scheme, width, max(height, whole))
        time.sleep(0.3)  # Colours fade over.
        browser.screenshot(f"demo-{name}-{look}")
        fits = "return document.documentElement.scrollWidth <= window.innerWidth"
        assert not own or browser.driver.execute_script(fits), f"{name} is wider than {look}"
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def emulate(browser: Browser, scheme: str, width: int, height: int) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def log_in(browser: Browser, site: DemoSite, username: str, password: str) -> None:
    browser.open(f"{site.url}/login/")
    browser.fill(username=username, password=password)
    browser.submit("main [type=submit]")


def seconds_shown(browser: Browser) -> int:
    minutes, seconds = browser.find(".ring text").text.split(":")
    return int(minutes) * 60 + int(seconds)


def wait_for(browser: Browser, selector: str, seconds: float) -> None:
    wait = WebDriverWait(browser.driver, seconds)
    wait.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, selector), selector)


def test_three_wrong_passwords_lock_out_until_an_administrator_helps(
    browser: Browser, site: DemoSite
) -> None:
    browser.open(site.url)
    assert "Four things to try" in browser.text
    photograph(browser, "landing")

    log_in(browser, site, "alice", "wrong-1")
    assert "2 tries left" in browser.find("[role=alert]").text
    photograph(browser, "tries-left")
    log_in(browser, site, "alice", "wrong-2")
    assert "1 try left" in browser.find("[role=alert]").text
    log_in(browser, site, "alice", "wrong-3")
    assert "Locked out" in browser.find("[role=alert]").text
    first = seconds_shown(browser)
    assert 50 < first <= 60
    photograph(browser, "lockout")
    WebDriverWait(browser.driver, 5).until(lambda _: seconds_shown(browser) <= first - 2)
    assert not browser.find("[data-again]").is_displayed()

    log_in(browser, site, *MEMBER)
    assert "not even the right one" in browser.text
    assert seconds_shown(browser) < first
    browser.open(f"{site.url}/members/")
    assert "/login/" in browser.driver.current_url

    alices = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("window")
    reset_as_administrator(browser, site)
    browser.driver.delete_all_cookies()
    browser.driver.close()
    browser.driver.switch_to.window(alices)

    log_in(browser, site, *MEMBER)
    assert "You are in" in browser.text
    activity = browser.find(".activity").text
    assert activity.index("Logged in") < activity.index("Locked out")
    photograph(browser, "members")
    browser.submit("header [type=submit]")
    assert browser.driver.current_url == f"{site.url}/"


def reset_as_administrator(browser: Browser, site: DemoSite) -> None:
    browser.open(f"{site.url}/admin/axes/accessattempt/")
    username, password = ADMINISTRATOR
    browser.fill(username=username, password=password)
    browser.submit("#login-form [type=submit]")
    row = browser.find("#result_list tbody tr")
    assert "alice" in row.text
    assert browser.find("#result_list .column-status").text.lower() == "status"
    assert re.search(r"for \d+ s", row.find_element(By.CSS_SELECTOR, ".field-status").text)
    photograph(browser, "attempts", own=False)
    row.find_element(By.CSS_SELECTOR, ".action-select").click()
    action = "//select[@name='action']/option[contains(., 'lift the lockout')]"
    browser.driver.find_element(By.XPATH, action).click()
    browser.submit(".actions [type=submit]")
    assert browser.driver.find_elements(By.CSS_SELECTOR, ".messagelist .success")
    photograph(browser, "attempts-reset", own=False)


@pytest.mark.parametrize("site", [5], indirect=True)
def test_a_lockout_ends_by_itself(browser: Browser, site: DemoSite) -> None:
    for number in range(3):
        log_in(browser, site, "alice", f"wrong-{number}")
    assert seconds_shown(browser) <= 5
    wait_for(browser, ".over", 10)
    assert "You can try again now." in browser.text
    assert browser.driver.title == "Try again · Axes demo"
    photograph(browser, "lockout-over")
    # At once, with what the page offers: the time told was the time really left.
    browser.submit("[data-again]")
    browser.fill(username=MEMBER[0], password=MEMBER[1])
    browser.submit("main [type=submit]")
    assert "You are in" in browser.text


def test_the_keyboard_is_enough(browser: Browser, site: DemoSite) -> None:
    def press(*keys: str) -> None:
        ActionChains(browser.driver).send_keys(*keys).perform()

    browser.open(f"{site.url}/")
    press(Keys.TAB)
    skip = browser.driver.switch_to.active_element
    assert (skip.text, skip.rect["x"] >= 0) == ("Skip to the content", True)

    browser.open(f"{site.url}/login/")
    page = browser.find("html")
    # The first field has the focus already.
    press(MEMBER[0], Keys.TAB, "wrong", Keys.ENTER)
    WebDriverWait(browser.driver, 10).until(lambda _: browser.find("html") != page)
    assert "2 tries left" in browser.find("[role=alert]").text
    # The name is still there; the focus is where a password goes once it is passed.
    press(Keys.TAB, MEMBER[1], Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "Log in"
    press(Keys.ENTER)
    wait_for(browser, ".activity", 10)
    assert "You are in" in browser.text
