"""Shows text of others on a terminal, in a log or in a report, where it may not do anything but be read."""

from __future__ import annotations

import re

_ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls of a terminal, of one byte too, but for tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what writes from right to left
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # other line ends, and marks that nobody sees
    "\ud800-\udfff"  # half of a surrogate pair, which no encoding can write
    "\U000e0000-\U000e007f]"  # invisible letters
)
"""Characters that move a cursor, colour, hide or reorder what stands around them, or cannot be encoded."""


def printable(text: str) -> str:
    """``text`` with an escape, as in JSON, for each character that would act or cannot be shown."""
    return _ACTS.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def without_password(url: str) -> str:
    """``url``, or a text that contains it, as it may be shown: without a user and a password."""
    return re.sub(r"(://)[^/\s]*@", r"\1***@", url)
