"""What only the wire of OpenAI's Responses can do wrong: a list of items, and a status in place of a reason.

Scripts: a real server sends little of it on demand.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.testing import (
    USAGE,
    Answer,
    Build,
    Dialect,
    Play,
    Sent,
    Serve,
    compact,
    laws,
    reply,
    text,
    tools,
)
from conformance.testing import response_items as items

pytestmark = [pytest.mark.core, pytest.mark.dialects("responses")]

QUESTION = text.COUNT.messages
REFUSED = "I cannot help with that."
RUN_BY_THE_PROVIDER: dict[str, dict[str, Any]] = {
    "web_search_call": {"action": {"type": "search", "query": "weather"}},
    "file_search_call": {"queries": ["weather"], "results": None},
    "code_interpreter_call": {"code": "print(1)", "container_id": "cntr_1", "outputs": None},
    "mcp_list_tools": {"server_label": "weather", "tools": []},
    "mcp_call": {"server_label": "weather", "name": "get_weather", "arguments": "{}", "output": "sunny"},
    "image_generation_call": {"result": "aW1hZ2U="},
    "item_of_tomorrow": {"call_id": "call_9", "name": "get_weather", "arguments": "{}"},
}
"""The types of the items of tools that the provider runs itself, and what they hold."""

RAN = [
    {"id": f"own_{kind}", "type": kind, "status": "completed", **held}
    for kind, held in RUN_BY_THE_PROVIDER.items()
]
ANSWER = Answer("One moment.", calls=tools.PARALLEL.answer.calls)

Event = dict[str, Any]


def both(
    dialect: Dialect,
    output: list[dict[str, Any]],
    reason: str = "completed",
    change: Callable[[list[Event]], list[Event]] = list,
) -> Any:
    """These items as a whole response and as a stream, whose events are changed."""
    events = [
        json.loads(event.partition(b"data: ")[2]) for event in items.events_of(output, "tiny", USAGE, reason)
    ]
    streamed = [b"data: " + compact(event).encode() + b"\n\n" for event in change(events)]
    return dialect.both_ways(items.response(output, "tiny", USAGE, reason), streamed)


@pytest.mark.parametrize("before", ["", "Well. "], ids=["alone", "behind-a-text"])
def test_a_refusal_is_text(before: str, play: Play, dialect: Dialect) -> None:
    """A refusal is the text of the answer, as it is in chat completions, and not an empty success."""
    said = [items.part("output_text", before)] if before else []
    llm = play(both(dialect, [items.message([*said, items.part("refusal", REFUSED)])]))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.is_the_answer(response, Answer(before + REFUSED))
    assert len(list(llm.stream(QUESTION))) > 2, "the refusal was not streamed"


def test_a_failed_response_is_an_error(play: Play, dialect: Dialect) -> None:
    """A response that has failed is an error of the kind that its code says, with the status 200 too."""
    failed = {**items.response([], reason="failed"), "error": {"code": "server_error", "message": "Gone."}}
    events = [*dialect.events(text.COUNT.answer)[:2], items.event("response.failed", response=failed)]
    llm = play(dialect.both_ways(failed, events))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, "server")
        assert "Gone." in str(response.error)


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_a_response_that_is_not_complete_is_an_error(status: str, play: Play) -> None:
    """A response that the provider still works on is an error, and not an empty answer."""
    llm = play(reply({**items.response([]), "status": status}))

    laws.failed_as(llm.invoke(QUESTION), "malformed_response")


def test_reasoning_may_use_up_all_tokens(play: Play, dialect: Dialect) -> None:
    """A response that the limit cuts in its encrypted reasoning is an empty answer, ended by ``length``."""
    thought = {"id": "rs_1", "type": "reasoning", "encrypted_content": "Z0FB", "summary": []}
    llm = play(both(dialect, [*RAN, thought], "max_output_tokens"))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.is_an_answer(response)
        laws.has_fields(response, content="", finish_reason="length")


@pytest.mark.parametrize("kind", ["summary_text", "reasoning_text"])
def test_parts_of_reasoning_are_paragraphs(kind: str, play: Play, dialect: Dialect) -> None:
    """The parts of reasoning, a summary or the text itself, are told once, as paragraphs."""
    parts = [items.part(kind, "First."), items.part(kind, "Then.")]
    field = "summary" if kind == "summary_text" else "content"
    thought = {"id": "rs_1", "type": "reasoning", "summary": [], field: parts}
    llm = play(both(dialect, [thought, items.message([items.part("output_text", "Yes.")])]))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.is_the_answer(response, Answer("Yes.", reasoning="First.\n\nThen."))


def test_what_the_provider_runs_is_not_called(play: Play, dialect: Dialect) -> None:
    """What the provider has run itself, as a search, is no call of the caller's, and the answer is read."""
    llm = play(both(dialect, [*RAN, *items.items_of(ANSWER)]))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.is_the_answer(response, ANSWER)


