"""Which changes between two recordings count, and their severity; see also test_comparison and test_quiet.

Unit tests of a pure function: no server can be asked to change its API for a test.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.recording import Recording, Severity
from conformance.recording.drift.drift import drift
from tests.recording.cassette_server import answered, streamed

ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1},
}


def whole(answer: dict[str, Any]) -> Recording:
    return answered(json.dumps(answer).encode(), "application/json")


def found(old: Recording, new: Recording) -> list[tuple[str, str]]:
    """Severity and text of every change, without the request in its place."""
    return [
        (each.severity.name, f"{each.place.partition(' $')[2] or each.place}: {each.what}")
        for each in drift(old, new)
    ]


@pytest.mark.parametrize(
    ("change", "severity", "what"),
    [
        ({"service_tier": "x"}, "INFO", ".service_tier: is new: anything"),
        ({"usage": {"prompt_tokens": 3}}, "WARNING", ".usage.completion_tokens: is gone; it was number"),
        ({"created": "now"}, "ERROR", ".created: was number, is text"),
        ({"object": "message"}, "ERROR", '.object: was "chat.completion", is "message"'),
        (
            {"choices": [{**ANSWER["choices"][0], "finish_reason": "end"}]},
            "ERROR",
            '.choices[0].finish_reason: was "stop", is "end"',
        ),
    ],
    ids=["added", "removed", "type", "word", "finish-reason"],
)
def test_a_change_of_the_response_schema_has_a_severity(
    change: dict[str, Any], severity: str, what: str
) -> None:
    assert found(whole(ANSWER), whole({**ANSWER, **change})) == [(severity, what)]


def test_another_content_type_is_an_error() -> None:
    [(severity, what)] = found(whole({}), answered(b"{}", "text/plain"))
    assert (severity, "is 'text/plain'" in what) == ("ERROR", True)


TEXT = {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]}
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 1}}


def test_another_order_of_events_is_an_error() -> None:
    [(severity, what)] = found(streamed(TEXT, END, USAGE), streamed(TEXT, USAGE, END))
    assert severity == "ERROR"
    assert what.endswith("events were content, empty delta, no choice, are content, no choice, empty delta")


def test_a_field_of_one_kind_of_event_is_not_that_of_another() -> None:
    start = {"type": "message_start", "usage": {"input_tokens": 1}}
    stop = {"type": "message_stop"}
    moved = {"type": "message_stop", "usage": {"input_tokens": 1}}
    changes = found(streamed(start, stop), streamed({"type": "message_start"}, moved))
    assert [severity for severity, _ in changes] == ["WARNING", "INFO"]


def test_the_worst_comes_first() -> None:
    changed = {**ANSWER, "created": "now", "extra": 1}
    severities = [each.severity for each in drift(whole(ANSWER), whole(changed))]
    assert severities == [Severity.ERROR, Severity.INFO]
