"""OpenAI's responses: the scripts of the dialect keep the laws, and each wrong answer breaks its own.

No recording tests: the answers are wrong on purpose.
"""

from __future__ import annotations

import pytest

from conformance.servers.scripted.dialects import dialect
from tests.judging.judging import broken, judgement
from tests.judging.test_messages import Change, changing, replaced, without

WIRE = dialect("responses")

ASKED = (
    "answer/an_answer_[iow]*",
    "answer/a_truncated*",
    "answer/total*",
    "answer/an_*_fields-capital",
    "answer/an_*_fields-one_call",
    "stream/*",
    "equality/*",
    "tools/the_*",
)
"""The laws that a script without ids of its own can keep."""


def asked(change: Change) -> set[str]:
    judged = judgement(changing(change, WIRE), *ASKED, api="responses")
    return broken(judged) - {"stream/every_stream_has_its_own_id"}


def test_the_scripts_of_the_dialect_keep_the_laws() -> None:
    assert asked(lambda event: event) == set()


@pytest.mark.parametrize(
    ("change", "laws"),
    [
        (without("response.completed"), {"stream/events_come_in_their_order"}),
        (without("response.created"), {"stream/events_come_in_their_order"}),
        (without("response.output_item.done"), {"stream/events_come_in_their_order"}),
        (without("response.in_progress"), {"stream/events_are_numbered"}),
        (without("response.in_progress"), {"stream/a_response_is_in_progress_until_it_ends"}),
        (without("response.content_part.added"), {"stream/a_text_comes_in_a_part"}),
        (without("response.content_part.done"), {"stream/a_text_comes_in_a_part"}),
        (replaced('"content_index":0', '"content_index":7'), {"stream/parts_are_numbered"}),
        (without("response.output_text.done"), {"stream/deltas_of_a_text_make_what_is_done"}),
        (without("response.function_call_arguments.done"), {"stream/deltas_of_a_call_make_what_is_done"}),
        (
            replaced("event: response.completed", "event: response.end"),
            {"stream/an_event_is_named_as_its_data_says"},
        ),
        (replaced('"sequence_number":3', '"sequence_number":4'), {"stream/events_are_numbered"}),
        (
            replaced('"output_index":1', '"output_index":2'),
            {"stream/events_of_parallel_calls_come_in_their_order"},
        ),
        (
            replaced("response.incomplete", "response.completed"),
            {"stream/a_truncated_stream_is_incomplete"},
        ),
        (
            replaced('"status":"incomplete"', '"status":"completed"'),
            {"stream/a_truncated_stream_is_incomplete"},
        ),
        (
            replaced('"status": "incomplete"', '"status": "completed"'),
            {"answer/a_truncated_answer_is_incomplete"},
        ),
        (replaced('"reason":"max_output', '"reason":"max'), {"stream/a_truncated_stream_is_incomplete"}),
        (replaced('"total_tokens": ', '"total_tokens": 9'), {"answer/total_tokens_are_the_sum"}),
        (replaced('"tool_choice": ', '"choice": '), {"answer/an_answer_has_its_fields"}),
        (replaced('"tool_choice":', '"choice":'), {"stream/events_have_their_fields"}),
        (
            replaced('"output": [', '"output": [{"type": "message", "content": []}, '),
            {"answer/an_answer_of_text_has_one_message"},
        ),
        (replaced("text/event-stream", "text/plain"), {"stream/a_stream_is_an_event_stream"}),
        (replaced("application/json", "text/plain"), {"answer/an_answer_is_json"}),
    ],
)
def test_a_wrong_answer_breaks_its_law(change: Change, laws: set[str]) -> None:
    assert laws <= asked(change)


def test_a_stream_may_end_with_done_as_chat_completions_do() -> None:
    """Open Responses demands it."""

    def ended(event: bytes) -> bytes:
        is_last = event.startswith((b"event: response.completed", b"event: response.incomplete"))
        return event + b"data: [DONE]\n\n" if is_last else event

    assert asked(ended) == set()


def test_the_last_event_must_repeat_the_items() -> None:
    def emptied(event: bytes) -> bytes:
        if not event.startswith(b"event: response.completed"):
            return event
        before, _, rest = event.partition(b'"output":[')
        return before + b'"output":[' + rest[rest.index(b'],"background"') :]

    assert "stream/the_last_event_repeats_the_items" in asked(emptied)


@pytest.mark.parametrize("field", ["id", "call_id", "name"])
def test_an_item_must_keep_its_ids(field: str) -> None:
    def renamed(event: bytes) -> bytes:
        is_done = event.startswith(b"event: response.output_item.done")
        return event.replace(f'"{field}":"'.encode(), f'"{field}":"other_'.encode()) if is_done else event

    assert "stream/an_item_keeps_its_ids" in asked(renamed)


@pytest.mark.parametrize(
    ("kind", "old", "new", "law"),
    [
        ("completed", '"status":"completed"', '"status":"queued"', "a_response_is_in_progress_until_it_ends"),
        ("completed", '"id":"resp', '"id":"other', "a_response_is_in_progress_until_it_ends"),
        ("content_part.done", '"text":"', '"text":"more ', "a_text_comes_in_a_part"),
        ("output_text.delta", '"item_id":"', '"item_id":"other_', "a_text_comes_in_a_part"),
        ("function_call_arguments.done", "Oslo", "Rome", "deltas_of_parallel_calls_make_what_is_done"),
        ("output_item.done", "Oslo", "Rome", "deltas_of_parallel_calls_make_what_is_done"),
    ],
)
def test_events_of_one_kind_must_fit_the_others(kind: str, old: str, new: str, law: str) -> None:
    def changed(event: bytes) -> bytes:
        is_kind = event.startswith(f"event: response.{kind}\n".encode())
        return event.replace(old.encode(), new.encode(), 1) if is_kind else event

    assert f"stream/{law}" in asked(changed)


def test_a_text_has_no_delta_behind_its_done() -> None:
    def late(event: bytes) -> bytes:
        if not event.startswith(b"event: response.output_text.done"):
            return event
        delta = event.replace(b"output_text.done", b"output_text.delta").replace(
            b'"text":', b'"delta":"","text":'
        )
        return event + delta

    assert "stream/a_text_comes_in_a_part" in asked(late)
