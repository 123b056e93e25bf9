"""Bedrock's errors and frames, read by Amazon's own SDK.

Scenarios on litellm@bedrock read its answers and streams.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from conformance.servers.scripted.dialects import ErrorKind, dialect
from conformance.servers.scripted.dialects.eventstream import frame
from conformance.spec.dialogue import Answer

BEDROCK = dialect("bedrock")
QUESTION = [{"role": "user", "content": [{"text": "earlier"}, {"text": "?"}]}]
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
