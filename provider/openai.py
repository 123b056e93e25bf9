"""OpenAI and everything that speaks its chat completions, through the openai SDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from provider.chat.asynchronous import AsyncChatLLM
from provider.chat.backend import ChatLLM
from provider.chat.call_ids import MISTRAL
from provider.chat.chat_calls import ChatCalls
from provider.chat.objects import AsyncObjectChunks, ObjectChunks, fields_of
from provider.chat.requests import split_options
from provider.chat.streams import AsyncChunks, AsyncEventChunks, Chunks, EventChunks
from provider.chat.surfaces import API, RESPONSES, surface_of
from provider.errors import refused
from provider.http.addresses import checked_key, provider_name, with_version
from provider.http.progress import MAX_BYTES

if TYPE_CHECKING:
    import httpx
    import openai


_OPENAI = "https://api.openai.com/v1"
"""Where the SDK sends by default."""


class OpenAICalls(ChatCalls):
    """What OpenAILLM and AsyncOpenAILLM share: all but the waiting."""

    client: Any = None
    _http: Any = None
    _headers: Mapping[str, str | openai.Omit] = MappingProxyType({})

    def __init__(
        self,
        model_name: str,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = 60.0,
        max_retries: int = 2,
        total_timeout: float | None = None,
        max_bytes: int = MAX_BYTES,
        api: API = "chat_completions",
        prompt_cache_key: str | None = None,
        prompt_cache_retention: str | None = None,
    ) -> None:
        super().__init__(
            model_name,
            api_key,
            base_url,
            timeout=timeout,
            max_retries=max_retries,
            total_timeout=total_timeout,
            max_bytes=max_bytes,
        )
        self.surface = surface_of(api)
        self.prompt_cache_key = prompt_cache_key
        self.prompt_cache_retention = prompt_cache_retention

    def make_client(self, make_http: Callable[..., Any], sdk_class: str) -> None:
        """Make the SDK's client, and the HTTP client that it sends with."""
        try:
            import openai
            import openai.resources.chat  # which the SDK would import at the first call
        except ImportError as error:
            extra = "pip install 'llm-backend-conformance[openai]'"
            raise refused(f"the openai SDK is not installed ({error}): {extra}") from None

        base_url = with_version(self.base_url) if self.base_url else None
        if self.api_key is None and base_url is None:
            self.api_key = checked_key("OPENAI_API_KEY")
        if base_url and "api.mistral.ai" in base_url:
            self.id_form = MISTRAL
        given = self.given_by_caller()
        self._http = make_http(base_url, self.timeout, max_bytes=self.max_bytes, given=given)
        self.client = getattr(openai, sdk_class)(
            api_key=self.api_key or "none",
            base_url=base_url,
            http_client=self._http,
            timeout=self.timeout,
            max_retries=0,
        )
        # "none" only satisfies the SDK, and is not sent. It prefers a header of the environment to its key.
        self._headers = {"Authorization": f"Bearer {self.api_key}" if self.api_key else openai.Omit()}

    def taken_client(self) -> Any:
        """The HTTP client to close, None where there is none; the backend then has no client."""
        http, self._http, self.client = self._http, None, None
        return http

    @property
    @override
    def provider(self) -> str:
        url = with_version(self.base_url) if self.base_url else None
        if self.surface is RESPONSES:  # what a response wants back, a chat completion does not take
            url = f"{url or _OPENAI}/responses"
        return provider_name("openai", url)

    def asking(self, request: dict[str, Any]) -> Callable[[], Any]:
        """What sends ``request`` and returns a response whose bytes can be read, or what a test answers."""
        if self.client is None:
            raise self.not_loaded_error()
        from openai.resources.chat import AsyncCompletions, Completions
        from openai.resources.responses import AsyncResponses, Responses

        request = self.surface.request(request)
        asked = self.client.responses if self.surface is RESPONSES else self.client.chat.completions
        if not isinstance(asked, Completions | AsyncCompletions | Responses | AsyncResponses):
            return partial(asked.create, **request)
        arguments = _arguments(request, self._headers)
        if not request.get("stream"):
            return partial(asked.with_raw_response.create, **arguments)
        # Not by ``with``, which closes what it opened: a test's answer has no close.
        opened: Any = asked.with_streaming_response.create(**arguments)
        enter: Callable[[], Any] = getattr(opened, "__aenter__", None) or opened.__enter__
        return enter


