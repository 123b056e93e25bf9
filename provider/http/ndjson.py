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
        self._pending = bytearray()

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take the next bytes and yield the lines they complete."""
        first, *others = piece.split(b"\n")
        self._pending += first
        for each in others:
            yield from self.flush()
            self._pending += each

    def flush(self) -> Iterator[Event]:
        """Yield the last line, though it has no line feed."""
        if self._pending:
            line, self._pending = self._pending, bytearray()
            yield Line("", line.decode("utf-8", "replace"))
