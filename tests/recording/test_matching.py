"""Only the recorded request is answered, and a miss names the differences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from conformance.recording import Interaction, Player, Request, RequestNotRecorded
from conformance.recording.cassette.readable import walk
from conformance.recording.playback.differences import LIMIT, canonical, differences
from conformance.recording.playback.matching import ComparableRequest
from tests.recording.cassette_server import CHAT, RERECORD, STORED, changed, request, response, store

QUESTION: dict[str, Any] = {
    "model": "tiny",
    "temperature": 0,
    "stream": True,
    "stop": None,
    "messages": [{"role": "user", "content": "Say é"}, {"role": "user", "content": ""}],
    "tools": [{"function": {"name": "f", "parameters": {"required": ["a"], "properties": {}}}}],
}

leaves = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, -0.0, 1.0]) | st.text(max_size=2)
)
json_values: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


def json_request(value: Any) -> Request:
    return request(json.dumps(value).encode())


def message(path: Path, *recorded: Request, sent: Request) -> str:
    player = Player(
        store(path / "c.yaml", *(Interaction(each, response()) for each in recorded)), RERECORD, []
    )
    with pytest.raises(RequestNotRecorded) as caught:
        player.answer(sent)
    assert player.misses == (str(caught.value),)
    return str(caught.value)


def same(left: Any, right: Any) -> bool:
    """Equal in value and type, the law stated without the code under test."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return repr(left) == repr(right)


@settings(deadline=None)
@given(place=st.sampled_from([path for path, _ in walk(QUESTION)]), new=json_values)
def test_any_change_of_the_body_misses_and_is_named(place: tuple[Any, ...], new: Any) -> None:
    question = changed(QUESTION, place, lambda _: new)
    assume(not same(question, QUESTION))
    recorded, sent = ComparableRequest(json_request(QUESTION)), ComparableRequest(json_request(question))
    assert recorded.key != sent.key
    assert recorded.differences(sent)


@settings(deadline=None)
@given(left=json_values, right=json_values)
@example(left=1, right=True)
@example(left=[{}], right=[{}, {}])
@example(left=[1], right=[1.0])
@example(left={"a": 0.0}, right={"a": -0.0})
def test_values_match_exactly_when_they_have_no_differences(left: Any, right: Any) -> None:
    assert (canonical(left) == canonical(right)) is same(left, right)
    assert (not list(differences(left, right))) is same(left, right)


@settings(deadline=None)
@given(value=json_values)
def test_spacing_and_the_order_of_keys_do_not_matter(value: Any) -> None:
    again = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        again.decode("utf-8")
    except UnicodeDecodeError:
        assume(False)
    assert ComparableRequest(json_request(value)).key == ComparableRequest(request(again)).key


OTHERS = {
    "method": (Request("PUT", CHAT), 'method: recorded "POST", sent "PUT"'),
    "scheme": (Request("POST", CHAT.replace("http", "https")), 'scheme: recorded "http", sent "https"'),
    "host": (
        Request("POST", CHAT.replace("invalid", "test")),
        'host: recorded "engine.invalid", sent "engine.test"',
    ),
    "port": (Request("POST", CHAT.replace("invalid", "invalid:81")), "port: recorded 80, sent 81"),
    "path": (
        Request("POST", CHAT + "/"),
        'path: recorded "/v1/chat/completions", sent "/v1/chat/completions/"',
    ),
    "query": (Request("POST", CHAT + "?alt=sse"), 'query.alt: recorded nothing, sent ["sse"]'),
    "blank query": (Request("POST", CHAT + "?alt="), 'query.alt: recorded nothing, sent [""]'),
    "header": (
        Request("POST", CHAT, {"x-api-key": "k"}),
        'header x-api-key: recorded nothing, sent "<UNKNOWN_KEY>"',
    ),
    "body": (Request("POST", CHAT, body=b"{}"), "$: recorded nothing, sent {}"),
    "text": (Request("POST", CHAT, body=b"a"), 'body that is not JSON: recorded nothing, sent "a"'),
}


