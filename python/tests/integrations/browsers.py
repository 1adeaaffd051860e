"""Somebody with a browser: keeps cookies, and fills in the forms of pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urljoin

from .clients import Answer, Client
from .sites import ExampleSite


class Inputs(HTMLParser):
    """What the forms of a page would send if nobody filled them in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden" and found.get("name"):
            self.fields[str(found["name"])] = found.get("value") or ""


@dataclass
class Browser(Client):
    """Redirects are not followed, so that a test sees them; ``follow`` does."""

    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())
        answer = super().send(method, path, body, {"Cookie": cookies} | headers)
        self._keep(answer.headers)
        return answer

    def fill_in(self, path: str, **fields: str) -> Answer:
        """Opens the page and sends its form with these fields; ``__`` in a name is a hyphen."""
        named = {name.replace("__", "-"): value for name, value in fields.items()}
        return self.submit(self.get(path), path, named)

    def submit(self, page: Answer, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """Sends the form of a page that is open already."""
        return self.post_form(path, Inputs(page.text).fields | fields, **headers)

    def follow(self, answer: Answer) -> Answer:
        """The page that a redirect leads to."""
        while answer.status == 302:
            answer = self.get(urljoin("/", answer.headers["Location"]))
        return answer

    def _keep(self, headers: Message) -> None:
        for header in headers.get_all("Set-Cookie", []):
            for name, cookie in SimpleCookie(header).items():
                if cookie.value:
                    self.cookies[name] = cookie.value
                else:
                    self.cookies.pop(name, None)


def browser(site: ExampleSite, address: str | None = None) -> Browser:
    """A new browser, at an address that nobody else has or at ``address``."""
    client = site.client()
    return Browser(client.host, client.port, address or client.address)


def permits(site: ExampleSite) -> int:
    """The permits in flight, of everybody."""
    sql = "SELECT COALESCE(SUM(current_permits + previous_permits), 0) FROM axes_tally"
    ((count,),) = site.sql(sql)
    return int(count)
