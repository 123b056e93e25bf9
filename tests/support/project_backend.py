"""A backend without an SDK, for runs that are about the suite and not about a backend."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from typing import Any

import httpx

from provider.base import BaseLLM, Message
from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse, LLMStream


class PlainLLM(BaseLLM):
    """Plain httpx, because importing an SDK takes longer than everything else in a run.

    It sends the requests of ``OpenAILLM``, and turns every exception into a connection error, as SDKs do.
    """

    def __init__(self, model: str, *, api_key: str, base_url: str, timeout: float, max_retries: int) -> None:
        super().__init__(model)
        self.base_url = base_url
        headers = {"authorization": f"Bearer {api_key}"}
        # It needs no retries: without keep-alive it never reuses a connection that the engine has closed.
        assert max_retries >= 0
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(
            base_url=base_url, headers=headers, timeout=timeout, limits=limits, verify=False
        )

    def load(self) -> bool:
        self.loaded = True
        return True

    def unload(self) -> None:
        self.loaded = False
        self._client.close()

    def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        assert not attachments
        try:
            return decode_completion(self._post(messages, stream=False, **kwargs).json())
        except Exception:  # noqa: BLE001
            return _connection_error()

    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        assert not attachments
        return LLMStream(lambda: self._deltas(messages, kwargs))

    def _deltas(
        self, messages: Sequence[Message], kwargs: dict[str, Any]
    ) -> Generator[str, None, LLMResponse]:
        decoder = ChunkDecoder()
        try:
            answer = self._post(messages, stream=True, stream_options={"include_usage": True}, **kwargs)
            for line in answer.text.split("\n"):
                if line.startswith("data: {"):
                    yield from decoder.feed(json.loads(line.removeprefix("data: ")))
            return decoder.finish()
        except Exception:  # noqa: BLE001
            return _connection_error()

    def _post(self, messages: Sequence[Message], **rest: Any) -> httpx.Response:
        request = {"model": self.model_name, "messages": list(messages), **rest}
        return self._client.post("/v1/chat/completions", json=request).raise_for_status()


def _connection_error() -> LLMResponse:
    return LLMResponse().failed(LLMProviderError("Connection error.", kind=ErrorKind.CONNECTION))
