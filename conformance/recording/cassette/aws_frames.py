"""The messages of an AWS event stream, the binary form in which Bedrock streams.

Source: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_PRELUDE = struct.Struct(">III")
_CHECKSUM = 4
_KIND = re.compile(rb":(?:event|exception)-type\x07(..)", re.DOTALL)


class TruncatedStream(ValueError):
    """The bytes after the last complete message are not a message."""


@dataclass(frozen=True)
class Message:
    """One message: its encoded headers and its payload."""

    headers: bytes
    payload: bytes

    @property
    def kind(self) -> str:
        """The event or exception type; empty where the headers have none."""
        found = _KIND.search(self.headers)
        size = int.from_bytes(found[1], "big") if found else 0
        return self.headers[found.end() :][:size].decode("utf-8", "replace") if found else ""


def messages(data: bytes) -> Iterator[Message]:
    """The messages in ``data``; :class:`TruncatedStream` where one is incomplete or damaged."""
    at = 0
    while at < len(data):
        if at + _PRELUDE.size > len(data):
            raise TruncatedStream(f"{len(data) - at} bytes are left after the last message")
        total, head, checksum = _PRELUDE.unpack_from(data, at)
        if zlib.crc32(data[at : at + 8]) != checksum or not 16 + head <= total <= len(data) - at:
            raise TruncatedStream(f"the message at byte {at} is incomplete or damaged")
        headers, end = at + _PRELUDE.size, at + total
        yield Message(data[headers : headers + head], data[headers + head : end - _CHECKSUM])
        at = end
