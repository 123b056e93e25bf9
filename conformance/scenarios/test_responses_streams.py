"""Streams of OpenAI's Responses as other servers send them: events are missing, reordered or new.

Scripts: what llama.cpp, OpenRouter and proxies really leave out, in one place.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.scenarios.test_responses_wire import ANSWER, QUESTION, Event, both
from conformance.testing import USAGE, Dialect, Play, laws, raw, text
from conformance.testing import response_items as items

pytestmark = [pytest.mark.core, pytest.mark.dialects("responses")]


def _without(*kinds: str) -> Callable[[list[Event]], list[Event]]:
    """Leaves out the events whose type ends with one of these."""
    return lambda events: [event for event in events if not event["type"].endswith(kinds)]


def _without_fields(*names: str) -> Callable[[list[Event]], list[Event]]:
    """Leaves out these fields of all events."""
    return lambda events: [
        {name: each for name, each in event.items() if name not in names} for event in events
    ]


def _unanswered(events: list[Event]) -> list[Event]:
    """The last event does not repeat the output."""
    return [*events[:-1], {**events[-1], "response": {**events[-1]["response"], "output": []}}]


def _last_call_first(events: list[Event]) -> list[Event]:
    """The last item comes before all others, with its own index."""
    last = max(event.get("output_index", 0) for event in events)
    early = [event for event in events if event.get("output_index") == last]
    return _unanswered([*events[:2], *early, *(event for event in events[2:] if event not in early)])


def _with_unknown_events(events: list[Event]) -> list[Event]:
    """An event of tomorrow and a keep-alive before each event."""
    new = {"type": "response.tomorrow.delta", "output_index": 0, "delta": "no"}
    return [each for event in events for each in (new, {"type": "keepalive", "sequence_number": 0}, event)]


STRANGE: dict[str, Callable[[list[Event]], list[Event]]] = {
    "no-output-at-the-end": _unanswered,
    "the-last-call-first": _last_call_first,
    "no-indexes": lambda events: _unanswered(_without_fields("output_index", "content_index")(events)),
    "no-numbers": _without_fields("sequence_number"),
    "no-added": lambda events: _unanswered(_without("added")(events)),
    "no-deltas": _without("delta"),
    "no-done": lambda events: _unanswered(_without("done")(events)),
    "only-the-end": lambda events: events[-1:],
    "unknown-events": _with_unknown_events,
}


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE)
def test_a_strange_stream_is_the_same_answer(
    change: Callable[[list[Event]], list[Event]], play: Play, dialect: Dialect
) -> None:
    """A stream is the same answer where a server leaves out, reorders or adds events that others do not.

    llama.cpp sends no indexes, OpenRouter no names of events, proxies only what is whole.
    """
    llm = play(both(dialect, items.items_of(ANSWER), change=change))

    response = laws.read(llm.stream(QUESTION))

    laws.is_the_answer(response, ANSWER)
    assert [call["name"] for call in response.tool_calls] == [call.name for call in ANSWER.calls]
    assert response.completion_tokens == USAGE.completion_tokens


@pytest.mark.parametrize("says_so", ["event", "response"])
def test_a_truncated_stream_is_truncated_if_one_of_two_places_says_so(
    says_so: str, play: Play, dialect: Dialect
) -> None:
    """A stream that its limit has cut has the finish reason ``length``, whichever of two places says so.

    vllm-project/agentic-api#273: vLLM's event was ``response.completed``, the response in it ``incomplete``.
    """

    def end_otherwise(events: list[Event]) -> list[Event]:
        last = events[-1]
        if says_so == "event":
            return [*events[:-1], {**last, "response": {**last["response"], "status": "completed"}}]
        return [*events[:-1], {**last, "type": "response.completed"}]

    cut = items.items_of(text.COUNT.answer)
    llm = play(both(dialect, cut, "max_output_tokens", end_otherwise))

    assert laws.read(llm.stream(QUESTION)).finish_reason == "length"


@pytest.mark.parametrize("behind", [[], [raw.DONE]], ids=["end", "done"])
def test_a_stream_without_its_last_event_is_interrupted(
    behind: list[bytes], play: Play, dialect: Dialect
) -> None:
    """A stream without ``response.completed`` is ``interrupted``, though every item in it is done."""
    llm = play(dialect.streamed([*dialect.events(text.COUNT.answer)[:-1], *behind]))

    response = laws.read(llm.stream(QUESTION))

    laws.failed_as(response, "interrupted")
    assert response.content == text.COUNT.answer.text
