"""Decompresses a body step by step: of a few bytes a server can make gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
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


def decoded(pieces: Iterator[bytes], content_encoding: str) -> Iterator[bytes]:
    """The pieces of a body without their codings.

    Raises:
        httpx.DecodingError: the body is damaged, or in a coding that was not asked for.
    """
    codings = [coding for each in content_encoding.split(",") if (coding := each.strip().lower())]
    if len(codings) > _MOST:
        raise httpx.DecodingError(f"the answer is compressed {len(codings)} times")
    for coding in reversed(codings):
        if coding in ("gzip", "x-gzip", "deflate"):
            pieces = _inflated(pieces, coding)
        elif coding != "identity":
            raise httpx.DecodingError(f"the answer is compressed by {coding[:20]!r}, which was not asked for")
    return pieces


def _inflated(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    inflate: Any = None
    pending = b""
    try:
        for piece in pieces:
            pending += piece
            if inflate is None:
                if len(pending) < _HEADER:
                    continue
                inflate = zlib.decompressobj(_window(coding, pending))
            while pending:
                yield inflate.decompress(pending, _STEP)
                pending = inflate.unconsumed_tail
        if inflate is not None:
            yield inflate.flush()
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error


def _window(coding: str, begun: bytes) -> int:
    """How zlib reads a body that begins so; some servers send ``deflate`` without its header (RFC 1950)."""
    if coding != "deflate":
        return zlib.MAX_WBITS | 16
    has_header = begun[0] & 15 == 8 and int.from_bytes(begun[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
