"""Anthropic's messages: the scripts of the dialect keep the laws, and each wrong stream breaks its own.

No recording tests: the streams are wrong on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from conformance.servers.scripted import Chunk, Close, Handler, Head, LastChunk, Request, Script, Send, Step
from conformance.servers.scripted.dialects import Dialect, dialect
from conformance.servers.scripted.dialogue_script import dialogue_handler
from tests.judging.judging import broken, judgement

WIRE = dialect("anthropic")

ASKED = (
    "answer/an_answer_[iow]*",
    "answer/an_*_fields-capital",
    "answer/an_*_fields-one_call",
    "stream/*",
    "tools/the_*",
)
"""The laws that a script without ids and tokens of its own can keep."""

Change = Callable[[bytes], bytes]


def without(name: str) -> Change:
    return lambda event: b": nothing\n\n" if event.startswith(f"event: {name}\n".encode()) else event


def replaced(old: str, new: str) -> Change:
    return lambda event: event.replace(old.encode(), new.encode())


def changing(change: Change, wire: Dialect = WIRE) -> Handler:
    """The answers of the dialogue, with the head, the body or every event changed."""
    right = wire.with_other_paths(dialogue_handler(wire))

    def handler(request: Request) -> Script:
        return [*_changed(right(request), change)]

    return handler


def _changed(script: Script, change: Change) -> Iterator[Step]:
    for each in script:
        match each:
            case Chunk(data):
                yield Chunk(change(data))
            case Send(data):
                yield Send(change(data))
            case Head(status, headers):
                kind = change(headers["content-type"].encode()).decode()
                # The body has another length now: it ends where the connection does.
                kept = {name: value for name, value in headers.items() if name != "content-length"}
                yield Head(status, {**kept, "content-type": kind})
            case _:
                yield each
    if not isinstance(script[-1], LastChunk):
        yield Close()


def asked(change: Change) -> set[str]:
    return broken(judgement(changing(change), *ASKED, api="messages")) - {
        "stream/every_stream_has_its_own_id"
    }


def test_the_scripts_of_the_dialect_keep_the_laws() -> None:
    assert asked(lambda event: event) == set()


@pytest.mark.parametrize(
    ("change", "laws"),
    [
        (without("message_stop"), {"stream/events_come_in_their_order"}),
        (without("message_start"), {"stream/events_come_in_their_order"}),
        (without("ping"), set()),
        (replaced("event: message_delta", "event: delta"), {"stream/an_event_is_named_as_its_data_says"}),
        (replaced('"input":{}', '"input":""'), {"stream/events_have_their_fields"}),
        (replaced('"stop_sequence":null}', '"stop":null}'), {"stream/events_have_their_fields"}),
        (replaced('"partial_json":"{', '"partial_json":"'), {"tools/the_right_call_is_streamed"}),
        (replaced('"index":1', '"index":2'), {"stream/blocks_are_counted"}),
        (replaced("event: message_stop", "message_stop"), {"stream/events_are_framed"}),
        (replaced("text/event-stream", "text/plain"), {"stream/a_stream_is_an_event_stream"}),
        (replaced("application/json", "text/plain"), {"answer/an_answer_is_json"}),
        (replaced('"stop_sequence": null', '"stop": null'), {"answer/an_answer_has_its_fields"}),
        (
            replaced('"input": {', '"arguments": {'),
            {"answer/an_answer_has_its_fields"},
        ),
        (
            replaced('"content": [{', '"content": [{"type": "text", "text": ""}, {'),
            {"answer/an_answer_of_text_has_one_block"},
        ),
    ],
)
def test_a_wrong_stream_breaks_its_law(change: Change, laws: set[str]) -> None:
    assert laws <= asked(change)
    assert bool(laws) == bool(asked(change))


def test_a_question_without_max_tokens_must_be_refused() -> None:
    law = "answer/a_question_without_max_tokens_is_refused"
    right = changing(lambda event: event)

    def handler(request: Request) -> Script:
        bad = "max_tokens" not in json.loads(request.body)
        return WIRE.error("bad_request").reply() if bad else right(request)

    assert broken(judgement(handler, law, api="messages")) == set()
    assert broken(judgement(right, law, api="messages")) == {law}
