"""Chat completions as servers really send them: unusual, and yet an answer or an error.

Scripts: no server sends them on demand. Each is sent as one body and as a stream, and must mean the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from conformance.servers.scripted.raw import both_ways, chunk, completion
from conformance.testing import Answer, Dialect, Play, laws, structured, text, tools

QUESTION = text.GREETING.messages

SUMMARY = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "2 and 2"}]}
"""A thought as Databricks sends it."""

THINKING = {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2"}]}
PARIS_CALL = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": tools.PARIS.name, "arguments": json.dumps(tools.PARIS.arguments)},
}

MESSAGES: dict[str, tuple[Mapping[str, Any], Answer]] = {
    "nulls": ({"content": None, "tool_calls": None, "function_call": None}, Answer()),
    "thoughts-beside-null": ({"content": None, "reasoning_content": "Hm."}, Answer(reasoning="Hm.")),
    "thoughts-beside-nothing": ({"content": "", "reasoning_content": "Hm."}, Answer(reasoning="Hm.")),
    "thoughts-alone": ({"reasoning_content": "Hm."}, Answer(reasoning="Hm.")),
    "reasoning": ({"content": "4", "reasoning": "2 and 2"}, Answer("4", reasoning="2 and 2")),
    "reasoning-content": ({"content": "4", "reasoning_content": "2 and 2"}, Answer("4", reasoning="2 and 2")),
    "reasoning-in-two-fields": (
        {"content": "4", "reasoning": "2 and 2", "reasoning_content": "2 and 2"},
        Answer("4", reasoning="2 and 2"),
    ),
    "reasoning-and-tags": (
        {"content": "<think>\n2 and 2\n</think>\n\n4", "reasoning_content": "2 and 2"},
        Answer("4", reasoning="2 and 2"),
    ),
    "reasoning-and-other-tags": (
        {"content": "<think>is a tag</think> 4", "reasoning_content": "2 and 2"},
        Answer("<think>is a tag</think> 4", reasoning="2 and 2"),
    ),
    "unclosed-tag": ({"content": "<think>2 and 2"}, Answer(reasoning="2 and 2")),
    "reasoning-and-another-unclosed-tag": (
        {"content": "<think> begins a thought", "reasoning_content": "2 and 2"},
        Answer("<think> begins a thought", reasoning="2 and 2"),
    ),
    "half-a-tag": ({"content": "<thi"}, Answer("<thi")),
    "no-space-behind-the-tags": ({"content": "<think>Hm.</think>x is 4"}, Answer("x is 4", reasoning="Hm.")),
    "function-call": (
        {"content": None, "function_call": PARIS_CALL["function"]},
        Answer(calls=(tools.PARIS,)),
    ),
    "parts": ({"content": [THINKING, {"type": "text", "text": "4"}]}, Answer("4", reasoning="2 and 2")),
    "several-parts": (
        {
            "content": [
                *(THINKING, {"type": "thinking", "thinking": " is"}),
                *({"type": "text", "text": "4"}, {"type": "output_text", "text": "2"}, {"text": "!"}),
            ]
        },
        Answer("42!", reasoning="2 and 2 is"),
    ),
    "empty-parts": (
        {
            "content": [
                *({"type": "text", "text": ""}, {"type": "output_text", "text": ""}),
                {"type": "thinking", "thinking": []},
            ]
        },
        Answer(),
    ),
    "annotations-alone": ({"content": "", "annotations": [{"type": "url_citation"}]}, Answer()),
    "fields-alone": ({"content": "", "provider_specific_fields": {"queue": 1}}, Answer()),
    "summary": ({"content": [SUMMARY, {"type": "text", "text": "4"}]}, Answer("4", reasoning="2 and 2")),
    "details": (
        {"content": "4", "reasoning_details": [{"type": "reasoning.text", "text": "2 and 2", "index": 0}]},
        Answer("4", reasoning="2 and 2"),
    ),
    "empty-fields": (
        {
            "content": "",
            "refusal": "",
            "audio": {"id": "", "data": "", "expires_at": 0},
            "function_call": {"name": "", "arguments": ""},
            "tool_calls": None,
        },
        Answer(),
    ),
    "refusal": ({"content": None, "refusal": "I cannot help."}, Answer("I cannot help.")),
    "no-calls": ({"content": "4", "tool_calls": []}, Answer("4")),
    "call-among-thoughts": (
        {"content": "", "reasoning_content": "<tool_call>\n<function=read>"},
        Answer(reasoning="<tool_call>\n<function=read>"),
    ),
    "text-beside-a-call": (
        {"content": "One moment.", "tool_calls": [PARIS_CALL]},
        Answer("One moment.", calls=(tools.PARIS,)),
    ),
}
"""The ``message`` or ``delta``, and the answer that it is."""


@pytest.mark.dialects("openai")
@pytest.mark.parametrize(("message", "answer"), MESSAGES.values(), ids=MESSAGES)
def test_text_in_any_form_is_the_content(
    message: Mapping[str, Any], answer: Answer, play: Play, dialect: Dialect
) -> None:
    """The content is the text of the message in whatever form it is sent: never None and never the reasoning.

    BerriAI/litellm#16651 (null), diegosouzapw/OmniRoute#5131 and lmstudio-ai/lmstudio-bug-tracker#1602
    (thoughts only), microsoft/agent-framework#6978 and run-llama/llama_index#20916 (parts),
    langchain4j/langchain4j#6113 (a refusal taken for an empty success), vllm-project/vllm#56263. MiniMax
    sends its reasoning twice, in its field and in tags (can1357/oh-my-pi#2434).
    """
    finish = answer.finish_reason
    sent = {"role": "assistant", **message}
    llm = play(both_ways(dialect, completion(sent, finish), [chunk(sent), chunk({}, finish)]))

    laws.is_the_answer(llm.invoke(QUESTION), answer)
    laws.is_the_answer(laws.read(llm.stream(QUESTION)), answer)


@pytest.mark.dialects("openai")
@pytest.mark.parametrize(
    ("finish", "kind"), [("content_filter", "content_filter"), ("error", "server")], ids=["filter", "error"]
)
@pytest.mark.parametrize("written", [None, "Half of it"], ids=["nothing", "half"])
def test_a_finish_reason_of_a_failure_is_an_error(
    finish: str, kind: str, written: str | None, play: Play, dialect: Dialect
) -> None:
    """The finish reasons ``content_filter`` and ``error`` are reported as errors, and the text is kept.

    openai/openai-agents-python#4159: taken for an empty turn, agents ask it again for ever;
    BerriAI/litellm#23273: reported as a connection error.
    """
    message = {"role": "assistant", "content": written}
    llm = play(both_ways(dialect, completion(message, finish), [chunk(message), chunk({}, finish)]))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, kind)
        assert response.content == (written or "")


@pytest.mark.dialects("openai")
def test_an_empty_finish_reason_beside_calls_means_calls(play: Play, dialect: Dialect) -> None:
    """An empty text as the finish reason of an answer that calls tools is ``tool_calls``.

    xAI and Snowflake send it, which litellm has found; a loop that waits for the reason would drop the calls.
    """
    message = {"role": "assistant", "content": "", "tool_calls": [PARIS_CALL]}
    llm = play(both_ways(dialect, completion(message, ""), [chunk(message), chunk({}, "")]))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.is_the_answer(response, Answer(calls=(tools.PARIS,)))


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("finish", ["length", "eos_token", "error_finish"])
@pytest.mark.parametrize("written", [None, '{"message":"Please wait."}'], ids=["nothing", "json"])
def test_other_finish_reasons_are_passed_on(
    finish: str, written: str | None, play: Play, dialect: Dialect
) -> None:
    """Any other finish reason is passed on unchanged and is a success, with text and without.

    BerriAI/litellm#37710: a budget spent on thoughts was a server error, and ``stop`` in the stream;
    ranxianglei/billion-context-pi#169: a relay's own reason.
    """
    message = {"role": "assistant", "content": written}
    llm = play(both_ways(dialect, completion(message, finish), [chunk(message), chunk({}, finish)]))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.has_fields(response, error=None, content=written or "", finish_reason=finish)


DEMANDED = structured.PERSON


@pytest.mark.dialects("openai")
@pytest.mark.parametrize(
    ("demanded", "is_answer"),
    [(DEMANDED.params["response_format"], True), ({"type": "text"}, False), (None, False)],
    ids=["schema", "text", "nothing"],
)
def test_requested_json_in_the_reasoning_is_the_content(
    demanded: Any, is_answer: bool, play: Play, dialect: Dialect
) -> None:
    """JSON in the reasoning becomes the content if a JSON format was requested, and only then.

    lmstudio-ai/lmstudio-bug-tracker#1698: the content is empty, and the caller's parser fails.
    """
    sent = {"role": "assistant", "content": "", "reasoning_content": DEMANDED.answer.text}
    llm = play(both_ways(dialect, completion(sent), [chunk(sent), chunk({}, "stop")]))

    invoked = llm.invoke(DEMANDED.messages, response_format=demanded)
    streamed = laws.read(llm.stream(DEMANDED.messages, response_format=demanded))

    laws.has_fields(invoked, error=None, content=DEMANDED.answer.text if is_answer else "")
    laws.same_answer(streamed, invoked)


@pytest.mark.dialects("openai")
def test_the_answer_is_the_choice_with_the_index_0(play: Play, dialect: Dialect) -> None:
    """Of several choices, in any order, the one with the index 0 is the answer, invoked and streamed.

    langfuse/langfuse#16998: the texts of all choices were joined.
    """
    second, first = (
        {"index": index, "finish_reason": "stop", "message": {"role": "assistant", "content": written}}
        for index, written in ((1, "Goodbye"), (0, "Hello"))
    )
    chunks = [
        {"choices": [{"index": each["index"], "delta": each["message"], "finish_reason": "stop"}]}
        for each in (second, first)
    ]
    llm = play(both_ways(dialect, completion({}, choices=[second, first]), chunks))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.is_the_answer(response, Answer("Hello"))
