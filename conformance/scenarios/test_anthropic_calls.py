"""Tool uses in whatever pieces a server of Anthropic's wire sends them.

Scripts: no server at hand sends all of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from conformance.testing import Cut, Dialect, Play, Step, anthropic, laws, reply, tools

pytestmark = pytest.mark.dialects("anthropic")

QUESTION = [tools.ASK_BOTH]
TOOLS = [tools.WEATHER, tools.ALARMS]

PARIS = '{"city": "Paris"}'
OSLO = '{"city": "Oslo"}'

Call = tuple[str, str, str]
"""Id, name and arguments."""

FIRST: Call = ("toolu_1", "get_weather", PARIS)
SECOND: Call = ("toolu_2", "get_weather", OSLO)


def opened(index: int, name: str = "get_weather", **fields: Any) -> bytes:
    """The start of a tool use, whose input is empty unless ``fields`` have another."""
    return without_input(index, name, **{"input": {}, **fields})


def without_input(index: int, name: str = "get_weather", **fields: Any) -> bytes:
    """The start of a tool use that has no input unless ``fields`` have one."""
    block = {"type": "tool_use", "id": f"toolu_{index + 1}", "name": name, **fields}
    return anthropic.event("content_block_start", index=index, content_block=block)


def piece(index: int, text: str) -> bytes:
    """A piece of the input of the block ``index``."""
    return anthropic.event(
        "content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": text}
    )


def closed(index: int) -> bytes:
    """The end of the block ``index``."""
    return anthropic.event("content_block_stop", index=index)


def tool_use(index: int, text: str) -> list[bytes]:
    """A tool use whose input comes in one piece."""
    return [opened(index), piece(index, text), closed(index)]


def text_block(index: int, text: str) -> list[bytes]:
    """A block of text."""
    return [
        anthropic.event("content_block_start", index=index, content_block={"type": "text", "text": ""}),
        anthropic.event("content_block_delta", index=index, delta={"type": "text_delta", "text": text}),
        closed(index),
    ]


BLOCKS: dict[str, tuple[list[bytes], list[Call], str]] = {
    "in-pieces": ([opened(0), *(piece(0, character) for character in PARIS), closed(0)], [FIRST], ""),
    "empty-pieces-between": (
        [opened(0), piece(0, ""), piece(0, '{"city": '), piece(0, ""), piece(0, '"Paris"}'), closed(0)],
        [FIRST],
        "",
    ),
    "two-uses": ([*tool_use(0, PARIS), *tool_use(1, OSLO)], [FIRST, SECOND], ""),
    "text-before": ([*text_block(0, "One moment."), *tool_use(1, OSLO)], [SECOND], "One moment."),
    "text-between": (
        [*tool_use(0, PARIS), *text_block(1, "And then."), *tool_use(2, OSLO)],
        [FIRST, ("toolu_3", *SECOND[1:])],
        "And then.",
    ),
    "empty-input": (
        [opened(0, "list_alarms"), piece(0, ""), closed(0)],
        [("toolu_1", "list_alarms", "{}")],
        "",
    ),
    "no-pieces": ([opened(0, "list_alarms"), closed(0)], [("toolu_1", "list_alarms", "{}")], ""),
    # farion1231/cc-switch#2557
    "start-without-input": ([without_input(0), piece(0, PARIS), closed(0)], [FIRST], ""),
    "input-null": ([opened(0, input=None), piece(0, PARIS), closed(0)], [FIRST], ""),
    "never-closed": ([opened(0), piece(0, PARIS)], [FIRST], ""),
    # NousResearch/hermes-agent#83229, XpressAI/xaibo#33
    "broken": (
        [*tool_use(0, '{"city": Paris"}'), *tool_use(1, OSLO)],
        [("toolu_1", "get_weather", '{"city": Paris"}'), SECOND],
        "",
    ),
}


@pytest.mark.parametrize(("blocks", "expected", "text"), BLOCKS.values(), ids=BLOCKS)
def test_input_pieces_are_joined_into_calls(
    blocks: list[bytes], expected: list[Call], text: str, play: Play, dialect: Dialect
) -> None:
    """The pieces of a tool use's input are joined into the arguments of its call, also of several calls.

    Without a piece the arguments are ``{}`` (simonw/llm#1164); invalid JSON is kept, because ``{}`` in its
    place runs the tool with other arguments (NousResearch/hermes-agent#83229).
    """
    llm = play(dialect.streamed(stream_of(blocks)))

    response = laws.read(llm.stream(QUESTION, tools=TOOLS))

    assert response.error is None, response.error
    assert [(call["id"], call["name"]) for call in response.tool_calls] == [call[:2] for call in expected]
    arguments = [call["arguments"] for call in response.tool_calls]
    assert [_parsed(each) for each in arguments] == [_parsed(call[2]) for call in expected]
    laws.has_fields(response, content=text, finish_reason="tool_calls")


INPUTS: dict[str, tuple[dict[str, Any], str]] = {
    "object": ({"input": {"city": "Paris"}}, PARIS),
    "empty": ({"input": {}}, "{}"),
    "null": ({"input": None}, "{}"),
}


@pytest.mark.parametrize(("given", "expected"), INPUTS.values(), ids=INPUTS)
def test_tool_input_becomes_json_arguments(given: dict[str, Any], expected: str, play: Play) -> None:
    """The input of a tool use becomes arguments as JSON text; a missing input becomes ``{}``."""
    block = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", **given}
    llm = play(reply(message([block])))

    response = llm.invoke(QUESTION, tools=TOOLS)

    laws.well_formed(response)
    laws.has_fields(response, error=None, finish_reason="tool_calls")
    assert laws.calls_of(response) == [("get_weather", json.loads(expected))]


def test_a_truncated_tool_use_keeps_its_arguments(play: Play, dialect: Dialect) -> None:
    """A tool use that the token limit cuts keeps its incomplete arguments and ends with ``length``.

    NousResearch/hermes-agent#35151: ``{}`` was put in its place, and the tool was run with it.
    """
    half = PARIS[:-3]
    llm = play(dialect.streamed(stream_of([opened(0), piece(0, half)], "max_tokens")))

    response = laws.read(llm.stream(QUESTION, tools=TOOLS))

    assert response.error is None, response.error
    assert [call["arguments"] for call in response.tool_calls] == [half]
    assert response.finish_reason == "length"


def test_calls_are_reported_with_any_stop_reason(play: Play, dialect: Dialect) -> None:
    """Tool calls are reported even if the stop reason is ``end_turn``.

    Seen in BerriAI/litellm#12862.
    """
    llm = play(dialect.streamed(stream_of(tool_use(0, PARIS), "end_turn")))

    response = laws.read(llm.stream(QUESTION, tools=TOOLS))

    assert response.error is None, response.error
    assert laws.calls_of(response) == [("get_weather", {"city": "Paris"})]


@pytest.mark.parametrize("ending", [[], [Cut()]], ids=["clean", "cut"])
def test_a_stream_cut_inside_a_tool_use_has_no_call(ending: list[Step], play: Play, dialect: Dialect) -> None:
    """A stream that ends inside a tool use is reported as ``interrupted`` and has no tool call.

    brightwave-inc/tidebreak#1124: half a call was run, with ``{}``.
    """
    begun = [*_beginning(), *tool_use(0, PARIS), opened(1), piece(1, OSLO[:-3])]
    llm = play(dialect.streamed([*begun, *ending]))

    response = laws.read(llm.stream(QUESTION, tools=TOOLS))

    laws.failed_as(response, "interrupted")
    assert response.tool_calls == []


def message(content: list[dict[str, Any]], stop_reason: str | None = "tool_use") -> dict[str, Any]:
    """A message with this content."""
    return {
        "id": "msg_raw",
        "type": "message",
        "role": "assistant",
        "model": "tiny",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 5},
    }


def stream_of(blocks: Sequence[bytes], stop_reason: str = "tool_use") -> list[bytes]:
    """A complete stream around these blocks."""
    delta = {"stop_reason": stop_reason, "stop_sequence": None}
    ending = anthropic.event("message_delta", delta=delta, usage={"output_tokens": 5})
    return [*_beginning(), *blocks, ending, anthropic.event("message_stop")]


def _beginning() -> list[bytes]:
    return [anthropic.event("message_start", message=message([], None))]


def _parsed(arguments: str) -> Any:
    """The arguments without regard to their spaces; as text if they are not JSON."""
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments
