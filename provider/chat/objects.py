"""Answers of which no bytes were received, read by their attributes.

litellm answers from its cache with its own models. Where a test has replaced ``litellm.completion`` or the
client of the openai SDK, an answer is whatever the test made: dictionaries, ``SimpleNamespace``, or mocks, on
which every other attribute exists as well.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import Any

_FUNCTION = {"name": str, "arguments": str | Mapping}
_CALL = {"id": str, "index": int, "type": str, "function": _FUNCTION}
_MESSAGE = {
    "role": str,
    "content": str | list,
    "reasoning_content": str,
    "reasoning": str,
    "refusal": str,
    "tool_calls": [_CALL],
}
_USAGE = {
    "prompt_tokens": int,
    "completion_tokens": int,
    "total_tokens": int,
    "input_tokens": int,
    "output_tokens": int,
    "cached_tokens": int,
    "prompt_tokens_details": {"cached_tokens": int},
}
_CHOICE = {"index": int, "finish_reason": str, "message": _MESSAGE, "delta": _MESSAGE}
_ANSWER = {"choices": [_CHOICE], "usage": _USAGE, "error": {"message": str, "type": str, "code": str | int}}
"""The fields that are read of an object, and their types; a list has items of its only item's form."""


def fields_of(answer: Any) -> dict[str, Any]:
    """A completion, or a chunk of one, as the JSON of a chat completion."""
    fields: dict[str, Any] = _plain(answer, _ANSWER) or {}
    if "choices" not in fields and not isinstance(answer, Mapping):
        first = _first_of(getattr(answer, "choices", None))
        fields |= {"choices": [first]} if first else {}
    return fields


class ObjectChunks:
    """The chunks of a stream that a test made; it is complete at its end."""

    terminated = True

    def __init__(self, chunks: Iterable[Any]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[Any]:
        for chunk in self._chunks:
            yield fields_of(chunk)

    def close(self) -> None:
        """Close a generator, which may hold something open."""
        if isinstance(self._chunks, Generator):
            self._chunks.close()


class AsyncObjectChunks(AsyncIterator[Any]):
    """The same, of an asynchronous iterable."""

    terminated = True

    def __init__(self, chunks: AsyncIterable[Any]) -> None:
        self._chunks = aiter(chunks)

    async def __anext__(self) -> Any:
        return fields_of(await anext(self._chunks))

    async def aclose(self) -> None:
        """Close a generator, which may hold something open."""
        if isinstance(self._chunks, AsyncGenerator):
            await self._chunks.aclose()


def _plain(value: Any, form: Any) -> Any:
    """``value`` without objects, None where it has another form."""
    if isinstance(form, list):
        items = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
        plain = [_plain(item, form[0]) for item in items]
        return [item for item in plain if item is not None] or None
    if not isinstance(form, Mapping):
        return value if isinstance(value, form) else None
    dumped = _dumped(value)
    if isinstance(dumped, Mapping):
        # What has no name here stands as it is: a real answer may hold more than is known here.
        known = {name: _plain(dumped[name], inner) for name, inner in form.items() if name in dumped}
        return {**dumped, **known}
    if value is None or isinstance(value, str | int | float | Sequence):
        return None
    known = {name: _plain(getattr(value, name, None), inner) for name, inner in form.items()}
    return {name: each for name, each in known.items() if each is not None}


def _dumped(value: Any) -> Any:
    """A model of pydantic's as a dictionary; anything else as it is."""
    dump = getattr(type(value), "model_dump", None)  # a mock's class has none
    return value if dump is None else dump(value)


def _first_of(choices: Any) -> Any:
    """The first choice of a mock, of which ``choices[0]`` was set; None where nothing was."""
    try:
        first = _plain(choices[0], _CHOICE)
    except (TypeError, LookupError):
        return None
    return first if _has_values(first) else None


def _has_values(plain: Any) -> bool:
    return any(map(_has_values, plain.values())) if isinstance(plain, Mapping) else plain is not None
