"""A backend as applications have it: five methods, a response of six fields, a stream of plain text.

It knows nothing of the suite.
"""

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Response:
    """What the application reads of an answer."""

    content: str
    model: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None
    tool_calls: list[Any] = field(default_factory=list)


class ProviderError(Exception):
    """A question was not answered."""


class ApplicationLLM:
    """One model of one server for chat completions."""

    def __init__(self, model_name: str, endpoint: str, token: str = "") -> None:
        self.model_name, self.endpoint, self.token = model_name, endpoint.rstrip("/"), token.strip()

    def load(self) -> bool:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        self._http = httpx.Client(headers=headers, timeout=60)
        self._open: list[httpx.Response] = []
        return True

    def unload(self) -> None:
        for answer in self._open:
            if (stream := answer.extensions.get("network_stream")) is not None:
                with contextlib.suppress(OSError):  # a thread that reads it is not woken by close()
                    stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._http.close()

    def invoke(self, messages: Any, **parameters: Any) -> Response:
        with self._asked(messages, parameters) as answer:
            whole = _parsed(answer.read())
        [choice], usage = whole["choices"], whole.get("usage") or {}
        return Response(
            choice["message"].get("content") or "",
            whole.get("model", self.model_name),
            usage.get("prompt_tokens"),
            usage.get("completion_tokens"),
            choice.get("finish_reason"),
            choice["message"].get("tool_calls") or [],
        )

    def chat_with_tools(self, messages: Any, tools: Any, **parameters: Any) -> Response:
        return self.invoke(messages, tools=tools, **parameters)

    def stream(self, messages: Any, **parameters: Any) -> Iterator[str]:
        reason = None
        with self._asked(messages, {**parameters, "stream": True}) as answer:
            for event in _events(answer):
                for choice in event["choices"]:
                    reason = choice.get("finish_reason") or reason
                    if text := choice["delta"].get("content"):
                        yield text
        if reason is None:
            raise ProviderError("the stream ended early")

    @contextlib.contextmanager
    def _asked(self, messages: Any, parameters: Any) -> Iterator[httpx.Response]:
        body = {"model": self.model_name, "messages": messages, **parameters}
        if not body.get("tools"):  # servers refuse an empty list
            body = {name: value for name, value in body.items() if name not in ("tools", "tool_choice")}
        try:
            with self._http.stream("POST", f"{self.endpoint}/chat/completions", json=body) as answer:
                self._open.append(answer)
                if not answer.is_success:
                    raise ProviderError(f"{answer.status_code}: {answer.read().decode(errors='replace')}")
                yield answer
        except httpx.HTTPError as error:
            raise ProviderError(str(error)) from error
        finally:
            self._open = [each for each in self._open if not each.is_closed]


def _events(answer: httpx.Response) -> Iterator[Any]:
    rest = b""
    for piece in answer.iter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b"data: {"):
                yield _parsed(line.removeprefix(b"data: "))


def _parsed(text: bytes) -> Any:
    """The JSON of an answer or of an event, which has choices."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        if (parsed := json.loads(text))["choices"] is not None:
            return parsed
    raise ProviderError(f"no answer: {text[:200]!r}")
