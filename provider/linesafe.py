"""Escapes the line separators that readers like ``str.splitlines`` would split JSON at.

litellm reads event streams with httpx's ``iter_lines``, which also ends a line
at U+0085, U+2028 and U+2029. JSON may contain them unescaped, and a delta that
does would be lost silently. The escapes mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_ESCAPES = {
    b"\xc2\x85": b"\\u0085",
    b"\xe2\x80\xa8": b"\\u2028",
    b"\xe2\x80\xa9": b"\\u2029",
}
_SEPARATOR = re.compile(b"|".join(_ESCAPES))
_BEGUN = re.compile(b"(?:\xc2|\xe2\x80|\xe2)$")


def line_safe(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same event stream with these separators escaped, however the bytes are cut."""
    held = b""
    for piece in pieces:
        data = held + piece
        begun = _BEGUN.search(data)
        held = begun.group() if begun else b""
        safe = data[: len(data) - len(held)]
        if safe:
            yield _SEPARATOR.sub(lambda found: _ESCAPES[found.group()], safe)
    if held:
        yield held
