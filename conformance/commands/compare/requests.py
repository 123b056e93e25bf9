"""Compares the requests of one scenario in two runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from conformance.recording import Request
from conformance.recording.cassette import bodies
from conformance.recording.drift import nondeterministic
from conformance.recording.drift.pairing import matched
from conformance.recording.playback.matching import ComparableRequest
from conformance.recording.secrets.oauth import asks_for_token
from conformance.report.results import Result

_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Change:
    """A request that differs from the earlier run.

    Attributes:
        request: method and path; those of the earlier request, where there was one.
        path: the first difference: a JSON path without list positions, a header, a part of the
            address; ``request`` where the whole request is new or gone.
        what: the old and the new value, in words.
    """

    request: str
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.request}: {self.what}"


def changes(old: Result, new: Result) -> list[Change]:
    """How the requests of ``new`` differ from those of ``old``.

    Empty for a scenario that sent more requests than its transcript keeps, for both may keep others.
    """
    if not (_kept_all(old) and _kept_all(new)):
        return []
    _, left, added = matched(_asked(old), _asked(new), lambda each: each.question.key)
    return [
        *(_changed(one, other) for one, other in zip(left, added, strict=False)),
        *(Change(each.title, "request", "is no longer sent") for each in left[len(added) :]),
        *(Change(each.title, "request", "is sent for the first time") for each in added[len(left) :]),
    ]


def _kept_all(result: Result) -> bool:
    return result.transcript is not None and not result.transcript["left_out"]


@dataclass(frozen=True)
class _Asked:
    """A request of a transcript."""

    title: str
    question: ComparableRequest


def _changed(old: _Asked, new: _Asked) -> Change:
    first = old.question.differences(new.question)[0]
    return Change(old.title, _INDEX.sub("[]", first.path), first.text("was", "is"))


def _asked(result: Result) -> list[_Asked]:
    names: dict[str, str] = {}
    found = []
    for exchange in (result.transcript or {})["exchanges"]:
        shown = exchange["request"]
        body = shown["body"].encode("utf-8", "surrogatepass")
        # A path may begin with //, which alone would name a host.
        uri = f"http://server/{shown['target'].removeprefix('/')}"
        request = Request(shown["method"], uri, shown["headers"], _settled(body, names))
        # When a token is renewed depends on the time, and so does the request for it.
        if not asks_for_token(request):
            # All its headers are compared: a transcript keeps none that name a client or its version.
            found.append(
                _Asked(f"{request.method} {request.path}", ComparableRequest(request, tuple(request.headers)))
            )
    return found


def _settled(body: bytes, names: dict[str, str]) -> bytes:
    """``body`` with its ids numbered, for servers and SDKs make up new ones in each run."""
    try:
        question: Any = bodies.parse(body)
    except bodies.NotJSON:
        return body
    for name in nondeterministic.repeated_ids(question):
        names.setdefault(name, f"<id {len(names) + 1}>")
    return json.dumps(nondeterministic.normalised_request(question, names, ())).encode("ascii")
