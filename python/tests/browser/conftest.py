"""The fixture ``browser``: headless Chromium, fresh for each test, with an eye on its console."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM = "/usr/bin/chromium"
CHROMEDRIVER = "/usr/bin/chromedriver"
SCREENSHOTS = Path(__file__).parents[3] / "target" / "screenshots"

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--window-size=1280,900",
]

STATUS_LINE = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


class Browser:
    """A browser, and what tests do with it. ``driver`` is Selenium's for everything else."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver
        self.console: list[dict[str, Any]] = []
        """What pages wrote to the console so far, as Selenium tells it."""
        self.expected_statuses = {429}
        """HTTP errors that pages may answer with; a test that means others says so here."""

    def open(self, url: str) -> None:
        self.driver.get(url)

    def find(self, selector: str) -> WebElement:
        """The first element that ``selector`` (CSS) finds, waiting a little for it."""
        wait = WebDriverWait(self.driver, 10)
        return wait.until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector), selector)

    def fill(self, **fields: str) -> None:
        """Type into the form fields of these names."""
        for name, text in fields.items():
            element = self.find(f"[name='{name}']")
            element.clear()
            element.send_keys(text)

    def submit(self, selector: str = "[type=submit]") -> None:
        """Press a button and return when the next page is there."""
        page = self.find("html")
        self.find(selector).click()
        wait = WebDriverWait(self.driver, 10)
        wait.until(lambda _: self.find("html") != page, "no new page after the button")
        wait.until(lambda driver: driver.execute_script("return document.readyState") == "complete")

    @property
    def text(self) -> str:
        """All text that the page shows."""
        return self.find("body").text

    def screenshot(self, name: str) -> Path:
        """Save what the window shows as ``target/screenshots/NAME.png``."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        file = SCREENSHOTS / f"{name}.png"
        file.write_bytes(self.driver.get_screenshot_as_png())
        return file

    def complaints(self) -> list[str]:
        """The errors in the console that nobody expects."""
        self.console += self.driver.get_log("browser")
        return [
            entry["message"]
            for entry in self.console
            if entry["level"] == "SEVERE" and not self._is_expected(entry["message"])
        ]

    def _is_expected(self, message: str) -> bool:
        status = STATUS_LINE.search(message)
        # Browsers ask for it unbidden; no page of the tests has one.
        if status is not None and "/favicon.ico - " in message:
            return True
        return status is not None and int(status[1]) in self.expected_statuses


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    for program, package in [(CHROMIUM, "chromium"), (CHROMEDRIVER, "chromium-driver")]:
        if not Path(program).is_file():
            pytest.fail(f"{program} is not here: apt-get install {package}", pytrace=False)
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in [*ARGUMENTS, f"--user-data-dir={tmp_path / 'chromium'}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with contextlib.ExitStack() as stack:
        # What Chromium keeps outside its data folder must not be the user's either.
        home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "SE_OFFLINE": "true"}
        service = ChromeService(CHROMEDRIVER, env=os.environ | home)
        driver = Chrome(options=options, service=service)
        stack.callback(driver.quit)
        browser = Browser(driver)
        yield browser
        complaints = browser.complaints()
    if complaints:
        pytest.fail("in the browser's console:\n" + "\n".join(complaints), pytrace=False)
