"""Joins characters that a server has cut in half: JSON escapes those beyond U+FFFF as two surrogates."""

from __future__ import annotations

REPLACEMENT = "\ufffd"


def whole_characters(text: str) -> str:
    """``text`` with its halves joined; a half without its other becomes U+FFFD, as it cannot be encoded."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


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
