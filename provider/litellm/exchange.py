"""Captures the HTTP exchange of a call, beside what litellm makes of it.

litellm invents a finish reason and a usage for a stream that was cut, and
loses the words of errors inside a 200. So it is given a client of ours, whose
transport fills a ``CapturedExchange``.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from inspect import CORO_CREATED, getcoroutinestate
from typing import TYPE_CHECKING, Any

from provider.chat.streams import EventChunks, Events
from provider.http.progress import Progress, progress_of
from provider.http.sse import media_type
from provider.json_values import json_or, mapping, mappings, text
from provider.litellm.bodies import BodyReader
from provider.litellm.media import Medium

if TYPE_CHECKING:
    import httpx

logger = logging.getLogger(__name__)

CHAT_COMPLETIONS = ("/chat/completions", "/text/chat", "/text/chat_stream")
"""The ends of the paths at which an answer is a chat completion on every route; the last two are watsonx'."""

RESPONSES = "/responses"
"""The end of the path at which an answer is a response: litellm asks some models of OpenAI's there."""

_NOT_OF_RESPONSES = frozenset(
    {"audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "modalities", "n"}
    | {"prediction", "presence_penalty", "seed", "stop"}
)
"""The parameters of chat completions that Responses have not: litellm leaves them out silently."""

OBJECT_TOOL = b'"json_tool_call"'
"""The tool by which litellm asks for an object where a model has no response format."""


class CapturedExchange:
    """One exchange as the transport saw it; of several tries, the last.

    Args:
        client: what litellm sends with, a ``RouteClient`` or the Azure SDK's client, in either face.
        client_in_threads: the same for what litellm sends by a synchronous call, if it is another.
        events: the class of the events of a stream, in the face of the caller.
        stream: whether the caller wants a stream of events.
        frames: whether it may be a binary one that shows when the answer is complete.
        timeout: seconds that each wait of this exchange may take; None leaves it to the client.
        is_server_named: whether the caller has named the server, so that no credential of the environment is
            for it.
        media: what the request must contain.
        hosts: the hosts from which litellm may download media.
        route: the route's name.
        chat_paths: the ends of the paths at which an answer is a chat completion.
        arguments: those of the call.

    Attributes:
        sent: whether a request was sent through our client at all.
        is_chat_completion: whether the answer to the request is a chat completion, so that its bytes can be
            decoded without litellm.
        is_response: whether it is a response of OpenAI's Responses API, for which the same holds.
        asks_for_stream: whether the request asks for a stream; for some models litellm does not, and makes
            one of the whole answer itself.
        status: the HTTP status, None where no answer came.
        headers: the response headers.
        answer: the answer as it arrives, for a reader in place of litellm; closing it frees its connection.
        body: the body, as far as litellm has read it.
        ended: whether litellm has read it to its end.
        exception: what the transport raised, while connecting or reading.
        progress: what limits the rest of the answer.
        record: litellm's own record of the call, None until it is begun.
        arguments: those of the call.
    """

    def __init__(
        self,
        client: Any = None,
        *,
        client_in_threads: Any = None,
        events: type[Events] = EventChunks,
        stream: bool = False,
        frames: bool = False,
        timeout: float | None = None,
        is_server_named: bool = False,
        media: Sequence[Medium] = (),
        hosts: Set[str] = frozenset(),
        route: str = "",
        chat_paths: tuple[str, ...] = CHAT_COMPLETIONS,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        self.client = client
        self.client_in_threads = client_in_threads or client
        self.events = events
        self.timeout = timeout
        self.hosts = hosts
        self.is_server_named = is_server_named
        self.arguments = arguments or {}
        self.progress: Progress | None = None
        self.record: Any = None
        self.sent = False
        self.is_chat_completion = self.is_response = self.asks_for_stream = False
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.answer: httpx.Response | None = None
        self.body = BodyReader()
        self.ended = False
        self.exception: BaseException | None = None
        self._stream = stream
        self._frames = frames
        self._media = list(media)
        self._route = route
        self._chat_paths = chat_paths
        self._made: list[Coroutine[Any, Any, Any]] = []
        self._is_left = False

    @property
    def offered_tools(self) -> set[str]:
        """The names of the tools that the request offers."""
        tools = mappings(self.arguments.get("tools"))
        return {text(mapping(tool.get("function")).get("name")) for tool in tools}

    def request(self, path: str, body: bytes) -> None:
        """Take the path and the body of a request that is about to be sent.

        Raises:
            LLMProviderError: litellm has left out an image, audio or video, so that it must not be sent.
        """
        # Where all messages become one prompt, an image would be a part of its text.
        self._media = [medium for medium in self._media if medium.data + b'"' not in body]
        # The body of a login is a form; Gemini's cache gets a beginning of the conversation before all of it.
        if self._media and body.startswith(b"{") and not path.endswith("/cachedContents"):
            raise self._media[0].left_out(self._route)
        self.sent = True
        if path.endswith(RESPONSES) and (dropped := sorted(self.arguments.keys() & _NOT_OF_RESPONSES)):
            logger.warning("%s: not sent, for Responses have no such parameter: %s", path, ", ".join(dropped))
        asked = mapping(json_or(None, body))
        is_oracle = mapping(asked.get("chatRequest")).get("isStream") is True
        self.asks_for_stream = asked.get("stream") is True or is_oracle
        # Only litellm can read a stream for a caller who wants none, and turn the call of its tool back into
        # the text of the answer.
        is_read_here = (self._stream or not self.asks_for_stream) and OBJECT_TOOL not in body
        self.is_chat_completion = is_read_here and path.endswith(self._chat_paths)
        self.is_response = is_read_here and path.endswith(RESPONSES)

    def response(self, answer: httpx.Response) -> None:
        """Take the head of an answer."""
        self.answer, self.status, self.headers = answer, answer.status_code, answer.headers
        self.progress = progress_of(answer)
        self.exception, self.ended = None, False
        kind = media_type(answer.headers.get("content-type", ""))
        self.body = BodyReader(kind, stream=self._stream and answer.status_code < 300, frames=self._frames)

    def feed(self, piece: bytes) -> bytes:
        """Take a piece of the body; returns what litellm is to read."""
        events = self.body.events
        complete = self.body.feed(piece)
        if self.body.events > events and self.progress is not None:
            self.progress.event()
        return complete

    def end(self) -> bytes:
        """Take the end of the body; returns what litellm has still to read."""
        self.ended = True
        return self.body.end()

    def hold(self, call: Coroutine[Any, Any, Any]) -> None:
        """Take a coroutine that litellm has made for the call, in a thread."""
        self._made.append(call)
        if self._is_left:
            call.close()

    def leave(self) -> None:
        """Close the coroutines that litellm will not await, for the call was cancelled."""
        self._is_left = True
        for call in self._made:
            if getcoroutinestate(call) == CORO_CREATED:
                call.close()

    @property
    def is_answered(self) -> bool:
        """Whether a complete answer came whose status is no failure."""
        return self.status is not None and self.status < 300 and self.exception is None

    @property
    def is_refused(self) -> bool:
        """Whether an answer came whose status is an error."""
        return self.status is not None and self.status >= 400

    @property
    def document(self) -> Any:
        """The body as JSON, None where it is a stream or something else."""
        return json_or(None, self.body.document)


_CURRENT: ContextVar[CapturedExchange | None] = ContextVar("the exchange that is captured", default=None)


def current_exchange() -> CapturedExchange | None:
    """The exchange of the call that is sent in this context, None where there is none.

    litellm copies the context to the threads in which it sends.
    """
    return _CURRENT.get()


@contextmanager
def capturing(exchange: CapturedExchange) -> Iterator[None]:
    """Record the exchanges of the calls inside in ``exchange``."""
    with _current(exchange), without_lookups():
        yield


def not_capturing() -> AbstractContextManager[None]:
    """Record nothing inside: litellm copies the context to where it logs, and a callback may send, too."""
    return _current(None)


@contextmanager
def _current(exchange: CapturedExchange | None) -> Iterator[None]:
    token = _CURRENT.set(exchange)
    try:
        yield
    finally:
        _CURRENT.reset(token)


_NO_LOOKUPS: ContextVar[bool] = ContextVar("litellm looks nothing up", default=False)


@contextmanager
def without_lookups() -> Iterator[None]:
    """Let litellm look nothing up: inside, and in the threads to which it copies the context.

    After an answer it calculates a price, for which some routes ask the provider's server or another host.
    """
    token = _NO_LOOKUPS.set(True)
    try:
        yield
    finally:
        _NO_LOOKUPS.reset(token)


def looks_nothing_up() -> bool:
    """Whether litellm must not use its module-level client here: it works for us, and not at an exchange."""
    return current_exchange() is None and _NO_LOOKUPS.get()
