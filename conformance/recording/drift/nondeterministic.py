"""The parts of an answer that differ between two recordings of it; the registered wires name them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from conformance.recording.cassette.readable import JSONPath, walk, without_positions
from conformance.recording.wire_format import known


@cache
def _compiled(paths: tuple[str, ...]) -> frozenset[JSONPath]:
    return frozenset(map(_path, paths))


def _path(text: str) -> JSONPath:
    steps: list[str | None] = []
    for step in text.split("."):
        # None is any item of a list.
        steps += [step[:-2], None] if step.endswith("[]") else [step]
    return tuple(steps)


def ids(answer: Any) -> Iterator[str]:
    """The ids that a server has generated in ``answer``, the JSON of a response or of an event."""
    return _texts_at(answer, _ids_of(answer))


def repeated_ids(request: Any) -> Iterator[str]:
    """The ids of earlier answers in ``request``, the JSON of a request."""
    return _texts_at(request, _compiled(known().request_ids))


def normalised_answer(answer: Any, names: Mapping[str, str]) -> Any:
    """``answer`` with its ids renamed."""
    return _normalised(answer, (), _ids_of(answer), names, frozenset())


def normalised_request(request: Any, names: Mapping[str, str], texts: Collection[str]) -> Any:
    """``request``, the JSON of a request, with the ids and the ``texts`` of earlier answers renamed."""
    return _normalised(request, (), _compiled(known().request_ids), names, texts)


def _ids_of(answer: Any) -> frozenset[JSONPath]:
    # The id of a model is its name.
    is_model = isinstance(answer, dict) and answer.get("object") == "model"
    return frozenset() if is_model else _compiled(known().answer_ids)


def _texts_at(value: Any, places: Collection[JSONPath]) -> Iterator[str]:
    for path, text in walk(value):
        # An empty id is a wrong answer and must stay visible.
        if isinstance(text, str) and text and without_positions(path) in places:
            yield text


def _normalised(
    value: Any, path: JSONPath, ids: frozenset[JSONPath], names: Mapping[str, str], texts: Collection[str]
) -> Any:
    if isinstance(value, str):
        if path in ids:
            return names.get(value, value)
        return "<text of an answer>" if value in texts else value
    if isinstance(value, dict):
        return {key: _normalised(item, (*path, key), ids, names, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_normalised(item, (*path, None), ids, names, texts) for item in value]
    return value
