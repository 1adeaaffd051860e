"""The browser itself: pages load, can be used and photographed, and errors do not go unseen."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from pytest_django.live_server_helper import LiveServer

from .conftest import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def page(html: str) -> str:
    return "data:text/html," + quote(html)


def test_a_page_of_django_can_be_used(browser: Browser, live_server: LiveServer) -> None:
    browser.open(f"{live_server.url}/admin/")
    browser.fill(username="nobody", password="nothing")
    browser.submit()
    assert "correct username and password" in browser.text
    picture = browser.screenshot("browser-login")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_window_has_its_size(browser: Browser) -> None:
    browser.open(page("<p>hello</p>"))
    assert browser.driver.get_window_size() == {"width": 1280, "height": 900}
    assert browser.complaints() == []


def test_an_error_in_a_script_is_a_complaint(browser: Browser) -> None:
    browser.open(page("<script>throw new Error('broken page')</script>"))
    (complaint,) = browser.complaints()
    assert "broken page" in complaint
    browser.console.clear()


def test_only_expected_statuses_are_fine(browser: Browser, live_server: LiveServer) -> None:
    browser.expected_statuses = set()
    browser.open(f"{live_server.url}/nothing-here/")
    assert any("status of 404" in complaint for complaint in browser.complaints())
    browser.expected_statuses = {404}
    assert browser.complaints() == []
