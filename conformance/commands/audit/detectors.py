"""Searches every text of a document for unnamed secrets, with detect-secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import BasePlugin

from conformance.files import is_deeper
from conformance.recording.cassette.bodies import DEPTH

ALLOWED = {
    r"(tool_call_|tool_use_|call_|item_|request_|previous_response_)?id|toolUseId|responseId": (
        "the server draws the ids of answers and calls at random"
    ),
    "digest": "twelve hex digits over what a scenario asks",
    "system_fingerprint": "the build of the server",
    "data": "a picture in base64",
    "signature|thoughtSignature|thought_signature|encrypted_content": (
        "a signed thought of a model, which is handed back as it came"
    ),
}
"""Keys whose random value is not a secret, and why; other detectors still apply to them."""

_ALLOWED = re.compile("|".join(f"(?:{pattern})" for pattern in ALLOWED))
_LONG = 20
"""Characters of a word that is searched alone: randomness is only found in a text without spaces."""

_RANDOMNESS = ("Base64 High Entropy String", "Hex High Entropy String")


@cache
def detectors() -> list[BasePlugin]:
    """Every detector of detect-secrets; none verifies what it finds, which would need the network."""
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
    elif isinstance(value, str):
        event = _event(value)
        if event is not None:
            yield from suspicious(event, path, key)
        else:
            yield from ((path, kind) for kind in _kinds(key, value))


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
    words = [word for word in value.split() if len(word) >= _LONG]
    lines = [f'{key} = "{part}"' for part in dict.fromkeys((*value.splitlines(), *words))]
    kinds = [each.secret_type for each in detectors() if any(_found(each, line) for line in lines)]
    random = _ALLOWED.fullmatch(key) is not None
    return tuple(kind for kind in kinds if not (random and kind in _RANDOMNESS))


def _found(detector: BasePlugin, line: str) -> bool:
    # Not by detect-secrets' scan: its settings let it verify findings over the network.
    return bool(detector.analyze_line(filename="", line=line, line_number=0))
