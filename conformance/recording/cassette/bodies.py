"""Bodies as a reader can read them: JSON as structures, event streams as lines, text as text.

A long text in JSON that only repeats itself, a prompt that overflows, is stored once with its count.
A form is used only where it was seen to come back unchanged (JSON as its parsed value, all else
byte for byte); every other body is stored as base64 with the reason.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.files import is_deeper
from conformance.recording.cassette import yaml_text

_LINE_ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}

_LONG = 4096
"""Characters of a text that is worth looking at for repetition."""

_OFTEN = 16
"""How often a text must stand in another to be stored once."""

DEPTH = 80
"""Levels of the most deeply nested JSON that is stored as JSON; a cassette around it has a few more."""

LARGEST = 64_000_000
"""Characters of the largest body; the overflow of the largest context that is asked has a million."""


class NotJSON(ValueError):
    """A body is not JSON, or JSON that readers understand differently."""


def parse(body: bytes) -> Any:
    """The JSON value of ``body``; :class:`NotJSON` also for repeated keys, NaN, and what is too deep."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotJSON(str(error)) from error
    if is_deeper(value, DEPTH):
        raise NotJSON(f"deeper than {DEPTH} levels")
    return value


def encode(body: bytes, content_type: str) -> dict[str, Any]:
    """The most readable form from which :func:`decode` gives ``body`` back."""
    for form in _forms(body, content_type):
        # As deep as in a cassette, because YAML treats some text otherwise when it is indented.
        readable = yaml_text.survives([{"response": {"body": form}}])
        if readable and _same(decode(form), body, is_json="json" in form):
            return form
    return _unreadable(body)


def shown(body: bytes, content_type: str) -> dict[str, Any]:
    """The most readable form, whether a file keeps it or not: for who reads ``body`` and stores nothing."""
    return next(_forms(body, content_type), _unreadable(body))


def decode(form: Mapping[str, Any]) -> bytes:
    """The bytes of a body in its stored form; ValueError where the form is unknown."""
    match form:
        case {"json": value, "repeated": [*repeated]}:
            return decode({"json": _unfolded(value, repeated)})
        case {"json": value}:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        case {"lines": [*lines], "line_end": str(name)} if name in _LINE_ENDS:
            return _LINE_ENDS[name].join(lines).encode("utf-8")
        case {"text": str(text)}:
            return text.encode("utf-8")
        case {"base64": str(text)}:
            return base64.b64decode(text, validate=True)
    raise ValueError(f"the stored form of a body is unknown: {', '.join(map(str, form))}")


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
            value = parse(body)
            if repeated := list(_repeated(value, [])):
                yield {"json": _folded(value, repeated), "repeated": repeated}
            yield {"json": value}
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return
    if "event-stream" not in content_type:
        yield {"text": text}
    elif (found := lines_of(text)) is not None:
        yield {"line_end": found[0], "lines": found[1]}


def _repeated(value: Any, at: list[str | int]) -> Iterator[dict[str, Any]]:
    """Each long text in a JSON value that is another one many times over: where, what, how often."""
    if isinstance(value, str) and len(value) >= _LONG:
        period = (value + value).find(value, 1)
        if period * _OFTEN <= len(value):
            yield {"at": at, "text": value[:period], "times": len(value) // period}
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _repeated(item, [*at, key])


def _folded(value: Any, repeated: Sequence[Mapping[str, Any]]) -> Any:
    """The value with nothing at the places of its repeated texts."""
    return _unfolded(value, [{**each, "times": 0} for each in repeated])


def _unfolded(value: Any, repeated: Sequence[Mapping[str, Any]]) -> Any:
    """The value with each text at its place, as often as it stood there."""
    whole = [copy.deepcopy(value)]
    if sum(len(str(each["text"])) * int(each["times"]) for each in repeated) > LARGEST:
        raise ValueError("a text is repeated too many times")
    for each in repeated:
        holder, place = whole, 0
        for step in each["at"]:
            holder, place = holder[place], step
        holder[place] = str(each["text"]) * each["times"]
    return whole[0]


def _unreadable(body: bytes) -> dict[str, Any]:
    return {"base64": base64.b64encode(body).decode("ascii"), "reason": _reason(body)}


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
        raise NotJSON("a key is repeated")
    return found


def _refuse(name: str) -> Any:
    raise NotJSON(f"{name} is not JSON")
