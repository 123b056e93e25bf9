"""What the three backends have in common: everything but how a request is sent."""

from __future__ import annotations

import contextlib
import logging
import threading
from abc import abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from provider.base import BaseLLM, Message
from provider.chat.attachments import with_attachments
from provider.chat.capabilities import known_capabilities
from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.chat.messages import copied, normalised
from provider.chat.retries import with_retries
from provider.chat.streams import Chunks
from provider.errors import ErrorKind, LLMProviderError, malformed
from provider.failures.classify import classify
from provider.failures.exceptions import message_of
from provider.http.addresses import checked_key, without
from provider.response import LLMResponse, LLMStream

logger = logging.getLogger(__name__)

SEND_OPTIONS = ("timeout", "extra_headers")
"""The keyword arguments of a call that say how it is sent and do not go into its body."""


def split_options(request: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body of a request, and its ``SEND_OPTIONS``."""
    body = {name: value for name, value in request.items() if name not in SEND_OPTIONS}
    return body, {name: request[name] for name in SEND_OPTIONS if name in request}


class ChatLLM(BaseLLM):
    """A backend that sends chat completions.

    A subclass says how to connect, send and read; it may raise what its SDK
    raises.

    Args:
        model_name: the model, in the provider's words.
        api_key: the key, None where the server wants none.
        base_url: the provider's URL; None for the SDK's own default.
        timeout: seconds that each wait may take, also between two events of a stream.
        max_retries: how often a request is sent again after a retryable failure.
    """

    def __init__(
        self, model_name: str, api_key: str | None, base_url: str | None, *, timeout: float, max_retries: int
    ) -> None:
        super().__init__(model_name)
        self.base_url = base_url
        self.timeout = timeout
        self.max_retries = max_retries
        self.capabilities.update(known_capabilities(model_name))
        self._given_key = api_key
        self.api_key: str | None = None
        self._lifecycle = threading.RLock()
        self.on_unload = contextlib.ExitStack()

    empty_content: str | None = None
    """The content of a message that only calls tools; litellm may replace an empty one by a sentence."""

    image_types: Sequence[str] = ("image/png", "image/jpeg", "image/gif", "image/webp")
    """The image types that the server accepts; others are converted."""

    decoding_errors: tuple[type[Exception], ...] = ()
    """What a library raises for an answer that it cannot read: a ``malformed_response``."""

    @abstractmethod
    def connect(self) -> None:
        """Make the client and register in ``on_unload`` how to close it."""

    def disconnect(self) -> None:
        """Close the client and everything it opened."""
        self.on_unload.close()

    @abstractmethod
    def send(self, request: dict[str, Any]) -> Any:
        """Send ``request`` and return the parsed JSON of the answer."""

    @abstractmethod
    def open_stream(self, request: dict[str, Any]) -> Chunks:
        """Send ``request`` and return its chunks once the answer has begun."""

    def failure_from(self, error: Exception) -> LLMProviderError:
        """Classify what the SDK or the transport raised."""
        if isinstance(error, self.decoding_errors):
            return malformed("the answer could not be read", message_of(error) or type(error).__name__)
        status = body = None
        with contextlib.suppress(Exception):  # a property of an SDK may raise
            response: Any = getattr(error, "response", getattr(error.__cause__, "response", None))
            status = getattr(response, "status_code", None)
            body = getattr(error, "body", None)
            body = response.content  # the SDK's own ``body`` is only the field "error" of it
        return classify(status, body, error)

    def load(self) -> bool:
        """Make the backend ready. Idempotent; False, with the reason logged, when it cannot be."""
        with self._lifecycle:
            if self.loaded:
                return True
            try:
                with self.translated_errors():
                    self.api_key = checked_key(self._given_key)
                    self.connect()
            except LLMProviderError as failure:
                logger.error("%s cannot be loaded: %s", self.model_name, failure.message)
                self.disconnect()
                return False
            self.loaded = True
            return True

    def unload(self) -> None:
        """Close the client; a stream still open ends as interrupted."""
        with self._lifecycle:
            self.loaded = False
            self.disconnect()

    def invoke(
        self, messages: Sequence[Message], attachments: Sequence[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        """Ask for one answer; raises LLMProviderError for a context overflow only."""

        def once() -> LLMResponse:
            with self.translated_errors():
                return decode_completion(self.send(dict(request)), request)

        try:
            request = self.build_request(messages, attachments, {**kwargs, "stream": None})
            response = with_retries(once, self.max_retries)
        except LLMProviderError as failure:
            return self._raise_or_return(failure, LLMResponse())
        return self._remember_usage(response)

    def stream(
        self, messages: Sequence[Message], attachments: Sequence[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        """Ask for one answer, delta by delta; sends at the first iteration."""
        try:
            request = self.build_request(messages, attachments, {**kwargs, "stream": True})
        except LLMProviderError as failure:
            refusal = failure
            return LLMStream(lambda: self._failed_stream(refusal))
        return LLMStream(lambda: self._deltas(request))

    def _deltas(self, request: dict[str, Any]) -> Generator[str, None, LLMResponse]:
        decoder = ChunkDecoder()

        def once() -> tuple[list[str], Generator[str, None, None]]:
            """One try; until its first delta has arrived it may be followed by another."""
            nonlocal decoder
            decoder = ChunkDecoder()
            deltas = self._stream_once(request, decoder)
            return list(islice(deltas, 1)), deltas

        try:
            self._require_loaded()
            first, deltas = with_retries(once, self.max_retries)
            with contextlib.closing(deltas):
                yield from first
                yield from deltas
        except LLMProviderError as failure:
            yield from decoder.flush()
            return self._raise_or_return(failure, decoder.response)
        return self._remember_usage(decoder.response)

    def _stream_once(self, request: dict[str, Any], decoder: ChunkDecoder) -> Generator[str, None, None]:
        """Send the request and yield its deltas; ``decoder`` then holds the whole answer."""
        with self.translated_errors(), contextlib.closing(self.open_stream(dict(request))) as chunks:
            try:
                for chunk in chunks:
                    yield from decoder.feed(chunk)
            except Exception as error:
                failure = error if isinstance(error, LLMProviderError) else self.failure_from(error)
                if decoder.response.finish_reason is None or not failure.is_transport_error:
                    raise
                logger.info(
                    "%s: the connection broke after the end of the answer: %s",
                    self.model_name,
                    failure.message,
                )
            decoder.terminated = chunks.terminated
        yield from decoder.flush()
        yield from decoder.answer_in_reasoning(request)
        decoder.finish()

    def _failed_stream(self, failure: LLMProviderError) -> Generator[str, None, LLMResponse]:
        """A stream that yields nothing and ends in ``failure``."""
        yield from ()
        return self._raise_or_return(failure, LLMResponse())

    def build_request(self, messages: Any, attachments: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The body to send, together with its ``SEND_OPTIONS``.

        Raises:
            LLMProviderError: not loaded, or the request cannot be sent.
        """
        self._require_loaded()
        sent = normalised(messages, self.empty_content)
        if attachments:
            sent = with_attachments(sent, attachments, self.capabilities, self.image_types)
        request = {name: copied(value) for name, value in kwargs.items() if value is not None}
        if not request.get("tools"):
            request.pop("tools", None)  # some servers refuse an empty list, and a choice from it
            request.pop("tool_choice", None)
        return {"model": self.model_name, "messages": sent, **request}

    def _require_loaded(self) -> None:
        if not self.loaded:
            raise self.not_loaded_error()

    def not_loaded_error(self) -> LLMProviderError:
        """The failure of a call to a backend that is not loaded."""
        message = f"{self.model_name} is not loaded: call load() first"
        return LLMProviderError(message, kind=ErrorKind.NOT_LOADED)

    @contextlib.contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn whatever an SDK raises into this contract's error, with the key masked."""
        try:
            yield
        except LLMProviderError as failure:
            raise self._without_secrets(failure) from None
        except Exception as error:  # noqa: BLE001 - SDKs raise json's, httpx's and their own
            raise self._without_secrets(self.failure_from(error)) from None

    def secrets(self) -> list[str]:
        """What no error text may show."""
        return [self.api_key] if self.api_key else []

    def _without_secrets(self, failure: LLMProviderError) -> LLMProviderError:
        for secret in self.secrets():
            failure.message = without(secret, failure.message)
        failure.args = (failure.message,)
        return failure

    def _raise_or_return(self, failure: LLMProviderError, so_far: LLMResponse) -> LLMResponse:
        """Raise a context overflow; return every other failure in the response."""
        if failure.kind is ErrorKind.CONTEXT_LIMIT:
            raise failure
        logger.warning("%s: %s: %s", self.model_name, failure.kind, failure.message)
        return so_far.failed(failure)

    def _remember_usage(self, response: LLMResponse) -> LLMResponse:
        self.last_prompt_tokens = response.prompt_tokens
        self.last_cached_prompt_tokens = response.cached_prompt_tokens
        return response
