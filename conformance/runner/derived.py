"""Faults derived from good answers: the recordings of a target, and the changes that break them.

A new backend has all of them for free, since they need only its recordings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from conformance.recording import CassetteMissing, Interaction, read
from conformance.runner import cuts
from conformance.runner.targets.target import Target
from conformance.servers.scripted import Request, Script, Send, Step, UnknownContentError, reply, stream
from conformance.servers.scripted.dialects import Dialect
from conformance.servers.scripted.dialects import dialect as dialect_called
from conformance.servers.scripted.dialogue_script import turn_of
from conformance.spec.dialogue import Turn, structured, text, tools

SCRIPTED = (
    text.GREETING,
    text.ACCENTS,
    text.LINE_SEPARATORS,
    tools.PARALLEL,
    tools.TEXT_BESIDE_CALL,
    tools.UNICODE_ARGUMENTS,
)
"""The turns whose scripted answers stand in for the recordings of a target that has none."""

ASKED = {by_tool.name: turn for by_tool, turn in zip(structured.BY_TOOL, structured.AS_TOOL, strict=True)}
"""By the name of a turn whose schema a client sends as a tool: the turn that was asked."""


@dataclass(frozen=True)
class GoodAnswer:
    """One good answer as it came over the wire.

    Attributes:
        name: where it comes from, shown in a failure.
        turn: what it answers.
        headers: the headers that came with it.
        events: its bytes: the events of a stream, or an answer in one piece.
        finish: the index of the event that says that the answer is complete.
    """

    name: str
    turn: Turn
    headers: Mapping[str, str]
    events: tuple[bytes, ...]
    finish: int = 0

    @property
    def body(self) -> bytes:
        """All its bytes."""
        return b"".join(self.events)

    def streamed(self, pieces: Sequence[bytes], ending: Step | None = None) -> Script:
        """``pieces`` as a stream with its headers; ``ending`` replaces the end of the stream."""
        head, *chunks, end = stream([piece for piece in pieces if piece], 200, self.headers)
        return [head, *chunks, ending or end]

    def replied(self, status: int = 200) -> Script:
        """Its body in one piece with its headers."""
        return reply(self.body, status, self.headers)

    def begun(self, beginning: bytes, ending: Step) -> Script:
        """Its headers and ``beginning`` of its body; ``ending`` replaces the rest."""
        head, _ = self.replied()
        return [head, Send(beginning), ending]


@dataclass(frozen=True)
class Material:
    """The good answers of a target: streams, and answers in one piece."""

    streams: tuple[GoodAnswer, ...]
    answers: tuple[GoodAnswer, ...]


def shortest(exchanges: Sequence[GoodAnswer]) -> list[GoodAnswer]:
    """The shortest of plain text, of other scripts and of calls, to be broken at every position."""
    found: dict[str, GoodAnswer] = {}
    for each in sorted(exchanges, key=lambda each: len(each.body)):
        if not each.turn.params:
            found.setdefault(_kind(each.turn), each)
    return list(found.values())


def of_each_form(exchanges: Sequence[GoodAnswer]) -> list[GoodAnswer]:
    """The longest of those that consist of events of the same forms: the others break as it does."""
    found = {
        frozenset(map(cuts.form_of, each.events)): each
        for each in sorted(exchanges, key=lambda each: len(each.body))
    }
    return list(found.values())


def material_of(target: Target, root: Path) -> Material:
    """The material of ``target``: from its recordings below ``root``, or from its dialect's scripts.

    Raises:
        CassetteError: it has no recordings to derive from, or one of them cannot be read.
    """
    if target.source == "script":
        return _scripted(target.dialect, calls_tools=target.capabilities.get("tools") is not False)
    return _recorded(root / target.folder, target.label, target.dialect)


@cache
def _scripted(wire: str, *, calls_tools: bool) -> Material:
    dialect = dialect_called(wire)
    streams, answers = [], []
    for turn in SCRIPTED:
        if turn.tools and not calls_tools:
            continue
        headers = {"content-type": dialect.stream_type}
        streams += _stream(turn.name, turn, headers, dialect.events(turn.answer), dialect)
        body = json.dumps(dialect.completion(turn.answer), ensure_ascii=False).encode()
        answers.append(GoodAnswer(turn.name, turn, {}, (body,)))
    return Material(tuple(streams), tuple(answers))


@cache
def _recorded(folder: Path, label: str, wire: str) -> Material:
    dialect = dialect_called(wire)
    streams, answers, asked = [], [], set()
    for name, interaction in _interactions(folder, label):
        request, response = _request(interaction), interaction.response
        turn = _turn(request, dialect)
        # The same request has the same answer: one of them is enough.
        if response.status != 200 or turn is None or (request.path, request.body) in asked:
            continue
        asked.add((request.path, request.body))
        if dialect.wants_stream(request):
            streams += _stream(name, turn, response.headers, events_of(response.body), dialect)
        else:
            answers.append(GoodAnswer(name, turn, response.headers, (response.body,)))
    if not streams or not answers:
        missing = "answer" if streams else "stream"
        raise CassetteMissing(
            f"{folder}: holds no good {missing}. Record it: python -m conformance record --target {label}"
        )
    return Material(tuple(streams), tuple(answers))


def _interactions(folder: Path, label: str) -> Iterator[tuple[str, Interaction]]:
    """Every recorded interaction in ``folder``, with the name of its scenario."""
    for path in sorted(folder.rglob("*.yaml")):
        name = f"{path.parent.name}/{path.stem}"
        for interaction in read(
            path, f"python -m conformance record --target {label} --scenario {name}"
        ).interactions:
            yield name, interaction


def _request(interaction: Interaction) -> Request:
    sent = interaction.request
    import httpx  # not at the top: few runs derive anything

    query = httpx.QueryParams(urlsplit(sent.uri).query)
    headers = httpx.Headers(dict(sent.headers))
    return Request(sent.method, sent.path, query, headers, sent.body, time=0.0, connection=0)


def _turn(request: Request, dialect: Dialect) -> Turn | None:
    """The turn that ``request`` asks; None for other requests, and for questions outside the dialogue."""
    if not dialect.is_chat(request):
        return None
    try:
        turn = turn_of(request, dialect)
    except UnknownContentError:
        return None
    return ASKED.get(turn.name, turn)


def _stream(
    name: str, turn: Turn, headers: Mapping[str, str], events: Sequence[bytes], dialect: Dialect
) -> list[GoodAnswer]:
    """The stream, if one of its events says that it is complete."""
    ends = [number for number, event in enumerate(events) if dialect.ends_answer(event)]
    return [GoodAnswer(name, turn, headers, tuple(events), ends[0])] if ends else []


def events_of(body: bytes) -> list[bytes]:
    """The events of a recorded stream, their bytes as they came: each ends with its blank line."""
    end = b"\r\n\r\n" if b"\r\n\r\n" in body else b"\n\n"
    *ended, rest = body.split(end)
    return [*(event + end for event in ended), *([rest] if rest else [])]


def _kind(turn: Turn) -> str:
    if turn.answer.calls:
        return "calls"
    return "plain text" if turn.answer.text.isascii() else "other scripts"
