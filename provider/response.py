"""What a backend returns: a whole answer, or a stream that becomes one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from provider.errors import CONTEXT_LIMIT, ErrorKind, StreamNotFinishedError

if TYPE_CHECKING:
    from typing import Self

    from provider.errors import LLMProviderError


class ToolCall(TypedDict):
    """A function that the model calls; ``arguments`` is JSON text, as the model wrote it."""

    id: str
    name: str
    arguments: str


ORIGIN = "provider_origin"
"""The field of a message that names the provider of its further fields; it is not sent."""

CONTENT_PARTS = "provider_content"
"""The field of a message with the parts of its content; only its provider is sent them, as the content."""


@dataclass
class Carried:
    """What a provider sent beside an answer and wants back, by the names and in the places that it used.

    Attributes:
        origin: the provider; only to it they are sent back.
        message: the fields of the message.
        calls: the fields of each call, by its id.
    """

    origin: str = ""
    message: dict[str, Any] = field(default_factory=dict)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class LLMResponse:
    """One answer of a model, or the error that came instead.

    A token count is None where the provider has not told it; 0 was told. The text, the calls, the tokens of
    the prompt, the error and its code may be given by position, in this order.

    Attributes:
        content: the text, never None.
        tool_calls: the calls in the model's order, with unique ids.
        prompt_tokens: tokens of the whole prompt, cached ones included.
        cached_prompt_tokens: how many of them the provider read from its cache.
        completion_tokens: tokens of the answer, reasoning included.
        finish_reason: why the model stopped, by the names of chat completions.
        reasoning: what the model thought before it answered.
        provider_state: what the provider wants to be sent back with this answer, such as signed thoughts.
        error: the error text; None for an answer.
        error_code: ``not_loaded``, ``context_limit`` or ``provider_error``.
        error_kind: what happened, in more detail than the code.
        status: HTTP status of an error, where one was received.
        retry_after: the wait that the server asked for before another try, in seconds.
    """

    content: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    prompt_tokens: int | None = None
    cached_prompt_tokens: int | None = None
    completion_tokens: int | None = field(default=None, kw_only=True)
    finish_reason: str | None = field(default=None, kw_only=True)
    reasoning: str = field(default="", kw_only=True)
    provider_state: dict[str, Any] = field(default_factory=dict, kw_only=True)
    error: str | None = None
    error_code: str | None = None
    error_kind: ErrorKind | None = field(default=None, kw_only=True)
    status: int | None = field(default=None, kw_only=True)
    retry_after: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self.carried = Carried()  # no field: it is not part of what was answered

    @property
    def has_tool_calls(self) -> bool:
        """Whether the model calls at least one tool."""
        return bool(self.tool_calls)

    @property
    def is_error(self) -> bool:
        """Whether the call failed; text that came before the failure is kept in ``content``."""
        return self.error is not None

    @property
    def is_context_limit_error(self) -> bool:
        """Whether the prompt was too long for the model."""
        return self.error_code == CONTEXT_LIMIT

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed when it is sent again."""
        return self.error_kind is not None and self.error_kind.retryable

    def as_message(self) -> dict[str, Any]:
        """This answer as a message of the history, with all that its provider wants back."""
        fields = {**self.carried.message, **self.provider_state}
        message: dict[str, Any] = {"role": "assistant", "content": self.content, **fields}
        if self.tool_calls:
            message["tool_calls"] = [self._call_in_message(call) for call in self.tool_calls]
        if self.carried.origin and (fields or self.carried.calls):
            message[ORIGIN] = self.carried.origin
        return message

    def _call_in_message(self, call: ToolCall) -> dict[str, Any]:
        fields = self.carried.calls.get(call["id"], {})
        own = {"name": call["name"], "arguments": call["arguments"]}
        return {
            "id": call["id"],
            "type": "function",
            **fields,
            "function": {**fields.get("function", {}), **own},
        }

    def failed(self, failure: LLMProviderError) -> LLMResponse:
        """Mark this answer as failed, keep what has arrived, and return it."""
        self.error = failure.message
        self.error_code = failure.code
        self.error_kind = failure.kind
        self.status = failure.status
        self.retry_after = failure.retry_after
        return self


class LLMStream(Iterator[str]):
    """The deltas of one answer, as they arrive.

    Nothing is sent before the first iteration. Once exhausted, ``response``
    is the whole answer. Leaving early, by ``close``, by the end of a ``with``
    block or by dropping the stream, frees its connection.

    Args:
        produce: returns a generator of the deltas that returns the whole answer.
    """

    def __init__(self, produce: Callable[[], Generator[str, None, LLMResponse]]) -> None:
        self._deltas = produce()
        self._response: LLMResponse | None = None

    def __next__(self) -> str:
        try:
            return next(self._deltas)
        except StopIteration as end:
            if self._response is None and end.value is not None:
                self._response = end.value
            raise StopIteration from None

    @property
    def response(self) -> LLMResponse:
        """The whole answer.

        Raises:
            StreamNotFinishedError: the stream was not read to its end.
        """
        return _complete(self._response)

    def close(self) -> None:
        """Stop reading and free the connection. Harmless when called again."""
        self._deltas.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


class AsyncLLMStream(AsyncIterator[str]):
    """The deltas of one answer, as they arrive, for ``async for``.

    Nothing is sent before the first iteration. Once exhausted, ``response`` is the whole answer. Leaving
    early, by ``aclose``, by the end of an ``async with`` block, by being cancelled or by dropping the stream,
    frees its connection.

    Args:
        produce: returns an asynchronous generator of the deltas, whose last item is the whole answer.
    """

    def __init__(self, produce: Callable[[], AsyncGenerator[str | LLMResponse, None]]) -> None:
        self._deltas = produce()
        self._response: LLMResponse | None = None

    async def __anext__(self) -> str:
        delta = await anext(self._deltas)
        if isinstance(delta, str):
            return delta
        self._response = delta
        await self._deltas.aclose()
        raise StopAsyncIteration

    @property
    def response(self) -> LLMResponse:
        """The whole answer.

        Raises:
            StreamNotFinishedError: the stream was not read to its end.
        """
        return _complete(self._response)

    async def aclose(self) -> None:
        """Stop reading and free the connection. Harmless when called again."""
        await self._deltas.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()


def _complete(response: LLMResponse | None) -> LLMResponse:
    if response is None:
        raise StreamNotFinishedError("the response is not complete: iterate the stream to its end first")
    return response
