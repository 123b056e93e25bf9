"""Recorded streams over bad transport: the same answer, or an error that says so.

Derived: each plays the streams that the target's recordings hold, byte for byte, in other pieces or not to
their end; of a target without recordings, those of its dialect. Many places are one scenario.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance import derived, laws
from conformance.derived import Exchange, Material
from conformance.interview import Interview
from conformance.suite.stage import Build, Serve
from conformance.wire import Close, Cut, LastChunk, Reset, Script, Stall, Step, in_order
from provider.response import LLMResponse

ENDINGS: Sequence[Step] = (LastChunk(), Cut(), Reset())
"""A body that is complete though its answer is not, one that stops, and a connection that breaks."""

PATIENCE = 0.1
"""Seconds that a backend is told to wait for a server that stalls."""


@pytest.mark.core
def test_however_a_stream_is_cut_into_pieces(material: Material, serve: Serve, build: Build) -> None:
    """The pieces in which a stream arrives are no part of the answer, in text, thoughts, calls and tokens.

    vllm-project/vllm#38732, deeplethe/utopia#764: characters cut between two reads were lost.
    """
    told = [
        (stream, [cut(stream.events) for cut in (derived.whole, derived.per_event, derived.odd_sizes, *more)])
        for streams, more in (
            (material.short, [derived.one_byte]),
            (material.streams, []),
            (
                [stream for stream in material.streams if not stream.body.isascii()],
                [derived.inside_characters],
            ),
        )
        for stream in streams
    ]
    server = serve(in_order([stream.streamed(pieces) for stream, cuts in told for pieces in cuts]))
    interview = Interview(build(server.url))

    for stream, cuts in told:
        unchanged, *others = [interview.stream(stream.turn) for _ in cuts]
        assert unchanged.error is None, f"{stream.name}: {unchanged.error}"
        for response in others:
            assert response == unchanged, stream.name


@pytest.mark.core
def test_a_stream_that_ends_early_is_interrupted(material: Material, serve: Serve, build: Build) -> None:
    """Ended anywhere before its finish reason, a stream is ``interrupted``: its text is kept, no call is made.

    After each event and with each ending where the stream is short, at six places elsewhere. The stream cut
    short that looks complete: griffinwork40/agent-afk#635, brightwave-inc/tidebreak#1124 (half a tool call
    was run). litellm invents a finish reason and a usage for it.
    """
    short = material.short
    told = [
        (stream, beginning, ending)
        for stream in short
        for beginning in derived.after_each_event(stream.events, stream.finish)
        for ending in ENDINGS
    ]
    told += [
        (stream, beginning, ENDINGS[number % len(ENDINGS)])
        for stream in material.streams
        if stream not in short
        for number, beginning in enumerate(derived.early_ends(stream.events, stream.finish))
    ]
    last = short[0]
    scripts = [_begun(stream, beginning, ending) for stream, beginning, ending in told]
    server = serve(in_order([*scripts, [*last.streamed(last.events), Close()]]))
    interview = Interview(build(server.url))

    for stream, _, _ in told:
        _is_interrupted(interview.stream(stream.turn), stream)
    assert interview.stream(last.turn).error is None
    assert server.wait_until_closed(), f"{server.open_connections()} connections were not freed"


@pytest.mark.core
def test_what_follows_the_finish_reason_may_be_lost(material: Material, serve: Serve, build: Build) -> None:
    """A stream that ends after its finish reason is the answer, with or without what would have followed."""
    told = [
        (stream, stream.events[:kept])
        for stream in material.short
        for kept in range(stream.finish + 1, len(stream.events) + 1)
    ]
    server = serve(in_order([stream.streamed(events) for stream, events in told]))
    interview = Interview(build(server.url))

    for stream, _ in told:
        laws.is_the_answer(interview.stream(stream.turn), stream.turn.answer)


@pytest.mark.core
def test_a_stalled_stream_is_a_timeout(material: Material, serve: Serve, build: Build) -> None:
    """``timeout`` bounds the wait between two bytes too, wherever they stand, and the text that came is kept.

    earendil-works/pi#7959: only the first byte was waited for with a limit.
    """
    stream = max(material.short, key=lambda stream: len(stream.turn.answer.text))
    beginnings = derived.early_ends(stream.events, stream.finish)[1::2]
    server = serve(in_order([_begun(stream, beginning, Stall()) for beginning in [b"", *beginnings]]))
    interview = Interview(build(server.url, timeout=PATIENCE))

    for _ in [b"", *beginnings]:
        response = interview.stream(stream.turn)
        laws.failed_as(response, "timeout")
        assert response.retryable
        _is_a_beginning(response, stream)
    assert response.content


def _begun(stream: Exchange, beginning: bytes, ending: Step) -> Script:
    """The head of ``stream``, ``beginning`` and ``ending``; nothing after it."""
    head, *_ = stream.streamed([])
    return [*stream.streamed([beginning] if beginning else [])[:-1], ending] if beginning else [head, ending]


def _is_interrupted(response: LLMResponse, stream: Exchange) -> None:
    laws.failed_as(response, "interrupted")
    assert response.retryable
    _is_a_beginning(response, stream)


def _is_a_beginning(response: LLMResponse, stream: Exchange) -> None:
    assert stream.turn.answer.text.startswith(response.content), stream.name
    assert stream.turn.answer.reasoning.startswith(response.reasoning), stream.name
    assert response.tool_calls == [], f"{stream.name}: half a tool call"
