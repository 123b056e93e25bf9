"""The calls of backends for chat completions, written once for synchronous and asynchronous ones."""

from __future__ import annotations

import contextlib
import logging
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import Any, NamedTuple

from provider.chat.attachments import with_attachments
from provider.chat.call_ids import OPENAI, IdForm, is_common
from provider.chat.client import Client
from provider.chat.decoding import ChunkDecoder, decode_completion, parse_json
from provider.chat.messages import normalised
from provider.chat.requests import copied
from provider.chat.retries import with_retries
from provider.chat.surfaces import CHAT_COMPLETIONS, Surface
from provider.errors import ErrorKind, LLMProviderError
from provider.http.addresses import is_openai
from provider.http.calls import Call, sending
from provider.response import LLMResponse

logger = logging.getLogger(__name__)

_LARGE = 256 * 1024
"""Bytes of an answer that takes some milliseconds to decode: no event loop waits for that."""

_Deltas = AsyncGenerator[str, None]


class Undecoded(NamedTuple):
    """An answer that has still to be decoded.

    Attributes:
        size: its bytes.
        decode: makes the parsed JSON of a chat completion of it.
    """

    size: int
    decode: Callable[[], Any]


class ChatCalls(Client):
    """The calls of a backend that sends chat completions: all but how a request is sent, and how to wait."""

    empty_content: str | None = None
    """The content to send for a message that only calls tools."""

    id_form: IdForm = OPENAI
    """The ids of tool calls that the server accepts; others are replaced."""

    image_types: Sequence[str] = ("image/png", "image/jpeg", "image/gif", "image/webp")
    """The image types that the server accepts; other images are converted."""

    surface: Surface = CHAT_COMPLETIONS
    """The API that is asked."""

    prompt_cache_key: str | None = None
    """What OpenAI finds the cached beginning of a prompt by; sent to OpenAI only, with every request."""

    prompt_cache_retention: str | None = None
    """How long OpenAI keeps it, such as ``24h``; sent likewise."""

    @abstractmethod
    def send(self, request: dict[str, Any]) -> Any:
        """Send ``request``: the chat completion that answers it, as parsed JSON, its bytes or ``Undecoded``.

        A coroutine where the backend is asynchronous, as ``open_stream`` is.
        """

    @abstractmethod
    def open_stream(self, request: dict[str, Any]) -> Any:
        """Send ``request``: the chunks of the answer, once it has begun."""

    def check_answer(self, answer: Any) -> None:
        """Check the parsed JSON of an answer, or of a chunk of a stream, before it is decoded.

        Raises:
            LLMProviderError: it is not to be taken for an answer.
        """

    def build_request(self, messages: Any, attachments: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        """The body to send, together with the options of sending, which ``split_options`` separates.

        Raises:
            LLMProviderError: ``not_loaded``, or ``bad_request`` for what cannot be sent.
        """
        self.require_loaded()
        sent = normalised(messages, self.empty_content, self.provider, self.id_form, list(self.given_ids))
        if attachments is not None:
            sent = with_attachments(sent, attachments, self.capabilities, self.image_types)
        if is_openai(self.provider):
            cache = {name: getattr(self, name) for name in ("prompt_cache_key", "prompt_cache_retention")}
            options = {**cache, **options}
        request = {name: copied(value) for name, value in options.items() if value is not None}
        if not request.get("tools"):
            request.pop("tools", None)  # some servers refuse an empty list, and a choice from it
            request.pop("tool_choice", None)
        return {"model": self.model_name, "messages": sent, **request}

    async def answered(self, messages: Any, attachments: Any, options: Mapping[str, Any]) -> LLMResponse:
        """What ``invoke`` does."""
        try:
            request = await self.built(messages, attachments, options)
            request.pop("stream", None)
            call = self._new_call(request, streamed=False)
            response = await with_retries(
                partial(self._answer_to, call), self.face.sleep, self.max_retries, self.total_timeout
            )
        except LLMProviderError as failure:
            return self._raise_or_return(failure, LLMResponse())
        return self._remember(response)

    async def built(self, messages: Any, attachments: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        """The request, where the backend is loaded; building it may read files.

        Raises:
            LLMProviderError: why none can be sent.
        """
        await self.make_connected()
        if attachments is None:
            return self.build_request(messages, attachments, options)
        return await self.face.apart(self.build_request, messages, attachments, options)

    async def deltas(self, request: dict[str, Any]) -> AsyncGenerator[str | LLMResponse, None]:
        """The deltas of a stream, and then its whole answer.

        It is tried again only until its first delta has arrived.
        """
        decoder = ChunkDecoder()
        call = self._new_call({**request, "stream": True}, streamed=True)
        try:
            first, others = await with_retries(
                partial(self._begun, call, decoder), self.face.sleep, self.max_retries, self.total_timeout
            )
            async with contextlib.aclosing(others):
                if first is not None:
                    yield first
                async for delta in others:
                    yield delta
        except LLMProviderError as failure:
            for delta in decoder.flush():
                yield delta
            response = self._raise_or_return(failure, decoder.response)
        else:
            response = self._remember(decoder.response)
        yield response

    async def failed(self, failure: LLMProviderError) -> AsyncGenerator[str | LLMResponse, None]:
        """A stream of no deltas that ends in ``failure``."""
        yield self._raise_or_return(failure, LLMResponse())

    def _new_call(self, request: dict[str, Any], *, streamed: bool) -> Call:
        ends_at = None if self.total_timeout is None else monotonic() + self.total_timeout
        return Call(request, ends_at, streamed)

    async def _answer_to(self, call: Call) -> LLMResponse:
        self.require_loaded()
        with self.translated_errors(), sending(call):
            answer = await self.face.call(self.send, dict(call.arguments))
            if isinstance(answer, bytes):
                answer = Undecoded(len(answer), partial(parse_json, answer))
            if isinstance(answer, Undecoded) and answer.size > _LARGE:
                return await self.face.apart(self._decoded, answer, call)
            return self._decoded(answer, call)

    def _decoded(self, answer: Any, call: Call) -> LLMResponse:
        body = answer.decode() if isinstance(answer, Undecoded) else answer
        self.check_answer(body)
        return decode_completion(self.surface.completion(body), call.arguments)

    async def _begun(self, call: Call, decoder: ChunkDecoder) -> tuple[str | None, _Deltas]:
        """Send the request; returns its first delta, if any, and the generator of the others."""
        self.require_loaded()
        decoder.reset()
        deltas = self._try(call, decoder)
        return await anext(deltas, None), deltas

    async def _try(self, call: Call, decoder: ChunkDecoder) -> _Deltas:
        """Send the request and yield its deltas; ``decoder`` then holds the whole answer."""
        with self.translated_errors():
            chunks = await self._opened(call)
            try:
                async for chunk in self.face.each(chunks):
                    call.check_time()
                    self.check_answer(chunk)
                    for delta in decoder.feed(chunk):
                        yield delta
            except Exception as error:
                failure = error if isinstance(error, LLMProviderError) else self.failure_from(error)
                if decoder.response.finish_reason is None or not failure.is_transport_error:
                    raise
                logger.info("%s: the connection broke after the answer: %s", self.model_name, failure.message)
            finally:
                await self.face.close(chunks)
            decoder.terminated = chunks.terminated
        for held in (decoder.flush(), decoder.answer_in_reasoning(call.arguments)):
            for delta in held:
                yield delta
        decoder.finish()

    async def _opened(self, call: Call) -> Any:
        with sending(call):
            return await self.face.call(self.open_stream, dict(call.arguments))

    def _raise_or_return(self, failure: LLMProviderError, so_far: LLMResponse) -> LLMResponse:
        """Raise a context overflow; return every other failure in the response."""
        if failure.kind is ErrorKind.CONTEXT_LIMIT:
            raise failure
        logger.warning("%s: %s: %s", self.model_name, failure.kind, failure.message)
        return so_far.failed(failure)

    def _remember(self, response: LLMResponse) -> LLMResponse:
        self.last_prompt_tokens = response.prompt_tokens
        self.last_cached_prompt_tokens = response.cached_prompt_tokens
        response.carried.origin = self.provider
        for call in response.tool_calls:
            is_unusual = not self.id_form.accepts(call["id"])
            if is_unusual:
                self.given_ids.append(call["id"])
            if is_unusual or not is_common(call["id"]):  # the message then names the provider of the id
                response.carried.calls.setdefault(call["id"], {})
        return response
