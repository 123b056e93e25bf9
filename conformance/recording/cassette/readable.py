"""Bodies as plain values to compare: JSON, the events of a stream, text, or the bytes as they are."""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator
from typing import Any

from conformance.recording.cassette import bodies

_NAME = re.compile(rb":(?:event|exception)-type\x07(..)", re.DOTALL)


def readable(body: bytes, content_type: str) -> dict[str, Any]:
    """``body`` in the first of these forms that it has: ``json``, ``events``, ``text``, ``bytes``."""
    if "json" in content_type:
        with contextlib.suppress(bodies.NotJSON):
            return {"json": bodies.parse(body)}
    elif "amazon.eventstream" in content_type:
        with contextlib.suppress(struct.error, bodies.NotJSON):
            return {"line_end": "none", "events": list(_frames(body))}
    else:
        with contextlib.suppress(UnicodeDecodeError):
            text = body.decode("utf-8")
            if "event-stream" not in content_type:
                return {"text": text}
            if (found := bodies.lines_of(text)) is not None:
                return {"line_end": found[0], "events": list(_events(found[1]))}
    return {"bytes": body.decode("utf-8", "surrogateescape")}


def _events(lines: list[str]) -> Iterator[dict[str, Any]]:
    """The events of a text stream with their fields; comments are left out, as every client does."""
    event: dict[str, Any] = {}
    *whole, rest = lines
    for line in whole:
        name, _, value = line.partition(":")
        if line and name:
            value = value.removeprefix(" ")
            event[name] = f"{event[name]}\n{value}" if name in event else value
        elif not line and event:
            yield _parsed(event)
            event = {}
    if event or rest:
        yield {**_parsed(event), "unfinished": rest}


def _parsed(event: dict[str, Any]) -> dict[str, Any]:
    data = event.get("data", "")
    with contextlib.suppress(bodies.NotJSON):
        data = bodies.parse(data.encode("utf-8"))
    return {**event, "data": data}


def _frames(body: bytes) -> Iterator[dict[str, Any]]:
    """The messages of Amazon's binary event stream; ``struct.error`` where it is cut."""
    while body:
        total, head = struct.unpack_from(">II", body)
        if not 16 + head <= total <= len(body):
            raise struct.error("a message is cut")
        headers, payload = body[12 : 12 + head], body[12 + head : total - 4]
        yield {"event": _name(headers), "data": bodies.parse(payload) if payload else ""}
        body = body[total:]


def _name(headers: bytes) -> str:
    found = _NAME.search(headers)
    size = int.from_bytes(found[1], "big") if found else 0
    return headers[found.end() :][:size].decode("utf-8", "replace") if found else ""
