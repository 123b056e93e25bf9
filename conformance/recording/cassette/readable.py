"""Bodies as plain values to compare: JSON, the events of a stream, text, or bytes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.recording.cassette import aws_frames, bodies

JSONPath = tuple[str | int | None, ...]
"""The keys and positions that lead to a place in a JSON value; None is any position."""


def walk(value: Any, path: JSONPath = ()) -> Iterator[tuple[JSONPath, Any]]:
    """Every place in a JSON value with what it holds, outer places first, keys in alphabetical order."""
    yield path, value
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from walk(value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))


def without_positions(path: JSONPath) -> JSONPath:
    """``path`` with any position in place of each."""
    return tuple(None if isinstance(step, int) else step for step in path)


def readable(body: bytes, content_type: str) -> dict[str, Any]:
    """``body`` in the first form that fits: ``json``, ``events``, ``text`` or ``bytes``."""
    if "json" in content_type:
        with contextlib.suppress(bodies.NotJSON):
            return {"json": bodies.parse(body)}
    elif "amazon.eventstream" in content_type:
        with contextlib.suppress(aws_frames.TruncatedStream, bodies.NotJSON):
            return {"line_end": "none", "events": [_message(each) for each in aws_frames.messages(body)]}
    else:
        with contextlib.suppress(UnicodeDecodeError):
            text = body.decode("utf-8")
            if "event-stream" not in content_type:
                return {"text": text}
            if (found := bodies.lines_of(text)) is not None:
                return {"line_end": found[0], "events": list(_events(found[1]))}
    return {"bytes": body.decode("utf-8", "surrogateescape")}


def _events(lines: list[str]) -> Iterator[dict[str, Any]]:
    """The events of a text stream with their fields; comments are left out, as by every client."""
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


def _message(message: aws_frames.Message) -> dict[str, Any]:
    return {"event": message.kind, "data": bodies.parse(message.payload) if message.payload else ""}


def _parsed(event: dict[str, Any]) -> dict[str, Any]:
    data = event.get("data", "")
    with contextlib.suppress(bodies.NotJSON):
        data = bodies.parse(data.encode("utf-8"))
    return {**event, "data": data}
