"""Decodes server-sent events; free of I/O.

The SDKs' own readers raise on an event without data, lose the last event when
its blank line is missing, and one of them splits at U+2028. This one follows
the specification (https://html.spec.whatwg.org/multipage/server-sent-events.html),
but keeps an unfinished last event, because it may hold the finish reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def media_type(content_type: str) -> str:
    """The type that a ``Content-Type`` header names, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


NOT_EVENT_STREAMS = frozenset({"application/json", "text/html", "text/plain", "application/x-ndjson"})
"""Content types of other bodies; a body that begins like an event stream is one: proxies send wrong types."""

STREAMS = frozenset({"text/event-stream", "application/x-ndjson", "application/vnd.amazon.eventstream"})
"""Content types of streams, of events in this or another form."""

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
"""The beginnings of a line of an event stream; the last is that of a comment."""


class Beginning:
    """The first bytes of a body, until they show what it is; white space before them is dropped.

    Args:
        kind: the media type of the body, which decides only where its first bytes do not.

    Attributes:
        begun: the first bytes.
    """

    def __init__(self, kind: str) -> None:
        self.begun = b""
        self._kind = kind

    def feed(self, piece: bytes) -> bool | None:
        """Take the next bytes; returns whether the body is an event stream, None while that is undecided."""
        begun = self.begun = (self.begun + piece).lstrip()
        if begun.startswith(_BYTE_ORDER_MARK):
            begun = self.begun = begun.removeprefix(_BYTE_ORDER_MARK).lstrip()
        if not begun or _BYTE_ORDER_MARK.startswith(begun):
            return None
        if begun[:1] in b'{[<"':
            return False
        if self._kind not in NOT_EVENT_STREAMS or begun.startswith(_FIELDS):
            return True
        return None if any(field.startswith(begun) for field in _FIELDS) else False


_KEEP_ALIVE_NAMES = frozenset({"ping", "keepalive", "keep-alive", "heartbeat"})
_KEEP_ALIVE_DATA = re.compile(
    r'\s*+(?:""|null|\{\s*+\}|\{\s*+"type":\s*+"(?:ping|keepalive|keep-alive|heartbeat)"[^{}]*+\})?\s*+'
)
"""The names and the data of events that carry nothing."""


class Event(NamedTuple):
    """One event: its name (empty when none was sent) and its data."""

    name: str
    data: str

    @property
    def is_keep_alive(self) -> bool:
        """Whether it carries nothing and only keeps the connection open."""
        return self.name in _KEEP_ALIVE_NAMES or _KEEP_ALIVE_DATA.fullmatch(self.data) is not None

    def encode(self) -> bytes:
        """The event in the form that every reader accepts: line feeds, and a blank line at the end."""
        lines = [f"event: {self.name}"] if self.name else []
        lines += [f"data: {line}" for line in self.data.split("\n")]
        return "\n".join([*lines, "", ""]).encode()


def is_cut(event: Event) -> bool:
    """Whether the last event of a stream is incomplete, which its JSON shows."""
    if event.name == "error" or event.data.strip() == "[DONE]":
        return False
    try:
        json.loads(event.data)
    except ValueError:
        return True
    except RecursionError:
        pass
    return False


class EventDecoder:
    """Turns bytes, cut anywhere, into events.

    Lines are split before decoding: a cut cannot damage a character, and only
    CR and LF end a line.
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self._name = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take the next bytes and yield the events that they complete."""
        start, searched = 0, max(0, len(self._pending) - 1)  # its last byte may be the CR of a CRLF
        self._pending += piece
        for end in _LINE_END.finditer(self._pending, searched):
            if end.group() == b"\r" and end.end() == len(self._pending):
                break  # the LF of a CRLF may be in the next piece
            line, start = bytes(self._pending[start : end.start()]), end.end()
            yield from self._take(line)
        del self._pending[:start]

    def flush(self) -> Iterator[Event]:
        """Yield the last event if its blank line is missing."""
        last, self._pending = bytes(self._pending.rstrip(b"\r")), bytearray()
        if last:
            yield from self._take(last)
        yield from self._take(b"")

    def _take(self, line: bytes) -> Iterator[Event]:
        # The mark belongs before the first line alone, and no server sends it before another.
        field, _, value = line.removeprefix(_BYTE_ORDER_MARK).partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if field == b"data":
            self._data.append(text)
        elif field == b"event":
            self._name = text
        elif not line:
            if self._data:
                yield Event(self._name, "\n".join(self._data))
            self._name, self._data = "", []
