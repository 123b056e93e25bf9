"""Reads the base64 of a request."""

from __future__ import annotations

import base64
import binascii


def decoded(data: str) -> bytes:
    """The bytes of base64 in the standard or the URL-safe alphabet, padded or not.

    Raises:
        AssertionError: it is not base64, so that no provider could read it either.
    """
    standard = data.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise AssertionError(f"the request has an attachment that is not base64: {data[:40]!r}") from None
