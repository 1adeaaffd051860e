"""Somebody without a browser, who talks HTTP to a site."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back; redirects are not followed."""

    status: int
    headers: Message
    text: str

    @property
    def json(self) -> Any:
        kind = self.headers.get_content_type()
        assert kind == "application/json", f"{self.status} {kind}: {self.text[:300]}"
        return json.loads(self.text)


@dataclass
class Client:
    """Requests come from ``address``, one of this machine's own: all of 127.0.0.0/8 are."""

    host: str
    port: int
    address: str = "127.0.0.1"
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, b"", headers)

    def post_form(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, urlencode(fields).encode(), kind | headers)

    def post_json(self, path: str, value: Any, **headers: str) -> Answer:
        kind = {"Content-Type": "application/json"}
        return self.send("POST", path, json.dumps(value).encode(), kind | headers)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Headers are spelled as on the wire, or as keywords: ``X_Requested_With``."""
        sent = {name.replace("_", "-"): text for name, text in (self.headers | headers).items()}
        connection = HTTPConnection(
            self.host, self.port, timeout=PATIENCE, source_address=(self.address, 0)
        )
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        return Answer(answer.status, answer.headers, text)


def basic(username: str, password: str) -> dict[str, str]:
    """The header of HTTP basic authentication."""
    pair = b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def at_once(times: int, send: Callable[[int], Answer]) -> list[Answer]:
    """Sends ``times`` requests in the same moment and waits for all answers."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))
