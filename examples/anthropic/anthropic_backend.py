"""Claude through the anthropic SDK, which sends, decodes, and assembles a stream."""

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2

from provider.adapters.anthropic import as_messages, completion
from provider.adapters.sockets import sockets_of
from provider.adapters.streams import ParsedChunks, text_and_rest
from provider.chat.backend import ChatLLM
from provider.chat.streams import Chunks
from provider.errors import refused
from provider.http.addresses import checked_key, checked_url


class AnthropicLLM(ChatLLM):
    """A model behind the anthropic SDK."""

    def _connect(self) -> None:
        self._api_key = checked_key(self._given_key)
        url = checked_url(self.base_url) if self.base_url else None
        http = httpx2.Client(timeout=self.timeout)
        self._opened.callback(sockets_of(http).cut)
        self._messages = anthropic.Anthropic(
            api_key=self._api_key, base_url=url, http_client=http, timeout=self.timeout, max_retries=0
        ).messages

    def _send(self, request: dict[str, Any]) -> Any:
        answer = self._messages.create(**_arguments(request))
        return completion(answer.model_dump() if isinstance(answer, anthropic.BaseModel) else answer)

    def _open(self, request: dict[str, Any]) -> Chunks:
        stream = self._messages.stream(**_arguments(request)).__enter__()
        return ParsedChunks(_chunks(stream), stream.close, stream.response.headers.get("content-type", ""))


def _chunks(stream: Any) -> Iterator[dict[str, Any]]:
    final = stream.get_final_message
    with contextlib.suppress(AssertionError):  # what the SDK raises where no message has begun
        yield from text_and_rest(stream.text_stream, lambda: completion(final().model_dump()))


def _arguments(request: dict[str, Any]) -> dict[str, Any]:
    if "response_format" in request:
        raise refused("Anthropic's messages know no response_format")
    fields = as_messages({name: value for name, value in request.items() if name != "stream"})
    named = inspect.signature(anthropic.resources.Messages.create).parameters
    return {"extra_body": {name: fields.pop(name) for name in fields.keys() - named}, **fields}
