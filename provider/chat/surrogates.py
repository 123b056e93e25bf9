"""Joins characters that a server has cut in half over two deltas."""

from __future__ import annotations

from provider.json_values import whole_characters

REPLACEMENT = "\ufffd"


class SurrogateJoiner:
    """Joins the halves of characters that are split over two deltas."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, delta: str) -> str:
        """Take a delta; returns the whole characters that are certain by now."""
        text = self._half + delta
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return whole_characters(text[: len(text) - len(self._half)])

    def flush(self) -> str:
        """Returns what stands for a half that was held back, at the end of the text."""
        half, self._half = self._half, ""
        return REPLACEMENT if half else ""
