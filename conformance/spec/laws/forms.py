"""What every response is, an answer or an error: fields of the right types."""

from __future__ import annotations

from types import NoneType
from typing import Any

from conformance.spec.contract import told
from conformance.spec.expectations import record_expected
from provider.errors import ErrorKind
from provider.response import LLMResponse

CODES = {None, "not_loaded", "context_limit", "provider_error"}
COUNTS = ("prompt_tokens", "cached_prompt_tokens", "completion_tokens")


class ErrorInsteadError(AssertionError):
    """A backend returned an error where an answer was expected."""

    def __init__(self, response: LLMResponse) -> None:
        super().__init__(f"an error came instead of an answer: {response.error_kind}: {response.error}")
        self.response = response


def well_formed(response: LLMResponse) -> None:
    """Every field has the type that the contract promises, in an answer and in an error."""
    record_expected(response)
    assert isinstance(response.content, str), f"content is {response.content!r}, not a str"
    has_whole_characters(response.content)
    if told(response, "reasoning"):
        assert isinstance(response.reasoning, str), f"reasoning is {response.reasoning!r}, not a str"
        has_whole_characters(response.reasoning)
    for field in (field for field in COUNTS if told(response, field)):
        assert type(getattr(response, field)) in (int, NoneType), f"{field} is not an int"
        assert (getattr(response, field) or 0) >= 0, f"{field} is negative"
    if getattr(response, "prompt_tokens", None) is not None and told(response, "cached_prompt_tokens"):
        assert (response.cached_prompt_tokens or 0) <= (response.prompt_tokens or 0), "more cached than sent"
    if told(response, "error_code"):
        assert response.error_code in CODES, f"unknown error_code {response.error_code!r}"
        assert response.is_error == (response.error_code is not None)
    if told(response, "error_kind"):
        assert response.is_error == (response.error_kind is not None)
        assert response.error_kind is None or response.error_kind in list(ErrorKind)
    if told(response, "tool_calls"):
        _calls_are_well_formed(response)


def _calls_are_well_formed(response: LLMResponse) -> None:
    assert isinstance(response.tool_calls, list), f"tool_calls is {response.tool_calls!r}, not a list"
    ids: list[str] = []
    for call in response.tool_calls:
        assert set(call) == {"id", "name", "arguments"}, f"a tool call has the fields {sorted(call)}"
        assert isinstance(call["id"], str), f"the id {call['id']!r} is not a str"
        assert call["id"], "a tool call has no id"
        assert call["id"] not in ids, f"tool calls share the id {call['id']}"
        ids.append(call["id"])
        assert isinstance(call["arguments"], str), f"arguments are {call['arguments']!r}, not JSON text"
        has_whole_characters(call["name"], call["arguments"])
    assert response.has_tool_calls == bool(response.tool_calls)


def has_whole_characters(*texts: str) -> None:
    """No text has half a surrogate pair, which no encoding can send."""
    for text in texts:
        halves = [character for character in text if "\ud800" <= character <= "\udfff"]
        assert not halves, f"half a character: {text!r}"


def is_an_answer(response: LLMResponse) -> None:
    """The response is an answer and not an error; its content is not checked.

    Raises:
        ErrorInsteadError: it is an error.
    """
    record_expected(response, error=None)
    if response.is_error:
        raise ErrorInsteadError(response)


def has_fields(response: LLMResponse, **fields: Any) -> None:
    """These fields of the response have exactly these values."""
    record_expected(response, **fields)
    for name, value in fields.items():
        assert getattr(response, name) == value, name
