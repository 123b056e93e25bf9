"""Any OpenAI-compatible server through any-llm."""

from typing import Any

from any_llm import AnyLLM
from any_llm.exceptions import ProviderError
from any_llm.utils.aio import run_async_in_sync
from openai import DefaultAsyncHttpxClient
from typing_extensions import override

from provider.adapters import AsyncParsedChunks, ParsedChunks
from provider.chat import AsyncChatLLM, ChatCalls, ChatLLM
from provider.errors import LLMProviderError, refused
from provider.http import async_http_client, with_version


class AnyLLMCalls(ChatCalls):
    """What AnyLLMBackend and AsyncAnyLLMBackend share: all but the waiting."""

    decoding_errors = (ProviderError, ValueError, TypeError)

    @property
    def url(self) -> str:
        """Where requests go."""
        return with_version(self.base_url or "https://api.openai.com")

    def sending_by(self, http: Any) -> AnyLLM:
        """any-llm with this client."""
        return AnyLLM.create_openai_compatible(
            "server",
            api_base=self.url,
            api_key=self.api_key or "none",
            timeout=self.timeout,
            max_retries=0,
            http_client=http,
            unified_exceptions=True,
        )

    @override
    def failure_from(self, error: Exception) -> LLMProviderError:
        # any-llm's own class does not tell the kind of a failure.
        cause = getattr(error, "original_exception", None) or error
        asked_wrongly = isinstance(cause, TypeError) and "keyword argument" in str(cause)
        return refused(str(cause)) if asked_wrongly else super().failure_from(cause)


class AnyLLMBackend(AnyLLMCalls, ChatLLM):
    """A model behind any-llm's provider for servers that are not in its list."""

    @override
    def connect(self) -> None:
        self._llm = self.sending_by(DefaultAsyncHttpxClient(follow_redirects=False))
        # any-llm cannot close its client, whose connections belong to the loop that any-llm calls it from.
        self.on_unload.callback(lambda: run_async_in_sync(self._llm.client.close()))

    @override
    def send(self, request: dict[str, Any]) -> Any:
        return self._llm.completion(allow_running_loop=True, **request).model_dump()

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        chunks = self._llm.completion(allow_running_loop=True, **_with_usage(request))
        # any-llm hides the content type: an answer without chunks counts as a body that is not a stream.
        return ParsedChunks((chunk.model_dump() for chunk in chunks), chunks.close, "application/json")


class AsyncAnyLLMBackend(AnyLLMCalls, AsyncChatLLM):
    """A model behind any-llm's asynchronous methods."""

    _http: Any = None

    @override
    async def connect(self) -> None:
        self._http = async_http_client(self.url, self.timeout)
        self._llm = self.sending_by(self._http)

    @override
    async def disconnect(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    @override
    async def send(self, request: dict[str, Any]) -> Any:
        return (await self._llm.acompletion(**request)).model_dump()

    @override
    async def open_stream(self, request: dict[str, Any]) -> AsyncParsedChunks:
        chunks: Any = await self._llm.acompletion(**_with_usage(request))
        return AsyncParsedChunks(chunks, _dumped, chunks.aclose, "application/json")


def _with_usage(request: dict[str, Any]) -> dict[str, Any]:
    return {"stream_options": {"include_usage": True}, **request}


def _dumped(chunk: Any) -> Any:
    return chunk.model_dump()
