"""Amazon Bedrock's invoke: each family of models has an API of its own, in Bedrock's frames.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
"""

from __future__ import annotations

import base64
import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from conformance.servers.scripted.dialects import bedrock
from conformance.servers.scripted.dialects.anthropic import Anthropic
from conformance.servers.scripted.dialects.bedrock import Bedrock
from conformance.servers.scripted.dialects.dialect import Dialect, ErrorKind, Failure, Usage, compact
from conformance.servers.scripted.dialects.eventstream import payload_of
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Step, reply
from conformance.spec.dialogue import Answer

METRICS = "amazon-bedrock-invocationMetrics"
"""The field that Bedrock adds to the last event of a stream, whatever the model."""


CHUNK = b":event-type\x07\x00\x05chunk"
"""The header of a frame that holds an event of the model's own API."""


class Invoke(Dialect):
    """What all families share: the path asks for a stream, whose events are wrapped in binary frames."""

    path: ClassVar[str] = "/invoke"
    stream_path: ClassVar[str] = "/invoke-with-response-stream"
    stream_type: ClassVar[str] = Bedrock.stream_type
    environment: ClassVar[tuple[str, ...]] = Bedrock.environment

    @abstractmethod
    def own_events(
        self, answer: Answer, model: str, usage: Usage | None, reason: str
    ) -> list[dict[str, Any]]:
        """The events of the model's own API, of which the last gets Bedrock's metrics."""

    @abstractmethod
    def ends(self, event: Mapping[str, Any]) -> bool:
        """Whether an event of the model's own API completes the answer."""

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        return "authorization", f"Bearer {key}"

    @override
    def key_headers(self, key: str) -> tuple[tuple[str, str], ...]:
        return (self.key_header(key),)

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        *others, last = self.own_events(answer, model, usage, reason)
        return [chunk(event) for event in [*others, {**last, METRICS: metrics(usage)} if usage else last]]

    @override
    def both_ways(self, body: Any, events: Sequence[bytes | Step]) -> Handler:
        """A body has its counts in headers, which are those of the stream."""
        last = events[-1]
        counts = inner(last).get(METRICS) if isinstance(last, bytes) and CHUNK in last else None
        headers = (
            {
                "x-amzn-bedrock-input-token-count": str(counts["inputTokenCount"]),
                "x-amzn-bedrock-output-token-count": str(counts["outputTokenCount"]),
            }
            if counts
            else {}
        )
        return lambda request: (
            self.streamed(events) if self.wants_stream(request) else reply(body, 200, headers)
        )

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        return _BEDROCK.error(kind, message)

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        return _BEDROCK.error_event(kind, message)

    @override
    def ends_answer(self, event: bytes) -> bool:
        return self.ends(inner(event))


_BEDROCK = Bedrock()


class InvokeClaude(Invoke, Anthropic):
    """Claude by invoke: Anthropic's messages."""

    @override
    def own_events(
        self, answer: Answer, model: str, usage: Usage | None, reason: str
    ) -> list[dict[str, Any]]:
        """Anthropic's events without their names, and without pings."""
        events = [_data(event) for event in Anthropic.stream_events(self, answer, model, usage, reason)]
        return [event for event in events if event["type"] != "ping"]

    @override
    def ends(self, event: Mapping[str, Any]) -> bool:
        return event.get("type") == "message_delta"

    @override
    def tool_choice(self, request: Request) -> str:
        """As at Anthropic, but for ``none``, in whose place a backend has to send no tools."""
        return super().tool_choice(request) if self.tool_names(request) else "none"


class InvokeNova(Invoke, Bedrock):
    """Nova by invoke: the bodies of converse, and its events under their names."""

    @override
    def own_events(
        self, answer: Answer, model: str, usage: Usage | None, reason: str
    ) -> list[dict[str, Any]]:
        return [{name: fields} for name, fields in bedrock.named_events(answer, usage, reason)]

    @override
    def ends(self, event: Mapping[str, Any]) -> bool:
        return "messageStop" in event

    @override
    def opaque(self, answer: Answer) -> list[str]:
        """The ids of the tool uses: Nova is not told what it thought before."""
        return bedrock.use_ids(answer)


def chunk(event: Mapping[str, Any]) -> bytes:
    """One event of a model's own API in a frame, in base64."""
    return bedrock.event("chunk", bytes=base64.b64encode(compact(event).encode()).decode())


def inner(frame: bytes) -> dict[str, Any]:
    """The event of a model's own API that a frame holds."""
    event: dict[str, Any] = json.loads(base64.b64decode(json.loads(payload_of(frame))["bytes"]))
    return event


def metrics(usage: Usage) -> dict[str, Any]:
    """The counts that Bedrock adds; the input tokens do not include the cached ones."""
    cached = {"cacheReadInputTokenCount": usage.cached_tokens, "cacheWriteInputTokenCount": 0}
    return {
        "inputTokenCount": usage.prompt_tokens - usage.cached_tokens,
        "outputTokenCount": usage.completion_tokens,
        "invocationLatency": 404,
        "firstByteLatency": 202,
        **(cached if usage.cached_tokens else {}),
    }


def _data(event: bytes) -> dict[str, Any]:
    """The JSON of a server-sent event."""
    data: dict[str, Any] = json.loads(event.partition(b"data: ")[2])
    return data
