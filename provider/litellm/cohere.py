"""Converts Cohere's chat API, version 2, to chat completions; free of I/O.

It has objects where others have lists, calls the text beside tool calls a
plan, and has other names for the finish reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider.chat.decoding import raise_in_band_error
from provider.chat.streams import EventChunks
from provider.errors import ErrorKind, LLMProviderError, malformed
from provider.failures.classify import classify

_FINISH_REASONS = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR": "error",
    "ERROR_TOXIC": "content_filter",
}
"""The contract's finish reason for each of Cohere's; another one is passed on unchanged."""

_CHOICES = {"required": "REQUIRED", "none": "NONE"}
"""Cohere's name for each tool choice; ``auto`` is its default."""


def request_fields(request: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that litellm leaves out, in Cohere's form: the tool choice and the response format."""
    fields: dict[str, Any] = {}
    choice = request.get("tool_choice")
    if isinstance(choice, Mapping):
        # A tool cannot be chosen by its name, so it becomes the only one.
        name = _map(choice.get("function")).get("name")
        tools = _maps(request.get("tools"))
        fields["tools"] = [tool for tool in tools if _map(tool.get("function")).get("name") == name]
        choice = "required"
    if choice in _CHOICES:
        fields["tool_choice"] = _CHOICES[choice]
    wanted = request.get("response_format")
    if isinstance(wanted, Mapping) and wanted.get("type") != "text":
        schema = _map(wanted.get("json_schema")).get("schema")
        fields["response_format"] = {"type": "json_object", **({"json_schema": schema} if schema else {})}
    return fields


def completion(body: Any) -> dict[str, Any]:
    """The body of an answer as that of a chat completion.

    Raises:
        LLMProviderError: it is an error, or not an answer.
    """
    raise_in_band_error(body)
    message = _map(_map(body).get("message"))
    if not message:
        raise malformed("the answer holds no message", body)
    texts = _maps(message.get("content"))
    answer = {
        "content": _text(message.get("tool_plan")) + "".join(_text(part.get("text")) for part in texts),
        "reasoning_content": "".join(_text(part.get("thinking")) for part in texts),
        "tool_calls": _maps(message.get("tool_calls")),
    }
    return {
        "choices": [{"message": answer, "finish_reason": _finish_reason(body)}],
        "usage": _usage(body.get("usage")),
    }


class CohereChunks:
    """The chunks of a stream of Cohere's events."""

    def __init__(self, events: EventChunks) -> None:
        self.close = events.close
        self._events = events

    @property
    def terminated(self) -> bool:
        """Whether the terminator was read; mostly the stream ends by its finish reason."""
        return self._events.terminated

    def __iter__(self) -> Iterator[Any]:
        """Yield the chunks.

        Raises:
            LLMProviderError: the body is not a stream, or contains an error or something unreadable.
        """
        for event in self._events:
            raise_in_band_error(event)
            if not isinstance(event, Mapping):
                raise malformed("an event of the stream is not an object", event)
            yield from _chunks(event)


def _chunks(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    delta = _map(event.get("delta"))
    if event.get("type") == "message-end":
        reason = _finish_reason(delta)
        yield {"choices": [{"delta": {}, "finish_reason": reason}], "usage": _usage(delta.get("usage"))}
        return
    message = _map(delta.get("message"))
    content, call = _map(message.get("content")), _map(message.get("tool_calls"))
    chunk = {
        "content": _text(message.get("tool_plan")) + _text(content.get("text")),
        "reasoning_content": _text(content.get("thinking")),
        "tool_calls": [{**call, "index": event.get("index")}] if call else [],
    }
    yield {"choices": [{"delta": chunk}]}


def _finish_reason(ended: Mapping[str, Any]) -> str | None:
    """Why an answer ended.

    Raises:
        LLMProviderError: it ended with an error.
    """
    reason = _text(ended.get("finish_reason"))
    if reason == "TIMEOUT":
        message = _text(ended.get("error")) or "the provider took too long to write the answer"
        raise LLMProviderError(message, kind=ErrorKind.TIMEOUT)
    if _text(ended.get("error")):
        raise classify(None, {"message": ended["error"]})
    return _FINISH_REASONS.get(reason, reason) or None


def _usage(usage: Any) -> dict[str, Any]:
    """The tokens that the model read and wrote, as opposed to the billed ones."""
    tokens = _map(_map(usage).get("tokens"))
    return {
        "prompt_tokens": _whole(tokens.get("input_tokens")),
        "completion_tokens": _whole(tokens.get("output_tokens")),
        "prompt_tokens_details": {"cached_tokens": _whole(_map(usage).get("cached_tokens"))},
    }


def _whole(count: Any) -> Any:
    """A count as an integer: in Cohere's API it is a number, which may have a decimal point."""
    return int(count) if isinstance(count, float) and count.is_integer() else count


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
