"""LM Studio over HTTP, and other servers with its chat completions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from provider.chat.asynchronous import AsyncChatLLM
from provider.chat.attachments import UNIVERSAL_IMAGE_TYPES
from provider.chat.backend import ChatLLM
from provider.chat.chat_calls import ChatCalls
from provider.chat.faces import stepped
from provider.chat.requests import split_options, with_only_the_chosen_tool
from provider.chat.streams import AsyncChunks, AsyncEventChunks, Chunks, EventChunks
from provider.chat.surfaces import API, RESPONSES, surface_of
from provider.errors import ErrorKind, LLMProviderError
from provider.failures.classify import classify
from provider.http.addresses import checked_url, provider_name
from provider.http.progress import MAX_BYTES
from provider.json_values import mapping
from provider.lmstudio.instances import ServedModel
from provider.lmstudio.models import ModelServer

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    import httpx

_SUFFIXES = ("/api/v0", "/api/v1", "/v1")

_ANY_OBJECT = {"type": "json_schema", "json_schema": {"name": "object", "schema": {"type": "object"}}}
"""Requests any JSON object, for LM Studio refuses ``json_object`` (bug tracker #189)."""


class LMStudioCalls(ChatCalls):
    """What LMStudioLLM and AsyncLMStudioLLM share: all but the waiting."""

    # LM Studio refuses null here (lmstudio-ai/lmstudio-bug-tracker#261).
    empty_content = ""
    image_types = UNIVERSAL_IMAGE_TYPES

    def __init__(
        self,
        model_name: str,
        base_url: str = "http://localhost:1234",
        api_key: str | None = None,
        *,
        timeout: float = 60.0,
        max_retries: int = 2,
        total_timeout: float | None = None,
        max_bytes: int = MAX_BYTES,
        api: API = "chat_completions",
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
        self._http: Any = None
        self._root = ""
        self._served = ServedModel(model_name)
        self._requested_size: int | None = None

    async def make_client(self, make_http: Callable[..., Any]) -> None:
        """Make the HTTP client, and make the model ready."""
        self._root = checked_url(self.base_url or "")
        for suffix in _SUFFIXES:
            self._root = self._root.removesuffix(suffix).rstrip("/")
        make = partial(make_http, max_bytes=self.max_bytes, given=self.given_by_caller())
        self._http = await self.face.apart(make, self._root, self.timeout)
        if self.api_key:
            self._http.headers["Authorization"] = f"Bearer {self.api_key}"
        models = ModelServer(self._http, self._root, self.face)
        self._served = await models.acquire(self.model_name, self.context_size or 0)
        requested = self._requested_size = self.context_size
        self.context_size = self._served.context_size or requested
        if self.context_size and requested and self.context_size < requested:
            logger.warning(
                "%s has %d tokens, %d were requested", self.model_name, self.context_size, requested
            )
        if self._served.vision is not None:
            self.capabilities["image"] = self._served.vision

    async def close_client(self) -> None:
        """Unload the model where nobody else uses it, and close the HTTP client."""
        http, self._http = self._http, None
        served, self._served = self._served, ServedModel(self.model_name)
        if served.context_size and served.context_size == self.context_size:
            self.context_size = self._requested_size  # the next load requests the same again
        if http is not None:
            try:
                with self.translated_errors():
                    await ModelServer(http, self._root, self.face).release(served)
            except LLMProviderError as failure:
                logger.warning("%s was not unloaded: %s", self.model_name, failure.message)
            finally:
                await self.face.close(http)

    async def whole_answer(self, request: dict[str, Any]) -> bytes:
        """Send the request and read the answer."""
        response = await self.open_answer(request)
        try:
            return await self.face.read(response)
        finally:
            await self.face.close(response)

    async def open_answer(self, request: dict[str, Any]) -> httpx.Response:
        """Send the request; the body of a successful answer is not read yet.

        Raises:
            LLMProviderError: the server answered with an error status.
        """
        http, model = self._http, self._served.name
        if http is None:
            raise self.not_loaded_error()
        body, sending = split_options(request)
        sent = http.build_request(
            "POST",
            f"{self._root}/v1{self.surface.path}",
            json=self.surface.request(_in_lmstudio_form(body, model)),
            headers=sending.get("extra_headers"),
            timeout=sending.get("timeout", self.timeout),
        )
        response: httpx.Response = await self.face.call(http.send, sent, stream=True)
        if response.is_success:
            return response
        try:
            error = await self.face.read(response)
            raise classify(response.status_code, error, headers=response.headers)
        finally:
            await self.face.close(response)

    @property
    @override
    def provider(self) -> str:
        url = f"{self.base_url}/responses" if self.surface is RESPONSES else self.base_url
        return provider_name("LMStudioLLM", url)

    @override
    def check_answer(self, answer: Any) -> None:
        """Refuse the answer of another model: LM Studio uses whichever is loaded (bug tracker #619).

        Raises:
            LLMProviderError: ``not_found``, naming both models.
        """
        answered = answer.get("model") if isinstance(answer, Mapping) else None
        if answered and isinstance(answered, str) and not self._served.has_name(answered):
            raise LLMProviderError(
                f"{answered} answered in place of {self.model_name}", kind=ErrorKind.NOT_FOUND
            )


class LMStudioLLM(LMStudioCalls, ChatLLM):
    """A model served by LM Studio.

    It uses HTTP, not LM Studio's own SDK, whose WebSocket cannot be recorded,
    and which cannot return tool calls without running them. ``load`` loads
    the model where the server can (LM Studio 0.4 and newer), and the last
    ``unload`` in this process unloads it again. Set ``context_size`` before
    ``load`` to request that many tokens; while loaded it is the real size.

    Args:
        model_name: the model's key in LM Studio.
        base_url: the server's URL, with or without ``/v1``.
        api_key: the API token, where the server requires one.
        timeout: seconds that each wait may take, also for all of a whole answer, or between two events.
        max_retries: how often a request is sent again after a retryable failure.
        total_timeout: seconds that a whole call may take, with its retries; None for no limit.
        max_bytes: how much a whole answer, or one event of a stream, may have.
        api: the API to ask, ``chat_completions`` or ``responses`` (LM Studio 0.3.29 and newer).
    """

    @override
    def connect(self) -> None:
        from provider.http.transport import http_client

        stepped(self.make_client(http_client))

    @override
    def disconnect(self) -> None:
        stepped(self.close_client())

    @override
    def send(self, request: dict[str, Any]) -> Any:
        return stepped(self.whole_answer(request))

    @override
    def open_stream(self, request: dict[str, Any]) -> Chunks:
        chunks: Chunks = self.surface.chunks(EventChunks.of(stepped(self.open_answer(request))))
        return chunks


class AsyncLMStudioLLM(LMStudioCalls, AsyncChatLLM):
    """An asynchronous :class:`LMStudioLLM`, with its arguments."""

    @override
    async def connect(self) -> None:
        from provider.http.async_transport import async_http_client

        await self.make_client(async_http_client)

    @override
    async def disconnect(self) -> None:
        await self.close_client()

    @override
    async def send(self, request: dict[str, Any]) -> Any:
        return await self.whole_answer(request)

    @override
    async def open_stream(self, request: dict[str, Any]) -> AsyncChunks:
        chunks: AsyncChunks = self.surface.chunks(AsyncEventChunks.of(await self.open_answer(request)))
        return chunks


def _in_lmstudio_form(request: Mapping[str, Any], model: str) -> dict[str, Any]:
    """The request in the form that LM Studio accepts.

    It knows neither ``json_object`` nor the role ``developer`` (bug tracker #669), nor a ``tool_choice`` that
    names a tool (#670).

    Raises:
        LLMProviderError: ``bad_request``, when the chosen tool is not among the tools.
    """
    adapted = {**request, "model": model}
    adapted["messages"] = [
        {**message, "role": "system"} if message["role"] == "developer" else message
        for message in request["messages"]
    ]
    if mapping(adapted.get("response_format")).get("type") == "json_object":
        adapted["response_format"] = _ANY_OBJECT
    return with_only_the_chosen_tool(adapted)
