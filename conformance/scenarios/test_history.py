"""The caller's conversation is sent completely, in order, and in a form that every server accepts.

Scripts: the server's log shows what was sent.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from conformance.testing import (
    Dialect,
    Message,
    Play,
    Sent,
    assistant,
    calling,
    laws,
    result,
    system,
    text,
    tools,
    user,
)

openai = pytest.mark.dialects("openai")
openai_and_anthropic = pytest.mark.dialects("openai", "anthropic")

ANSWER = text.GREETING.answer
RULE = system("Answer in one word.")
CALLED = [
    RULE,
    tools.ASK_BOTH,
    calling(tools.PARIS, tools.OSLO),
    result("sunny", 1),
    result("snow", 2),
    assistant("Sunny and snow."),
    user("And tomorrow?"),
]
"""A conversation with every role in it."""

Bodies = Callable[[Sequence[Message]], list[dict[str, Any]]]


@pytest.fixture
def bodies(play: Play, sent: Sent, dialect: Dialect) -> Bodies:
    """Gives the body that invoke sends for messages, and the one that a stream sends."""

    def bodies(messages: Sequence[Message]) -> list[dict[str, Any]]:
        for response in laws.ask_both_ways(play(dialect.answering(ANSWER)), messages):
            laws.is_the_answer(response, ANSWER)
        return [request.json() for request in sent()[-2:]]

    return bodies


@openai
def test_every_message_is_sent_with_content(bodies: Bodies) -> None:
    """Every message is sent with the key ``content``, also one that has only tool calls.

    abetlen/llama-cpp-python#1805, langchain4j/langchain4j#1958: servers refuse a message without it. And the
    message is sent: cubist38/mlx-openai-server#205 dropped it, and the result had no call.
    """
    call = calling(tools.PARIS)
    for silent in ({**call, "content": None}, {**call, "content": ""}, _without(call, "content")):
        for body in bodies([tools.ASK_PARIS, silent, result("sunny")]):
            asked, called, tool_message = body["messages"]
            assert called["content"] in (None, "")
            assert called["tool_calls"] == call["tool_calls"]
            assert asked["content"]
            assert tool_message["content"] == "sunny"


@openai_and_anthropic
def test_the_conversation_keeps_its_order(bodies: Bodies) -> None:
    """All messages are sent in the caller's order, with the system prompt first.

    agno-agi/agno#3105, FoundationAgents/OpenManus#744: a result that does not follow its call is refused.
    """
    system_first = ["Answer in one word.", "What is the weather in Paris and in Oslo?", "Paris", "Oslo"]
    for body in bodies(CALLED):
        sent_text = json.dumps({"system": body.get("system"), "messages": body["messages"]})
        words = [*system_first, "sunny", "snow", "Sunny and snow.", "And tomorrow?"]
        places = [sent_text.index(word) for word in words]
        assert places == sorted(places)


@openai
def test_results_are_sent_with_the_ids_of_their_calls(bodies: Bodies) -> None:
    """Each tool result is sent with the id of its call, and calls and results keep the caller's order.

    QwenLM/qwen-code#606: a call without its result is refused, whatever else the history has.
    """
    for body in bodies(CALLED):
        calls, *results = body["messages"][2:5]
        assert [call["id"] for call in calls["tool_calls"]] == ["call_1", "call_2"]
        assert [(each["tool_call_id"], each["content"]) for each in results] == [
            ("call_1", "sunny"),
            ("call_2", "snow"),
        ]
        assert [message["role"] for message in body["messages"]] == [each["role"] for each in CALLED]


@pytest.mark.parametrize("none", [[], None], ids=["empty", "null"])
def test_empty_tool_calls_are_not_sent(none: Any, bodies: Bodies) -> None:
    """An assistant message that has no tool calls is sent without ``tool_calls``."""
    history = [tools.ASK_PARIS, {**assistant("It rains."), "tool_calls": none}, user("Thanks.")]

    for body in bodies(history):
        assert '"tool_calls"' not in json.dumps(body)


ARGUMENTS: dict[str, tuple[Any, Any]] = {
    "text": ('{"city": "Paris"}', {"city": "Paris"}),
    "object": ({"city": "Paris"}, {"city": "Paris"}),
    "empty": ("", {}),
    "blank": (" ", {}),
    "null": (None, {}),
    "broken": ('{"city": ', {"unparsed": '{"city": '}),
    "no-object": ('["Paris"]', {"unparsed": '["Paris"]'}),
}


@openai_and_anthropic
@pytest.mark.parametrize(("arguments", "expected"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments_are_sent_back_as_an_object(arguments: Any, expected: Any, bodies: Bodies) -> None:
    """The arguments of an earlier call are sent as a JSON object, in whatever form the caller has them.

    vllm-project/vllm#19419: ``""`` in the history broke the server's template. su-kaka/gcli2api#406: a call
    that could not be parsed was dropped, its result had none, and every further answer was empty.
    """
    call = calling(tools.PARIS)
    call["tool_calls"][0]["function"]["arguments"] = arguments

    for body in bodies([tools.ASK_PARIS, call, result("sunny")]):
        assert list(_called(body)) == [expected]


RESULTS: dict[str, tuple[Any, str]] = {
    "object": ({"sky": "sunny"}, '{"sky": "sunny"}'),
    "list": (["sunny", 21], '["sunny", 21]'),
    "objects": ([{"type": "cloud"}], '[{"type": "cloud"}]'),
    "letters": ({"sky": "bewölkt"}, '{"sky": "bewölkt"}'),
    "number": (21, "21"),
    "null": (None, ""),
    "empty": ("", ""),
}


@openai
@pytest.mark.parametrize(("content", "expected"), RESULTS.values(), ids=RESULTS)
def test_results_are_sent_as_text(content: Any, expected: str, bodies: Bodies) -> None:
    """The content of a tool message is sent as a string.

    lmstudio-ai/lmstudio-bug-tracker#1077: "expected string, received object".
    """
    tool_message = {**result(""), "content": content}

    for body in bodies([tools.ASK_PARIS, calling(tools.PARIS), tool_message]):
        assert body["messages"][-1]["content"] == expected


PARTS: list[dict[str, Any]] = [
    {"type": "text", "text": "sunny"},
    {"type": "image_url", "image_url": {"url": "https://example.com/sky.png"}},
    {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    {"type": "video_url", "video_url": {"url": "https://example.com/sky.mp4"}},
    {"type": "file", "file": {"file_id": "file-1"}},
]


@openai
@pytest.mark.parametrize("part", PARTS, ids=[each["type"] for each in PARTS])
def test_a_result_of_content_parts_is_sent_as_parts(part: dict[str, Any], bodies: Bodies) -> None:
    """A result that is a list of content parts is sent as these parts, and not as text."""
    for body in bodies([tools.ASK_PARIS, calling(tools.PARIS), {**result(""), "content": [part]}]):
        assert part in body["messages"][-1]["content"]


@openai
@pytest.mark.parametrize("role", ["system", "developer", "user", "assistant"])
def test_every_role_is_sent(role: str, bodies: Bodies) -> None:
    """A message of each role that chat completions know is sent; a developer's may be one of the system."""
    for body in bodies([user("Hello"), {"role": role, "content": "Be brief."}, user("And now?")]):
        message = body["messages"][1]
        assert message["content"] == "Be brief."
        assert message["role"] == role or (role, message["role"]) == ("developer", "system")


@pytest.mark.needs("tools")
@pytest.mark.core
def test_the_callers_objects_are_not_changed(play: Play, dialect: Dialect) -> None:
    """The caller's messages, tools and parameters are the same after a call as before it."""
    llm = play(dialect.answering(ANSWER))
    messages = copy.deepcopy(CALLED)
    params: dict[str, Any] = {"tools": [copy.deepcopy(tools.WEATHER)], "stop": ["."]}
    before = copy.deepcopy((messages, params))

    for response in laws.ask_both_ways(llm, messages, **params):
        laws.is_the_answer(response, ANSWER)

    laws.unchanged(before, (messages, params))


def _without(message: Message, field: str) -> Message:
    return {name: value for name, value in message.items() if name != field}


def _called(body: dict[str, Any]) -> Iterator[Any]:
    """The parsed arguments of every call in a request of OpenAI's wire or of Anthropic's."""
    for message in body["messages"]:
        for call in message.get("tool_calls", ()):
            yield json.loads(call["function"]["arguments"])
        if isinstance(message["content"], list):
            yield from (part["input"] for part in message["content"] if part["type"] == "tool_use")
