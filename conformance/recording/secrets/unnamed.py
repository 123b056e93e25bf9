"""Searches every text of a document for secrets that nobody named: with detect-secrets, and by randomness.

The entropy that detect-secrets measures misses half of the random texts of 32 characters. In a random text
letters and digits alternate, as they do in no word, name, number or date.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conformance.files import is_deeper
from conformance.recording.cassette.aws_frames import TruncatedStream, messages
from conformance.recording.cassette.bodies import DEPTH
from conformance.recording.cassette.readable import JSONPath, walk, without_positions
from conformance.recording.secrets.encodings import unescaped

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

ALLOWED = {
    r"(?!.*(?i:key|secret|access|token|auth)).*(?:id|ids|Id|Ids)|name|responseId|log_id": (
        "the server draws the ids of answers, calls and files at random"
    ),
    "digest|hash|version": "hex digits over what a scenario asks, or over a build",
    "system_fingerprint": "the build of the server",
    "data|bytes|file_data|base64": "a picture or a binary stream in base64",
    "signature|thought_?[sS]ignatures?|encrypted_\\w+|redacted(_c|C)ontent": (
        "a signed or encrypted thought of a model, which is handed back as it came"
    ),
    "obfuscation|p|cachedContent|media_marker": "padding, or what the server draws at random for itself",
}
"""Keys whose random value is not a secret, and why; other detectors still apply to them."""

_ALLOWED = re.compile("|".join(f"(?:{pattern})" for pattern in ALLOWED))
_LONG = 20
"""Characters of a word that is searched alone: randomness is only found in a text without spaces."""

_RANDOMNESS = ("Base64 High Entropy String", "Hex High Entropy String")

_WORD = re.compile(r"[A-Za-z0-9+]{12,}")
"""What may be random as a whole: the parts of a model's name between its hyphens are shorter."""

_CHANGES = 4
"""How often the kind of character must change in a random word; and once in twice as many characters."""

_UUID = re.compile(r"(?!0{8}-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)

_HARMLESS = re.compile(
    r"data:[\w/.+-]+;base64,[\w+/=-]*"
    r"|(?i:(?:request|trace|correlation|operation)[-_ ]?id\W{0,5}[\w-]+)"
    r"|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?"
)
"""A picture, the id that an error tells, a date-time."""


@cache
def detectors() -> list[BasePlugin]:
    """Every detector of detect-secrets; none verifies what it finds, which would need the network."""
    # Not above: the other commands need not import them.
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    classes: list[Any] = list(get_mapping_from_secret_type_to_class().values())
    return [make() for make in classes]


def suspicious(value: Any, path: str = "$", key: str = "") -> Iterator[tuple[str, str]]:
    """The JSON path and the kind of every finding in a document of plain values."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from suspicious(item, f"{path}.{name}", str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from suspicious(item, f"{path}[{index}]", key)
        for joined in _joined([_event(item) for item in value if isinstance(item, str)]):
            yield from ((f"{path}, in pieces", kind) for kind in _kinds(*joined))
    elif isinstance(value, str):
        event = _event(value)
        if event is not None:
            yield from suspicious(event, path, key)
        else:
            yield from ((path, kind) for kind in _kinds(key, value))
        if key == "base64":
            payloads = _payloads(value)
            yield from suspicious(payloads, path)
            for joined in _joined(payloads):
                yield from ((f"{path}, in pieces", kind) for kind in _kinds(*joined))


def _joined(events: list[Any]) -> Iterator[tuple[str, str]]:
    """The key and the text of what the events of a stream say in pieces."""
    by_place: dict[JSONPath, list[str]] = defaultdict(list)
    for event in events:
        for path, text in walk(event):
            if path and isinstance(text, str):
                by_place[without_positions(path)].append(text)
    for path, pieces in by_place.items():
        # The same text in each event is its kind; joined with itself it would look like anything.
        if len(set(pieces)) > 1:
            yield str(next((step for step in reversed(path) if step is not None), "")), "".join(pieces)


def _payloads(text: str) -> list[Any]:
    """The messages of a binary stream, as JSON."""
    found = []
    with contextlib.suppress(TruncatedStream, binascii.Error):
        for message in messages(base64.b64decode(text)):
            with contextlib.suppress(ValueError, RecursionError):
                found.append(json.loads(message.payload))
    return found


def _event(line: str) -> Any:
    if not line.startswith("data:"):
        return None
    try:
        event = json.loads(line.removeprefix("data:"))
    except (ValueError, RecursionError):
        return None
    return None if is_deeper(event, DEPTH) else event


@cache
def _kinds(key: str, value: str) -> tuple[str, ...]:
    # As an assignment, because half of the detectors search for a name and a quoted text.
    value = _HARMLESS.sub(" ", unescaped(value))
    words = [word for word in value.split() if len(word) >= _LONG]
    lines = [f'{key} = "{part}"' for part in dict.fromkeys((*value.splitlines(), *words))]
    kinds = [each.secret_type for each in detectors() if any(_found(each, line) for line in lines)]
    if _ALLOWED.fullmatch(key):
        return tuple(kind for kind in kinds if kind not in _RANDOMNESS)
    return tuple(kinds) or (("a random text",) if _has_random_word(value) else ())


def _has_random_word(text: str) -> bool:
    return _UUID.search(text) is not None or any(map(_is_random, _WORD.findall(text)))


def _is_random(word: str) -> bool:
    pairs = ((_kind_of(a), _kind_of(b)) for a, b in pairwise(word))
    # A capital letter before a small one begins a word.
    changes = sum(a != b and (a, b) != ("upper", "lower") for a, b in pairs)
    return changes >= _CHANGES and changes * 2 * _CHANGES >= len(word)


def _kind_of(char: str) -> str:
    if char.isdigit():
        return "digit"
    return "upper" if char.isupper() else "lower"


def _found(detector: BasePlugin, line: str) -> bool:
    # Not by detect-secrets' scan: its settings let it verify findings over the network.
    return bool(detector.analyze_line(filename="", line=line, line_number=0))
