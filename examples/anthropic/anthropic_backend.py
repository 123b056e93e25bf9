"""Claude through the anthropic SDK, which sends, decodes, and assembles a stream."""

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
from typing_extensions import override

from provider.adapters import ParsedChunks, completion_of, messages_request, sockets_of, text_chunks
from provider.chat import ChatLLM
from provider.errors import refused
from provider.http import checked_url


class AnthropicLLM(ChatLLM):
    """A model behind the anthropic SDK."""

    @override
    def connect(self) -> None:
        url = checked_url(self.base_url) if self.base_url else None
        http = httpx2.Client(timeout=self.timeout)
        self.on_unload.callback(sockets_of(http).cut)
        self._messages = anthropic.Anthropic(
            api_key=self.api_key, base_url=url, http_client=http, timeout=self.timeout, max_retries=0
        ).messages

    @override
    def send(self, request: dict[str, Any]) -> Any:
        answer = self._messages.create(**_arguments(request))
        return completion_of(answer.model_dump() if isinstance(answer, anthropic.BaseModel) else answer)

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        stream = self._messages.stream(**_arguments(request)).__enter__()
        return ParsedChunks(_chunks(stream), stream.close, stream.response.headers.get("content-type", ""))


def _chunks(stream: Any) -> Iterator[dict[str, Any]]:
    final = stream.get_final_message
    with contextlib.suppress(AssertionError):  # what the SDK raises where no message has begun
        yield from text_chunks(stream.text_stream, lambda: completion_of(final().model_dump()))


def _arguments(request: dict[str, Any]) -> dict[str, Any]:
    if "response_format" in request:
        raise refused("Anthropic's messages know no response_format")
    fields = messages_request({name: value for name, value in request.items() if name != "stream"})
    named = inspect.signature(anthropic.resources.Messages.create).parameters
    return {"extra_body": {name: fields.pop(name) for name in fields.keys() - named}, **fields}
