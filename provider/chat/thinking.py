"""Separates the reasoning that a model writes into its answer from the answer."""

from __future__ import annotations

from typing import Any

from provider.chat.surrogates import whole_characters
from provider.json_values import mapping, mappings, text

OPEN, CLOSE = "<think>", "</think>"


class ThoughtSplitter:
    """Separates the reasoning of an answer from its text, however both are cut into deltas.

    Reasoning has a field of its own, or stands in ``<think>…</think>`` at the beginning of the text, or both
    (MiniMax): then it counts once. Further on tags are part of the answer, and so are those at the beginning
    whose text is another than that of the field.
    """

    def __init__(self) -> None:
        self._field: list[str] = []
        self._tagged: list[str] = []
        self._held = ""
        self._opening = ""
        self._state = "before"

    @property
    def reasoning(self) -> str:
        """All reasoning so far."""
        field, tagged = "".join(self._field), "".join(self._tagged)
        if _differ(field, tagged):
            return tagged + field
        return tagged if not field or len(_bare(tagged)) > len(_bare(field)) else field

    def add_reasoning(self, delta: str) -> None:
        """Take reasoning from its own field."""
        if delta:
            self._field.append(delta)

    def feed(self, delta: str) -> str:
        """Take a delta of the text; returns the answer that is certain by now."""
        if self._state == "answer" or not delta:
            return delta
        if self._state == "after":
            return self._after(delta)
        self._held += delta
        if self._state == "before":
            begun = self._held.lstrip()
            if len(begun) < len(OPEN) and OPEN.startswith(begun):
                return ""
            if not begun.startswith(OPEN):
                return self._answer(self._held)
            rest = begun[len(OPEN) :]
            self._opening = self._held[: len(self._held) - len(rest)]
            self._state, self._held = "thought", rest
        return self._thought()

    def flush(self) -> str:
        """Returns what was held back of the answer, at the end of the text."""
        held, self._held = self._held, ""
        if self._state != "thought":
            return held
        self._tagged.append(held)
        return self._text_with_tags() if self._is_of_the_answer() else ""

    def _thought(self) -> str:
        thought, close, rest = self._held.partition(CLOSE)
        if close:
            self._tagged.append(thought)
            if self._is_of_the_answer():
                return self._text_with_tags() + self._answer(close + rest)
            self._state, self._held = "after", ""
            return self._after(rest)
        keep = _begun_tag(thought)
        self._held = thought[len(thought) - keep :]
        if len(thought) > keep:
            self._tagged.append(thought[: len(thought) - keep])
        return self._text_with_tags() + self._answer(self._held) if self._is_of_the_answer(8) else ""

    def _is_of_the_answer(self, pieces: int | None = None) -> bool:
        """Whether the text in the tags is another than that in the field; by their first pieces, if given."""
        return _differ("".join(self._field[:pieces]), "".join(self._tagged[:pieces]))

    def _text_with_tags(self) -> str:
        text, self._tagged = self._opening + "".join(self._tagged), []
        return text

    def _after(self, text: str) -> str:
        """The answer without the line feeds between it and the thought."""
        rest = text.lstrip("\n")
        return self._answer(rest) if rest else ""

    def _answer(self, text: str) -> str:
        self._state, self._held = "answer", ""
        return text


class ThinkingBlocks:
    """Collects Anthropic's thinking blocks and the signatures of Gemini's texts, whole or from deltas.

    They must be sent back verbatim with the next question: otherwise
    Anthropic refuses it, and Gemini forgets what it thought. litellm passes
    them on as ``thinking_blocks`` and ``provider_specific_fields``.
    """

    def __init__(self) -> None:
        self._blocks: list[dict[str, Any]] = []
        self._signatures: list[str] = []

    def add_signatures(self, fields: Any) -> None:
        """Take the ``provider_specific_fields`` of a message or of a delta."""
        signatures = mapping(fields).get("thought_signatures")
        if isinstance(signatures, list):
            self._signatures += [signature for signature in signatures if isinstance(signature, str)]

    def add(self, blocks: Any) -> None:
        """Take the ``thinking_blocks`` of a message or of a delta."""
        for block in mappings(blocks):
            # Without its index in the stream: Anthropic refuses a block with more fields than it sent.
            own = {name: value for name, value in block.items() if name != "index"}
            if block.get("type") != "thinking":
                self._blocks.append(own)
                continue
            thinking, signature = text(block.get("thinking")), text(block.get("signature"))
            last = self._blocks[-1] if self._blocks else {}
            if last.get("type") == "thinking" and not last["signature"]:
                last.update(thinking=last["thinking"] + thinking, signature=signature)
            else:
                self._blocks.append({**own, "thinking": thinking, "signature": signature})

    def state(self) -> dict[str, Any]:
        """The fields that must be sent back; empty where there are none."""
        blocks = [
            {**block, "thinking": whole_characters(block["thinking"])} if "thinking" in block else block
            for block in self._blocks
        ]
        state: dict[str, Any] = {"thinking_blocks": blocks} if blocks else {}
        if self._signatures:
            state["provider_specific_fields"] = {"thought_signatures": self._signatures}
        return state


def split_thought(text: str, reasoning: str = "") -> tuple[str, str]:
    """Reasoning and answer of a whole text; ``reasoning`` is that in its own field."""
    splitter = ThoughtSplitter()
    splitter.add_reasoning(reasoning)
    answer = splitter.feed(text) + splitter.flush()
    return splitter.reasoning, answer


def _differ(one: str, other: str) -> bool:
    """Whether neither begins with the other, apart from white space."""
    one, other = _bare(one), _bare(other)
    return not (one.startswith(other) or other.startswith(one))


def _bare(text: str) -> str:
    return "".join(text.split())


def _begun_tag(text: str) -> int:
    """How many characters at the end of ``text`` may begin the closing tag."""
    return next((size for size in range(len(CLOSE) - 1, 0, -1) if text.endswith(CLOSE[:size])), 0)
