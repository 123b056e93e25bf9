"""Decompresses a body step by step: of a few bytes a server can make gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

ACCEPTED = "gzip, deflate"
"""The codings that are asked for; those of further libraries have no bound in each version of them."""

_STEP = 64 * 1024
"""Bytes that are decompressed at once."""

_HEADER = 2
"""Bytes of the header of ``deflate``."""

_MOST = 3
"""How many codings an answer may have, one around the other."""


def decoded(pieces: Iterable[bytes], content_encoding: str) -> Iterator[bytes]:
    """The pieces of a body without their codings.

    Raises:
        httpx.DecodingError: the body is damaged, or in a coding that was not asked for.
    """
    decompression = Decompression(content_encoding)
    for piece in pieces:
        yield from decompression.feed(piece)
    yield from decompression.end()


class Decompression:
    """Takes the codings off the pieces of a body; ``feed`` and ``end`` raise where the body is damaged.

    Raises:
        httpx.DecodingError: the body is in a coding that was not asked for.
    """

    def __init__(self, content_encoding: str) -> None:
        codings = [coding for each in content_encoding.split(",") if (coding := each.strip().lower())]
        if len(codings) > _MOST:
            raise httpx.DecodingError(f"the answer is compressed {len(codings)} times")
        self._steps: list[_Inflation] = []
        for coding in reversed(codings):
            if coding in ("gzip", "x-gzip", "deflate"):
                self._steps.append(_Inflation(coding))
            elif coding != "identity":
                raise httpx.DecodingError(
                    f"the answer is compressed by {coding[:20]!r}, which was not asked for"
                )

    def feed(self, piece: bytes) -> Iterable[bytes]:
        """Take the next piece and yield what it decompresses to."""
        pieces: Iterable[bytes] = (piece,)
        for step in self._steps:
            pieces = step.all_of(pieces)
        return pieces

    def end(self) -> Iterable[bytes]:
        """Yield the rest, after the last piece."""
        pieces: Iterable[bytes] = ()
        for step in self._steps:
            pieces = step.all_of(pieces, are_last=True)
        return pieces


class _Inflation:
    """One coding, taken off step by step."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._inflate: Any = None
        self._pending = b""

    def all_of(self, pieces: Iterable[bytes], *, are_last: bool = False) -> Iterator[bytes]:
        try:
            for piece in pieces:
                self._pending += piece
                if self._inflate is None:
                    if len(self._pending) < _HEADER:
                        continue
                    self._inflate = zlib.decompressobj(_window(self._coding, self._pending))
                while self._pending:
                    yield self._inflate.decompress(self._pending, _STEP)
                    self._pending = self._inflate.unconsumed_tail
            if are_last and self._inflate is not None:
                yield self._inflate.flush()
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error


def _window(coding: str, begun: bytes) -> int:
    """How zlib reads a body that begins so; some servers send ``deflate`` without its header (RFC 1950)."""
    if coding != "deflate":
        return zlib.MAX_WBITS | 16
    has_header = begun[0] & 15 == 8 and int.from_bytes(begun[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
