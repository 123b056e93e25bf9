"""What a provider sends beside an answer and wants back with the next question.

Scripts: the server's log shows what was sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from conformance.testing import Build, Dialect, LLMResponse, Serve, laws, raw, text, tools

pytestmark = pytest.mark.dialects("openai")

CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
}
SIGNED = {"google": {"thought_signature": "c2lnbmF0dXJl"}}
ENCRYPTED = {"type": "reasoning.encrypted", "data": "ENCRYPTED", "id": "rs_1", "format": "v1", "index": 0}

ENCRYPTED_ALONE = {"type": "reasoning.encrypted", "data": "ENCRYPTED", "id": "rs_1"}

MESSAGE_FIELDS: dict[str, tuple[Any, list[Any]]] = {
    "reasoning_content": ("Paris, then.", ["Paris, ", "then."]),
    "reasoning": ("ha ha ha", ["ha", " ha", " ha"]),
    "reasoning_opaque": ("b3BhcXVl", ["b3BhcXVl"]),
    "reasoning_details": (
        [ENCRYPTED, {"type": "reasoning.text", "text": "So.", "index": 1, "signature": "c2ln"}],
        [
            [ENCRYPTED],
            [{"type": "reasoning.text", "text": "S", "index": 1}],
            [{"type": "reasoning.text", "text": "o.", "index": 1, "signature": "c2ln"}],
        ],
    ),
    "extra_content": (SIGNED, [SIGNED]),
    "phase": ("commentary", ["commentary", "commentary"]),
    "reasoning_details without index": (
        [{"type": "reasoning.text", "text": "So it is.", "signature": "c2ln"}, ENCRYPTED_ALONE],
        [
            [{"type": "reasoning.text", "text": "So "}],
            [{"type": "reasoning.text", "text": "it is.", "signature": "c2ln"}],
            [ENCRYPTED_ALONE],
        ],
    ),
    "reasoning_details with a signature in pieces": (
        [{"type": "reasoning.text", "text": "So.", "index": 0, "signature": "c2lnbmF0dXJl"}],
        [
            [{"type": "reasoning.text", "text": "So.", "index": 0}],
            [{"type": "reasoning.text", "index": 0, "signature": "c2lnbm"}],
            [{"type": "reasoning.text", "index": 0, "signature": "F0dXJl"}],
        ],
    ),
}
"""Fields of a message by their names, of which the first word counts; whole and as the deltas of a stream."""

CALL_FIELDS: dict[str, dict[str, Any]] = {
    "extra_content": {**CALL, "extra_content": SIGNED},
    "provider_specific_fields": {**CALL, "provider_specific_fields": {"thought_signature": "c2ln"}},
    "thought_signature": {**CALL, "thought_signature": "c2ln"},
    "type": {**CALL, "type": "builtin_function"},  # Moonshot's, whose arguments the caller hands back
    "function": {**CALL, "function": {**CALL["function"], "thought_signature": "c2ln"}},  # type: ignore[dict-item]
}
"""Calls with a field of their own, or of their function's."""


