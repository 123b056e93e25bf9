"""Changes recordings of this repository: other words, a missing key, a call in pieces."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from conformance.recording import Recording, Response, read
from conformance.recording.cassette.readable import JSONPath, walk
from tests.recording.cassette_server import answered, streamed

CASSETTES = Path(__file__).parents[2] / "cassettes"
COMMITTED = [
    *("openai/engine/invoke/text", "openai/engine/tools/two_parallel_calls"),
    *("litellm/engine-anthropic/invoke/text", "litellm/engine-anthropic/tools/two_parallel_calls"),
]
CHANGES = {"content", "text", "system_fingerprint"}
"""The JSON keys whose texts may differ in another recording."""

Change = Callable[[Any], Any]


@cache
def committed(name: str) -> Recording:
    return read(CASSETTES / f"{name}.yaml", "record it again")


def is_whole(response: Response) -> bool:
    return "json" in response.headers["content-type"]


def rewritten(recording: Recording, lines: Callable[[list[str]], list[str]], whole: Change) -> Recording:
    """The recording with its streams changed by ``lines`` and its other answers by ``whole``."""

    def changed(response: Response) -> Response:
        if is_whole(response):
            return replace(response, body=json.dumps(whole(json.loads(response.body))).encode())
        return replace(response, body="\n".join(lines(response.body.decode().split("\n"))).encode())

    interactions = (replace(each, response=changed(each.response)) for each in recording.interactions)
    return replace(recording, interactions=tuple(interactions))


def of_data(change: Change) -> Callable[[list[str]], list[str]]:
    """Apply ``change`` to the JSON of every event of a stream."""
    return lambda lines: [
        f"data: {json.dumps(change(json.loads(line[5:])))}" if line.startswith("data: {") else line
        for line in lines
    ]


def as_it_is(value: Any) -> Any:
    return value


def in_other_words(value: Any, words: str, number: int) -> Any:
    if isinstance(value, list):
        return [in_other_words(each, words, number) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: _other(key, item, words, number) for key, item in value.items()}


def _other(key: str, item: Any, words: str, number: int) -> Any:
    if key in CHANGES and item and isinstance(item, str):
        return words
    if key == "created" or key.endswith("_tokens"):
        return number
    return in_other_words(item, words, number)


def keys(value: Any) -> list[JSONPath]:
    """The place of every key in a JSON value."""
    return [path for path, _ in walk(value) if path and isinstance(path[-1], str)]


def without(value: Any, place: JSONPath) -> Any:
    """``value`` without the key at ``place``; as it is where there is none."""
    if isinstance(value, list):
        return [without(each, place[1:]) if number == place[0] else each for number, each in enumerate(value)]
    if not isinstance(value, dict) or place[0] not in value:
        return value
    if len(place) == 1:
        return {key: item for key, item in value.items() if key != place[0]}
    return {**value, place[0]: without(value[place[0]], place[1:])}


def asked_for(name: str, arguments: str, *, pieces: int = 1, whole: bool = False) -> Recording:
    """A recorded chat completion with one tool call, streamed in pieces or whole."""
    size = -(-len(arguments) // pieces)
    calls = [
        {"index": 0, "function": {"name": name if at == 0 else None, "arguments": arguments[at : at + size]}}
        for at in range(0, len(arguments), size)
    ]
    if whole:
        message = {"tool_calls": calls}
        return answered(json.dumps({"choices": [{"message": message}]}).encode(), "application/json")
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]} for call in calls]
    return streamed(*events)