class OpenAILLM(OpenAICalls, ChatLLM):
    """A model behind the openai SDK.

    The SDK builds and sends the request. The answer is decoded here, because
    the SDK loses errors inside a 200, cut streams and unusual events.

    Args:
        model_name: the model, e.g. ``gpt-4o``.
        api_key: the key; None reads ``OPENAI_API_KEY`` for OpenAI itself and sends none elsewhere.
        base_url: another server's URL, with or without ``/v1``.
        timeout: seconds that each wait may take, also for all of a whole answer, or between two events.
        max_retries: how often a request is sent again after a retryable failure.
        total_timeout: seconds that a whole call may take, with its retries; None for no limit.
        max_bytes: how much a whole answer, or one event of a stream, may have.
        api: the API to ask, ``chat_completions`` or ``responses``; nothing is stored there by default.
        prompt_cache_key: sent with every request to OpenAI itself, and to no other server.
        prompt_cache_retention: likewise.

    Attributes:
        client: the SDK's client while it is loaded. A test of an application's may put its own here, whose
            ``chat.completions.create``, or ``responses.create``, is then called, and its answers are read by
            their attributes.
    """

    @override
    def connect(self) -> None:
        if self.client is None:
            from provider.http.transport import http_client

            self.make_client(http_client, "OpenAI")

    @override
    def disconnect(self) -> None:
        if (http := self.taken_client()) is not None:
            http.close()

    @override
    def send(self, request: dict[str, Any]) -> Any:
        answer = self.asking(request)()
        response = _received(answer)
        return fields_of(answer) if response is None else response.content

    @override
    def open_stream(self, request: dict[str, Any]) -> Chunks:
        answer = self.asking(request)()
        response = _received(answer)
        events = ObjectChunks(answer) if response is None else EventChunks.of(response)
        chunks: Chunks = self.surface.chunks(events)
        return chunks


class AsyncOpenAILLM(OpenAICalls, AsyncChatLLM):
    """An asynchronous :class:`OpenAILLM`, with its arguments, through the SDK's asynchronous client."""

    @override
    async def connect(self) -> None:
        if self.client is None:
            await self.face.apart(self._make_client)  # the import of the SDK takes a second

    def _make_client(self) -> None:
        from provider.http.async_transport import async_http_client

        self.make_client(async_http_client, "AsyncOpenAI")

    @override
    async def disconnect(self) -> None:
        if (http := self.taken_client()) is not None:
            await http.aclose()

    @override
    async def send(self, request: dict[str, Any]) -> Any:
        answer = await self.asking(request)()
        response = _received(answer)
        return fields_of(answer) if response is None else response.content

    @override
    async def open_stream(self, request: dict[str, Any]) -> AsyncChunks:
        answer = await self.asking(request)()
        response = _received(answer)
        events = AsyncObjectChunks(answer) if response is None else AsyncEventChunks.of(response)
        chunks: AsyncChunks = self.surface.chunks(events)
        return chunks


def _received(answer: Any) -> httpx.Response | None:
    """The response that the SDK has received; None where a test has replaced what sends."""
    import httpx

    response = getattr(answer, "http_response", None)
    return response if isinstance(response, httpx.Response) else None


def _arguments(request: dict[str, Any], headers: Mapping[str, Any]) -> dict[str, Any]:
    """The SDK's arguments; those that it does not require go into the body unchanged."""
    body, sending = split_options(request)
    named: dict[str, Any] = {name: body.pop(name) for name in ("model", "messages", "input") if name in body}
    streamed = bool(body.pop("stream", False))
    sending["extra_headers"] = {**headers, **sending.get("extra_headers", {})}
    return {**named, "stream": streamed, "extra_body": body, **sending}
