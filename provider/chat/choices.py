"""Reads the one answer that a backend returns from the choices of a body or of a stream's chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider.chat.carried import ITEMS
from provider.json_values import mapping, mappings, text

_READ = frozenset({"content", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call"})

_SILENT = frozenset({"role", "annotations", "provider_specific_fields", "tool_calls", ITEMS})
"""Fields of a delta or a message that may stand in an answer that is really empty."""

_TEXTS = frozenset({"text", "output_text", "thinking"})
"""The types of the parts of a content that are read."""

_SPOKEN = ("message", "delta", "text", "content", "response", "output", "candidates")
"""Fields of other wires that hold text."""


def choice_zero(choices: Any) -> Mapping[str, Any]:
    """The choice with the index 0, or with none; else an empty one.

    With ``n`` above 1 the chunks of all answers share a stream, in any order.
    """
    return next((choice for choice in mappings(choices) if choice.get("index") in (0, None)), {})


def text_of(content: Any) -> str:
    """The text of a content field: a string, null, or a list of parts of which only text counts."""
    if isinstance(content, str):
        return content
    return "".join(
        part["text"]
        for part in mappings(content)
        if part.get("type", "text") in ("text", "output_text") and isinstance(part.get("text"), str)
    )


def content_of(message: Mapping[str, Any]) -> str:
    """The text of a message or a delta, or of its refusal."""
    return text_of(message.get("content")) or text_of(message.get("refusal"))


def reasoning_of(message: Mapping[str, Any]) -> str:
    """``reasoning_content`` or ``reasoning``, whichever the server fills, or thinking parts.

    litellm puts that of DeepSeek R1 at Bedrock among the ``provider_specific_fields``.
    """
    return (
        text(message.get("reasoning_content"))
        or text(message.get("reasoning"))
        or text(mapping(message.get("provider_specific_fields")).get("reasoning_content"))
        or "".join(
            text_of(part.get("thinking"))
            for part in mappings(message.get("content"))
            if part.get("type") == "thinking"
        )
    )


def calls_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The calls of a message or a delta; older servers send one call as ``function_call``."""
    function = mapping(message.get("function_call"))
    return mappings(message.get("tool_calls")) or ([{"index": 0, "function": function}] if function else [])


def has_unread(message: Mapping[str, Any]) -> bool:
    """Whether a message or a delta without text and calls holds something else, such as audio."""
    parts = message.get("content")
    if isinstance(parts, list):
        message = {**message, "content": [part for part in parts if mapping(part).get("type") not in _TEXTS]}
    return any(value for name, value in message.items() if name not in _SILENT)


class ChoiceReader:
    """Finds the deltas of choice 0 in the chunks of a stream.

    Some servers send the whole message, or what there is of it so far, in place of a delta, or behind all
    deltas.

    Attributes:
        unread: the first delta, choice or chunk that was not understood; None where there is none.
    """

    def __init__(self) -> None:
        self.unread: Any = None
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._others: list[Mapping[str, Any]] | None = []

    def read(self, chunk: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The choice of a chunk, and its delta; both are empty where there is none."""
        choice = choice_zero(chunk.get("choices"))
        if choice:
            self._others = None
        elif self._others is not None:
            self._others += mappings(chunk.get("choices"))
        delta, message = mapping(choice.get("delta")), mapping(choice.get("message"))
        if message and not any(value for name, value in delta.items() if name != "role"):
            delta = self._missing_of(message, is_last=bool(choice.get("finish_reason")))
        content, thought = content_of(delta), reasoning_of(delta)
        self._texts += [content] if content else []
        self._thoughts += [thought] if thought else []
        if self.unread is None and not (content or thought or calls_of(delta)):
            self.unread = self._unread_of(chunk, choice, delta)
        return choice, delta

    def others(self) -> Iterator[Mapping[str, Any]]:
        """The chunks of the first other choice, where none with the index 0 came."""
        others, self._others = self._others or [], None
        for choice in others:
            if choice.get("index") == others[0].get("index"):
                yield {"choices": [{**choice, "index": 0}]}

    def _missing_of(self, message: Mapping[str, Any], *, is_last: bool) -> Mapping[str, Any]:
        """What a message adds to what has come; one that repeats nothing is taken for a delta."""
        content = content_of(message)
        return {
            "tool_calls": [{"index": number, **call} for number, call in enumerate(calls_of(message))],
            **{name: value for name, value in message.items() if name not in _READ},
            "content": (
                _missing(content, "".join(self._texts), is_last=is_last)
                if content
                else message.get("content")
            ),
            "reasoning": _missing(reasoning_of(message), "".join(self._thoughts), is_last=is_last),
        }

    def _unread_of(
        self, chunk: Mapping[str, Any], choice: Mapping[str, Any], delta: Mapping[str, Any]
    ) -> Any:
        if has_unread(delta):
            return delta
        if not delta and any(choice.get(field) for field in _SPOKEN):
            return choice
        return chunk if "choices" not in chunk and any(chunk.get(field) for field in _SPOKEN) else None


def _missing(text: str, so_far: str, *, is_last: bool) -> str:
    is_whole = text.startswith(so_far) and (is_last or len(text) > len(so_far))
    return text[len(so_far) :] if is_whole else text
