"""Mechanical changes of an answer: the same bytes in other pieces, or fewer bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

POSITIONS = 6
"""Positions at which :func:`early_ends` ends a stream."""


def one_piece(events: Sequence[bytes]) -> list[bytes]:
    """Everything in one piece."""
    return [b"".join(events)]


def per_event(events: Sequence[bytes]) -> list[bytes]:
    """Each event in a piece of its own."""
    return list(events)


def one_byte(events: Sequence[bytes]) -> list[bytes]:
    """Each byte in a piece of its own."""
    return [bytes([byte]) for byte in b"".join(events)]


def odd_sizes(events: Sequence[bytes]) -> list[bytes]:
    """Pieces of one byte, three, five and so on: every kind of cut in few pieces."""
    body = b"".join(events)
    return _cut(body, [number * number for number in range(1, len(body)) if number * number < len(body)])


def inside_characters(events: Sequence[bytes]) -> list[bytes]:
    """Cut before every byte of a UTF-8 character but its first."""
    body = b"".join(events)
    return _cut(body, [place for place, byte in enumerate(body) if byte & 0b1100_0000 == 0b1000_0000])


def after_each_event(events: Sequence[bytes], finish: int) -> list[bytes]:
    """The bytes before the event ``finish``: none, the first event, the first two, and so on."""
    return [b"".join(events[:kept]) for kept in range(finish + 1)]


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
