"""How a stream is cut into events: its first line, the ends of its lines, and its last event.

Scripts: the rules are those of https://html.spec.whatwg.org/multipage/server-sent-events.html, and no server
breaks them on demand.
"""

from __future__ import annotations

import json

import pytest

from conformance.testing import (
    Answer,
    Chunk,
    Dialect,
    Head,
    LastChunk,
    Play,
    Script,
    Step,
    laws,
    raw,
    stream,
    text,
)

pytestmark = pytest.mark.dialects("openai", "anthropic")

COUNT = text.COUNT


def in_pieces(pieces: list[bytes], content_type: str) -> Script:
    """These pieces, each a chunk of a body of this type."""
    head = Head(200, {"transfer-encoding": "chunked", "content-type": content_type})
    steps: list[Step] = [Chunk(piece) for piece in pieces]
    return [head, *steps, LastChunk()]


FIRST = {
    "blank-lines": b"\r\n\n",
    "comment": b": welcome\n\n",
    "id": b"id: 1\n\n",
    "retry": b"retry: 3000\n\n",
    "event": b"event: ping\ndata: {}\n\n",
    "data": b"data: {}\n\n",
}
"""What may stand before the first event."""


@pytest.mark.parametrize("content_type", ["text/event-stream", "text/plain"])
@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
def test_a_stream_is_known_by_its_first_line(
    first: bytes, content_type: str, play: Play, dialect: Dialect
) -> None:
    """A stream is read whatever line it begins with, also under a wrong type, and if it begins bytewise."""
    single = [first[place : place + 1] for place in range(len(first))]
    llm = play(in_pieces([*single, *dialect.events(COUNT.answer)], content_type))

    laws.is_the_answer(laws.read(llm.stream(COUNT.messages)), COUNT.answer)


@pytest.mark.dialects("openai")
def test_a_byte_order_mark_is_no_part_of_the_first_line(play: Play) -> None:
    """The first event is read also behind a byte order mark, and no other byte is lost."""
    events = raw.events(raw.text("Hel"), raw.text("lo"), raw.chunk({}, "stop"), raw.DONE)
    llm = play(stream([b"\xef\xbb\xbf" + events[0], *events[1:]]))

    laws.is_the_answer(laws.read(llm.stream(COUNT.messages)), Answer("Hello"))


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["lf", "cr", "crlf"])
def test_the_lines_of_an_event_are_its_data(end: bytes, play: Play, dialect: Dialect) -> None:
    """An event may have several lines of data, ended by LF, CR or CRLF; a CRLF may come in two pieces."""
    body = b"".join(map(_on_several_lines, dialect.events(COUNT.answer))).replace(b"\n", end)
    pieces = [body[place : place + 1] for place in range(len(body))]
    llm = play(in_pieces(pieces, "text/event-stream"))

    laws.is_the_answer(laws.read(llm.stream(COUNT.messages)), COUNT.answer)


def _on_several_lines(event: bytes) -> bytes:
    name, _, data = event.decode().partition("data: ")
    if data.strip() == "[DONE]":
        return event
    lines = json.dumps(json.loads(data), ensure_ascii=False, indent=1).split("\n")
    return (name + "".join(f"data: {line}\n" for line in lines) + "\n").encode()


def test_the_last_event_needs_no_blank_line(play: Play, dialect: Dialect) -> None:
    """The event with the finish reason is read although the body ends before its blank line, or line end."""
    events = dialect.events(COUNT.answer)
    finish = next(number for number, event in enumerate(events) if dialect.ends_answer(event))
    for ending in (b"", b"\n", b"\r"):
        llm = play(dialect.streamed([*events[:finish], events[finish].rstrip(b"\n") + ending]))

        laws.is_the_answer(laws.read(llm.stream(COUNT.messages)), COUNT.answer)


@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream"])
def test_an_error_in_place_of_a_stream_may_come_in_pieces(
    content_type: str, play: Play, dialect: Dialect
) -> None:
    """An error that is sent as a body in place of a stream has its kind, however its body is cut."""
    body = json.dumps(dialect.error("overloaded").body, indent=1).encode()
    llm = play(in_pieces([body[place : place + 9] for place in range(0, len(body), 9)], content_type))

    laws.failed_as(laws.read(llm.stream(COUNT.messages)), "overloaded")
