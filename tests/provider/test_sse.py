"""Decoding event streams, however their bytes are cut.

No recording tests: a recording has one cut of one stream, and these are properties of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.chat.streams import EventChunks
from provider.http.sse import Beginning, Event, EventDecoder

SEPARATORS = "\u0085\u2028\u2029\v\f\x1c\x1d\x1e"
"""Line ends for ``str.splitlines``, but not in an event stream."""

texts = st.text(
    st.one_of(st.sampled_from(SEPARATORS + "é€🦀: "), st.characters(codec="utf-8", exclude_characters="\r\n"))
)
events = st.lists(st.builds(Event, texts, st.lists(texts, min_size=1).map("\n".join)))
cuts = st.lists(st.integers(min_value=0, max_value=2**16))


def pieces(data: bytes, positions: Iterable[int]) -> list[bytes]:
    """``data`` cut at these positions, modulo its length."""
    edges = sorted({0, len(data), *(position % (len(data) + 1) for position in positions)})
    return [data[start:end] for start, end in pairwise(edges)]


def encoded(sent: Iterable[Event], line_end: str, before: str = "") -> bytes:
    """The bytes of the events, with ``before`` in front of each of their lines."""
    lines: list[str] = []
    for event in sent:
        own = ([f"event: {event.name}"] if event.name else []) + [
            f"data: {line}" for line in event.data.split("\n")
        ]
        lines += [before + line for line in own] + [""]
    return "".join(line + line_end for line in lines).encode()


def decoded(parts: Iterable[bytes]) -> list[Event]:
    decoder = EventDecoder()
    return [*(event for part in parts for event in decoder.feed(part)), *decoder.flush()]


def chunks(*parts: bytes, content_type: str = "text/event-stream") -> EventChunks:
    return EventChunks(content_type, iter(parts), lambda: None)


@given(sent=events, positions=cuts)
def test_the_events_are_the_same_however_the_bytes_are_cut(sent: list[Event], positions: list[int]) -> None:
    for line_end in ("\n", "\r\n", "\r"):
        assert decoded(pieces(encoded(sent, line_end), positions)) == sent


@given(sent=events, positions=cuts)
def test_comments_and_unknown_fields_are_ignored(sent: list[Event], positions: list[int]) -> None:
    noisy = encoded(sent, "\n", before=": ping\nid: 7\nretry: 10\nnoise\n")

    assert decoded(pieces(noisy, positions)) == sent


@given(sent=events.filter(bool), positions=cuts)
def test_the_last_event_needs_no_blank_line(sent: list[Event], positions: list[int]) -> None:
    """It may hold the finish reason, so that the stream is complete."""
    whole = encoded(sent, "\n")

    assert decoded(pieces(whole.removesuffix(b"\n"), positions)) == sent
    assert decoded(pieces(whole.removesuffix(b"\n\n"), positions)) == sent


@given(sent=events, positions=cuts)
def test_a_byte_order_mark_is_not_part_of_the_first_event(sent: list[Event], positions: list[int]) -> None:
    assert decoded(pieces(b"\xef\xbb\xbf" + encoded(sent, "\n"), positions)) == sent


@given(sent=events)
def test_an_encoded_event_decodes_to_itself(sent: list[Event]) -> None:
    assert decoded(event.encode() for event in sent) == sent


@given(garbage=st.binary(), positions=cuts)
def test_any_bytes_are_decoded_without_an_error(garbage: bytes, positions: list[int]) -> None:
    assert decoded(pieces(garbage, positions)) == decoded([garbage])


def test_a_long_event_costs_no_more_than_its_length() -> None:
    """An image is megabytes on one line: searching it again for every piece would hang here."""
    size = 1 << 14
    data = b"data: " + b"x" * (size * 1_500) + b"\n\n"

    assert [len(event.data) for event in decoded(pieces(data, range(0, len(data), size)))] == [size * 1_500]


def test_one_space_after_the_colon_is_dropped() -> None:
    assert decoded([b"data:a\ndata: b\ndata:  c\ndata\n\n"]) == [Event("", "a\nb\n c\n")]


def test_nothing_is_read_after_the_terminator() -> None:
    """Some servers keep the socket open after it: reading on would wait for a timeout."""

    def read() -> Iterator[bytes]:
        yield b'data: {"n": 1}\n\ndata: [DONE]\n\n'
        pytest.fail("the stream was read on")

    open_stream = EventChunks("text/event-stream", read(), lambda: None)

    assert list(open_stream) == [{"n": 1}]
    assert open_stream.terminated


@pytest.mark.parametrize(
    ("begun", "kind", "expected"),
    [
        (b"data: {", "text/plain", True),
        (b"\r\n: comment", "application/json", True),
        (b"\xef\xbb\xbfdata:", "text/html", True),
        (b"retry", "text/html", None),
        (b"\n \n", "text/event-stream", None),
        (b"\xef\xbb", "text/plain", None),
        (b"upstream connect error", "text/plain", False),
        (b"database is gone", "text/plain", False),
        (b'{"error":', "text/event-stream", False),
        (b"<html>", "text/event-stream", False),
        (b"whatever this is", "text/event-stream", True),
        (b"whatever this is", "", True),
    ],
)
def test_a_body_is_a_stream_by_its_first_bytes_and_else_by_its_type(
    begun: bytes, kind: str, expected: bool | None
) -> None:
    assert Beginning(kind).feed(begun) is expected


@given(positions=cuts)
def test_a_stream_is_recognised_however_its_beginning_is_cut(positions: list[int]) -> None:
    """Even byte by byte, and no byte is lost."""
    body = b"\n" + b'data: {"choices": []}\n\ndata: [DONE]\n\n'

    received = chunks(*pieces(body, positions), content_type="text/plain")

    assert list(received) == [{"choices": []}]
    assert received.terminated
