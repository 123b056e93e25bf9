"""Decompresses a body step by step: of a few bytes a server can make gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

ACCEPTED = "gzip, deflate"
"""The codings that are asked for; those of further libraries have no bound in each version of them."""

_STEP = 64 * 1024
"""Bytes that are decompressed at once."""

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
    inflate = zlib.decompressobj(zlib.MAX_WBITS if coding == "deflate" else zlib.MAX_WBITS | 16)
    is_first = True
    for piece in pieces:
        while piece:
            try:
                yield inflate.decompress(piece, _STEP)
            except zlib.error as error:
                if not (is_first and coding == "deflate"):
                    raise httpx.DecodingError(str(error)) from error
                inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers send it without its header
            else:
                piece = inflate.unconsumed_tail  # noqa: PLW2901 - what is left of it
            is_first = False
    yield inflate.flush()
