"""Secrets that nobody named, by their looks: detect-secrets over every text of a document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import BasePlugin

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
"""Keys whose value looks random and is no secret, and why; only of randomness is it believed."""

_ALLOWED = re.compile("|".join(f"(?:{pattern})" for pattern in ALLOWED))
_LONG = 20
"""Characters of a word that is looked at by itself: randomness is only seen in a text without a space."""

_RANDOMNESS = ("Base64 High Entropy String", "Hex High Entropy String")


@cache
def detectors() -> list[BasePlugin]:
    """Every detector of detect-secrets; none is asked to verify what it finds, which it would do online."""
    classes: list[Any] = list(get_mapping_from_secret_type_to_class().values())
    return [make() for make in classes]


def suspicious(value: Any, path: str = "$", key: str = "") -> Iterator[tuple[str, str]]:
    """Where in a document of plain values a detector finds something, as JSON paths, and what."""
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
        return json.loads(line.removeprefix("data:"))
    except (ValueError, RecursionError):
        return None


@cache
def _kinds(key: str, value: str) -> tuple[str, ...]:
    # As an assignment, because half of the detectors look for a name and a quoted text.
    words = [word for word in value.split() if len(word) >= _LONG]
    lines = [f'{key} = "{part}"' for part in dict.fromkeys((*value.splitlines(), *words))]
    kinds = [each.secret_type for each in detectors() if any(_found(each, line) for line in lines)]
    random = _ALLOWED.fullmatch(key) is not None
    return tuple(kind for kind in kinds if not (random and kind in _RANDOMNESS))


def _found(detector: BasePlugin, line: str) -> bool:
    # By itself, and not by detect-secrets' scan, whose settings say what it verifies over the network.
    return bool(detector.analyze_line(filename="", line=line, line_number=0))
