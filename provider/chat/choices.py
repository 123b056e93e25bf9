"""Finds the one answer that a backend returns in the choices of a body or of a stream's chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider.chat.content import calls_of, content_of, has_unread, reasoning_of
from provider.json_values import integer, items, mapping, mappings

_TOLD = frozenset({"refusal", "reasoning_content"})
"""Fields of a message whose value is in its content or its reasoning."""

_OF_A_CHOICE = frozenset(
    {"index", "finish_reason", "native_finish_reason", "stop_reason", "matched_stop", "logprobs", "usage"}
    | {"content_filter_results", "content_filter_result", "content_filter_offsets", "token_ids", "seed"}
    | {"finish_message", "is_masked"}
)
_OF_A_CHUNK = frozenset(
    {"id", "object", "created", "model", "provider", "type", "usage", "system_fingerprint", "service_tier"}
    | {"x_groq", "timings", "stats", "nvext", "prompt_filter_results", "obfuscation", "done", "stop"}
)
"""Fields beside which nothing is said."""

_SPOKEN = (
    *("message", "messages", "delta", "text", "content", "tool_calls"),
    *("response", "output", "candidates", "choices"),
)
"""Fields of other wires that hold text, in a chunk whose list of choices is empty."""


def choice_zero(choices: Any) -> Mapping[str, Any]:
    """The choice with the index 0, or with none; else an empty one.

    With ``n`` above 1 the chunks of all answers share a stream, in any order.
    """
    found = (choice for choice in mappings(items(choices)) if integer(choice.get("index")) in (0, None))
    return next(found, {})


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
        self._has_ended = False
        self._others: list[Mapping[str, Any]] | None = []

    def read(self, chunk: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The choice of a chunk, and its delta; both are empty where there is none."""
        choice = choice_zero(chunk.get("choices"))
        if choice:
            self._others = None
        elif self._others is not None:
            self._others += mappings(chunk.get("choices"))
        self._has_ended |= bool(choice.get("finish_reason"))
        delta, message = mapping(choice.get("delta")), mapping(choice.get("message"))
        if message and not any(value for name, value in delta.items() if name != "role"):
            delta = self._missing_of(message)
        content, thought = content_of(delta), reasoning_of(delta)
        if self._has_ended and "role" in delta and _is_repetition(content, self._texts):
            delta, content = {**delta, "content": None, "refusal": None}, ""
        self._texts += [content] if content else []
        self._thoughts += [thought] if thought else []
        if self.unread is None and not (content or thought or calls_of(delta)):
            self.unread = _unread_of(chunk, choice, delta)
        return choice, delta

    def others(self) -> Iterator[Mapping[str, Any]]:
        """The chunks of the first other choice, where none with the index 0 came."""
        others, self._others = self._others or [], None
        for choice in others:
            if choice.get("index") == others[0].get("index"):
                yield {"choices": [{**choice, "index": 0}]}

    def _missing_of(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a message adds to what has come; one that repeats nothing is taken for a delta."""
        content, is_last = content_of(message), self._has_ended
        return {
            **{name: value for name, value in message.items() if name not in _TOLD},
            "tool_calls": [{"index": number, **call} for number, call in enumerate(calls_of(message))],
            "content": (
                _missing(content, "".join(self._texts), is_last=is_last)
                if content
                else message.get("content")
            ),
            "reasoning": _missing(reasoning_of(message), "".join(self._thoughts), is_last=is_last),
        }


def _unread_of(chunk: Mapping[str, Any], choice: Mapping[str, Any], delta: Mapping[str, Any]) -> Any:
    if has_unread(delta):
        return delta
    if choice:
        read = {name for name in ("delta", "message") if isinstance(choice.get(name), Mapping)}
        return choice if any(choice[name] for name in choice.keys() - read - _OF_A_CHOICE) else None
    fields = _SPOKEN if "choices" in chunk else chunk.keys() - _OF_A_CHUNK
    return chunk if any(chunk.get(field) for field in fields) else None


def _missing(text: str, so_far: str, *, is_last: bool) -> str:
    if is_last and text.strip() == so_far.strip():
        return ""
    is_whole = text.startswith(so_far) and (is_last or len(text) > len(so_far))
    return text[len(so_far) :] if is_whole else text


def _is_repetition(text: str, pieces: list[str]) -> bool:
    """Whether a text is all of what has come in several pieces before it."""
    return len(pieces) > 1 and text == "".join(pieces)
