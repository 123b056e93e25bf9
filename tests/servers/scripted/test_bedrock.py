"""Bedrock's dialect through Amazon's own SDK: what boto3 makes of it is what was meant."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, get_args

import boto3
import pytest
from botocore.config import Config
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError, EventStreamError
from hypothesis import given
from hypothesis import strategies as st

from conformance.servers.scripted import ScriptedServer, always, reply
from conformance.servers.scripted.dialects import USAGE, ErrorKind, dialect
from conformance.servers.scripted.dialects.eventstream import frame
from conformance.spec.dialogue import TURNS, Answer, Call, Turn

BEDROCK = dialect("bedrock")
QUESTION = [{"role": "user", "content": [{"text": "earlier"}, {"text": "?"}]}]
ANSWERED = [turn for turn in TURNS if turn.answer != Answer()]
NAMES = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=200)


@pytest.fixture(scope="module")
def session() -> Any:
    return boto3.Session("key", "secret", region_name="us-east-1")


@pytest.fixture
def client_of(session: Any) -> Iterator[Any]:
    def client_of(server: ScriptedServer) -> Any:
        config = Config(retries={"total_max_attempts": 1}, read_timeout=20, proxies={})
        client = session.client("bedrock-runtime", endpoint_url=server.url, config=config)
        clients.append(client)
        return client

    clients: list[Any] = []
    yield client_of
    for client in clients:
        client.close()


@pytest.mark.parametrize("turn", ANSWERED, ids=lambda turn: turn.name)
def test_completion_and_events_say_the_answer(turn: Turn, client_of: Any) -> None:
    with ScriptedServer(BEDROCK.answering(turn.answer)) as server:
        client = client_of(server)
        whole = client.converse(modelId="tiny", messages=QUESTION)
        with closing(client.converse_stream(modelId="tiny", messages=QUESTION)["stream"]) as stream:
            events = list(stream)
        assert [BEDROCK.prompt_of(request) for request in server.requests] == ["?", "?"]
    last = events.pop()["metadata"]
    assert whole["stopReason"] == events.pop()["messageStop"]["stopReason"]
    assert whole["usage"] == last["usage"]
    assert whole["usage"]["totalTokens"] == USAGE.prompt_tokens + USAGE.completion_tokens
    for said in (answer_of(whole["output"]["message"]["content"]), answer_of(joined(events))):
        assert said == turn.answer


def joined(events: list[Any]) -> list[dict[str, Any]]:
    """The content blocks of a stream."""
    blocks: dict[int, dict[str, Any]] = {}
    for event in events:
        match event:
            case {"contentBlockStart": {"contentBlockIndex": index, "start": {"toolUse": use}}}:
                blocks[index] = {"toolUse": {**use, "input": ""}}
            case {"contentBlockDelta": {"contentBlockIndex": index, "delta": {"toolUse": use}}}:
                blocks[index]["toolUse"]["input"] += use["input"]
            case {"contentBlockDelta": {"contentBlockIndex": index, "delta": {"text": text}}}:
                blocks.setdefault(index, {"text": ""})["text"] += text
            case {"contentBlockDelta": {"contentBlockIndex": index, "delta": {"reasoningContent": piece}}}:
                thought = blocks.setdefault(index, {"reasoningContent": {"reasoningText": {"text": ""}}})
                thought["reasoningContent"]["reasoningText"]["text"] += piece.get("text", "")
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
    return [blocks[index] for index in sorted(blocks)]


def answer_of(content: Sequence[Mapping[str, Any]]) -> Answer:
    """What content blocks say."""
    thoughts = [
        block["reasoningContent"]["reasoningText"] for block in content if "reasoningContent" in block
    ]
    uses = [block["toolUse"] for block in content if "toolUse" in block]
    return Answer(
        "".join(block.get("text", "") for block in content),
        tuple(Call(use["name"], use["input"]) for use in uses),
        "".join(thought["text"] for thought in thoughts),
    )


@pytest.mark.parametrize("kind", get_args(ErrorKind))
def test_errors_are_the_errors_of_the_sdk(kind: ErrorKind, client_of: Any) -> None:
    failure = BEDROCK.error(kind)
    with (
        ScriptedServer(always(reply(failure.body, failure.status, failure.headers))) as server,
        pytest.raises(ClientError) as raised,
    ):
        client_of(server).converse(modelId="tiny", messages=QUESTION)
    error = raised.value.response["Error"]
    assert failure.headers["x-amzn-errortype"].startswith(f"{error['Code']}:")
    assert error["Message"] == failure.body["message"]


def test_an_error_event_is_the_error_of_the_sdk(client_of: Any) -> None:
    events = BEDROCK.events(Answer("cut"))[:2]
    script = BEDROCK.streamed([*events, BEDROCK.error_event("rate_limit", "Nö.")])
    with ScriptedServer(always(script)) as server:
        answer = client_of(server).converse_stream(modelId="tiny", messages=QUESTION)
        with closing(answer["stream"]) as stream, pytest.raises(EventStreamError) as raised:
            list(stream)
    assert raised.value.response["Error"] == {"Code": "throttlingException", "Message": "Nö."}


@given(st.dictionaries(NAMES, st.text(max_size=100), max_size=4), st.binary(max_size=300))
def test_a_frame_is_what_botocore_reads(headers: dict[str, str], payload: bytes) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(frame(headers, payload))
    [message] = buffer
    assert (message.headers, message.payload) == (headers, payload)
