"""Separates the reasoning that a model writes into its answer from the answer."""

from __future__ import annotations

from typing import Any

from provider.json_values import mapping, mappings, text

OPEN, CLOSE = "<think>", "</think>"


class ThoughtSplitter:
    """Splits a text that begins with ``<think>…</think>``, however it is cut into deltas.

    Only at the beginning: further on, tags are part of the answer.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"

    def feed(self, delta: str) -> tuple[str, str]:
        """Take a delta; returns the reasoning and the answer that are certain by now."""
        if self._state == "answer" or not delta:
            return "", delta
        if self._state == "after":
            return "", self._after(delta)
        self._held += delta
        if self._state == "before":
            begun = self._held.lstrip()
            if OPEN.startswith(begun[: len(OPEN)]) and len(begun) < len(OPEN):
                return "", ""
            if not begun.startswith(OPEN):
                return "", self._answer(self._held)
            self._state, self._held = "thought", begun[len(OPEN) :]
        return self._thought()

    def expect_no_thought(self) -> None:
        """Treat tags in the text as part of the answer: the server sends reasoning in its own field."""
        if self._state == "before" and not self._held:
            self._state = "answer"

    def flush(self) -> tuple[str, str]:
        """Returns what was held back, at the end of the text."""
        held, self._held = self._held, ""
        return (held, "") if self._state == "thought" else ("", held)

    def _thought(self) -> tuple[str, str]:
        thought, close, rest = self._held.partition(CLOSE)
        if close:
            self._state, self._held = "after", ""
            return thought, self._after(rest)
        keep = _begun_tag(thought)
        self._held = thought[len(thought) - keep :]
        return thought[: len(thought) - keep], ""

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
        state: dict[str, Any] = {"thinking_blocks": self._blocks} if self._blocks else {}
        if self._signatures:
            state["provider_specific_fields"] = {"thought_signatures": self._signatures}
        return state


def split_thought(text: str, *, separate_reasoning: bool) -> tuple[str, str]:
    """Reasoning and answer of a whole text; ``separate_reasoning`` if the former has its own field."""
    splitter = ThoughtSplitter()
    if separate_reasoning:
        splitter.expect_no_thought()
    fed, flushed = splitter.feed(text), splitter.flush()
    return fed[0] + flushed[0], fed[1] + flushed[1]


def _begun_tag(text: str) -> int:
    """How many characters at the end of ``text`` may begin the closing tag."""
    return next((size for size in range(len(CLOSE) - 1, 0, -1) if text.endswith(CLOSE[:size])), 0)
