"""The backend for a hundred providers, chosen by model string, through litellm."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from provider.chat.asynchronous import AsyncChatLLM
from provider.chat.backend import ChatLLM
from provider.chat.streams import AsyncEventChunks
from provider.errors import LLMProviderError
from provider.litellm.calls import LiteLLMCalls

if TYPE_CHECKING:
    import httpx


class LiteLLM(LiteLLMCalls, ChatLLM):
    """A model behind ``litellm.completion``, chosen by its model string.

    A chat completion is decoded from its bytes. Of other answers litellm
    decodes the text; the finish reason, the token counts and the errors are
    read from the bytes (``provider.litellm.routes``).

    Args:
        model_name: route and model, e.g. ``anthropic/claude-sonnet-4-6``; the route may be left out where
            litellm knows it, e.g. ``gpt-4o``.
        api_key: the key, or its variable's name; None lets litellm find the provider's in the environment, of
            which nothing is sent where ``base_url`` names another server.
        base_url: another server's URL, in the form that the route expects; nothing is added to its path, so
            that of an ``openai/`` server mostly ends with ``/v1``.
        timeout: seconds that each wait may take, also for all of a whole answer, or between two events.
        max_retries: how often a request is sent again after a retryable failure.
        total_timeout: seconds that a whole call may take, with its retries; None for no limit.
        max_bytes: how much a whole answer, or one event of a stream, may have.
        options: further arguments of the route, e.g. ``api_version``, or ``vertex_project`` and
            ``vertex_credentials`` (the JSON of a service account; ``vertex_ai/`` needs the extra ``vertex``).
    """

    _http: httpx.Client | None = None

    @override
    def connect(self) -> None:
        self.prepare()
        import openai

        from provider.litellm.clients import AzureClient, RouteClient
        from provider.litellm.places import serve_handlers_without_client
        from provider.litellm.transport import capturing_client

        serve_handlers_without_client()
        http = self._http = self.new_http(capturing_client)
        if self.is_azure:
            self._client = self.new_sdk(AzureClient, http)
        else:
            self._client = RouteClient(http, partial(self.new_sdk, openai.OpenAI, http))

    @override
    def disconnect(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = self._client = None

    @override
    def send(self, request: dict[str, Any]) -> Any:
        exchange = self.exchange_for(request)
        answer = None
        try:
            with self.sending(exchange):
                answer = self._litellm.completion(**self.arguments_of(request))
        except LLMProviderError:
            if not self.decodes_failed(exchange):
                raise
        return self.received(answer, exchange)

    @override
    def open_stream(self, request: dict[str, Any]) -> Any:
        exchange = self.exchange_for(request, stream=True, frames=self._route.frames)
        with self.sending(exchange):
            wrapper = self._litellm.completion(**self.arguments_of(self.streamed(request)))
            if hasattr(wrapper, "fetch_sync_stream"):
                # Otherwise Gemini's request would be sent at the first chunk: not captured and not retried.
                wrapper.fetch_sync_stream()
            return self._route.chunks(wrapper, exchange)


class AsyncLiteLLM(LiteLLMCalls, AsyncChatLLM):
    """An asynchronous :class:`LiteLLM`, with its arguments, through ``litellm.acompletion``.

    On a few old routes litellm sends in a thread instead, which ends with the answer, or by ``unload``: a
    cancelled call keeps its connection until then.
    """

    _http: httpx.AsyncClient | None = None
    _http_in_threads: httpx.Client | None = None

    @override
    async def connect(self) -> None:
        await self.face.apart(self._connect_apart)  # the import of litellm takes seconds

    def _connect_apart(self) -> None:
        self.prepare()
        import openai

        from provider.litellm.async_transport import async_capturing_client
        from provider.litellm.clients import AsyncAzureClient, AsyncRouteClient, AzureClient, RouteClient
        from provider.litellm.places import serve_awaited_handlers_without_client
        from provider.litellm.transport import capturing_client

        serve_awaited_handlers_without_client()
        http = self._http = self.new_http(async_capturing_client)
        in_threads = self._http_in_threads = self.new_http(capturing_client)
        if self.is_azure:
            self._client = self.new_sdk(AsyncAzureClient, http)
            self._client_in_threads = self.new_sdk(AzureClient, in_threads)
        else:
            self._client = AsyncRouteClient(http, partial(self.new_sdk, openai.AsyncOpenAI, http))
            self._client_in_threads = RouteClient(
                in_threads, partial(self.new_sdk, openai.OpenAI, in_threads)
            )

    @override
    async def disconnect(self) -> None:
        http, in_threads = self._http, self._http_in_threads
        self._http = self._http_in_threads = self._client = self._client_in_threads = None
        if in_threads is not None:
            in_threads.close()
        if http is not None:
            await http.aclose()

    @override
    async def send(self, request: dict[str, Any]) -> Any:
        exchange = self.exchange_for(request)
        answer = None
        try:
            with self.sending(exchange):
                answer = await self._litellm.acompletion(**self.arguments_of(request))
        except LLMProviderError:
            if not self.decodes_failed(exchange):
                raise
        return self.received(answer, exchange)

    @override
    async def open_stream(self, request: dict[str, Any]) -> Any:
        exchange = self.exchange_for(request, stream=True, frames=self._route.frames, events=AsyncEventChunks)
        from provider.litellm.async_transport import awaited

        with self.sending(exchange):
            wrapper = await self._litellm.acompletion(**self.arguments_of(self.streamed(request)))
            if hasattr(wrapper, "fetch_stream"):
                await wrapper.fetch_stream()
            if exchange.answer is not None:
                exchange.answer = awaited(exchange.answer)
            return self._route.chunks(wrapper, exchange)
