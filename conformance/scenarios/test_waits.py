"""The timeout of a stream is the wait between two of its events, whatever else arrives meanwhile.

Scripts: no server stalls on demand.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from conformance.servers.scripted.dialects.eventstream import frame
from conformance.testing import (
    Build,
    Dialect,
    Repeat,
    Serve,
    Step,
    always,
    anthropic,
    bedrock,
    in_order,
    laws,
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
