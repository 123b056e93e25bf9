"""The payloads of an AWS event stream, the binary form in which Bedrock streams."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_PRELUDE = struct.Struct(">III")
_CHECKSUM = 4


def payloads(data: bytes) -> Iterator[bytes]:
    """What each whole message in ``data`` carries, up to the first that is none.

    Source: https://smithy.io/2.0/aws/amazon-eventstream.html
    """
    at = 0
    while at + _PRELUDE.size <= len(data):
        total, head, checksum = _PRELUDE.unpack_from(data, at)
        if zlib.crc32(data[at : at + 8]) != checksum or at + total > len(data):
            return
        yield data[at + _PRELUDE.size + head : at + total - _CHECKSUM]
        at += total
