"""The forms in which a text may stand in a document: escaped, encoded, cut into pieces, compressed."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([/\"\\]))")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_LARGEST = 1 << 24
"""Bytes that are unpacked of a compressed body: what expands further is no answer of a model."""


def places(value: Any, holds: Callable[[str], bool], path: str = "$") -> Iterator[str]:
    """Where in a document of plain values ``holds`` finds something, as JSON paths.

    A key is not shown in its path, for it may be what was found. Neighbouring texts are read as one too: a
    text may be cut over the lines of a body, or over the deltas of a stream.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            if holds(str(key)):
                yield f"a key of {path}"
            else:
                yield from places(item, holds, f"{path}.{key}")
    elif isinstance(value, list):
        found = list(_places_of_items(value, holds, path))
        yield from found
        if not found and any(holds(text) for text in _joined(value)):
            yield f"{path}, in pieces"
    elif value is not None and holds(str(value)):
        yield path


def _places_of_items(items: list[Any], holds: Callable[[str], bool], path: str) -> Iterator[str]:
    for index, item in enumerate(items):
        yield from places(item, holds, f"{path}[{index}]")


def _joined(items: list[Any]) -> Iterator[str]:
    """The texts of a list as one, and those at the same place of its objects or events as one."""
    texts = [item for item in items if isinstance(item, str)]
    yield "".join(texts)
    yield "".join(text.strip() for text in texts)
    by_place: dict[str, list[str]] = defaultdict(list)
    for item in items:
        for place, text in _leaves(_event(item) if isinstance(item, str) else item, ""):
            by_place[place].append(text)
    yield from ("".join(pieces) for pieces in by_place.values())


def _event(line: str) -> Any:
    """The data of a line of an event stream, None where it is none."""
    try:
        return json.loads(line.removeprefix("data:"))
    except ValueError:
        return None


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, f"{place}[]")
    elif isinstance(value, str):
        yield place, value


def readings(text: str) -> Iterator[str]:
    """``text`` as it stands and as readers may take it: unescaped, URL-decoded, unpacked."""
    yield text
    if "%" in text or "+" in text:
        yield unquote(text)
        yield unquote_plus(text)
    if "\\" in text:
        yield _ESCAPE.sub(_unescaped, text)
    for packed in _packed(text):
        yield from (unpacked.decode("utf-8", "replace") for unpacked in _unpacked(packed))


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else found[3]


def _packed(text: str) -> Iterator[bytes]:
    """The bytes of every piece of base64 in ``text``, of either alphabet."""
    for found in _BASE64.finditer(text):
        standard = found[0].replace("-", "+").replace("_", "/")
        with contextlib.suppress(binascii.Error):
            yield base64.b64decode(standard + "=" * (-len(standard) % 4))


def _unpacked(data: bytes) -> Iterator[bytes]:
    """``data`` itself and, where it is compressed, what is in it; a cut archive gives what it has."""
    yield data
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib by its head; bare deflate
        try:
            yield zlib.decompressobj(window).decompress(data, _LARGEST)
        except zlib.error:
            continue
