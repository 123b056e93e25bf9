"""Bodies as a reader can read them: JSON as structures, event streams as lines, text as text.

A form is used only where it was seen to come back unchanged (JSON as its parsed value, all else
byte for byte); every other body is stored as base64 with the reason.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.recording import yaml_text

_LINE_ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


class NotJSON(ValueError):
    """A body is no JSON that every reader would understand alike."""


def parse(body: bytes) -> Any:
    """The JSON value of ``body``; :class:`NotJSON` also for doubled keys and NaN."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotJSON(str(error)) from error


def encode(body: bytes, content_type: str) -> dict[str, Any]:
    """The most readable form from which :func:`decode` gives ``body`` back."""
    for form in _forms(body, content_type):
        # As deep as in a cassette, because YAML treats some text otherwise when it is indented.
        readable = yaml_text.survives([{"response": {"body": form}}])
        if readable and _same(decode(form), body, is_json="json" in form):
            return form
    return {"base64": base64.b64encode(body).decode("ascii"), "reason": _reason(body)}


def decode(form: Mapping[str, Any]) -> bytes:
    """The bytes that a stored form stands for; ValueError when it is none."""
    match form:
        case {"json": value}:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        case {"lines": [*lines], "line_end": str(name)} if name in _LINE_ENDS:
            return _LINE_ENDS[name].join(lines).encode("utf-8")
        case {"text": str(text)}:
            return text.encode("utf-8")
        case {"base64": str(text)}:
            return base64.b64decode(text, validate=True)
    raise ValueError(f"a body is stored in no known form: {', '.join(map(str, form))}")


def lines_of(text: str) -> tuple[str, list[str]] | None:
    """The name of the one line end that ``text`` uses and its lines, or None when it mixes them."""
    for name, end in _LINE_ENDS.items():
        lines = text.split(end)
        if not any("\r" in line or "\n" in line for line in lines):
            return name, lines
    return None


def _forms(body: bytes, content_type: str) -> Iterator[dict[str, Any]]:
    if "json" in content_type:
        with contextlib.suppress(NotJSON):
            yield {"json": parse(body)}
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return
    if "event-stream" not in content_type:
        yield {"text": text}
    elif (found := lines_of(text)) is not None:
        yield {"line_end": found[0], "lines": found[1]}


def _same(kept: bytes, body: bytes, *, is_json: bool) -> bool:
    if not is_json:
        return kept == body
    try:
        return bool(parse(kept) == parse(body))
    except NotJSON:
        return False


def _reason(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"
    return "mixed line ends" if lines_of(text) is None else "YAML does not keep it"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJSON("a key is doubled")
    return found


def _refuse(name: str) -> Any:
    raise NotJSON(f"{name} is no JSON")