@pytest.mark.parametrize("field", MESSAGE_FIELDS)
def test_fields_of_a_message_are_sent_back(field: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """A field that a provider sends beside an answer is sent back by ``as_message``, whole, by its name.

    anomalyco/opencode#24190, MoonshotAI/kimi-cli#2141: without its ``reasoning_content`` the provider refused
    the conversation; earendil-works/pi#989: without its ``reasoning_details`` it forgot what it thought.
    """
    whole, deltas = MESSAGE_FIELDS[field]
    field = field.split()[0]
    body = raw.completion({"content": "", field: whole, "tool_calls": [CALL]}, "tool_calls")
    pieces = [raw.chunk({field: delta}) for delta in deltas]
    chunks = [*pieces, raw.chunk({"tool_calls": [{"index": 0, **CALL}]}), raw.chunk({}, "tool_calls")]

    for message in _played_back(body, chunks, serve, build, dialect):
        assert message[field] == whole
        assert message["tool_calls"] == [CALL]


@pytest.mark.parametrize("call", CALL_FIELDS.values(), ids=CALL_FIELDS)
def test_fields_of_a_call_are_sent_back(
    call: dict[str, Any], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A field that a provider sends with one of several calls is sent back with this call.

    securo-finance/securo#884: without the ``thought_signature`` of its call Gemini refused the conversation.
    """
    other = {**CALL, "id": "call_2"}
    body = raw.completion({"content": None, "tool_calls": [call, other]}, "tool_calls")
    fragments = [{"index": number, **each} for number, each in enumerate((call, other))]
    chunks = [raw.chunk({"tool_calls": [each]}) for each in fragments]

    for message in _played_back(body, [*chunks, raw.chunk({}, "tool_calls")], serve, build, dialect):
        assert message["tool_calls"] == [call, other]


def test_another_provider_is_not_sent_these_fields(serve: Serve, build: Build, dialect: Dialect) -> None:
    """What one provider wants back is not sent to another, and no provider is sent a field of the contract's.

    Groq and Mistral answer 400 and 422 to fields that they do not know.
    """
    call = {**CALL, "extra_content": SIGNED}
    fields = {field.split()[0]: whole for field, (whole, _) in MESSAGE_FIELDS.items()}
    body = raw.completion({"content": "", **fields, "tool_calls": [call]}, "tool_calls")
    chunks = [raw.chunk({**fields, "tool_calls": [{"index": 0, **call}]}), raw.chunk({}, "tool_calls")]
    first = build(serve(raw.both_ways(dialect, body, chunks)).url)
    server = serve(dialect.answering(text.GREETING.answer))
    second = build(server.url)

    for response in laws.ask_both_ways(first, [tools.ASK_PARIS], tools=[tools.WEATHER]):
        history = _history(response)
        history[1] = {**history[1], "name": "guide"}  # the caller's own field
        second.invoke(history, tools=[tools.WEATHER])

        message = dialect.chat_requests(server.requests)[-1].json()["messages"][1]
        assert {"name"} < set(message) <= {"role", "content", "tool_calls", "name"}
        assert message["tool_calls"] == [CALL]


def test_what_is_sent_back_holds_no_password_of_the_address(
    serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A message of ``as_message`` names its provider without the credentials that stand in the address."""
    server = serve(dialect.answering(text.GREETING.answer))
    llm = build(server.url.replace("http://", "http://someone:s3cret@"))

    for response in laws.ask_both_ways(llm, text.GREETING.messages):
        laws.is_the_answer(response, text.GREETING.answer)
        assert "s3cret" not in repr(response.as_message())


PARTS: dict[str, tuple[list[Any], list[Any]]] = {
    "thinking": (
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2"}]},
            {"type": "text", "text": "4"},
        ],
        [
            [{"type": "thinking", "thinking": [{"type": "text", "text": "2 "}]}],
            [{"type": "thinking", "thinking": [{"type": "text", "text": "and 2"}]}],
            "4",
        ],
    ),
    "signature": (
        [{"type": "text", "text": "4", "thought_signature": "c2ln"}],
        [[{"type": "text", "text": "4", "thought_signature": "c2ln"}]],
    ),
}
"""Contents of parts that hold more than text, whole and as the deltas of a stream."""


@pytest.mark.parametrize(("whole", "deltas"), PARTS.values(), ids=PARTS)
def test_parts_of_a_content_are_sent_back(
    whole: list[Any], deltas: list[Any], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A content of parts with thoughts or signatures is sent back in its parts, and to others as its text.

    Mistral wants the thoughts of Magistral so, and Gemini signs the parts of a text.
    """
    body = raw.completion({"content": whole, "tool_calls": [CALL]}, "tool_calls")
    chunks = [raw.chunk({"content": each}) for each in deltas]
    chunks += [raw.chunk({"tool_calls": [{"index": 0, **CALL}]}), raw.chunk({}, "tool_calls")]
    for message in _played_back(body, chunks, serve, build, dialect):
        assert message["content"] == whole

    first = build(serve(raw.both_ways(dialect, body, chunks)).url)
    other = serve(dialect.answering(text.GREETING.answer))
    for response in laws.ask_both_ways(first, [tools.ASK_PARIS], tools=[tools.WEATHER]):
        build(other.url).invoke(_history(response), tools=[tools.WEATHER])
        message = dialect.chat_requests(other.requests)[-1].json()["messages"][1]
        assert message == {"role": "assistant", "content": "4", "tool_calls": [CALL]}


def _played_back(
    body: Any, chunks: list[Any], serve: Serve, build: Build, dialect: Dialect
) -> list[Mapping[str, Any]]:
    """The message that is sent back for an invoked and for a streamed answer; it is JSON meanwhile."""
    server = serve(raw.both_ways(dialect, body, chunks))
    llm = build(server.url)
    sent = []
    for response in laws.ask_both_ways(llm, [tools.ASK_PARIS], tools=[tools.WEATHER]):
        history = json.loads(json.dumps(_history(response)))
        llm.invoke(history, tools=[tools.WEATHER])
        message = dialect.chat_requests(server.requests)[-1].json()["messages"][1]
        assert set(message) <= {"role", *body["choices"][0]["message"]}
        sent.append(message)
    return sent


def _history(response: LLMResponse) -> list[Mapping[str, Any]]:
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": tools.SUNNY} for call in response.tool_calls
    ]
    return [tools.ASK_PARIS, response.as_message(), *results]