@pytest.mark.parametrize("part", OTHERS)
def test_every_other_part_of_a_request_is_matched_and_named(tmp_path: Path, part: str) -> None:
    sent, difference = OTHERS[part]
    text = message(tmp_path, Request("POST", CHAT), sent=sent).splitlines()
    assert text[2].strip() == difference
    assert len(text) == 4 or part == "scheme"


def test_headers_without_a_credential_are_not_matched() -> None:
    assert (
        ComparableRequest(request(b"1")).key
        == ComparableRequest(request(b"1", headers={"user-agent": "x", "accept": "y"})).key
    )


@pytest.mark.parametrize("body", [b"{", b"a=b", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff"])
def test_a_body_that_is_not_json_is_matched_by_its_bytes(body: bytes) -> None:
    assert ComparableRequest(request(body)).key == ComparableRequest(request(body)).key
    assert ComparableRequest(request(body)).key != ComparableRequest(request(body + b" ")).key


def test_a_miss_reads_like_this(tmp_path: Path) -> None:
    other = changed(QUESTION, ("tools", 0, "function", "parameters", "required"), lambda _: ["b", "c"])
    far = {"input": "something else"}
    assert message(tmp_path, json_request(far), json_request(QUESTION), sent=json_request(other)) == (
        f"{tmp_path / 'c.yaml'}: no recording answers POST /v1/chat/completions\n"
        "  the nearest is interactions[1], which differs at\n"
        '    $.tools[0].function.parameters.required: recorded ["a"], sent ["b", "c"]\n'
        f"Record it again: {RERECORD}"
    )


def test_a_request_sent_once_too_often_is_a_miss(tmp_path: Path) -> None:
    path = store(
        tmp_path / "c.yaml",
        Interaction(json_request(1), response(b"1")),
        Interaction(json_request(1), response(b"2")),
    )
    player = Player(path, RERECORD, [])
    assert [player.answer(json_request(1)).body for _ in range(2)] == [b"1", b"2"]
    with pytest.raises(RequestNotRecorded, match="already played: 2 recorded, all of them played before"):
        player.answer(json_request(1))
    assert player.misses[0].endswith(RERECORD)
    assert (player.played, player.unplayed) == (2, [])


def test_a_request_that_cannot_be_compared_is_a_miss_too(tmp_path: Path) -> None:
    """An SDK would swallow a RecursionError as it swallows a miss."""
    path = store(tmp_path / "c.yaml", Interaction(json_request(1), response()))
    for depth in range(100, 1000, 50):
        player = Player(path, RERECORD, [])
        with pytest.raises(RequestNotRecorded):
            player.answer(request(b"[" * depth + b"]" * depth))
        assert player.misses[0].endswith(RERECORD)


def test_two_long_prompts_are_shown_where_they_differ(tmp_path: Path) -> None:
    text = message(
        tmp_path,
        json_request({"a": "x" * 5000 + "old" + "y" * 5000}),
        sent=json_request({"a": "x" * 5000 + "new"}),
    )
    assert "old" in text
    assert "new" in text
    assert len(text.splitlines()[2]) < 3 * LIMIT


def test_a_message_of_many_differences_is_cut(tmp_path: Path) -> None:
    text = message(
        tmp_path, json_request(dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 1)), sent=json_request({})
    )
    assert "and 6 more places" in text


def test_unusual_keys_and_broken_text_are_shown_safely() -> None:
    (difference,) = differences({"a b": {"é": 1}}, {"a b": {"é": "\ud800\n"}})
    assert difference.text("recorded", "sent") == '$["a b"]["\\u00e9"]: recorded 1, sent "\\ud800\\n"'


def test_the_nearest_recording_is_named_even_when_it_was_played(tmp_path: Path) -> None:
    path = store(
        tmp_path / "c.yaml",
        Interaction(json_request({"a": 1, "b": 2}), response()),
        Interaction(Request("GET", STORED), response()),
    )
    player = Player(path, RERECORD, [])
    player.answer(json_request({"a": 1, "b": 2}))
    assert [str(each) for each in player.unplayed] == ["interactions[1] GET "]
    with pytest.raises(RequestNotRecorded, match=r"\$\.b: recorded 2, sent 3"):
        player.answer(json_request({"a": 1, "b": 3}))
