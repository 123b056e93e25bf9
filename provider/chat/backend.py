"""The base class of backends for chat completions: all that they share but how a request is sent."""

from __future__ import annotations

import contextlib
import logging
from abc import abstractmethod
from collections.abc import Generator, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any

from typing_extensions import override

from provider.base import Message
from provider.chat.attachments import with_attachments
from provider.chat.call_ids import OPENAI, IdForm, is_common
from provider.chat.client import ClientLLM
from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.chat.messages import normalised
from provider.chat.requests import copied
from provider.chat.retries import with_retries
from provider.chat.streams import Chunks
from provider.errors import ErrorKind, LLMProviderError
from provider.http.addresses import is_openai
from provider.http.calls import Call, sending
from provider.response import LLMResponse, LLMStream

logger = logging.getLogger(__name__)

_Deltas = Generator[str, None, None]


class ChatLLM(ClientLLM):
    """A backend that sends chat completions.

    A subclass must define ``connect``, ``send`` and ``open_stream``, which may raise what its SDK raises. It
    may override ``disconnect``, ``build_request``, ``failure_from``, ``secrets`` and the class attributes.
    """

    empty_content: str | None = None
    """The content to send for a message that only calls tools."""

    id_form: IdForm = OPENAI
    """The ids of tool calls that the server accepts; others are replaced."""

    image_types: Sequence[str] = ("image/png", "image/jpeg", "image/gif", "image/webp")
    """The image types that the server accepts; other images are converted."""

    prompt_cache_key: str | None = None
    """What OpenAI finds the cached beginning of a prompt by; sent to OpenAI only, with every request."""

    prompt_cache_retention: str | None = None
    """How long OpenAI keeps it, such as ``24h``; sent likewise."""

    @abstractmethod
    def send(self, request: dict[str, Any]) -> Any:
        """Send ``request`` and return the chat completion that answers it, as parsed JSON."""

    @abstractmethod
    def open_stream(self, request: dict[str, Any]) -> Chunks:
        """Send ``request`` and return the chunks of the answer once it has begun."""

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

    @override
    def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        try:
            request = self.build_request(messages, attachments, kwargs)
            request.pop("stream", None)
            call = self._new_call(request, streamed=False)
            response = with_retries(partial(self._answer_to, call), self.max_retries, self.total_timeout)
        except LLMProviderError as failure:
            return self._raise_or_return(failure, LLMResponse())
        return self._remember(response)

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        try:
            request = {**self.build_request(messages, attachments, kwargs), "stream": True}
        except LLMProviderError as failure:
            return LLMStream(partial(self._failed_stream, failure))
        return LLMStream(partial(self._deltas, request))

    def _new_call(self, request: dict[str, Any], *, streamed: bool) -> Call:
        ends_at = None if self.total_timeout is None else monotonic() + self.total_timeout
        return Call(request, ends_at, streamed)

    def _answer_to(self, call: Call) -> LLMResponse:
        self.require_loaded()
        with self.translated_errors(), sending(call):
            return decode_completion(self.send(dict(call.arguments)), call.arguments)

    def _deltas(self, request: dict[str, Any]) -> Generator[str, None, LLMResponse]:
        """The deltas of a stream, which is tried again only until its first delta has arrived."""
        decoder = ChunkDecoder()
        begin = partial(self._begun, self._new_call(request, streamed=True), decoder)
        try:
            first, others = with_retries(begin, self.max_retries, self.total_timeout)
            with contextlib.closing(others):
                yield from first
                yield from others
        except LLMProviderError as failure:
            yield from decoder.flush()
            return self._raise_or_return(failure, decoder.response)
        return self._remember(decoder.response)

    def _begun(self, call: Call, decoder: ChunkDecoder) -> tuple[list[str], _Deltas]:
        """Send the request; returns its first delta, if any, and the generator of the others."""
        self.require_loaded()
        decoder.reset()
        deltas = self._try(call, decoder)
        return list(islice(deltas, 1)), deltas

    def _try(self, call: Call, decoder: ChunkDecoder) -> _Deltas:
        """Send the request and yield its deltas; ``decoder`` then holds the whole answer."""
        with self.translated_errors(), contextlib.closing(self._opened(call)) as chunks:
            try:
                for chunk in chunks:
                    call.check_time()
                    yield from decoder.feed(chunk)
            except Exception as error:
                failure = error if isinstance(error, LLMProviderError) else self.failure_from(error)
                if decoder.response.finish_reason is None or not failure.is_transport_error:
                    raise
                logger.info("%s: the connection broke after the answer: %s", self.model_name, failure.message)
            decoder.terminated = chunks.terminated
        yield from decoder.flush()
        yield from decoder.answer_in_reasoning(call.arguments)
        decoder.finish()

    def _opened(self, call: Call) -> Chunks:
        with sending(call):
            return self.open_stream(dict(call.arguments))

    def _failed_stream(self, failure: LLMProviderError) -> Generator[str, None, LLMResponse]:
        """A stream that yields nothing and ends in ``failure``."""
        yield from ()
        return self._raise_or_return(failure, LLMResponse())

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
