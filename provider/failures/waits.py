"""Reads how long a server asks to wait before another try, from headers and from the body of an error."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from math import isfinite, nan
from typing import Any

from provider.failures.pattern import ends

_DEPTH = 12
"""Levels of nesting that are followed, JSON text inside JSON included."""

_FIELDS = {
    "retrydelay": 1.0,  # Google's RetryInfo
    "retryafter": 1.0,
    "retryafterseconds": 1.0,
    "retryafterms": 0.001,
    "quotaresetdelay": 1.0,  # in the metadata of Google's ErrorInfo
    **dict.fromkeys(("retryin", "resetafter", "resetafterseconds", "resetsinseconds", "waitseconds"), 1.0),
    "estimatedtime": 1.0,  # Hugging Face's, while it loads a model
}
"""The fields of bodies that hold a wait, without case and separators, and their unit in seconds."""

_RESET = "xratelimitreset"
"""The end of a limit: OpenRouter's as milliseconds since 1970, others' as seconds, Together's as a wait."""
_EPOCHS = ((1e11, 0.001), (1e8, 1.0))
"""From which number on a reset is a point in time, and its unit in seconds."""

_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?)"
_DURATION = re.compile(rf"(?:{_NUMBER}h)?(?:{_NUMBER}m(?!s))?(?:{_NUMBER}s)?(?:{_NUMBER}ms)?")
_UNITS = (3600.0, 60.0, 1.0, 0.001)
"""A duration as Google writes it, ``38.5s`` or ``2h7m23s``, and the seconds of its units."""

_WRITTEN = re.compile(
    r"((?:retry|quota[-_]?reset)[-_ ]?(?:delay|after)(?:[-_ ]?(?:seconds|ms))?)"
    r"(?:[\\\"']+\s*:\s*[\\\"']*|\s*[:=]\s*|\s*\{\s*seconds:\s*)([\d.hms]{1,40})",
    re.IGNORECASE,
)
"""Such a field in a text that holds JSON, escaped or behind other words, or protobuf's own notation."""

_SAID_UNITS = (
    (r"(?:d|days?)", 86400.0),
    (r"(?:h|hrs?|hours?)", 3600.0),
    (r"(?:m|mins?|minutes?)", 60.0),
    (r"(?:s|secs?|seconds?)", 1.0),
    (r"(?:ms|milliseconds?)", 0.001),
)
_SAID = re.compile(
    r"(?:retry(?:ing)?(?: again)?|try(?:ing)?(?: your request)? again|wait(?:ing)?|resets?)"
    r"(?: in| after| for)? (?:about |another |at least )?(?=\d)"
    + "".join(rf"(?:{_NUMBER} ?{unit}(?![a-z])[ ,]*(?:and )?)?" for unit, _ in _SAID_UNITS),
    re.IGNORECASE,
)
"""A wait in words, such as ``Please try again in 1m2.5s``; always with its unit."""

_SAID_ELSEWHERE = re.compile(r"(\d{1,9}) ?(?:(秒)|(分)) ?[钟鐘]?(?:之?[后後]|以[后後])(?=.{0,8}[试試])")
"""The same in Chinese and Japanese."""


def asked_wait(headers: Mapping[str, str], body: Any, *, is_limited: bool = False) -> float | None:
    """The seconds to wait by the headers, else by the body; None where neither asks for a wait.

    Args:
        headers: those of the answer.
        body: its parsed JSON.
        is_limited: whether a limit was exceeded: else the header with its end says nothing of this failure.
    """
    in_milliseconds = retry_after(headers.get("retry-after-ms"))
    if in_milliseconds is not None:
        return in_milliseconds / 1000
    wait = retry_after(headers.get("retry-after"))
    if wait is None:
        wait = next(chain(_waits(body, _DEPTH), _said_waits(body, _DEPTH)), None)
    return _until(headers.get("x-ratelimit-reset")) if wait is None and is_limited else wait


def retry_after(value: str | None) -> float | None:
    """The seconds of a Retry-After header, a number or a date; None for anything else.

    RFC 9110 section 10.2.3. Never raises: gateways send ``-5`` and ``30,120``.
    """
    if value is None:
        return None
    duration = _DURATION.fullmatch(value)
    try:
        seconds = _total(duration.groups("0")) if duration and value else float(value)
    except ValueError:
        seconds = _seconds_until(value)
    return max(0.0, seconds) if isfinite(seconds) else None


def _waits(value: Any, depth: int) -> Iterator[float]:
    """Every wait in an error body, in seconds."""
    if depth == 0:
        return
    if isinstance(value, str):
        yield from _waits_in_text(value, depth)
    elif isinstance(value, list):
        for item in value[:10]:
            yield from _waits(item, depth - 1)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            seconds = _seconds(name, inner)
            if seconds is not None:
                yield seconds
            else:
                yield from _waits(inner, depth - 1)


def _waits_in_text(text: str, depth: int) -> Iterator[float]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            yield from _waits(inner, depth - 1)
            return
    for name, number in _WRITTEN.findall(ends(text)):
        seconds = _seconds(name, number.rstrip("."))  # the end of a sentence
        if seconds is not None:
            yield seconds


def _said_waits(value: Any, depth: int) -> Iterator[float]:
    """Every wait in words in an error body, in seconds."""
    if depth == 0:
        return
    if isinstance(value, bytes | str):
        text = ends(value if isinstance(value, str) else value.decode("utf-8", "replace"))
        for said in _SAID.finditer(text):
            if any(said.groups()):
                units = (unit for _, unit in _SAID_UNITS)
                yield sum(float(part or 0) * unit for part, unit in zip(said.groups(), units, strict=True))
        for number, seconds, _ in _SAID_ELSEWHERE.findall(text):
            yield float(number) * (1 if seconds else 60)
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value[:10]:
            yield from _said_waits(inner, depth - 1)


def _seconds(name: Any, value: Any) -> float | None:
    """The wait in a field of a body; a duration may be ``38.5s``, 38.5, or an object of protobuf."""
    name = re.sub("[-_ ]", "", str(name)).lower()
    if name == _RESET:
        return _until(value)
    unit = _FIELDS.get(name)
    if unit is None or isinstance(value, bool):
        return None
    if isinstance(value, Mapping):
        nanos = value.get("nanos")
        value = value.get("seconds")
        if isinstance(nanos, int) and isinstance(value, int):
            return (value + nanos / 1e9) * unit
    if not isinstance(value, str | int | float) or (isinstance(value, int) and abs(value) >= 1 << 31):
        return None
    seconds = retry_after(str(value).strip())
    return None if seconds is None else seconds * unit


def _until(reset: Any) -> float | None:
    """The seconds until the end of a limit, a number or the text of one."""
    if isinstance(reset, bool) or not re.fullmatch(r"\d{1,13}(?:\.\d{1,9})?", str(reset)):
        return None
    number = float(reset)
    unit = next((unit for least, unit in _EPOCHS if number >= least), None)
    return number if unit is None else max(0.0, number * unit - time.time())


def _total(parts: Sequence[str]) -> float:
    return sum(float(part) * unit for part, unit in zip(parts, _UNITS, strict=True))


def _seconds_until(date: str) -> float:
    from email.utils import parsedate_to_datetime  # 8 ms, a tenth of this package's import

    try:
        when = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return nan
    # A date in -0000 has no time zone; it means UTC as well.
    return (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
