"""The dialects on their own: streams say the whole answer, and real traffic has the same shapes."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, get_args

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapes import TRAFFIC, Shapes, body, event_data, recorded

from conformance.dialogue import Answer, Call, text, tools
from conformance.wire import Request
from conformance.wire.dialects import DIALECTS, ErrorKind, Usage, dialect

UNICODE = st.text(st.characters(exclude_categories=["Cs"]))
CALLS = st.builds(Call, st.just("tool"), st.dictionaries(UNICODE, UNICODE | st.integers(), max_size=3))
ANSWERS = st.builds(Answer, text=UNICODE, calls=st.lists(CALLS, max_size=3).map(tuple), reasoning=UNICODE)

FINISH_REASONS = {
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"},
}
"""The names that a provider has for OpenAI's finish reasons, where it has others."""

every_dialect = pytest.mark.parametrize("name", DIALECTS)


@every_dialect
def test_a_dialect_has_a_name(name: str) -> None:
    assert dialect(name) is DIALECTS[name]


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'morse'; there are openai, anthropic"):
        dialect("morse")


@given(ANSWERS)
@example(text.LINE_SEPARATORS.answer)
def test_the_events_of_openai_say_the_answer(answer: Answer) -> None:
    events = dialect("openai").events(answer)
    assert events[-1] == b"data: [DONE]\n\n"
    chunks = [decoded(event)["choices"] for event in events[:-1]]
    assert chunks.pop() == []
    deltas = [choices[0]["delta"] for choices in chunks]
    assert [delta["role"] for delta in deltas if "role" in delta] == ["assistant"]
    assert "".join(delta.get("content") or "" for delta in deltas) == answer.text
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == answer.reasoning
    fragments = [call for delta in deltas for call in delta.get("tool_calls", ())]
    assert [
        Call(opening["function"]["name"], json.loads(joined_arguments(fragments, opening["index"])))
        for opening in fragments
        if "id" in opening
    ] == list(answer.calls)
    assert chunks[-1][0]["finish_reason"] == answer.finish_reason


def joined_arguments(fragments: list[Any], index: int) -> str:
    return "".join(each["function"]["arguments"] for each in fragments if each["index"] == index)


@given(ANSWERS)
@example(text.LINE_SEPARATORS.answer)
def test_the_events_of_anthropic_say_the_answer(answer: Answer) -> None:
    events = [decoded(event) for event in dialect("anthropic").events(answer)]
    assert [event["type"] for event in events[-2:]] == ["message_delta", "message_stop"]
    content: list[dict[str, Any]] = []
    for event in events:
        match event:
            case {"type": "content_block_start", "content_block": block}:
                content.append({**block, "partial_json": ""})
            case {"type": "content_block_delta", "index": index, "delta": delta}:
                for name, piece in delta.items():
                    if name != "type":
                        content[index][name] += piece
    assert [event["index"] for event in events if "content_block" in event] == list(range(len(content)))
    assert "".join(block.get("thinking", "") for block in content) == answer.reasoning
    assert "".join(block.get("text", "") for block in content) == answer.text
    assert [
        Call(block["name"], json.loads(block["partial_json"] or "{}"))
        for block in content
        if block["type"] == "tool_use"
    ] == list(answer.calls)


def decoded(event: bytes) -> Any:
    """The data of one event, whose name, if it has one, is the type of the data."""
    *names, data, end, nothing = event.split(b"\n")
    assert (end, nothing, data[:6]) == (b"", b"", b"data: ")
    value = json.loads(data[6:])
    assert names in ([], [b"event: " + str(value.get("type")).encode()])
    return value


@every_dialect
def test_texts_come_in_several_deltas(name: str) -> None:
    assert len(dialect(name).events(text.LONG.answer)) > 20


@every_dialect
def test_identifiers_are_unique_and_differ_between_answers(name: str) -> None:
    identifiers = [set(dialect(name).opaque(turn.answer)) for turn in (tools.THREE_CALLS, tools.PARALLEL)]
    assert [len(own) for own in identifiers] == [3, 2]
    assert not identifiers[0] & identifiers[1]


@every_dialect
@pytest.mark.parametrize(
    ("finish_reason", "reason"), [(None, "stop"), ("length",) * 2, ("content_filter",) * 2, ("odd",) * 2]
)
def test_a_finish_reason_has_the_providers_name(name: str, finish_reason: str | None, reason: str) -> None:
    answer, said = Answer("cut"), dialect(name)
    own = f'"{FINISH_REASONS.get(name, {}).get(reason, reason)}"'
    assert own in json.dumps(said.completion(answer, finish_reason=finish_reason))
    assert any(own.encode() in event for event in said.events(answer, finish_reason=finish_reason))


