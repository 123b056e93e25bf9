"""Recording again keeps the old file unless something that matters has changed."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conformance.recording import Interaction, Provenance, Recording, Response, changes
from conformance.recording.cassette.readable import walk
from conformance.recording.drift.drift import compared
from tests.recording.cassette_server import EVENTS, STORED, changed, provenance, request, response, store

IDS = ["chatcmpl-1", "call_a", "call_b", "msg_1", "toolu_1", "chatcmpl-3"]
"""Every id that a server made up in the conversation below."""

Conversation = list[tuple[str, Any, Any]]


def conversation(ids: list[str], created: int = 1700000000) -> Conversation:
    """Two tool calls and their results, which are streamed, an Anthropic answer, and two models."""
    completion, first, second, message, use, chunk = ids
    function = {"name": "f", "arguments": '{"id": "call_a", "created": 1}'}
    calls = [{"id": name, "type": "function", "function": function} for name in (first, second)]
    called = {
        "id": completion,
        "created": created,
        "model": "tiny",
        "choices": [{"message": {"content": None, "tool_calls": calls}, "finish_reason": "tool_calls"}],
        "timings": {"prompt_ms": created / 3, "cache_n": 1},
        "system_fingerprint": f"fp-{created}",
    }
    asked = {"model": "tiny", "created": 1, "messages": [{"role": "user", "content": "Call f", "id": "mine"}]}
    results = [
        {"role": "tool", "tool_call_id": name, "content": f"{number}"}
        for number, name in enumerate((first, second, "call_1"), 1)
    ]
    events = [
        {"id": chunk, "created": created, "choices": [{"delta": {"content": "three"}}]},
        {"id": chunk, "created": created, "choices": [], "timings": {"prompt_ms": created}},
    ]
    used = {"id": message, "content": [{"type": "tool_use", "id": use, "name": "g", "input": {"id": "x"}}]}
    model = {"id": "tiny", "object": "model", "created": created}
    return [
        ("/v1/chat/completions", asked, called),
        (
            "/v1/chat/completions",
            {"model": "tiny", "messages": [{"role": "assistant", "tool_calls": calls}, *results]},
            events,
        ),
        ("/v1/messages", {"messages": [{"role": "user", "content": "Call g"}]}, used),
        ("/v1/models", {}, {"object": "list", "data": [model]}),
        ("/v1/models/tiny", {}, model),
    ]


def interactions(talk: Conversation) -> list[Interaction]:
    return [
        Interaction(
            request(json.dumps(question).encode(), STORED + route),
            response(stream(answer), EVENTS)
            if isinstance(answer, list)
            else response(json.dumps(answer).encode()),
        )
        for route, question, answer in talk
    ]


def stream(events: list[Any]) -> bytes:
    return "".join(f"data: {json.dumps(each)}\n\n" for each in events).encode() + b"data: [DONE]\n\n"


def changes_between(old: Conversation, new: Conversation) -> list[str]:
    return compared(*(Recording(provenance(), tuple(interactions(talk))) for talk in (old, new)))


TALK = conversation(IDS)
LEAVES = [path for path, item in walk([*map(list, TALK)]) if not isinstance(item, dict | list)]
IS_ANSWER = 2
NONDETERMINISTIC = {"created", "timings", "system_fingerprint"}


def is_nondeterministic(path: tuple[Any, ...]) -> bool:
    return path[1] == IS_ANSWER and (bool(NONDETERMINISTIC & set(path)) or path[-1] == "content")


def at(path: tuple[Any, ...]) -> Any:
    return functools.reduce(lambda value, step: value[step], path, TALK)


def is_id(path: tuple[Any, ...]) -> bool:
    return path[-1] in {"id", "tool_call_id"} and at(path) in IDS


STEADY = [path for path in LEAVES if not is_nondeterministic(path) and not is_id(path)]
ID_PLACES = [path for path in LEAVES if is_id(path)]


@settings(deadline=None, max_examples=100)
@given(names=st.lists(st.text(min_size=1), min_size=6, max_size=6, unique=True), created=st.integers(0))
def test_other_ids_and_times_are_no_change(names: list[str], created: int) -> None:
    """Ids are renamed wherever they stand, in later requests too."""
    own = {"call_1", "mine"}
    assume(not own & set(names))
    try:
        "".join(names).encode("utf-8")
    except UnicodeEncodeError:
        assume(False)
    assert changes_between(TALK, conversation(names, created % 2**40)) == []


@pytest.mark.parametrize("path", STEADY, ids=str)
def test_any_other_change_counts(path: tuple[Any, ...]) -> None:
    assert changes_between(TALK, changed(TALK, path, lambda leaf: f"{leaf}x"))


@pytest.mark.parametrize("path", ID_PLACES, ids=str)
def test_an_id_that_changes_in_one_place_only_counts(path: tuple[Any, ...]) -> None:
    """A tool result that names another call is a bug; an id that stands only once is a mere name."""
    stands_once = [at(each) for each in ID_PLACES].count(at(path)) == 1
    assert bool(changes_between(TALK, changed(TALK, path, lambda _: "other"))) is not stands_once


def test_swapped_results_of_two_calls_count() -> None:
    first, second = (1, 1, "messages", 1, "tool_call_id"), (1, 1, "messages", 2, "tool_call_id")
    swapped = changed(changed(TALK, first, lambda _: "call_b"), second, lambda _: "call_a")
    assert changes_between(TALK, swapped)


def test_an_id_shared_by_two_calls_counts() -> None:
    shared = ["chatcmpl-1", "call_a", "call_a", "msg_1", "toolu_1", "chatcmpl-3"]
    assert changes_between(TALK, conversation(shared))


def test_an_id_that_becomes_empty_counts() -> None:
    talk: Conversation = [("/v1/chat/completions", {}, {"id": "chatcmpl-1"})]
    assert changes_between(talk, [("/v1/chat/completions", {}, {"id": ""})])


def test_a_key_that_looks_like_the_place_of_an_id_is_not_one() -> None:
    talk: Conversation = [("/v1/x", {}, {"message.id": "a", "choices[]": {"message": 1}})]
    assert changes_between(talk, [("/v1/x", {}, {"message.id": "b", "choices[]": {"message": 1}})])


def test_the_order_of_different_requests_is_chance() -> None:
    renamed = conversation([name[::-1] + "9" for name in IDS])
    assert changes_between(TALK, renamed[::-1]) == []


def test_the_order_of_equal_requests_is_kept() -> None:
    """They are played in that order."""
    talk: Conversation = [("/v1/x", {}, {"object": "a"}), ("/v1/x", {}, {"object": "b"})]
    assert changes_between(talk, talk) == []
    assert changes_between(talk, talk[::-1])


def test_changes_read_like_this() -> None:
    new = changed(TALK, (0, 2, "choices", 0, "finish_reason"), lambda _: "stop")
    new = changed(new, (2, 1, "messages", 0, "content"), lambda _: "Call h")
    new = changed(new, (3, 2), lambda answer: {key: answer[key] for key in answer if key != "object"})
    assert changes_between(TALK, new) == [
        'POST /v1/chat/completions $.choices[0].finish_reason: was "tool_calls", is "stop"',
        'POST /v1/messages request.body.json.messages[0].content: was "Call g", is "Call h"',
        'POST /v1/models $.object: is gone; it was "list"',
    ]


def test_an_added_and_a_missing_request_count() -> None:
    assert changes_between(TALK, TALK[:-1]) == ["POST /v1/models/tiny: is no longer requested"]
    assert changes_between(TALK[:-1], TALK) == ["POST /v1/models/tiny: is requested for the first time"]


@pytest.mark.parametrize(
    ("origin", "same"),
    [
        (provenance(recorded="2027-01-01T00:00:00Z", harness="9"), True),
        (replace(provenance(), sdks={"litellm": "1"}), True),
        (provenance(model="other"), False),
        (provenance(digest="other"), False),
        (provenance(target="other"), False),
        (provenance(scenario="other"), False),
    ],
)
def test_of_the_provenance_only_dates_and_versions_are_mere_circumstance(
    tmp_path: Path, origin: Provenance, same: bool
) -> None:
    old, new = store(tmp_path / "old.yaml"), store(tmp_path / "new.yaml", origin=origin)
    assert (not changes(old, new)) is same


@pytest.mark.parametrize(
    ("body", "other"),
    [
        (b"data: a\n\n", b"data: b\n\n"),
        (b"data: a\n\n", b"data: a\n"),
        (b"data: {\n\n", b"data: {]\n\n"),
        (b"data: a\r\n\r\n", b"data: a\n\n"),
        (b"data: b\r\ndata: c\n", b"data: b\r\ndata: c\n\n"),
        (b"event: a\ndata: {}\n\n", b"event: b\ndata: {}\n\n"),
        (b"event: a\ndata: {}\n\n", b"data: {}\n\n"),
        (b"\xff", b"\xfe"),
    ],
)
def test_everything_that_a_client_reads_of_a_stream_is_compared(
    tmp_path: Path, body: bytes, other: bytes
) -> None:
    assert not streamed(tmp_path, body, body)
    assert streamed(tmp_path, body, other)


def test_comments_and_blank_lines_of_a_stream_are_not_compared(tmp_path: Path) -> None:
    assert not streamed(tmp_path, b"data: 1\n\n", b": note\n\ndata: 1\n\n\n: note\n")


def streamed(folder: Path, *bodies: bytes) -> list[str]:
    """What changed between two recordings of event streams."""
    old, new = (
        store(folder / f"{number}.yaml", Interaction(request(), response(body, EVENTS)))
        for number, body in enumerate(bodies)
    )
    return changes(old, new)


def test_statuses_and_headers_are_compared(tmp_path: Path) -> None:
    old = store(tmp_path / "a.yaml", Interaction(request(), response()))
    one = {"content-type": "application/json; charset=utf-8", "retry-after": "1"}
    other = store(tmp_path / "b.yaml", Interaction(request(), Response(200, "Fine", one, b"{}")))
    later = store(
        tmp_path / "c.yaml", Interaction(request(), Response(200, "", {**one, "retry-after": "2"}, b"{}"))
    )
    limit = store(tmp_path / "d.yaml", Interaction(request(), Response(429, "No", one, b"{}")))
    title = "POST /v1/chat/completions"
    assert changes(old, other) == [f"{title} header retry-after: is new: number"]
    assert changes(other, later) == []
    assert changes(other, limit) == [f"{title}: status was 200, is 429"]


def test_an_unreadable_old_recording_is_never_kept(tmp_path: Path) -> None:
    new = store(tmp_path / "new.yaml")
    (tmp_path / "old.yaml").write_bytes(new.read_bytes()[:-9])
    assert changes(tmp_path / "old.yaml", new)
    assert changes(tmp_path / "missing.yaml", new) == ["there was no readable recording before"]
