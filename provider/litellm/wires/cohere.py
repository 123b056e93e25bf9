"""Converts Cohere's chat API, version 2, to chat completions; free of I/O.

It has objects where others have lists, calls the text beside tool calls a
plan, and has other names for the finish reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider.chat.content import has_unread, text_of
from provider.chat.decoding import TRANSLATED, UNHEARD, raise_in_band_error
from provider.chat.finish_reasons import contract_reason
from provider.errors import ErrorKind, LLMProviderError, malformed
from provider.failures.classify import classify
from provider.json_values import items, mapping, mappings, text
from provider.litellm.wires.ending import Ending, usage

_EVENTS = ("message-", "content-", "tool-", "citation-", "debug")
"""The beginnings of the names of the known events."""

_CHOICES = {"required": "REQUIRED", "none": "NONE"}
"""Cohere's name for each tool choice; ``auto`` is its default."""


def request_fields(request: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that litellm leaves out, in Cohere's form: the tool choice and the response format."""
    fields: dict[str, Any] = {}
    choice = request.get("tool_choice")
    if isinstance(choice, Mapping):
        # A tool cannot be chosen by its name, so it becomes the only one.
        name = mapping(choice.get("function")).get("name")
        tools = mappings(request.get("tools"))
        fields["tools"] = [tool for tool in tools if mapping(tool.get("function")).get("name") == name]
        choice = "required"
    if choice in _CHOICES:
        fields["tool_choice"] = _CHOICES[choice]
    wanted = request.get("response_format")
    if isinstance(wanted, Mapping) and wanted.get("type") != "text":
        schema = mapping(wanted.get("json_schema")).get("schema")
        fields["response_format"] = {"type": "json_object", **({"json_schema": schema} if schema else {})}
    return fields


def completion(body: Any) -> dict[str, Any]:
    """The body of an answer as that of a chat completion.

    Raises:
        LLMProviderError: it is an error, or not an answer.
    """
    raise_in_band_error(body)
    message = mapping(mapping(body).get("message"))
    if not message:
        raise malformed("the answer holds no message", body)
    answer = {**_answer(message), "tool_calls": mappings(message.get("tool_calls"))}
    return {
        "choices": [{"message": answer, "finish_reason": _finish_reason(body)}],
        "usage": _usage(body),
        TRANSLATED: True,
        UNHEARD: _unheard(message),
    }


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What the last event reports of the end; None for all others and for another form."""
    if data.get("type") != "message-end":
        return None
    delta = mapping(data.get("delta"))
    return Ending(contract_reason(delta.get("finish_reason")), usage=_usage(delta))


def chunks(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An event of a stream as chunks.

    Raises:
        LLMProviderError: it ends the answer with an error.
    """
    delta = mapping(event.get("delta"))
    message = mapping(delta.get("message"))
    unheard = _unheard(message) if str(event.get("type")).startswith(_EVENTS) else event
    if event.get("type") == "message-end":
        choice: dict[str, Any] = {"delta": {}, "finish_reason": _finish_reason(delta)}
        yield {"choices": [choice], "usage": _usage(delta), TRANSLATED: True, UNHEARD: message or None}
        return
    call = mapping(message.get("tool_calls"))
    chunk = {**_answer(message), "tool_calls": [{**call, "index": event.get("index")}] if call else []}
    yield {"choices": [{"delta": chunk}], TRANSLATED: True, UNHEARD: unheard}


def _answer(message: Mapping[str, Any]) -> dict[str, Any]:
    """The text and the thoughts of a message, or of an event's."""
    thoughts = mappings(items(message.get("content")))
    return {
        "content": text(message.get("tool_plan")) + text_of(message.get("content")),
        "reasoning_content": "".join(text(part.get("thinking")) for part in thoughts),
    }


def _unheard(message: Mapping[str, Any]) -> Any:
    """The content of a message, or of an event's, where it is of another kind than text."""
    content = message.get("content")
    return content if has_unread({"content": content}) else None


def _finish_reason(ended: Mapping[str, Any]) -> str | None:
    """Why an answer ended.

    Raises:
        LLMProviderError: it ended with an error.
    """
    reason = text(ended.get("finish_reason"))
    if reason == "TIMEOUT":
        message = text(ended.get("error")) or "the provider took too long to write the answer"
        raise LLMProviderError(message, kind=ErrorKind.TIMEOUT)
    if text(ended.get("error")):
        raise classify(None, {"message": ended["error"]})
    return contract_reason(reason)


def _usage(ended: Mapping[str, Any]) -> dict[str, Any]:
    """The tokens that the model read and wrote, as opposed to the billed ones."""
    counts = mapping(ended.get("usage"))
    tokens = mapping(counts.get("tokens"))
    return usage(
        _integer(tokens.get("input_tokens")),
        _integer(tokens.get("output_tokens")),
        _integer(counts.get("cached_tokens")),
    )


def _integer(count: Any) -> Any:
    """A count as an integer: in Cohere's API it is a number, which may have a decimal point."""
    return int(count) if isinstance(count, float) and count.is_integer() else count
