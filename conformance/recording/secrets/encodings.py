"""Undoes the encodings of a text in a document: escaped, encoded, cut into pieces, compressed."""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import json
import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

from conformance.files import is_deeper
from conformance.recording.cassette.aws_frames import TruncatedStream, messages
from conformance.recording.cassette.bodies import DEPTH
from conformance.recording.cassette.readable import walk, without_positions

Find = Callable[[str], str]
"""Returns the kind of what a text contains; empty where it contains nothing of the kind."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([/\"\\nrt]))")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_LARGEST = 1 << 24
"""Bytes that are unpacked of a compressed body; no answer of a model is longer."""

_LAYERS = 2
"""Encodings that are undone one after the other: a text may be JSON in JSON, or escaped in an archive."""


def places(value: Any, find: Find, path: str = "$") -> Iterator[tuple[str, str]]:
    """The JSON path and the kind of everything that ``find`` finds in a document of plain values.

    A key that was found is not shown in its path. Neighbouring texts are joined too: a text may be cut over
    the lines of a body, or over the deltas of a stream.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            if found := find(str(key)):
                yield f"a key of {path}", found
            else:
                yield from places(item, find, f"{path}.{key}")
    elif isinstance(value, list):
        whole = list(_places_of_items(value, find, path))
        yield from whole
        if not whole and (found := next(filter(None, map(find, _joined(value))), "")):
            yield f"{path}, in pieces", found
    elif value is not None and (found := find(str(value))):
        yield path, found


def _places_of_items(items: list[Any], find: Find, path: str) -> Iterator[tuple[str, str]]:
    for index, item in enumerate(items):
        yield from places(item, find, f"{path}[{index}]")


def _joined(items: list[Any]) -> Iterator[str]:
    """The texts of a list joined, and those at the same path of its objects or events joined."""
    texts = [item for item in items if isinstance(item, str)]
    yield "".join(texts)
    yield "".join(text.strip() for text in texts)
    by_place: dict[object, list[str]] = defaultdict(list)
    for item in items:
        for path, text in walk(_event(item) if isinstance(item, str) else item):
            if isinstance(text, str):
                by_place[without_positions(path)].append(text)
    yield from ("".join(pieces) for pieces in by_place.values() if len(pieces) > 1)


def _event(line: str) -> Any:
    """The data of a line of an event stream; None for another line."""
    try:
        event = json.loads(line.removeprefix("data:"))
    except (ValueError, RecursionError):
        return None
    return None if is_deeper(event, DEPTH) else event


def readings(text: str, layers: int = _LAYERS) -> Iterator[str]:
    """``text``, and what it decodes to: unescaped, decoded, unpacked, its lines joined."""
    yield text
    if layers:
        for other in dict.fromkeys(_undone(text)):
            if other != text:
                yield from readings(other, layers - 1)


def _undone(text: str) -> Iterator[str]:
    if not text.isascii():
        yield _without_disguise(text)
    if "%" in text or "+" in text:
        yield unquote(text)
        yield unquote_plus(text)
    if "\\" in text:
        yield unescaped(text)
    if "&" in text:
        yield html.unescape(text)
    if "\n" in text:
        yield from _joined(text.splitlines())
    for packed in _packed(text):
        for unpacked in _unpacked(packed):
            yield unpacked.decode("utf-8", "replace")
            yield from _joined(_payloads(unpacked))


def _without_disguise(text: str) -> str:
    """``text`` in plain letters, without its invisible characters."""
    shown = (each for each in text if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFKC", "".join(shown))


def _payloads(data: bytes) -> list[str]:
    """The payloads of an AWS event stream, up to the first message that is incomplete."""
    payloads = []
    with contextlib.suppress(TruncatedStream):
        for message in messages(data):
            payloads.append(message.payload.decode("utf-8", "replace"))
    return payloads


def unescaped(text: str) -> str:
    """``text`` with what it escapes as JSON or as bytes."""
    return _ESCAPE.sub(_char, text)


def _char(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _LETTERS.get(found[3], found[3])


def _packed(text: str) -> Iterator[bytes]:
    """The bytes of every base64 text in ``text``, in either alphabet."""
    for found in _BASE64.finditer(text):
        standard = found[0].replace("-", "+").replace("_", "/")
        with contextlib.suppress(binascii.Error):
            yield base64.b64decode(standard + "=" * (-len(standard) % 4))


def _unpacked(data: bytes) -> Iterator[bytes]:
    """``data``, and what it decompresses to; a truncated archive gives what it has."""
    yield data
    if b"\0" in data:  # a text of two or four bytes a character
        yield data.replace(b"\0", b"")
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib by its head; bare deflate
        try:
            yield zlib.decompressobj(window).decompress(data, _LARGEST)
        except zlib.error:
            continue
