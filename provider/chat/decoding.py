"""Chat completions and their chunks, decoded; free of I/O, shared by all backends.

Accepts what servers really send: null and list contents, arguments as an
object or empty, the same index for two calls, usage in any chunk, an error
inside a 200.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from provider.chat.carried import CarriedMessage
from provider.chat.choices import ChoiceReader, choice_zero
from provider.chat.content import calls_of, content_of, reasoning_of
from provider.chat.provider_state import ProviderState
from provider.chat.surrogates import SurrogateJoiner
from provider.chat.thinking import ThoughtSplitter
from provider.chat.tool_calls import ToolCallAssembler
from provider.chat.usage import set_usage, usage_of
from provider.errors import ErrorKind, LLMProviderError, interrupted, malformed
from provider.failures.classify import classify
from provider.failures.extraction import is_error
from provider.json_values import first_mapping, mapping, text, whole_characters
from provider.response import Carried, LLMResponse

TRANSLATED = "translated"
"""The field of a body or a chunk whose further fields are a library's, not the provider's."""

UNHEARD = "unheard"
"""The field of such a body or chunk with what the provider sent and the library left out."""


def decode_completion(body: Any, request: Mapping[str, Any] | None = None) -> LLMResponse:
    """Decode the body of a chat completion, as a stream of one chunk.

    Args:
        body: the parsed JSON of the answer.
        request: the request; where it asks for JSON, JSON in the reasoning is the answer.

    Raises:
        LLMProviderError: the body is an error or not a chat completion.
    """
    raise_in_band_error(body)
    choices = mapping(body).get("choices")
    choice = choice_zero(choices) or first_mapping(choices)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise malformed("the answer holds no message", body)
    calls = [{**call, "index": number} for number, call in enumerate(calls_of(message))]
    delta = {**message, "tool_calls": calls or None, "function_call": None}
    decoder = ChunkDecoder()
    decoder.terminated = True
    chunk = {**body, "choices": [{**choice, "index": 0, "message": None, "delta": delta}]}
    for deltas in (decoder.feed(chunk), decoder.flush(), decoder.answer_in_reasoning(request or {})):
        for _ in deltas:  # the response holds them
            pass
    return decoder.finish()


class ChunkDecoder:
    """Assembles the chunks of a streamed chat completion.

    Attributes:
        response: what has arrived so far.
        terminated: whether the stream's terminator (``[DONE]``) was read.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything, for another try of the same request."""
        self.response = LLMResponse()
        self.terminated = False
        self._choices = ChoiceReader()
        self._calls = ToolCallAssembler()
        self._splitter = ThoughtSplitter()
        self._state = ProviderState()
        self._carried = CarriedMessage()
        self._content, self._reasoning = SurrogateJoiner(), SurrogateJoiner()
        self._finish_message = ""
        self._is_masked = False
        self._is_reason_empty = False
        self._translated = False
        self._unheard: Any = None

    def feed(self, chunk: Any) -> Iterator[str]:
        """Take one chunk and yield the text it adds, if any.

        Raises:
            LLMProviderError: the chunk is an error, or not an object.
        """
        raise_in_band_error(chunk)
        if not isinstance(chunk, Mapping):
            raise malformed("a chunk is not an object", chunk)
        set_usage(self.response, usage_of(chunk))
        choice, delta = self._choices.read(chunk)
        finish_reason = whole_characters(text(choice.get("finish_reason")))
        self.response.finish_reason = finish_reason or self.response.finish_reason
        self._finish_message = text(choice.get("finish_message")) or self._finish_message
        self._is_reason_empty |= choice.get("finish_reason") == ""
        self._is_masked |= choice.get("is_masked") is True
        self._translated |= bool(chunk.get(TRANSLATED))
        self._unheard = self._unheard or chunk.get(UNHEARD)
        self._carried.add(delta, self.response.content)
        self._state.add(delta)
        self._calls.add(calls_of(delta))
        self._splitter.add_reasoning(self._reasoning.feed(reasoning_of(delta)))
        yield from self._add(self._splitter.feed(self._content.feed(content_of(delta))))

    def flush(self) -> Iterator[str]:
        """Yield the text that was held back: half a character, or what might have been a ``<think>`` tag."""
        for chunk in self._choices.others():
            yield from self.feed(chunk)
        self._splitter.add_reasoning(self._reasoning.flush())
        yield from self._add(self._splitter.feed(self._content.flush()) + self._splitter.flush())
        self.response.reasoning = self._splitter.reasoning

    def answer_in_reasoning(self, request: Mapping[str, Any]) -> Iterator[str]:
        """Yield the answer that the server has sent as reasoning."""
        if self._calls.is_empty:
            yield from self._add(answer_in_reasoning(self.response, request))

    def _add(self, content: str) -> Iterator[str]:
        if content:
            self.response.content += content
            yield content

    def finish(self) -> LLMResponse:
        """The whole answer, after the end of the stream.

        Raises:
            LLMProviderError: it ended with neither a finish reason nor a terminator (``interrupted``), or
                holds something else than an answer (``malformed_response``).
        """
        response = self.response
        if response.finish_reason is None and not self.terminated:
            raise interrupted()
        response.tool_calls = self._calls.calls()
        response.provider_state = self._state.state()
        if not self._translated:
            response.carried = Carried(message=self._carried.fields(), calls=self._calls.carried)
        unread = self._unheard if self._translated else self._choices.unread
        is_empty = not (response.content or response.reasoning or response.tool_calls)
        if is_empty and not response.provider_state and unread is not None:
            raise malformed("the answer holds neither text nor a call, but", unread)
        return checked_finish(
            response, self._finish_message, is_masked=self._is_masked, is_empty=self._is_reason_empty
        )


