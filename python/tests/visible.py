"""What a page says to whoever looks at it, or listens."""

from __future__ import annotations

from html.parser import HTMLParser

SILENT = {"script", "style", "template"}
SPOKEN = {"alt", "aria-label", "placeholder", "title"}
BUTTONS = {"button", "reset", "submit"}


class Visible(HTMLParser):
    """Gathers the texts of a page: what stands between tags, on buttons, and in hints."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.html: dict[str, str | None] = {}
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "html":
            self.html = attributes
        self._silent = tag in SILENT
        names = SPOKEN | ({"value"} if attributes.get("type") in BUTTONS else set())
        self.texts += filter(None, (attributes.get(name) for name in sorted(names)))

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(" ".join(data.split()))


def visible(page: str) -> Visible:
    parser = Visible()
    parser.feed(page)
    parser.close()
    return parser