def test_anthropic_counts_cached_tokens_apart() -> None:
    usage = dialect("anthropic").completion(Answer("a"), usage=Usage(30, 7, 20))["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"], usage["output_tokens"]) == (10, 20, 7)


@every_dialect
@pytest.mark.parametrize(
    "content",
    ["last", [{"type": "text", "text": "first"}, {"type": "image"}, {"type": "text", "text": "last"}]],
)
def test_the_prompt_is_the_last_text_of_the_user(name: str, content: Any) -> None:
    messages = [
        {"role": "user", "content": "earlier"},
        {"role": "user", "content": content},
        {"role": "assistant", "content": "no"},
        {"role": "user", "content": [{"type": "tool_result", "content": "no"}]},
        {"role": "tool", "content": "no"},
    ]
    data = json.dumps({"messages": messages}).encode()
    request = Request("POST", "/", httpx.QueryParams(), httpx.Headers(), data, 0.0, 1)
    assert dialect(name).prompt_of(request) == "last"


# Real shapes: the tags of an interaction say what its answer holds.
PLAIN = Answer("Hello, world!")
CALLING = tools.PARALLEL_MIXED.answer
THINKING = Answer("Hello, world!", reasoning="They greet me.")
UNCACHED = Usage(12, 5)
FILES = {
    "openai": "openai/chat_completions",
    "anthropic": "anthropic/messages",
    "azure": "azure_openai/chat_completions",
    "groq": "groq/chat_completions",
    "mistral": "mistral/chat_completions",
}
UNRECORDED = {
    # No recorded answer of Azure calls a tool, and no stream of Mistral's does.
    ("azure", "json"): (CALLING,),
    ("azure", "stream"): (CALLING,),
    ("mistral", "stream"): (CALLING,),
}
THINKERS = ("groq", "mistral")
"""Those of OpenAI's imitators whose recordings hold thoughts, each in its own way."""
RECORDED_ERRORS: dict[str, tuple[ErrorKind, ...]] = {
    "openai": get_args(ErrorKind),
    "anthropic": get_args(ErrorKind),
    "azure": ("not_found",),
    "groq": get_args(ErrorKind),
}
"""What a recorded error can say of ours: Azure's gateway and filter have other shapes, Mistral has none."""


def recorded_answers(mode: str) -> pytest.MarkDecorator:
    """Every dialect with what its recordings of ``mode`` hold."""
    return pytest.mark.parametrize(
        ("name", "answer"),
        [
            pytest.param(name, answer, id=f"{name}-{about}")
            for name in FILES
            for about, answer in (("text", PLAIN), ("tools", CALLING), ("thoughts", THINKING))
            if answer not in UNRECORDED.get((name, mode), ()) and (answer is not THINKING or name in THINKERS)
        ],
    )


@cache
def real(name: str, mode: str, *, error: bool = False) -> Shapes:
    interactions = recorded(f"{FILES[name]}-{mode}-*.json", lambda one: ("error" in one["tags"]) is error)
    if not interactions:
        pytest.skip(f"no recorded traffic in {TRAFFIC}; CONFORMANCE_TRAFFIC may name another folder")
    if mode == "json":
        return Shapes.of(body(one) for one in interactions)
    return Shapes.of(event for one in interactions for event in event_data(one["response"]["body"]))


@recorded_answers("json")
def test_a_completion_looks_like_real_ones(name: str, answer: Answer) -> None:
    assert real(name, "json").differences(dialect(name).completion(answer)) == set()


@recorded_answers("stream")
def test_events_look_like_real_ones(name: str, answer: Answer) -> None:
    """Azure was not asked for the usage of a stream, and no recorded one names cached tokens but OpenAI's."""
    usage = None if name == "azure" else UNCACHED
    ours = event_data(b"".join(dialect(name).events(answer, usage=usage)))
    assert [difference for event in ours for difference in real(name, "stream").differences(event)] == []


@pytest.mark.parametrize("name", RECORDED_ERRORS)
def test_errors_look_like_real_ones(name: str) -> None:
    shapes = real(name, "json", error=True)
    for kind in RECORDED_ERRORS[name]:
        assert shapes.differences(dialect(name).error(kind).body) == set()


def test_an_error_in_a_stream_of_groq_looks_like_a_real_one() -> None:
    shapes = real("groq", "stream", error=True)
    for kind in get_args(ErrorKind):
        [event] = event_data(dialect("groq").error_event(kind))
        assert shapes.differences(event) == set()
