"""Separates the reasoning that a model writes into its answer from the answer."""

from __future__ import annotations

from provider.chat.thinking_tags import (
    after_begun_close,
    begins_close,
    close_of,
    found_close,
    opening_of,
    without_tags,
)


class ThoughtSplitter:
    """Separates the reasoning of an answer from its text, however both are cut into deltas.

    Reasoning has a field of its own, or stands in tags such as ``<think>…</think>`` at the beginning of the
    text, or both (MiniMax): then it counts once. Further on tags are part of the answer, and so are those at
    the beginning whose text is another than that of the field.
    """

    def __init__(self) -> None:
        self._field: list[str] = []
        self._length = 0
        self._told = 0, ""
        self._tagged: list[str] = []
        self._block = 0
        self._held = ""
        self._opening = ""
        self._state = "before"

    @property
    def reasoning(self) -> str:
        """All reasoning so far."""
        field, tagged = "".join(self._field), "".join(self._tagged)
        if not field:
            return tagged
        if tagged and self._is_of_the_answer():
            return tagged + field
        if not tagged or _differ(field, tagged):
            field = without_tags(field)
        return tagged if len(_bare(tagged)) > len(_bare(field)) else field

    def add_reasoning(self, delta: str) -> None:
        """Take reasoning from its own field; some servers send all of it once more."""
        is_repetition = len(self._field) > 1 and len(delta) == self._length and delta == "".join(self._field)
        if delta and not is_repetition:
            self._field.append(delta)
            self._length += len(delta)

    def feed(self, delta: str) -> str:
        """Take a delta of the text; returns the answer that is certain by now."""
        if self._state == "answer" or not delta:
            return delta
        self._held += delta
        return self._thought() if self._state == "thought" else self._outside()

    def flush(self) -> str:
        """Returns what was held back of the answer, at the end of the text."""
        held, self._held = self._held, ""
        if self._state != "thought":
            return held.lstrip("\n") if self._state == "after" else held
        self._tagged.append(held)
        return self._text_with_tags() if self._is_of_the_answer() else ""

    def _outside(self) -> str:
        begun = self._held.lstrip()
        opening = opening_of(begun)
        if opening is None:
            return ""
        if not opening:
            # Line feeds between a thought and the answer are of neither.
            return self._answer(self._held.lstrip("\n")) if self._state == "after" else self._unopened()
        rest = begun[len(opening) :]
        self._opening, self._block = self._held[: len(self._held) - len(rest)], len(self._tagged)
        self._state, self._held = "thought", rest
        return self._thought()

    def _unopened(self) -> str:
        """The answer, or nothing of a thought that is in its field too, and whose tag is only closed."""
        if not self._field:
            return self._answer(self._held)
        if self._told[0] != self._length:
            self._told = self._length, _bare(without_tags("".join(self._field)))
        held, field = _bare(self._held), self._told[1]
        if field.startswith(held):
            return ""
        if not held.startswith(field) or not begins_close(held[len(field) :]):
            return self._answer(self._held)
        _, close, rest = found_close(self._held)
        if close:
            self._state, self._held = "after", rest
            return self._outside()
        return ""

    def _thought(self) -> str:
        thought, close, rest = found_close(self._held, close_of(self._opening))
        if close:
            self._tagged.append(thought)
            if self._is_of_the_answer():
                return self._text_with_tags() + self._answer(close + rest)
            self._state, self._held = "after", rest
            return self._outside()
        certain, self._held = after_begun_close(self._held, close_of(self._opening))
        if certain:
            self._tagged.append(certain)
        return self._text_with_tags() + self._answer(self._held) if self._is_of_the_answer(8) else ""

    def _is_of_the_answer(self, pieces: int | None = None) -> bool:
        """Whether the text in the tags is another than that in the field; by their first pieces, if given."""
        field, tagged = "".join(self._field[:pieces]), "".join(self._tagged[:pieces])
        return _differ(field, tagged) and _differ(without_tags(field), tagged)

    def _text_with_tags(self) -> str:
        text = self._opening + "".join(self._tagged[self._block :])
        del self._tagged[self._block :]
        return text

    def _answer(self, text: str) -> str:
        self._state, self._held = "answer", ""
        return text


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
