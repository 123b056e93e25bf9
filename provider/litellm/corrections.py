"""Corrects what litellm makes of an answer by what was received."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from provider.chat.decoding import raise_in_band_error
from provider.errors import ErrorKind, LLMProviderError, interrupted, malformed
from provider.failures.classify import classify
from provider.failures.extraction import retry_after
from provider.litellm.observation import Observation


class LiteLLMChunks:
    """The chunks that litellm makes, corrected by what was really received."""

    def __init__(self, wrapper: Any, seen: Observation) -> None:
        # It aborts a stream after a hundred equal chunks (BerriAI/litellm#5158), but an answer may repeat
        # itself, and whether to go on is the caller's decision.
        wrapper.raise_on_model_repetition = lambda: None
        self._wrapper = wrapper
        self._seen = seen

    @property
    def terminated(self) -> bool:
        """Whether what was received shows that the answer is complete."""
        return self._seen.complete or not self._seen.is_stream

    def __iter__(self) -> Iterator[Any]:
        empty = True
        try:
            for chunk in self._wrapper:
                said = self._corrected(chunk.model_dump())
                empty = empty and not _says_something(said)
                if not (empty and self._seen.is_whole):
                    yield said
        except Exception as error:  # noqa: BLE001 - litellm raises its own, openai's and httpx's
            raise failure_of(error, self._seen) from None
        self._seen.end()
        if self._seen.error is not None:
            raise classify(None, self._seen.error)
        if self._seen.is_stream and not self._seen.complete:
            raise interrupted()
        if self._seen.ending is not None:
            yield {"choices": [self._seen.ending.choice()]}
        if self._seen.is_whole and empty:
            raise unreadable(self._seen.body, "a stream was asked for")

    def _corrected(self, chunk: dict[str, Any]) -> dict[str, Any]:
        """Without the finish reason and the token counts that litellm invents where none came."""
        if not self._seen.is_stream:
            return chunk
        real = self._seen.counted
        if not self._seen.complete:
            real = real - {"completion_tokens"}  # Anthropic begins with a count that is not the last
        if not self._seen.finished:
            for choice in chunk.get("choices", []):
                choice["finish_reason"] = None
        for choice in chunk.get("choices", []):
            choice["finish_reason"] = finish_reason(choice.get("finish_reason"), self._seen.stop_reason)
        usage = chunk.get("usage")
        if isinstance(usage, dict):
            for count in {"prompt_tokens", "completion_tokens"} - real:
                usage.pop(count, None)
        return chunk

    def close(self) -> None:
        """Free the connection: litellm's wrapper has no close for most routes."""
        self._seen.close()


_STOPS = ("", "end_turn", "stop_sequence", "tool_use", "pause_turn")
"""Anthropic's and Bedrock's stop reasons that are ``stop``, as litellm says."""

_NO_STOPS = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
}
"""The contract's finish reason for stop reasons that litellm turns into ``stop``."""


def finish_reason(said: str | None, real: str) -> str | None:
    """litellm's finish reason ``said``, unless it is ``stop`` for a ``real`` stop reason that is not."""
    return _NO_STOPS.get(real, real) if said == "stop" and real not in _STOPS else said


def failure_of(error: Exception, seen: Observation) -> LLMProviderError:
    """Classify a failure by what was received, or by litellm's exception where nothing was."""
    if seen.exception is not None:
        return classify(None, None, seen.exception)
    if seen.error is not None:
        return classify(None, seen.error)
    if seen.status is not None and seen.status >= 300:
        failure = classify(seen.status, seen.body, None, code=seen.headers.get("x-amzn-errortype"))
        asked = retry_after(seen.headers.get("retry-after"))
        failure.retry_after = failure.retry_after if asked is None else asked
        return failure
    if seen.is_stream and seen.ended and not seen.complete:
        return interrupted()  # of which litellm 1.110 makes a MidStreamFallbackError
    if seen.status is not None:
        return unreadable(seen.body, str(error))
    return classify(None, getattr(error, "body", None), error) if seen.sent else _unsent(error)


def _unsent(error: Exception) -> LLMProviderError:
    """Classify why a request was not sent: litellm knows what it refused, but its 500 is a guess.

    It turns what google-auth and json raise into a connection error; the cause tells what it was.
    """
    status = getattr(error, "status_code", None) or 0
    if status < 500:
        return classify(status, getattr(error, "body", None), error)
    failure = classify(None, None, error.__cause__ or error.__context__ or error)
    if failure.kind in (ErrorKind.SERVER, ErrorKind.MALFORMED_RESPONSE):
        failure.kind = ErrorKind.BAD_REQUEST  # no server was there to fail or to answer
    return failure


def _says_something(chunk: dict[str, Any]) -> bool:
    """Whether a chunk has any content."""
    fields = ("content", "tool_calls", "reasoning_content", "refusal")
    deltas = [choice.get("delta") or {} for choice in chunk.get("choices", [])]
    return any(delta.get(field) for delta in deltas for field in fields)


def unreadable(body: bytes, why: str) -> LLMProviderError:
    """The failure of a 200 that litellm could not decode."""
    text = body.decode("utf-8", "replace")
    try:
        raise_in_band_error(json.loads(text))
    except LLMProviderError as failure:
        return failure
    except (ValueError, RecursionError):
        pass
    return malformed("the answer is not a chat completion", text or why)
