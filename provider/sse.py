"""Server-sent events out of bytes, free of I/O.

The SDKs' own readers raise on an event without data, lose the last event when
its blank line is missing, and one of them splits at U+2028; this one reads
what the specification says (https://html.spec.whatwg.org/multipage/server-sent-events.html)
and keeps an unfinished last event, because it may hold the finish reason.
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


NO_EVENTS = frozenset({"application/json", "text/html", "text/plain", "application/x-ndjson"})
"""Types of a body that is no event stream, unless it begins like one: proxies name types wrongly."""

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
"""What a line of an event stream begins with, a comment included."""


def begins_events(begun: bytes, kind: str) -> bool | None:
    """Whether a body of the type ``kind`` that begins so is an event stream; None while either is possible.

    Its first bytes decide, and only where they do not, its type.
    """
    start = begun.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not start or _BYTE_ORDER_MARK.startswith(begun):
        return None
    if start[:1] in b'{[<"':
        return False
    if kind not in NO_EVENTS or start.startswith(_FIELDS):
        return True
    return None if any(field.startswith(start) for field in _FIELDS) else False


class Event(NamedTuple):
    """One event: its name (empty when none was sent) and its data."""

    name: str
    data: str

    @property
    def says_something(self) -> bool:
        """Whether there is more in it than that the server is still there."""
        return self.data.strip() not in ("", '""', "null")

    def encode(self) -> bytes:
        """The event as any reader takes it: one kind of line end, and a blank line behind it."""
        lines = [f"event: {self.name}"] if self.name else []
        lines += [f"data: {line}" for line in self.data.split("\n")]
        return "\n".join([*lines, "", ""]).encode()


def is_cut(event: Event) -> bool:
    """Whether the last event of a stream is only half of one: chunks are JSON, which tells."""
    if event.name == "error" or event.data.strip() == "[DONE]":
        return False
    try:
        json.loads(event.data)
    except ValueError:
        return True
    except RecursionError:
        return False
    return False


class EventDecoder:
    """Collects bytes in whatever pieces they come and gives back whole events.

    Lines are cut in bytes, before decoding: no piece can split a character,
    and no character but CR and LF can end a line.
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self._name = ""
        self._data: list[str] = []
        self._begun = False

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take the next bytes and yield the events they complete."""
        start, searched = 0, max(0, len(self._pending) - 1)  # its last byte may be the CR of a CRLF
        self._pending += piece
        for end in _LINE_END.finditer(self._pending, searched):
            if end.group() == b"\r" and end.end() == len(self._pending):
                break  # the LF of a CRLF may be in the next piece
            line, start = bytes(self._pending[start : end.start()]), end.end()
            yield from self._take(line)
        del self._pending[:start]

    def flush(self) -> Iterator[Event]:
        """Yield the event that the end of the stream left unfinished, if there is one."""
        last, self._pending = bytes(self._pending.rstrip(b"\r")), bytearray()
        if last:
            yield from self._take(last)
        yield from self._take(b"")

    def _take(self, line: bytes) -> Iterator[Event]:
        line, self._begun = line if self._begun else line.removeprefix(_BYTE_ORDER_MARK), True
        if not line:
            if self._data:
                yield Event(self._name, "\n".join(self._data))
            self._name, self._data = "", []
            return
        field, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if field == b"data":
            self._data.append(text)
        elif field == b"event":
            self._name = text
