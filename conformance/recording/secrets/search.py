"""Collects the secrets of a session, and searches texts for them."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from conformance.recording.cassette import bodies
from conformance.recording.cassette.interaction import Request, Response
from conformance.recording.cassette.readable import walk
from conformance.recording.secrets import patterns, urls
from conformance.recording.secrets.cut import end_in, part_in
from conformance.recording.secrets.encodings import readings
from conformance.recording.secrets.names import HARMLESS_HEADERS, names_a_credential

Secrets = Mapping[str, str] | Sequence[str]
"""Values by their names, such as those of environment variables, or values alone."""

_SIGNATURE = re.compile(r"(?:Credential|Signature)=([^/,\s]+)")
_SEPARATOR = re.compile(r"[\s;,=&\"']+")
_ATTRIBUTES = re.compile(r"(?i)(domain|path|expires|max-age|samesite)(=.*)?|secure|httponly|partitioned")

_SHORTEST_NAMED = 8
"""Characters of a value whose name is that of a credential."""

_SHORTEST_SEEN = 16
"""Characters of another value that was sent; a shorter one counts where it mixes letters and digits."""

# A shorter piece of base64 turns up by chance.
_SHORTEST_BASE64 = 8
_SHORTEST_PART = 16


def parts_of(name: str, secret: str) -> Iterator[tuple[str, str]]:
    """The parts of ``secret`` to search for, with their kinds: itself, JSON fields, lines of a key."""
    kind = name if name.startswith("secret number") else f"the value of {name}"
    yield kind, secret
    fields: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        fields = json.loads(secret)
    if isinstance(fields, dict):
        for field, value in fields.items():
            if isinstance(value, str) and re.search("key|secret|token$|password", field):
                yield from ((f"{field} of {name}", part) for _, part in parts_of(name, value))
    elif "\n" in secret:
        lines = (line.strip() for line in secret.splitlines())
        yield from ((kind, line) for line in lines if len(line) >= _SHORTEST_PART and "-----" not in line)


def carried(request: Request, response: Response) -> Iterator[tuple[str, str]]:
    """What may be a credential in both, in headers, the query and fields of the question, with its kind."""
    sent = ((name, value) for name, value in request.headers.items() if not HARMLESS_HEADERS.fullmatch(name))
    for name, value in sent:
        # A local server takes any key in this one, such as "lm-studio", and may call itself so.
        is_certain = names_a_credential(name) and name != "authorization"
        shortest = _SHORTEST_NAMED if is_certain else _SHORTEST_SEEN
        yield from ((f"the header {name} that was sent", part) for part in _values(value, shortest))
    for name, value in (*urls.keys_in(request.uri), *_fields(request)):
        if _may_be_secret(value, _SHORTEST_NAMED if names_a_credential(name) else _SHORTEST_SEEN):
            yield f"the value of {name} that was sent", value
    for name, value in response.headers.items():
        if name == "set-cookie" or names_a_credential(name):
            parts = (part for part in re.split("[;,]", value) if not _ATTRIBUTES.fullmatch(part.strip()))
            yield from ((f"the header {name} of an answer", each) for part in parts for each in _values(part))


def _fields(request: Request) -> Iterator[tuple[str, str]]:
    """The fields of a question, as JSON or as a form, whose name is that of a credential."""
    try:
        document = bodies.parse(request.body)
    except bodies.NotJSON:
        document = dict(parse_qsl(request.body.decode("latin-1")))
    for path, value in walk(document):
        if path and isinstance(value, str) and names_a_credential(str(path[-1])):
            yield str(path[-1]), value


def _may_be_secret(value: str, shortest: int) -> bool:
    is_mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return len(value) >= (_SHORTEST_NAMED if is_mixed else shortest)


def _values(header: str, shortest: int = _SHORTEST_SEEN) -> Iterator[str]:
    """What may be secret of a header: its value without its scheme, and the parts of that."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.startswith("AWS4"):
        found = _SIGNATURE.findall(rest)
    else:
        found = [header.strip(), rest, *_SEPARATOR.split(header)]
    if scheme == "Basic":
        with contextlib.suppress(ValueError):
            found.append(base64.b64decode(rest).decode("utf-8").partition(":")[2])
    yield from (value for value in dict.fromkeys(found) if _may_be_secret(value, shortest))


def found_in(text: str, parts: Mapping[str, str]) -> str:
    """The kind of the first of ``parts``, or of a pattern, that ``text`` contains in any encoding."""
    for reading in readings(text):
        close = "".join(reading.split())
        standard = close.replace("-", "+").replace("_", "/")
        for part, kind in parts.items():
            plain, packed = _spellings(part)
            if any(each in close for each in plain) or any(each in standard for each in packed):
                return kind
        if kind := patterns.key_in(reading):
            return kind
    return ""


def part_found_in(text: str, parts: Mapping[str, str]) -> str:
    """The kind of the first of ``parts`` of which ``text`` shows a part, in any encoding."""
    found = (part_in("".join(each.split()), parts) or end_in(each, parts) for each in readings(text))
    return next(filter(None, found), "")


@cache
def _spellings(part: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``part`` without white space and in hexadecimal digits; and its pieces of base64."""
    raw = part.encode("utf-8")
    return ("".join(part.split()), raw.hex(), raw.hex().upper()), tuple(_base64_pieces(raw))


def _base64_pieces(raw: bytes) -> Iterator[str]:
    # Base64 encodes groups of three bytes, so inside a longer text a secret has three encodings.
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw).decode("ascii")
        piece = whole[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        if len(piece) >= _SHORTEST_BASE64:
            yield piece
