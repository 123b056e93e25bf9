"""Finds the changes between two recordings of one scenario, with their severity.

The recorder keeps the old cassette exactly where nothing has drifted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from conformance.recording.cassette.errors import CassetteError
from conformance.recording.cassette.file import read
from conformance.recording.cassette.interaction import Recording
from conformance.recording.cassette.provenance import Provenance
from conformance.recording.drift import schema
from conformance.recording.drift.pairing import ComparedInteraction, paired
from conformance.recording.drift.schema import ResponseSchema
from conformance.recording.playback.differences import cut, differences

_NAMES = (".model", ".modelVersion")
"""Places where another value is only news: the build of the model that answers."""


class Severity(IntEnum):
    """How much a change can hurt a client; the highest of a run is its exit status."""

    INFO = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True)
class Drift:
    """A change: its place, and a text about it."""

    severity: Severity
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def changes(old: Path, new: Path) -> list[str]:
    """The changes from the cassette ``old`` to the cassette ``new``, a line for each."""
    later = read(new, "")
    try:
        earlier = read(old, "")
    except CassetteError:
        return ["there was no readable recording before"]
    return compared(earlier, later)


def compared(old: Recording, new: Recording) -> list[str]:
    """The changes from ``old`` to ``new``, a line for each."""
    origin = differences(_fixed(old.provenance), _fixed(new.provenance), "provenance")
    return [each.text("was", "now") for each in origin] + [str(each) for each in drift(old, new)]


def _fixed(provenance: Provenance) -> dict[str, Any]:
    stored = provenance.as_dict()
    for name in ("recorded", "harness", "sdks"):
        del stored[name]
    return stored


def drift(old: Recording, new: Recording) -> list[Drift]:
    """The changes of requests and responses from ``old`` to ``new``, the worst first."""
    pairs, gone, added = paired(old, new)
    found = [each for before, after in pairs for each in _of_pair(before, after)]
    for each in gone:
        found.append(Drift(Severity.ERROR, each.title, "is no longer requested"))
    for each in added:
        found.append(Drift(Severity.ERROR, each.title, "is requested for the first time"))
    return sorted(dict.fromkeys(found), key=lambda each: (-each.severity, each.place, each.what))


def _of_pair(old: ComparedInteraction, new: ComparedInteraction) -> Iterator[Drift]:
    for each in differences(old.request, new.request, f"{old.title} request"):
        yield Drift(Severity.ERROR, each.path, each.text("was", "is").removeprefix(f"{each.path}: "))
    before, after = old.response, new.response
    if before["status"] != after["status"]:
        yield Drift(Severity.ERROR, old.title, f"status was {before['status']}, is {after['status']}")
        return
    kinds = [each["headers"].get("content-type", "").partition(";")[0].lower() for each in (before, after)]
    if kinds[0] != kinds[1]:
        yield Drift(Severity.ERROR, old.title, f"content type was {kinds[0]!r}, is {kinds[1]!r}")
        return
    orders = [", ".join(schema.order(each["body"])) or "nothing" for each in (before, after)]
    if orders[0] != orders[1]:
        was, now = cut(*orders)
        yield Drift(Severity.ERROR, old.title, f"events were {was}, are {now}")
    yield from _of_schemas(old.title, _schema(before), _schema(after))


def _schema(response: dict[str, Any]) -> ResponseSchema:
    headers = {
        ("header ", name): ["number" if value.isdigit() else value.lower()]
        for name, value in response["headers"].items()
        if name != "content-type"
    }
    return headers | schema.of_body(response["body"])


def _of_schemas(title: str, old: ResponseSchema, new: ResponseSchema) -> Iterator[Drift]:
    for path in sorted(old.keys() | new.keys()):
        place = f"{title} {''.join(path)}"
        before, after = cut(*(", ".join(each.get(path, ())) for each in (old, new)))
        if path not in old:
            # An object that is new or gone is one change, not one for each of its fields.
            if path[:-1] in old or path[:-1] not in new:
                yield Drift(Severity.INFO, place, f"is new: {after}")
        elif path not in new:
            if path[:-1] in new or path[:-1] not in old:
                yield Drift(Severity.WARNING, place, f"is gone; it was {before}")
        elif old[path] != new[path]:
            severity = Severity.INFO if path[-1] in _NAMES else Severity.ERROR
            yield Drift(severity, place, f"was {before}, is {after}")
