"""The base class of the dialects, and the functions that they share."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from conformance.recording.wire_format import WireFormat
from conformance.servers.scripted.dialects.messages import images_in, last_user_text
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script, Step, reply, stream
from conformance.spec.dialogue import Answer, digest

ErrorKind = Literal[
    "authentication",
    "bad_request",
    "content_filter",
    "context_limit",
    "not_found",
    "overloaded",
    "permission",
    "quota",
    "rate_limit",
    "server",
]
"""The failures a provider reports by status and body, named as in the contract."""


@dataclass(frozen=True)
class Usage:
    """The tokens of one answer; the cached ones are among those of the prompt."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


USAGE = Usage(prompt_tokens=12, completion_tokens=5, cached_tokens=4)
"""The usage of an answer whose scenario names none: three different numbers."""


class Failure(NamedTuple):
    """An error as a provider reports it."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}

    def reply(self, headers: Mapping[str, str] | None = None) -> Script:
        """The error as a response, with further headers."""
        return reply(self.body, self.status, {**self.headers, **(headers or {})})


class Dialect(ABC):
    """The wire of one provider: how it sends an :class:`Answer`, and how its requests are read."""

    path: ClassVar[str]
    """The end of the path of a request."""

    stream_path: ClassVar[str] = ""
    """The end of the path of a request for a stream; empty where a field of the body asks for one."""

    stream_type: ClassVar[str] = "text/event-stream; charset=utf-8"
    """The content type of a stream."""

    finish_reasons: ClassVar[Mapping[str, str]] = {}
    """The provider's names for the finish reasons of the contract, where they differ."""

    base_path: ClassVar[str] = ""
    """The path that base URLs of such a server usually end in, as OPENAI_BASE_URL does."""

    environment: ClassVar[tuple[str, ...]] = ()
    """The prefixes of the environment variables of the provider's SDKs, all of which a run removes."""

    limit_fields: ClassVar[tuple[str, ...]] = ("max_tokens",)
    """The fields of a request that limit the tokens of an answer."""

    stop_fields: ClassVar[tuple[str, ...]] = ("stop",)
    """The fields of a request that name stop sequences."""

    tells_cached_tokens: ClassVar[bool] = True
    """Whether the provider tells how many tokens of the prompt were cached."""

    wire_format: ClassVar[WireFormat] = WireFormat()
    """What recording has to know of this wire; one of several wires may name the fields that they share."""

    def key_header(self, key: str) -> tuple[str, str]:
        """The name and the value of the header that carries the key; by default a bearer token."""
        return "authorization", f"Bearer {key}"

    def key_headers(self, key: str) -> tuple[tuple[str, str], ...]:
        """Every header in which the server accepts the key; a request uses one of them."""
        return (self.key_header(key),)

    def carries_key(self, headers: Mapping[str, str], key: str) -> bool:
        """Whether the headers of a request hold the key exactly once, where the server accepts it."""
        carrying = [(name, value) for name, value in headers.items() if key in value]
        return carrying in [[header] for header in self.key_headers(key)]

    def told(self, usage: Usage) -> dict[str, int]:
        """As much of a usage as the provider tells, by the names of the contract."""
        counts = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
        return {
            **counts,
            **({"cached_prompt_tokens": usage.cached_tokens} if self.tells_cached_tokens else {}),
        }

    def reason(self, answer: Answer, finish_reason: str | None) -> str:
        """Why the answer ended, by the provider's name; a reason unknown to the contract stays as it is."""
        reason = finish_reason or answer.finish_reason
        return self.finish_reasons.get(reason, reason)

    def completion(
        self, answer: Answer, *, model: str = "tiny", usage: Usage = USAGE, finish_reason: str | None = None
    ) -> dict[str, Any]:
        """The answer as one JSON body."""
        return self.response_body(answer, model, usage, self.reason(answer, finish_reason))

    def events(
        self,
        answer: Answer,
        *,
        model: str = "tiny",
        usage: Usage | None = USAGE,
        finish_reason: str | None = None,
    ) -> list[bytes]:
        """The answer as the events of a stream with its terminator; without usage where ``usage`` is None."""
        return self.stream_events(answer, model, usage, self.reason(answer, finish_reason))

    @abstractmethod
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        """The answer as one JSON body, with the finish reason by the provider's name."""

    @abstractmethod
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """The answer as the events of a stream, with the finish reason by the provider's name."""

    @abstractmethod
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """A failure as this provider words it, or with another ``message``."""

    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """The same failure as an event of a stream that has begun."""
        return f"event: error\ndata: {compact(self.error(kind, message).body)}\n\n".encode()

    def prompt_of(self, request: Request) -> str:
        """The last text of the user in ``request``."""
        return last_user_text(request.json()["messages"])

    def conversation(self, request: Request) -> Any:
        """What ``request`` asks, with each text of the conversation as a text of its own."""
        return request.json()

    def tool_names(self, request: Request) -> list[str]:
        """The tools that ``request`` offers."""
        return [tool["function"]["name"] for tool in request.json().get("tools", [])]

    @abstractmethod
    def tool_choice(self, request: Request) -> str:
        """``auto``, ``required``, ``none``, the name of the demanded tool, or nothing where none is sent."""

    def images(self, request: Request) -> list[tuple[str, bytes]]:
        """Type and bytes of the images in ``request``; by default they are parts with a data URL."""
        return images_in(request.json()["messages"])

    @abstractmethod
    def ends_answer(self, event: bytes) -> bool:
        """Whether ``event`` completes the answer, so that a stream may be cut behind it without loss."""

    @abstractmethod
    def opaque(self, answer: Answer) -> list[str]:
        """The ids, thoughts and signatures of an answer that the next request must repeat unchanged."""

    def wants_stream(self, request: Request) -> bool:
        """Whether ``request`` asks for events: by its path, or by a field of its body."""
        if self.stream_path:
            return request.path.endswith(self.stream_path)
        return request.json().get("stream") is True

    def settings(self, request: Request, names: Iterable[str]) -> list[Any]:
        """What ``request`` sets under one of ``names``, at the top or in an object of settings."""
        body = request.json()
        places = [body, *(value for value in body.values() if isinstance(value, Mapping))]
        return [place[name] for place in places for name in names if place.get(name) is not None]

    def chat_requests(self, requests: Iterable[Request]) -> list[Request]:
        """Those of ``requests`` that ask for an answer; a backend may also ask for the list of models."""
        return [request for request in requests if self.is_chat(request)]

    def with_other_paths(self, handler: Handler) -> Handler:
        """``handler`` for requests that ask for an answer; a 404 for all others."""
        failure = self.error("not_found", "There is nothing at this path.")
        return lambda request: handler(request) if self.is_chat(request) else failure.reply()

    def is_chat(self, request: Request) -> bool:
        """Whether ``request`` asks for an answer."""
        return request.method == "POST" and request.path.endswith((self.path, self.stream_path or self.path))

    def answering(self, answer: Answer, *, finish_reason: str | None = None, usage: Usage = USAGE) -> Handler:
        """Every request gets ``answer``, as a stream where it asks for one."""
        return lambda request: self.script(request, answer, finish_reason=finish_reason, usage=usage)

    def answering_by_prompt(self, answers: Mapping[str, Answer]) -> Handler:
        """Each request gets the answer to its last question."""
        return lambda request: self.script(request, answers[self.prompt_of(request)])

    def streamed(
        self, events: Sequence[bytes | Step], status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Script:
        """These events as a stream of this wire; steps such as ``Wait`` may stand between them."""
        return stream(events, status, {"content-type": self.stream_type, **(headers or {})})

    def both_ways(self, body: Any, events: Sequence[bytes | Step]) -> Handler:
        """Each request gets ``body``, or the events where it asks for a stream."""
        return lambda request: self.streamed(events) if self.wants_stream(request) else reply(body)

    def script(
        self,
        request: Request,
        answer: Answer,
        *,
        finish_reason: str | None = None,
        usage: Usage = USAGE,
    ) -> Script:
        """``answer`` as ``request`` asks for it: whole or as a stream."""
        whole = self.completion(answer, usage=usage, finish_reason=finish_reason)
        return self.both_ways(whole, self.events(answer, usage=usage, finish_reason=finish_reason))(request)


def pieces(text: str, size: int = 4) -> list[str]:
    """``text`` in deltas of a few characters each; no character is divided, a cluster may be."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def identifier(answer: Answer, number: int) -> str:
    """24 characters for the ``number``-th thing of an answer: another answer, another identifier."""
    calls = [[call.name, call.arguments] for call in answer.calls]
    return f"{digest([answer.text, calls, answer.reasoning])}{number:012d}"


def compact(value: Any) -> str:
    """JSON as providers write it: no spaces, and raw UTF-8 instead of escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def data_event(data: Any) -> bytes:
    """One server-sent event without a name."""
    return f"data: {compact(data)}\n\n".encode()


def named_event(name: str, /, **fields: Any) -> bytes:
    """One server-sent event; its name stands before the data and in it."""
    return f"event: {name}\ndata: {compact({'type': name, **fields})}\n\n".encode()
