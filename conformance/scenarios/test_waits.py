"""The timeout is the wait for the head of an answer, for a whole one, and for each event of a stream.

What else arrives meanwhile does not extend it. Scripts: no server stalls on demand.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from conformance.servers.scripted.dialects.eventstream import frame
from conformance.testing import (
    Build,
    Chunk,
    Dialect,
    Head,
    LastChunk,
    Repeat,
    Send,
    Serve,
    Step,
    always,
    anthropic,
    bedrock,
    in_order,
    laws,
    reply,
    text,
)

COUNT = text.COUNT
PATIENCE = 0.4
"""The timeout in seconds of every call."""

PAUSE = 0.1
"""The seconds between the bytes that keep a stream open."""


LINES = ("ollama", "ollama-generate")
"""The wires whose streams are lines of JSON."""


FRAMES = (
    *("bedrock", "sagemaker", "bedrock-invoke-claude", "bedrock-invoke-nova", "bedrock-invoke-titan"),
    *("bedrock-invoke-llama", "bedrock-invoke-mistral", "bedrock-invoke-deepseek"),
)
"""The wires whose streams are Amazon's frames."""

EMPTY_FRAME = frame({":message-type": "event", ":event-type": "contentBlockDelta"}, b"")
"""A message of Amazon's without a payload."""


def filler(id_: str, sent: bytes, *wires: str) -> Any:
    """Bytes that keep a stream open, for the targets that speak one of these wires."""
    core = [] if set(wires) <= {"openai", "anthropic"} else [pytest.mark.core]
    return pytest.param(sent, id=id_, marks=[pytest.mark.dialects(*wires), *core])


FILLERS = [
    filler("comments", b": PROCESSING\n\n:\n\n\r\n\nid: 7\n\nretry: 3000\n\n", "openai", "anthropic"),
    pytest.param(
        b": keep-alive\n\n",
        id="hosted-comments",
        marks=[pytest.mark.dialects(but=("openai", "anthropic", *FRAMES, *LINES)), pytest.mark.core],
    ),
    filler("empty-events", b'event: ping\ndata:\n\ndata: null\n\ndata: {"type": "ping"}\n\n', "openai"),
    filler("pings", anthropic.event("ping"), "anthropic"),
    filler("unfinished-event", b" ", "openai", "anthropic"),
    filler("empty-frames", EMPTY_FRAME, "bedrock"),
    filler("empty-lines", b"\n", *LINES),
    filler("unfinished-line", b" ", *LINES),
    filler("unfinished-frame", bedrock.event("contentBlockNews", contentBlockIndex=0)[:1], *FRAMES),
]


@pytest.mark.parametrize("filler", FILLERS)
def test_bytes_that_complete_no_event_do_not_extend_the_wait(
    filler: bytes, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A stream that is kept open only by comments, pings or an event that never ends is a ``timeout``.

    The text before is kept. anomalyco/opencode#43519, ThomasPritchard/NeuralNote#249: each byte renewed the
    timeout of the socket, and a server that had stalled was waited for without end.
    """
    events = dialect.events(COUNT.answer)
    half = len(events) // 2
    stalled: list[bytes | Step] = [*events[:half], Repeat(filler, 20, PAUSE), *events[half:]]
    llm = build(serve(in_order([dialect.streamed(events), dialect.streamed(stalled)])).url)
    laws.is_the_answer(laws.read(llm.stream(COUNT.messages)), COUNT.answer)  # the first call imports much

    response = laws.read(llm.stream(COUNT.messages, timeout=PATIENCE))

    laws.failed_as(response, "timeout")
    assert response.content
    assert COUNT.answer.text.startswith(response.content)
    assert response.content != COUNT.answer.text


HEADS = {
    "interim-answers": [Repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 20, PAUSE, chunked=False)],
    "single-bytes": [Send(b"HTTP/1.1 200 OK\r\nx-padding: "), Repeat(b"x", 20, PAUSE, chunked=False)],
}
"""Beginnings of an answer whose head does not come to its end for two seconds."""


@pytest.mark.parametrize("slow", HEADS.values(), ids=HEADS)
def test_a_head_that_trickles_is_a_timeout(
    slow: list[Step], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A head that comes byte by byte, or behind one interim answer after the other, is a ``timeout``."""
    slowly = [*slow, *reply({"error": {"message": "No."}}, 400)]
    good = dialect.streamed(dialect.events(COUNT.answer))
    llm = build(serve(in_order([good, slowly, slowly])).url)
    laws.is_the_answer(laws.read(llm.stream(COUNT.messages)), COUNT.answer)  # the first call imports much

    laws.failed_as(llm.invoke(COUNT.messages, timeout=PATIENCE), "timeout")
    laws.failed_as(laws.read(llm.stream(COUNT.messages, timeout=PATIENCE)), "timeout")


def test_a_whole_answer_that_trickles_is_a_timeout(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A whole answer whose rest comes byte by byte is a ``timeout``.

    Gateways keep a connection open by blanks, DeepSeek's by empty lines, before the JSON of the answer.
    """
    whole = json.dumps(dialect.completion(COUNT.answer)).encode()
    head = Head(200, {"content-type": "application/json", "transfer-encoding": "chunked"})
    slowly: list[Step] = [head, Repeat(b" ", 20, PAUSE), Chunk(whole), LastChunk()]
    llm = build(serve(in_order([reply(dialect.completion(COUNT.answer)), slowly])).url)
    laws.is_the_answer(llm.invoke(COUNT.messages), COUNT.answer)

    laws.failed_as(llm.invoke(COUNT.messages, timeout=PATIENCE), "timeout")


def test_every_event_has_the_whole_timeout(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A stream is read to its end if each event comes within the timeout, however long all of it takes.

    The time that the caller takes between two deltas is not counted.
    """
    slow = [Repeat(event, 1, PAUSE) for event in dialect.events(COUNT.answer)]
    llm = build(serve(always(dialect.streamed(slow))).url)
    laws.is_the_answer(laws.read(llm.stream(COUNT.messages)), COUNT.answer)

    began = time.monotonic()
    stream = llm.stream(COUNT.messages, timeout=PATIENCE)
    first = next(stream)
    time.sleep(PATIENCE)
    rest = list(stream)

    assert time.monotonic() - began > 2 * PATIENCE
    laws.is_the_answer(stream.response, COUNT.answer)
    assert "".join([first, *rest]) == COUNT.answer.text
