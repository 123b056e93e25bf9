"""Where a good answer is cut or ends: pieces and beginnings of its bytes, none lost, added or moved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_FIELD_OR_VALUE = re.compile(rb'("(?:[^"\\]|\\.)*"\s*:)|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*')
"""The name of a field of JSON, which is its group, or else a string or a number."""

POSITIONS = 6
"""Positions at which :func:`early_ends` ends a stream."""


def form_of(event: bytes) -> bytes:
    """What an event looks like without its values: two pieces of one text have the same form."""
    return _FIELD_OR_VALUE.sub(rb"\1", event)


def one_piece(events: Sequence[bytes]) -> list[bytes]:
    """Everything in one piece."""
    return [b"".join(events)]


def per_event(events: Sequence[bytes]) -> list[bytes]:
    """Each event in a piece of its own."""
    return list(events)


def one_byte(events: Sequence[bytes]) -> list[bytes]:
    """Each byte of an event in a piece of its own; of the events of one form, only of the first."""
    seen: set[bytes] = set()
    pieces: list[bytes] = []
    for event in events:
        pieces += [event] if form_of(event) in seen else [bytes([byte]) for byte in event]
        seen.add(form_of(event))
    return pieces


def odd_sizes(events: Sequence[bytes]) -> list[bytes]:
    """Pieces of one byte, three, five and so on: every kind of cut in few pieces."""
    body = b"".join(events)
    return _cut(body, [number * number for number in range(1, len(body)) if number * number < len(body)])


def inside_characters(events: Sequence[bytes]) -> list[bytes]:
    """Cut before every byte of a UTF-8 character but its first."""
    body = b"".join(events)
    return _cut(body, [place for place, byte in enumerate(body) if byte & 0b1100_0000 == 0b1000_0000])


def between_events(events: Sequence[bytes], finish: int) -> list[bytes]:
    """Beginnings that end between two events, at the event ``finish`` at the latest.

    Every two forms that follow one another are parted once: a text in twenty pieces ends at one place within.
    """
    forms = [form_of(event) for event in events[: finish + 1]]
    places = {neighbours: number for number, neighbours in enumerate(pairwise(forms), start=1)}
    return [b"".join(events[:kept]) for kept in places.values()]


def after_the_finish(events: Sequence[bytes], finish: int) -> list[bytes]:
    """The bytes up to the event ``finish``, and after it none, half an event, one event, and so on."""
    return [
        b"".join(events[:number]) + half
        for number in range(finish + 1, len(events))
        for half in (b"", events[number][: len(events[number]) // 2])
    ]


def early_ends(events: Sequence[bytes], finish: int) -> list[bytes]:
    """Beginnings that end at six positions, anywhere in an event; the last one within ``finish``."""
    last = len(b"".join(events[:finish])) + len(events[finish]) // 2
    return [b"".join(events)[: last * number // POSITIONS] for number in range(1, POSITIONS + 1)]


def truncations(body: bytes) -> list[bytes]:
    """A body that ends too early: after its first byte, at two positions between, before its last byte."""
    places = {1, len(body) // 3, len(body) * 2 // 3, len(body) - 1}
    return [body[:place] for place in sorted(places)]


def _cut(body: bytes, places: Sequence[int]) -> list[bytes]:
    cuts = [0, *(place for place in places if place), len(body)]
    return [body[start:end] for start, end in pairwise(cuts)]
