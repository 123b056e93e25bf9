"""Shows requests and answers without the key: as text, as a command that asks again, and as data."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from conformance.judging.api import Api
from conformance.judging.exchange import Exchange
from conformance.judging.server import WRONG_KEY, Address
from conformance.recording.secrets.credentials import Credentials

MAX_BODY = 64 * 1024
"""Characters of a body in the results; a longer one is cut, and its size is noted."""

MAX_LINE = 400
"""Characters of a body in the terminal."""

MAX_COMMAND = 2000
"""Characters of a request in a command; a longer one does not fit into a terminal."""

_HEADERS = ("anthropic-version", "content-type", "retry-after")


@dataclass(frozen=True)
class Shown:
    """Shows what was asked of a server, and what it answered.

    Attributes:
        address: the server.
        api: the API that it was asked in.
    """

    address: Address
    api: Api
    _searched: dict[bytes, str] = field(default_factory=dict, repr=False)
    """What the search, which is slow, has found in the bodies so far."""

    @property
    def host(self) -> str:
        """Host and port, and whatever of the path distinguishes two servers on one host."""
        parts = urlsplit(self.address.url)
        return parts.netloc + parts.path.removesuffix("/v1")

    @property
    def name(self) -> str:
        """How reports call the server."""
        return f"{self.address.model} at {self.host}"

    def hidden(self) -> Callable[[str], str]:
        """A function that replaces the key wherever a text repeats it."""
        key = self.address.key
        return Credentials([key]).hidden if key is not None else str

    def secret_in(self, exchanges: Iterable[Exchange]) -> str:
        """The kind of the secret that an answer has in an encoding nobody replaced; empty without one."""
        return next(filter(None, map(self._secret_in, exchanges)), "")

    def _secret_in(self, exchange: Exchange) -> str:
        if self.address.key is None:
            return ""
        if exchange.body not in self._searched:
            credentials = Credentials({"--key-env": self.address.key})
            self._searched[exchange.body] = credentials.find(self.hidden()(_text(exchange.body)))
        return self._searched[exchange.body]

    def command(self, exchange: Exchange) -> str:
        """A curl line that sends a request again, the key from a variable; empty where it is too long."""
        sent = exchange.sent
        words = ["curl", "-sS", "-i", exchange.url, *(["-X", sent.method] if sent.method != "POST" else [])]
        headers = [
            f"{name}: {value}" for name, value in exchange.sent_headers.items() if name != "accept-encoding"
        ]
        line = shlex.join(words) + "".join(f" -H {shlex.quote(each)}" for each in headers)
        if sent.key != "none" and self.address.key is not None:
            name, value = self.api.key_header(
                WRONG_KEY if sent.key == "wrong" else f"${self.address.key_env}"
            )
            line += f' -H "{name}: {value}"'
        if sent.body:
            line += f" -d {shlex.quote(sent.body.decode('utf-8', 'backslashreplace'))}"
        return self.hidden()(line) if len(line) <= MAX_COMMAND else ""

    def line(self, exchange: Exchange) -> str:
        """Status, content type and the beginning of the body, on one line."""
        if exchange.status is None:
            return self.hidden()(exchange.ending)
        body = self.hidden()(_text(exchange.body))
        more = f" … ({len(exchange.body)} bytes)" if len(body) > MAX_LINE else ""
        head = f"{exchange.status} {self.hidden()(exchange.content_type) or 'without a content type'}"
        return " ".join(f"{head} {body[:MAX_LINE]}{more} {exchange.ending}".split())

    def data(self, exchange: Exchange) -> dict[str, Any]:
        """The exchange in the form of the results file."""
        hidden, sent = self.hidden(), exchange.sent
        pieces, room = [], MAX_BODY
        for piece in exchange.pieces if len(exchange.pieces) <= 200 else [exchange.body]:
            pieces.append(hidden(_text(piece))[: max(room, 0)])
            room -= len(pieces[-1])
        return {
            "request": {
                "method": sent.method,
                "target": urlsplit(exchange.url).path,
                "headers": {**_few(exchange.sent_headers), **self._key(sent.key)},
                "body": hidden(_text(sent.body))[:MAX_BODY],
                "bytes": len(sent.body),
            },
            "answer": {
                "status": exchange.status,
                "headers": {name: hidden(value) for name, value in _few(exchange.headers).items()},
                "pieces": [piece for piece in pieces if piece],
                "sent_in": len(exchange.pieces),
                "bytes": len(exchange.body),
                "ending": hidden(exchange.ending),
            },
        }

    def _key(self, key: str) -> dict[str, str]:
        if self.address.key is None or key == "none":
            return {}
        return dict([self.api.key_header("<API_KEY>" if key == "given" else WRONG_KEY)])


def _few(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in _HEADERS if name in headers}


def _text(data: bytes) -> str:
    """The bytes as text; those that are not UTF-8 as escapes."""
    return data.decode("utf-8", "backslashreplace")
