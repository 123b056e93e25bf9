"""Faults derived from good answers: the recordings of a target, and the changes that break them.

A new backend has all of them for free, since they need only its recordings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from conformance.recording import CassetteMissing, Interaction, read
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

_FIELD_OR_VALUE = re.compile(rb'("(?:[^"\\]|\\.)*"\s*:)|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*')
"""The name of a field of JSON, which is its group, or else a string or a number."""

POSITIONS = 6
"""Positions at which :func:`early_ends` ends a stream."""

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


def form_of(event: bytes) -> bytes:
    """What an event looks like without its values: two pieces of one text have the same form."""
    return _FIELD_OR_VALUE.sub(rb"\1", event)


def of_each_form(exchanges: Sequence[GoodAnswer]) -> list[GoodAnswer]:
    """The longest of those that consist of events of the same forms: the others break as it does."""
    found = {
        frozenset(map(form_of, each.events)): each
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


def one_piece(events: Sequence[bytes]) -> list[bytes]:
    """Everything in one piece."""
    return [b"".join(events)]


def per_event(events: Sequence[bytes]) -> list[bytes]:
    """Each event in a piece of its own."""
    return list(events)


def one_byte(events: Sequence[bytes]) -> list[bytes]:
    """Each byte of an event in a piece of its own; of the events of one form, only of the first."""
    seen: set[bytes] = set()
    pieces: list[bytes] = []
    for event in events:
        pieces += [event] if form_of(event) in seen else [bytes([byte]) for byte in event]
        seen.add(form_of(event))
    return pieces


def odd_sizes(events: Sequence[bytes]) -> list[bytes]:
    """Pieces of one byte, three, five and so on: every kind of cut in few pieces."""
    body = b"".join(events)
    return _cut(body, [number * number for number in range(1, len(body)) if number * number < len(body)])


def inside_characters(events: Sequence[bytes]) -> list[bytes]:
    """Cut before every byte of a UTF-8 character but its first."""
    body = b"".join(events)
    return _cut(body, [place for place, byte in enumerate(body) if byte & 0b1100_0000 == 0b1000_0000])


def between_events(events: Sequence[bytes], finish: int) -> list[bytes]:
    """Beginnings that end between two events, at the event ``finish`` at the latest.

    Every two forms that follow one another are parted once: a text in twenty pieces ends at one place within.
    """
    forms = [form_of(event) for event in events[: finish + 1]]
    places = {neighbours: number for number, neighbours in enumerate(pairwise(forms), start=1)}
    return [b"".join(events[:kept]) for kept in places.values()]


def after_the_finish(events: Sequence[bytes], finish: int) -> list[bytes]:
    """The bytes up to the event ``finish``, and after it none, half an event, one event, and so on."""
    return [
        b"".join(events[:number]) + half
        for number in range(finish + 1, len(events))
        for half in (b"", events[number][: len(events[number]) // 2])
    ]


def early_ends(events: Sequence[bytes], finish: int) -> list[bytes]:
    """Beginnings that end at six positions, anywhere in an event; the last one within ``finish``."""
    last = len(b"".join(events[:finish])) + len(events[finish]) // 2
    return [b"".join(events)[: last * number // POSITIONS] for number in range(1, POSITIONS + 1)]


def truncations(body: bytes) -> list[bytes]:
    """A body that ends too early: after its first byte, at two positions between, before its last byte."""
    places = {1, len(body) // 3, len(body) * 2 // 3, len(body) - 1}
    return [body[:place] for place in sorted(places)]


def _cut(body: bytes, places: Sequence[int]) -> list[bytes]:
    cuts = [0, *(place for place in places if place), len(body)]
    return [body[start:end] for start, end in pairwise(cuts)]
