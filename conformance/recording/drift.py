"""What changed at a provider between two recordings of one scenario, by how much it can hurt.

Ids, times, tokens and the wording of free text are nobody's promise and are ignored. What a client
relies on is the shape: which fields there are, of which type, in which order the events come, with
which status, and why an answer ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import Any

from conformance.recording.comparison import Exchange, paired
from conformance.recording.interaction import Recording

_WORDS = frozenset({"finish_reason", "stop_reason", "finishReason", "stopReason", "role", "object"})
"""Fields whose value is a word of the protocol and no prose."""

_BLANKED = re.compile(r"<(bool|dict|float|int|list|NoneType|str)>")
"""What stands for a time in a settled answer: the name of its type."""

_SHAPES = dict[str, set[str]]


class Severity(IntEnum):
    """How much a change can hurt; the highest one of a run is its exit status."""

    INFO = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True)
class Drift:
    """One change: where it is, and what it is, in words."""

    severity: Severity
    place: str
    what: str


def drift(old: Recording, new: Recording) -> list[Drift]:
    """What the answers in ``new`` promise otherwise than those in ``old``, the worst first."""
    pairs, gone, added = paired(old, new)
    found = [each for before, after in pairs for each in _of_exchange(before, after)]
    for each in gone:
        found.append(Drift(Severity.ERROR, each.title, "is not asked any more"))
    for each in added:
        found.append(Drift(Severity.ERROR, each.title, "is asked for the first time"))
    return sorted(dict.fromkeys(found), key=lambda each: (-each.severity, each.place, each.what))


def _of_exchange(old: Exchange, new: Exchange) -> Iterator[Drift]:
    before, after = old.response, new.response
    if before["status"] != after["status"]:
        yield Drift(Severity.ERROR, old.title, f"status was {before['status']}, is {after['status']}")
        return
    kinds = [each["headers"].get("content-type", "").partition(";")[0] for each in (before, after)]
    if kinds[0] != kinds[1]:
        yield Drift(Severity.ERROR, old.title, f"content type was {kinds[0]!r}, is {kinds[1]!r}")
        return
    orders = [_order(each["body"]) for each in (before, after)]
    if orders[0] != orders[1]:
        yield Drift(Severity.ERROR, old.title, f"events were {_told(orders[0])}, are {_told(orders[1])}")
    yield from _of_shapes(old.title, _shapes(before["body"]), _shapes(after["body"]))


def _of_shapes(title: str, old: _SHAPES, new: _SHAPES) -> Iterator[Drift]:
    for path in sorted(old.keys() | new.keys()):
        place = f"{title} {path}"
        before, after = old.get(path, set()), new.get(path, set())
        if not before:
            yield Drift(Severity.INFO, place, f"is new: {_told(sorted(after))}")
        elif not after:
            yield Drift(Severity.WARNING, place, f"is gone; it was {_told(sorted(before))}")
        elif before != after:
            yield Drift(Severity.ERROR, place, f"was {_told(sorted(before))}, is {_told(sorted(after))}")


def _documents(body: Mapping[str, Any]) -> list[Any]:
    """The JSON of a body: the one of a whole answer, or one of each event."""
    if "json" in body:
        return [body["json"]]
    return [line["data"] for line in body.get("lines", ()) if isinstance(line, Mapping)]


def _shapes(body: Mapping[str, Any]) -> _SHAPES:
    """Every path in the documents of a body with the types, or the words, that stand there."""
    shapes: _SHAPES = {}
    several = "lines" in body
    for document in _documents(body):
        for path, kind in _leaves(document, f"<{_kind(document)}>" if several else "$"):
            shapes.setdefault(path, set()).add(kind)
    return shapes


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            place = f"{path}.{key}"
            yield from [(place, item)] if key in _WORDS and isinstance(item, str) else _leaves(item, place)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, f"{path}[]")
    else:
        blanked = _BLANKED.fullmatch(value) if isinstance(value, str) else None
        yield path, blanked[1] if blanked else type(value).__name__


def _order(body: Mapping[str, Any]) -> list[str]:
    """The kinds of a stream's events in their order, a run of equal ones told once."""
    return [kind for kind, _ in groupby(_kind(each) for each in _documents(body))] if "lines" in body else []


def _kind(document: Any) -> str:
    """What an event is called: by its type, or by what its first choice brings."""
    if not isinstance(document, Mapping):
        return type(document).__name__
    if isinstance(document.get("type"), str):
        return str(document["type"])
    choices = document.get("choices")
    if not isinstance(choices, list):
        return "event"
    if not choices:
        return "no choice"
    delta = choices[0].get("delta") or {}
    brought = sorted(name for name, item in delta.items() if item is not None and name != "role")
    return "+".join(brought) or "empty delta"


def _told(words: list[str]) -> str:
    return ", ".join(words) or "nothing"
