"""The response schema of an answer: its fields, the type of each, and the values that belong to the protocol.

Ids, times, counts and the wording of free text are not part of it, nor is the number of deltas of a text. The
value of every key that is not listed as nondeterministic counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from conformance.recording.cassette import bodies
from conformance.recording.cassette.readable import walk
from conformance.recording.playback.differences import canonical
from conformance.recording.wire_format import known

Path = tuple[str, ...]
Leaf = tuple[Path, str]
ResponseSchema = dict[Path, list[str]]
"""The content of each place: names of types, and values as JSON."""


def of_body(body: Mapping[str, Any]) -> ResponseSchema:
    """The schema of a readable body (:func:`conformance.recording.cassette.readable.readable`)."""
    if "json" in body:
        return {path: [kind] for path, kind in _leaves(body["json"], ("$",))}
    if "events" in body:
        return _of_events(_without_pings(body)) | {("line end",): [str(body["line_end"])]}
    if "text" in body:
        return {("$",): [_prose(body["text"])]}
    return {("$",): [canonical(body)]}


def order(body: Mapping[str, Any]) -> list[str]:
    """The kinds of a stream's events in their order; a run of equal ones counts once."""
    return [kind for kind, _ in groupby(map(_kind, _without_pings(body)))]


def texts(body: Mapping[str, Any]) -> Iterator[str]:
    """The free texts of an answer, which a later request may repeat."""
    joined: dict[object, str] = defaultdict(str)
    keys = (*known().free_text, *known().call_arguments)
    for document in documents(body):
        for path, text in walk(document):
            if isinstance(text, str) and text and path and path[-1] in keys:
                joined[path] += text
                yield text
    yield from joined.values()


def documents(body: Mapping[str, Any]) -> list[Any]:
    """The JSON values of a body: one of a whole answer, or one of each event."""
    return [body["json"]] if "json" in body else [event["data"] for event in body.get("events", ())]


def _without_pings(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The events of a stream without pings, whose number depends on the time."""
    return [event for event in body.get("events", ()) if _kind(event) != "ping"]


def _of_events(events: list[dict[str, Any]]) -> ResponseSchema:
    """The events of one kind have one schema, with the content of each place in any of them."""
    found: dict[Path, set[str]] = defaultdict(set)
    for event in events:
        root = (f"<{_kind(event)}>",)
        for name, value in event.items():
            named = [((*root, f" {name}"), canonical(value))]
            leaves = _leaves(value, root, pieces=True) if name == "data" else named
            for path, kind in leaves:
                found[path].add(kind)
    calls = list(_calls(events))
    return {path: _contents(kinds) for path, kinds in found.items()} | ({("calls",): calls} if calls else {})


def _contents(kinds: set[str]) -> list[str]:
    # An empty delta among others is no change; a text that is empty as a whole is one.
    return sorted(kinds - {"empty text"}) if "text" in kinds else sorted(kinds)


def _leaves(value: Any, path: Path, *, measured: bool = False, pieces: bool = False) -> Iterator[Leaf]:
    """Every place in ``value`` with its content; those of the ``pieces`` of a stream have no positions."""
    if isinstance(value, Mapping):
        yield path, "object"
        for key in value:
            yield from _field(key, value[key], (*path, f".{key}"), measured=measured, pieces=pieces)
    elif isinstance(value, list):
        yield path, "list"
        yield from _items(value, path, measured=measured, pieces=pieces)
    else:
        yield path, _type(value) if measured else canonical(value)


def _field(key: str, value: Any, path: Path, *, measured: bool, pieces: bool) -> Iterator[Leaf]:
    measured = measured or key in known().measured
    if key in known().omitted_zeros:
        return
    if key in known().presence_only:
        yield path, "anything"
    elif key in known().call_arguments and not measured:
        yield path, _prose(value) if pieces and isinstance(value, str) else _arguments(value)
    elif key in known().free_text and isinstance(value, str):
        yield path, _prose(value)
    else:
        yield from _leaves(value, path, measured=measured, pieces=pieces)


def _items(items: list[Any], path: Path, *, measured: bool, pieces: bool) -> Iterator[Leaf]:
    """A run of equal items counts once: a text may come in any number of parts."""
    here = "" if measured or pieces else "[]"
    found: list[list[Leaf]] = []
    for item in items:
        leaves = list(_leaves(item, (here,), measured=measured, pieces=pieces))
        if not found or leaves != found[-1] or any(kind.startswith("{") for _, kind in leaves):
            found.append(leaves)
    for index, leaves in enumerate(found):
        step = f"[{index}]" if here else "[]"
        yield from (((*path, step, *inner[1:]), kind) for inner, kind in leaves)


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "number"
    return "null" if value is None else "text"


def _prose(text: Any) -> str:
    return "text" if text else "empty text"


def _arguments(value: Any) -> str:
    """The arguments of a call as canonical JSON, whether they came as an object or as its text."""
    if isinstance(value, str):
        try:
            return canonical(bodies.parse(value.encode("utf-8", "surrogatepass")))
        except (bodies.NotJSON, ValueError):
            return canonical(value)
    return canonical(value)


def _calls(events: list[dict[str, Any]]) -> Iterator[str]:
    """The calls of a stream, each joined from its pieces, as ``name {arguments}``."""
    names: dict[Path, list[str]] = defaultdict(list)
    texts: dict[Path, str] = defaultdict(str)
    for event in events:
        for group, is_name, piece in _pieces(event["data"], ()):
            if is_name:
                names[group].append(piece)
            else:
                texts[group] += piece
    for group in dict.fromkeys((*names, *texts)):
        if group in texts:
            yield f"{''.join(dict.fromkeys(names[group]))} {_arguments(texts[group])}".strip()


def _pieces(value: Any, group: Path) -> Iterator[tuple[Path, bool, str]]:
    """The names and pieces of arguments in an event, each with the index of its call."""
    if isinstance(value, list):
        for item in value:
            yield from _pieces(item, group)
    if not isinstance(value, Mapping):
        return
    group += tuple(str(value[key]) for key in known().call_indexes if key in value)
    for key, item in value.items():
        if key in ("name", *known().call_arguments) and isinstance(item, str):
            yield group, key == "name", item
        elif key in known().call_arguments and item:
            yield group, False, canonical(item)
        else:
            yield from _pieces(item, group)


def _kind(event: Mapping[str, Any]) -> str:
    """The kind of an event: its types, the fields of its first delta, or its name."""
    document = event["data"]
    if not isinstance(document, Mapping):
        return document if isinstance(document, str) else canonical(document)
    if isinstance(document.get("type"), str):
        inner = (document.get(name) for name in ("content_block", "delta", "item", "part"))
        types = (each.get("type") for each in inner if isinstance(each, Mapping))
        return " ".join([document["type"], *(each for each in types if isinstance(each, str))])
    choices = document.get("choices")
    if not isinstance(choices, list):
        return str(event.get("event", "event"))
    return _choice(choices[0]) if choices else "no choice"


def _choice(choice: Any) -> str:
    delta = choice.get("delta") if isinstance(choice, Mapping) else None
    if not isinstance(delta, Mapping):
        return "no delta"
    fields = sorted(name for name, item in delta.items() if item is not None and name != "role")
    return "+".join(fields) or "empty delta"
