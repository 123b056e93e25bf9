"""Recorded streams over bad transport: the same answer, or its error.

Derived: each plays the streams of the target's recordings, in other pieces or not to their end; for a target
without recordings, those of its dialect. Many places are one scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, product

import pytest

from conformance.testing import (
    Build,
    Close,
    Cut,
    GoodAnswer,
    Interview,
    LastChunk,
    LLMResponse,
    Material,
    Play,
    Reset,
    Serve,
    Stall,
    Step,
    ToolCall,
    cuts,
    derived,
    in_order,
    laws,
)

ENDINGS: tuple[Step, ...] = (LastChunk(), Cut(), Reset())
"""A body that is complete though its answer is not, one that stops, and a connection that breaks."""

PATIENCE = 0.1
"""The timeout in seconds of a call to a server that stalls."""

LONGER = 0.5
"""The timeout in seconds that includes loading and earlier answers, on a busy machine."""

Way = Callable[[Sequence[bytes]], list[bytes]]


@pytest.mark.core
def test_the_splitting_of_a_stream_does_not_change_its_answer(material: Material, play: Play) -> None:
    """A stream gives the same text, reasoning, calls and tokens, however its bytes are split.

    Short streams in every way, others in one way after the other, and each inside its characters; of the
    streams whose events have the same forms one is enough. vllm-project/vllm#38732, deeplethe/utopia#764:
    characters cut between two reads were lost.
    """
    short = derived.of_each_form(derived.shortest(material.streams))
    forms = derived.of_each_form(material.streams)
    chosen = [each for each in material.streams if each in (*short, *forms) or not each.body.isascii()]
    cases = [
        (stream, [cuts.one_piece, *_ways(stream, number, everyway=stream in short)])
        for number, stream in enumerate(chosen)
    ]
    scripts = [stream.streamed(cut(stream.events)) for stream, ways in cases for cut in ways]
    interview = Interview(play(in_order(scripts)))

    for stream, ways in cases:
        unchanged, *others = [_as_sent(interview.stream(stream.turn), stream) for _ in ways]
        laws.is_an_answer(unchanged)
        _is_recorded_answer(unchanged, stream)
        for cut, response in zip(ways[1:], others, strict=True):
            assert response == unchanged, f"{stream.name} {cut.__name__}"


@pytest.mark.core
def test_a_stream_that_ends_early_is_interrupted(material: Material, serve: Serve, build: Build) -> None:
    """A stream that ends before its finish reason is ``interrupted``, with its text and without calls.

    Short streams between any two forms of events and in each way, one of each further form at up to six
    places. What is cut short and looks complete: griffinwork40/agent-afk#635, brightwave-inc/tidebreak#1124
    (half a tool call was run). litellm invents a finish reason and a usage for it.
    """
    short = derived.shortest(material.streams)
    chosen = [*short, *(each for each in derived.of_each_form(material.streams) if each not in short)]
    cases = [(stream, list(_early_ends(stream, everywhere=stream in short))) for stream in chosen]
    scripts = [
        script
        for stream, ends in cases
        for script in (
            stream.streamed(stream.events),
            *(stream.streamed([beginning], ending) for beginning, ending in ends),
        )
    ]
    server = serve(in_order([*scripts, [*short[0].streamed(short[0].events), Close()]]))
    interview = Interview(build(server.url))

    for stream, ends in cases:
        whole = interview.stream(stream.turn)
        for beginning, ending in ends:
            response = interview.stream(stream.turn)
            where = f"{stream.name} {ending}: {beginning!r}: {response}"
            assert response.is_error, where
            assert response.error_kind == "interrupted", where
            _is_a_beginning(response, whole)
    laws.is_an_answer(interview.stream(short[0].turn))
    assert server.wait_until_closed(), f"{server.open_connections()} connections were not freed"


@pytest.mark.core
def test_a_stream_that_ends_before_its_first_event_is_interrupted(material: Material, play: Play) -> None:
    """A stream that ends before its first event is reported as ``interrupted``, which is retryable.

    BerriAI/litellm#33222: a reset before the first event was an empty success.
    """
    cases = [
        (stream, beginning, ending)
        for stream in derived.shortest(material.streams)
        for beginning, ending in product((b"", stream.events[0][: len(stream.events[0]) // 2]), ENDINGS)
    ]
    scripts = [stream.streamed([beginning], ending) for stream, beginning, ending in cases]
    interview = Interview(play(in_order(scripts)))

    for stream, beginning, ending in cases:
        response = interview.stream(stream.turn)
        where = f"{stream.name} {ending}: {beginning!r}: {response}"
        assert response.is_error, where
        assert response.error_kind == "interrupted", where
        assert response.retryable
        assert (response.content, response.tool_calls) == ("", [])


@pytest.mark.core
def test_a_stream_cut_after_its_finish_reason_is_an_answer(material: Material, play: Play) -> None:
    """A stream that ends after its finish reason is complete, also without the events that follow."""
    short = derived.shortest(material.streams)
    cases = [(stream, cuts.after_the_finish(stream.events, stream.finish)) for stream in short]
    scripts = [
        stream.streamed([beginning])
        for stream, beginnings in cases
        for beginning in (stream.body, *beginnings)
    ]
    interview = Interview(play(in_order(scripts)))

    for stream, beginnings in cases:
        whole = _as_sent(interview.stream(stream.turn), stream)
        for _ in beginnings:
            response = _as_sent(interview.stream(stream.turn), stream)
            laws.is_an_answer(response)
            same = {"content": whole.content, "tool_calls": whole.tool_calls}
            laws.has_fields(response, **same, finish_reason=whole.finish_reason)


@pytest.mark.core
def test_a_stalled_stream_is_a_timeout(material: Material, play: Play) -> None:
    """A stream that stalls is reported as ``timeout`` after the configured time, and the text before is kept.

    earendil-works/pi#7959: only the first byte was waited for with a limit.
    """
    stream = max(derived.shortest(material.streams), key=lambda stream: len(stream.turn.answer.text))
    *_, early, late = cuts.early_ends(stream.events, stream.finish)
    scripts = [stream.streamed([beginning], Stall()) for beginning in (b"", early, late)]
    interview = Interview(play(in_order([stream.streamed(stream.events), *scripts]), timeout=LONGER))

    whole = interview.stream(stream.turn)
    responses = [interview.stream(stream.turn, timeout=PATIENCE) for _ in range(2)]
    responses.append(interview.stream(stream.turn))

    for response in responses:
        laws.failed_as(response, "timeout")
        _is_a_beginning(response, whole)
    assert responses[-1].content


def _ways(stream: GoodAnswer, number: int, *, everyway: bool) -> list[Way]:
    """In which pieces a stream is sent."""
    usual: list[Way] = [cuts.per_event, cuts.odd_sizes]
    ways = [*usual, cuts.one_byte] if everyway else [usual[number % 2]]
    return ways if stream.body.isascii() else [*ways, cuts.inside_characters]


def _as_sent(response: LLMResponse, stream: GoodAnswer) -> LLMResponse:
    """The response without the ids that a backend had to make itself, for some wires send none."""
    ids = [call["id"] if call["id"].encode() in stream.body else "" for call in response.tool_calls]
    calls = [
        ToolCall(id=id_, name=call["name"], arguments=call["arguments"])
        for call, id_ in zip(response.tool_calls, ids, strict=True)
    ]
    response.tool_calls = calls
    return response


def _early_ends(stream: GoodAnswer, *, everywhere: bool) -> Iterator[tuple[bytes, Step]]:
    """What comes of a stream, its first event at least, and in which way it ends."""
    if everywhere:
        yield from product(cuts.between_events(stream.events, stream.finish), ENDINGS)
    else:
        ends = cuts.early_ends(stream.events, stream.finish)
        begun = [beginning for beginning in ends if len(beginning) >= len(stream.events[0])]
        yield from zip(begun, cycle(ENDINGS), strict=False)


def _is_recorded_answer(response: LLMResponse, stream: GoodAnswer) -> None:
    """The answer that the stream was recorded for, or its beginning where a parameter has cut it."""
    turn = stream.turn
    if turn.matcher(response.content) != turn.matcher(turn.answer.text):
        laws.begins_answer(response, turn)


def _is_a_beginning(response: LLMResponse, whole: LLMResponse) -> None:
    """What may pass when it is asked again, with no more than a part of the answer."""
    assert response.retryable
    assert whole.content.startswith(response.content)
    assert whole.reasoning.startswith(response.reasoning)
    assert response.tool_calls == [], "half a tool call"
