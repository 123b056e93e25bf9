"""Whether two recordings say the same, so that recording again changes only files that changed.

Ids and times are renamed and blanked in memory for the comparison; what is stored never is.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.recording import bodies, volatile
from conformance.recording.differences import canonical, differences
from conformance.recording.errors import CassetteError
from conformance.recording.interaction import Interaction, Recording, Request, Response
from conformance.recording.persister import read
from conformance.recording.provenance import Provenance

_Settle = Callable[[Any, Mapping[str, str]], Any]


@dataclass(frozen=True)
class Exchange:
    """An interaction as plain values, with its place in the file."""

    index: int
    title: str
    request: dict[str, Any]
    response: dict[str, Any]

    def settled(self, names: Mapping[str, str]) -> Exchange:
        """The same with its ids renamed and its times blanked."""
        return replace(
            self,
            request={**self.request, "body": _body(self.request["body"], volatile.settled_question, names)},
            response={**self.response, "body": _body(self.response["body"], volatile.settled_answer, names)},
        )

    def ids(self) -> Iterator[str]:
        """The ids that the server made up in its answer."""
        body = self.response["body"]
        answers = [body["json"]] if "json" in body else [each["data"] for each in _events(body)]
        for answer in answers:
            yield from volatile.ids(answer)


def changes(old: Path, new: Path) -> list[str]:
    """What the file ``new`` says otherwise than the file ``old``, one line for each place."""
    later = read(new, "")
    try:
        earlier = read(old, "")
    except CassetteError:
        return ["there was no readable recording before"]
    return compared(earlier, later)


def compared(old: Recording, new: Recording) -> list[str]:
    """What ``new`` says otherwise than ``old``, one line for each place."""
    lines = [
        each.text("was", "now")
        for each in differences(_fixed(old.provenance), _fixed(new.provenance), "provenance")
    ]
    pairs, gone, added = paired(old, new)
    for before, after in pairs:
        lines += _places(before, after)
    lines += [f"interactions[{each.index}] {each.title}: only in the old recording" for each in gone]
    lines += [f"interactions[{each.index}] {each.title}: only in the new recording" for each in added]
    return lines


def _fixed(provenance: Provenance) -> dict[str, Any]:
    stored = provenance.as_dict()
    for name in ("recorded", "harness", "sdks"):
        del stored[name]
    return stored


def _settled(recording: Recording) -> list[Exchange]:
    plain = [_exchange(index, each) for index, each in enumerate(recording.interactions)]
    # Under threads the order is chance; equal requests keep theirs, because they are played in it.
    blank = dict.fromkeys((name for each in plain for name in each.ids()), "<id>")
    plain.sort(key=lambda each: canonical(each.settled(blank).request))
    names: dict[str, str] = {}
    for each in plain:
        for name in each.ids():
            names.setdefault(name, f"<id {len(names) + 1}>")
    return [each.settled(names) for each in plain]


def paired(
    old: Recording, new: Recording
) -> tuple[list[tuple[Exchange, Exchange]], list[Exchange], list[Exchange]]:
    """Pairs of the same request, then of what is left in order; the rest of the old and of the new."""
    waiting: dict[str, deque[Exchange]] = defaultdict(deque)
    for each in _settled(new):
        waiting[canonical(each.request)].append(each)
    pairs, changed = [], []
    for each in _settled(old):
        if equal := waiting[canonical(each.request)]:
            pairs.append((each, equal.popleft()))
        else:
            changed.append(each)
    left = [each for group in waiting.values() for each in group]
    pairs += zip(changed, left, strict=False)
    return pairs, changed[len(left) :], left[len(changed) :]


def _places(old: Exchange, new: Exchange) -> Iterator[str]:
    for part in ("request", "response"):
        root = f"interactions[{old.index}].{part}"
        for each in differences(getattr(old, part), getattr(new, part), root):
            yield each.text("was", "now")


def _exchange(index: int, interaction: Interaction) -> Exchange:
    request, response = interaction.request, interaction.response
    return Exchange(
        index,
        f"{request.method} {request.path}",
        {"method": request.method, "uri": request.uri, **_content(request)},
        {"status": response.status, "reason": response.reason, **_content(response)},
    )


def _content(message: Request | Response) -> dict[str, Any]:
    content_type = message.headers.get("content-type", "").lower()
    return {"headers": dict(message.headers), "body": _readable(message.body, content_type)}


def _readable(body: bytes, content_type: str) -> dict[str, Any]:
    if "json" in content_type:
        with contextlib.suppress(bodies.NotJSON):
            return {"json": bodies.parse(body)}
    text = body.decode("utf-8", "surrogateescape")
    if "event-stream" in content_type and (found := bodies.lines_of(text)) is not None:
        return {"line_end": found[0], "lines": [_line(line) for line in found[1]]}
    return {"text": text}


def _line(line: str) -> Any:
    name, colon, payload = line.partition(":")
    if name == "data":
        with contextlib.suppress(bodies.NotJSON):
            return {"data": bodies.parse(payload.encode("utf-8", "surrogateescape"))}
    return name + colon + payload


def _events(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (line for line in body.get("lines", ()) if isinstance(line, dict))


def _body(body: dict[str, Any], settle: _Settle, names: Mapping[str, str]) -> dict[str, Any]:
    if "json" in body:
        return {"json": settle(body["json"], names)}
    if "lines" in body:
        lines = [
            {"data": settle(line["data"], names)} if isinstance(line, dict) else line
            for line in body["lines"]
        ]
        return {**body, "lines": lines}
    return body
