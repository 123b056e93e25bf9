"""The base class of synchronous backends for chat completions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from functools import partial
from typing import Any

from typing_extensions import override

from provider.base import Message
from provider.chat.chat_calls import ChatCalls
from provider.chat.client import ClientLLM
from provider.chat.faces import each_stepped, stepped
from provider.chat.streams import Chunks
from provider.errors import LLMProviderError
from provider.response import LLMResponse, LLMStream


class ChatLLM(ChatCalls, ClientLLM):
    """A backend that sends chat completions.

    A subclass must define ``connect``, ``send`` and ``open_stream``, which may raise what its SDK raises. It
    may override ``disconnect``, ``build_request``, ``failure_from``, ``secrets`` and the class attributes.
    """

    @abstractmethod
    @override
    def send(self, request: dict[str, Any]) -> Any:
        """Send ``request`` and return the chat completion that answers it, as parsed JSON or its bytes."""

    @abstractmethod
    @override
    def open_stream(self, request: dict[str, Any]) -> Chunks:
        """Send ``request`` and return the chunks of the answer once it has begun."""

    @override
    def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return stepped(self.answered(messages, attachments, kwargs))

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        try:
            items = self.deltas(stepped(self.built(messages, attachments, kwargs)))
        except LLMProviderError as failure:
            items = self.failed(failure)
        return LLMStream(partial(_returning, items))


def _returning(items: AsyncGenerator[str | LLMResponse, None]) -> Generator[str, None, LLMResponse]:
    """Yield the deltas, and return the whole answer that follows them."""
    for item in each_stepped(items):
        if not isinstance(item, str):
            return item
        yield item
    raise AssertionError("a stream ends in its whole answer")
