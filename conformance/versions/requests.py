"""The requests of one scenario in two runs, and in what the later ones differ."""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from conformance.recording import Request, bodies, volatile
from conformance.recording.matching import Question
from conformance.recording.tokens import asks_for_token
from conformance.report.results import Result

_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Change:
    """A request that is another one than before.

    Attributes:
        request: its method and path; those of the older one, where there was one.
        place: the first place that differs, whichever item of a list it is in: a JSON path, a header, a part
            of the address; ``request`` where it is new or gone as a whole.
        what: what stood there and what stands there, in words.
    """

    request: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.request}: {self.what}"


def changes(old: Result, new: Result) -> list[Change]:
    """What ``new`` asked otherwise than ``old``.

    Nothing is said of a scenario that sent more than an observation keeps: which ones it kept is chance.
    """
    if not (_is_whole(old) and _is_whole(new)):
        return []
    waiting: dict[str, deque[_Asked]] = defaultdict(deque)
    for each in _asked(new):
        waiting[each.question.key].append(each)
    left = []
    for each in _asked(old):
        if equal := waiting[each.question.key]:
            equal.popleft()
        else:
            left.append(each)
    added = [each for equal in waiting.values() for each in equal]
    return [
        *(_changed(one, other) for one, other in zip(left, added, strict=False)),
        *(Change(each.title, "request", "is not sent any more") for each in left[len(added) :]),
        *(Change(each.title, "request", "is sent for the first time") for each in added[len(left) :]),
    ]


def _is_whole(result: Result) -> bool:
    return result.observation is not None and not result.observation["left_out"]


@dataclass(frozen=True)
class _Asked:
    """A request as it was taken down."""

    title: str
    question: Question


def _changed(old: _Asked, new: _Asked) -> Change:
    first = old.question.differences(new.question)[0]
    return Change(old.title, _INDEX.sub("[]", first.path), first.text("was", "is"))


def _asked(result: Result) -> list[_Asked]:
    names: dict[str, str] = {}
    found = []
    for exchange in (result.observation or {})["exchanges"]:
        shown = exchange["request"]
        body = shown["body"].encode("utf-8", "surrogatepass")
        request = Request(shown["method"], shown["target"], shown["headers"], _settled(body, names))
        # When a token is renewed is a matter of time, and so is what it is asked with.
        if not asks_for_token(request):
            # An observation has the headers that say something to a server, and no version of a client.
            found.append(
                _Asked(f"{request.method} {request.path}", Question(request, tuple(request.headers)))
            )
    return found


def _settled(body: bytes, names: dict[str, str]) -> bytes:
    """``body`` with its ids numbered: servers make them up, and SDKs where a server has none."""
    try:
        question: Any = bodies.parse(body)
    except bodies.NotJSON:
        return body
    for name in volatile.repeated_ids(question):
        names.setdefault(name, f"<id {len(names) + 1}>")
    return json.dumps(volatile.settled_question(question, names, ())).encode("ascii")