def answer_in_reasoning(response: LLMResponse, request: Mapping[str, Any]) -> str:
    """The requested JSON where the server sent it as reasoning, with no content and no call; else empty.

    LM Studio does this with several models (lmstudio-ai/lmstudio-bug-tracker#1698, #1773).
    """
    wanted = request.get("response_format")
    if response.content or not wanted or wanted == {"type": "text"}:
        return ""
    try:
        json.loads(response.reasoning)
    except (ValueError, RecursionError):
        return ""
    return response.reasoning


def parse_json(body: bytes | str) -> Any:
    """The body of a whole answer as JSON.

    Raises:
        LLMProviderError: it is not JSON.
    """
    received = body if isinstance(body, str) else body.decode("utf-8", "replace")
    try:
        return json.loads(received)
    except (ValueError, RecursionError):
        raise malformed("the answer is not JSON", received) from None


def raise_in_band_error(body: Any) -> None:
    """Raise the error that a body with status 200 contains, if any.

    Raises:
        LLMProviderError: classified by its codes and messages.
    """
    if is_error(body):
        raise classify(None, body)


_FAILED = {
    "content_filter": (ErrorKind.CONTENT_FILTER, "the provider's content filter cut the answer"),
    "error": (ErrorKind.SERVER, "the provider failed while it wrote the answer"),
    # DeepSeek's
    "insufficient_system_resource": (
        ErrorKind.OVERLOADED,
        "the provider had no resources for the whole answer",
    ),
}
"""The kind and the message of the finish reasons that mean a failure."""


def checked_finish(
    response: LLMResponse, finish_message: str = "", *, is_masked: bool = False, is_empty: bool = False
) -> LLMResponse:
    """Mark an answer as failed if its finish reason says that the provider withheld it or broke it off.

    ``function_call``, the older name, becomes ``tool_calls``; this as the reason of a text without calls
    becomes ``stop``: litellm requests an object from Groq's models by a tool, and turns only the call back
    into text.

    Args:
        response: the answer.
        finish_message: the provider's own explanation of the finish reason; may be empty.
        is_masked: whether a content filter has only masked some words: the answer is whole, and no failure.
        is_empty: whether the finish reason came as an empty text, as xAI and Snowflake send it beside calls.
    """
    if is_empty and response.finish_reason is None and response.tool_calls:
        response.finish_reason = "tool_calls"
    if response.finish_reason == "tool_calls" and response.content and not response.tool_calls:
        response.finish_reason = "stop"
    if response.finish_reason == "function_call" and response.tool_calls:
        response.finish_reason = "tool_calls"
    if response.finish_reason in _FAILED and not is_masked:
        kind, message = _FAILED[response.finish_reason]
        message = f"{message}: {finish_message}" if finish_message else message
        response.failed(LLMProviderError(message, kind=kind))
    return response
