"""Decodes newline-delimited JSON, which Ollama streams; free of I/O."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from provider.http.sse import Event

MEDIA_TYPE = "application/x-ndjson"


class Line(Event):
    """An event that is one line, without a name."""

    __slots__ = ()

    @override
    def encode(self) -> bytes:
        return f"{self.data}\n".encode()


class NDJSONDecoder:
    """Turns bytes, cut anywhere, into lines."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take the next bytes and yield the lines they complete."""
        *lines, self._pending = (self._pending + piece).split(b"\n")
        for line in lines:
            yield Line("", line.decode("utf-8", "replace"))

    def flush(self) -> Iterator[Event]:
        """Yield the last line if it has no line feed."""
        if self._pending:
            yield Line("", self._pending.decode("utf-8", "replace"))
        self._pending = b""