def test_an_item_that_nobody_reads_is_named(play: Play, dialect: Dialect) -> None:
    """A response that holds only an item of another type is an error that names it, and no empty answer."""
    wanted = {"id": "mcpr_1", "type": "mcp_approval_request", "name": "pay", "arguments": "{}"}
    llm = play(both(dialect, [wanted]))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, "malformed_response")
        assert "mcp_approval_request" in str(response.error)


@pytest.mark.parametrize("parameter", [{"seed": 7}, {"n": 1}], ids=str)
def test_a_parameter_that_this_api_lacks_is_logged(
    parameter: dict[str, Any], play: Play, sent: Sent, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """A parameter of chat completions that Responses have not is sent, or the log says that it is not."""
    laws.is_the_answer(play(dialect.answering(ANSWER)).invoke(QUESTION, **parameter), ANSWER)

    [request] = sent()
    [name] = parameter
    assert name in request.json() or f" {name}" in caplog.text


def test_items_are_sent_back_in_their_order(play: Play, sent: Sent, dialect: Dialect) -> None:
    """Reasoning is sent back before the item that it belongs to, encrypted as it came, with the ids of calls.

    OpenAI refuses an item of reasoning "without its required following item".
    """
    first, second = (
        item for item in items.items_of(tools.PARALLEL.answer) if item["type"] == "function_call"
    )
    output = [items.reasoning("First Paris.", "1"), first, items.reasoning("Then the other.", "2"), second]
    llm = play(both(dialect, output))

    for response in laws.ask_both_ways(llm, [tools.ASK_PARIS], tools=[tools.WEATHER]):
        llm.invoke(_history(response), tools=[tools.WEATHER])

        asked = sent()[-1].json()["input"][1:]
        assert [item["type"] for item in asked] == [item["type"] for item in output] + 2 * [
            "function_call_output"
        ]
        for item, own in zip(asked[:4], output, strict=True):
            kept = (
                ("id", "encrypted_content", "summary")
                if item["type"] == "reasoning"
                else ("call_id", "arguments")
            )
            assert {name: item[name] for name in kept} == {name: own[name] for name in kept}
        assert [item["call_id"] for item in asked[4:]] == [first["call_id"], second["call_id"]]


def test_items_go_to_no_other_provider(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Another provider is sent the text and the calls of an answer, and none of its reasoning."""
    scripted = Answer("One moment.", calls=(tools.PARIS,), reasoning="Paris, then.")
    first, server = build(serve(dialect.answering(scripted)).url), serve(dialect.answering(ANSWER))
    second = build(server.url)

    for response in laws.ask_both_ways(first, [tools.ASK_PARIS], tools=[tools.WEATHER]):
        second.invoke(_history(response), tools=[tools.WEATHER])

        asked = server.requests[-1].json()["input"]
        assert [item["type"] for item in asked] == [
            "message",
            "message",
            "function_call",
            "function_call_output",
        ]


def _history(response: Any) -> list[Any]:
    """The question, the answer as JSON would keep it, and a result for each call."""
    message = json.loads(json.dumps(response.as_message()))
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": tools.SUNNY} for call in response.tool_calls
    ]
    return [tools.ASK_PARIS, message, *results]
