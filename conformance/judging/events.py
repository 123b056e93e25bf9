"""Server-sent events, read as strictly as their specification allows.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIELDS = ("data", "event", "id", "retry")


@dataclass(frozen=True)
class Event:
    """One event: its name, which is empty without one, and its data."""

    name: str
    data: str


def events_in(body: bytes) -> list[Event]:
    """The events of a body, as far as it has any; what is no event is left out."""
    events, name, data = [], "", list[str]()
    for line in [*_lines(body.decode("utf-8", "replace")), ""]:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                events.append(Event(name, "\n".join(data)))
            name, data = "", []
        elif field == "data":
            data.append(value)
        elif field == "event":
            name = value
    return events


def framing_faults(body: bytes) -> list[str]:
    """What in a body is no server-sent event, a sentence each."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"it is not UTF-8 at byte {error.start}"]
    found = [
        f"the line {line[:60]!r} is no field of an event"
        for line in _lines(text)
        if line and not line.startswith(":") and line.partition(":")[0] not in _FIELDS
    ]
    if not re.search(r"(\n\n|\r\n\r\n|\r\r)\Z", text):
        found.append("the last event does not end with an empty line")
    return found


def _lines(text: str) -> list[str]:
    """The lines; only these three characters end one, unlike those of ``str.splitlines``."""
    return re.split(r"\r\n|\n|\r", text)
